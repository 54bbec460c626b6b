# Arguments are checked at the door of each exported function, and trusted inside. A
# checker takes the argument as it came, so it also sees that none was given.

check_string <- function(
  x,
  allow_null = FALSE,
  arg = rlang::caller_arg(x),
  call = rlang::caller_env()
) {
  check_that(
    rlang::is_string(x) && !is.na(x) && !is_bytes(x),
    "a single string",
    x,
    allow_null,
    arg,
    call,
    hint = as_text_hint(x, arg)
  )
}

# `least` is how many there have to be.
check_strings <- function(
  x,
  least = 1,
  allow_null = FALSE,
  arg = rlang::caller_arg(x),
  call = rlang::caller_env()
) {
  check_that(
    is.character(x) && length(x) >= least && !anyNA(x) && !any(is_bytes(x)),
    paste0(
      "a character vector ",
      if (least) sprintf("of length %d or more, ", least),
      "without NA"
    ),
    x,
    allow_null,
    arg,
    call,
    hint = as_text_hint(x, arg)
  )
}

check_flag <- function(
  x,
  allow_null = FALSE,
  arg = rlang::caller_arg(x),
  call = rlang::caller_env()
) {
  check_that(rlang::is_bool(x), "TRUE or FALSE", x, allow_null, arg, call)
}

# A bound, which need not be whole.
check_limit <- function(
  x,
  allow_null = FALSE,
  arg = rlang::caller_arg(x),
  call = rlang::caller_env()
) {
  check_that(
    rlang::is_bare_numeric(x, 1) && isTRUE(x >= 0),
    "a number of 0 or more",
    x,
    allow_null,
    arg,
    call
  )
}

check_whole <- function(
  x,
  least = 0,
  arg = rlang::caller_arg(x),
  call = rlang::caller_env()
) {
  check_that(
    is_whole(x) && length(x) == 1 && x >= least,
    sprintf("a whole number of %d or more", least),
    x,
    FALSE,
    arg,
    call
  )
}

# A factor has integers, and is none.
is_whole <- function(x) {
  is.numeric(x) && rlang::is_integerish(x, finite = TRUE)
}

check_function <- function(
  x,
  allow_null = FALSE,
  arg = rlang::caller_arg(x),
  call = rlang::caller_env()
) {
  check_that(is.function(x), "a function", x, allow_null, arg, call)
}

check_named_list <- function(
  x,
  allow_null = FALSE,
  arg = rlang::caller_arg(x),
  call = rlang::caller_env()
) {
  named <- is.list(x) && !is.object(x) && rlang::is_named2(x)
  check_that(named, "a list with names", x, allow_null, arg, call)
}

check_choice <- function(
  x,
  choices,
  arg = rlang::caller_arg(x),
  call = rlang::caller_env()
) {
  wanted <- inline("{.or {.val {choices}}}")
  check_that(rlang::is_string(x, choices), wanted, x, FALSE, arg, call)
}

# Height and width in pixels.
check_height_and_width <- function(
  x,
  wanted = "height and width in pixels, two whole numbers",
  least = 2,
  allow_null = FALSE,
  arg = rlang::caller_arg(x),
  call = rlang::caller_env()
) {
  fits <- is_whole(x) &&
    length(x) >= least &&
    length(x) <= 2 &&
    all(x >= 1)
  check_that(fits, wanted, x, allow_null, arg, call)
}

# That an argument without a default was given.
check_given <- function(
  x,
  wanted = NULL,
  arg = rlang::caller_arg(x),
  call = rlang::caller_env()
) {
  if (missing(x)) {
    abort_argument(arg, wanted, x, call)
  }
}

# `...` is there for methods, or parts the arguments that go by name.
check_no_dots <- function(
  ...,
  call = rlang::caller_env(),
  known = names(formals(rlang::caller_fn()))
) {
  if (...length() == 0) {
    return(invisible())
  }
  given <- rlang::names2(rlang::enexprs(..., .ignore_empty = "all"))
  unknown <- given[nzchar(given)]
  abort_unknown(inline("{.arg ...} must be empty."), unknown, known, call)
}

# `unknown` are the names that no argument has; none where one is given without.
abort_unknown <- function(message, unknown, known, call) {
  known <- setdiff(known, "...")
  near <- known[apply(utils::adist(unknown, known) < 3, 2, any)]
  meant <- if (length(near)) near else known
  abort_hub(
    message,
    problem = if (length(unknown)) {
      some <- printable(unknown, 200)
      inline("There is no argument {.arg {some}}.")
    } else {
      "An argument without a name is one too many."
    },
    hint = if (length(near)) {
      inline("Did you mean {.arg {meant}}?")
    } else {
      inline("The arguments are {.arg {meant}}; give them by name.")
    },
    class = "tfhub_error_argument",
    call = call
  )
}

check_installed <- function(package, call = rlang::caller_env()) {
  if (!rlang::is_installed(package)) {
    abort_hub(
      inline("The R package {.pkg {package}} is not installed."),
      hint = inline("Install it: {.code install.packages(\"{package}\")}."),
      class = "tfhub_error_dependency",
      call = call
    )
  }
}

# `fits` and `hint` look at `x`, so they wait until it is known that there is one.
check_that <- function(fits, wanted, x, allow_null, arg, call, hint = NULL) {
  if (!missing(x) && ((allow_null && is.null(x)) || fits)) {
    return(invisible())
  }
  wanted <- paste0(wanted, if (allow_null) ", or NULL")
  abort_argument(arg, wanted, x, call, hint)
}

abort_argument <- function(arg, wanted, x, call, hint = NULL) {
  if (missing(x)) {
    message <- inline("{.arg {arg}} must be given.")
    hint <- if (!is.null(wanted)) paste0("It has to be ", wanted, ".")
  } else {
    came <- describe_argument(x)
    message <- inline("{.arg {arg}} must be {wanted}, not {came}.")
  }
  abort_hub(message, hint = hint, class = "tfhub_error_argument", call = call)
}

# What came, in words. A text is shown as it is: abort_hub() hides what is secret.
describe_argument <- function(x) {
  if (rlang::is_bare_atomic(x, 1)) {
    describe_value(x)
  } else if (is.null(dim(x)) && rlang::is_bare_atomic(x) && length(x)) {
    paste(inline("{.obj_type_friendly {x}}"), "of length", length(x))
  } else if (rlang::is_bare_list(x) && !rlang::is_named2(x)) {
    "a list without names"
  } else {
    describe_object(x)
  }
}

describe_value <- function(x) {
  if (is.na(x)) {
    return(deparse(x))
  }
  switch(
    typeof(x),
    character = paste(
      "the text",
      encodeString(printable(x, 200), quote = "\"")
    ),
    double = ,
    integer = paste("the number", format(x)),
    format(x)
  )
}

describe_object <- function(x) {
  known <- c(
    factor = "a factor",
    connection = "a connection",
    hub_module = "a module",
    hub_module_spec = "a specification",
    python.builtin.object = paste("a Python object of the class", class(x)[[1]])
  )
  of <- known[inherits(x, names(known), which = TRUE) > 0]
  if (is.null(x)) {
    "NULL"
  } else if (length(of)) {
    of[[1]]
  } else {
    inline("{.obj_type_friendly {x}}")
  }
}

# How that becomes a text which is mostly meant by it.
as_text_hint <- function(x, arg) {
  if (is.factor(x)) {
    inline("{.code as.character({arg})} has its text.")
  } else if (inherits(x, "connection")) {
    inline("{.code summary({arg})$description} has its path.")
  } else if (is.character(x) && any(is_bytes(x))) {
    inline(
      "It is marked as bytes: {.code Encoding({arg}) <- \"UTF-8\"} says what it is."
    )
  } else if (inherits(x, c("hub_module", "hub_info"))) {
    what <- if (inherits(x, "hub_module")) "hub_info({arg})" else "{arg}"
    inline(sprintf("{.code %s$handle} is its handle.", what))
  }
}
