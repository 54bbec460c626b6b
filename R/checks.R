# Arguments are checked at the door of each exported function, and trusted inside.

check_string <- function(
  x,
  arg = rlang::caller_arg(x),
  call = rlang::caller_env()
) {
  if (!rlang::is_string(x) || is.na(x)) {
    abort_argument(arg, "a single string", x, call)
  }
}

check_string_or_null <- function(
  x,
  arg = rlang::caller_arg(x),
  call = rlang::caller_env()
) {
  if (!is.null(x)) {
    check_string(x, arg, call)
  }
}

check_flag_or_null <- function(
  x,
  arg = rlang::caller_arg(x),
  call = rlang::caller_env()
) {
  if (!is.null(x) && !rlang::is_bool(x)) {
    abort_argument(arg, "TRUE, FALSE or NULL", x, call)
  }
}

check_flag <- function(
  x,
  arg = rlang::caller_arg(x),
  call = rlang::caller_env()
) {
  if (!rlang::is_bool(x)) {
    abort_argument(arg, "TRUE or FALSE", x, call)
  }
}

check_limit_or_null <- function(
  x,
  arg = rlang::caller_arg(x),
  call = rlang::caller_env()
) {
  if (!is.null(x) && !(rlang::is_bare_numeric(x, 1) && isTRUE(x >= 0))) {
    abort_argument(arg, "a number of 0 or more, or NULL", x, call)
  }
}

check_count <- function(
  x,
  arg = rlang::caller_arg(x),
  call = rlang::caller_env()
) {
  if (!rlang::is_scalar_integerish(x, finite = TRUE) || x < 1) {
    abort_argument(arg, "a whole number of 1 or more", x, call)
  }
}

check_whole <- function(
  x,
  arg = rlang::caller_arg(x),
  call = rlang::caller_env()
) {
  if (!rlang::is_scalar_integerish(x, finite = TRUE) || x < 0) {
    abort_argument(arg, "a whole number of 0 or more", x, call)
  }
}

check_function <- function(
  x,
  arg = rlang::caller_arg(x),
  call = rlang::caller_env()
) {
  if (!is.function(x)) {
    abort_argument(arg, "a function", x, call)
  }
}

check_function_or_null <- function(
  x,
  arg = rlang::caller_arg(x),
  call = rlang::caller_env()
) {
  if (!is.null(x) && !is.function(x)) {
    abort_argument(arg, "a function, or NULL", x, call)
  }
}

check_strings_or_null <- function(
  x,
  arg = rlang::caller_arg(x),
  call = rlang::caller_env()
) {
  if (!is.null(x) && (!is.character(x) || anyNA(x))) {
    abort_argument(arg, "a character vector without NA, or NULL", x, call)
  }
}

check_strings <- function(
  x,
  arg = rlang::caller_arg(x),
  call = rlang::caller_env()
) {
  if (!is.character(x) || length(x) == 0 || anyNA(x)) {
    abort_argument(
      arg,
      "a character vector of length 1 or more, without NA",
      x,
      call
    )
  }
}

abort_argument <- function(arg, wanted, x, call) {
  abort_hub(
    sprintf("`%s` must be %s, not %s.", arg, wanted, describe_argument(x)),
    class = "tfhub_error_argument",
    call = call
  )
}

describe_argument <- function(x) {
  if (is.null(x)) {
    "NULL"
  } else if (is.atomic(x) && length(x) == 1) {
    deparse(fit_texts(x))
  } else if (is.atomic(x)) {
    sprintf("a vector of type %s and length %d", typeof(x), length(x))
  } else {
    sprintf("an object of class %s", class(x)[[1]])
  }
}
