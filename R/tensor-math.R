# R's arithmetic, mathematical functions and summaries for tensors. What they give are
# tensors, as with the R package tensorflow, whose methods come first where it is there.

#' @rdname tensors
#' @export
Ops.tensorflow.python.types.core.Tensor <- function(e1, e2) {
  call <- rlang::current_env()
  if (missing(e2)) {
    return(r_tensors(call, "unary", .Generic, e1))
  }
  r_tensors(
    call,
    "binary",
    .Generic,
    operand(e1, e2, call),
    operand(e2, e1, call)
  )
}

# One side of an operator, as Python takes it; `other` is the other side.
operand <- function(x, other, call) {
  if (is_tensor(x)) {
    return(alive(x, call))
  }
  if (!is.atomic(x) || is.null(x)) {
    where <- "One side of the operator"
    abort_class(x, "Give a tensor, numbers or text.", where, call)
  }
  rank <- length(dim(other))
  if (is.null(dim(x)) && length(x) > 1 && rank > 1) {
    abort_hub(
      sprintf(
        "A vector of %d and a tensor of %d dimensions do not go together.",
        length(x),
        rank
      ),
      hint = c(
        "R repeats a vector down the columns, TensorFlow along the rows.",
        inline(paste(
          "Use {.code as.array(y)} for R's way, or give the vector dimensions:",
          "{.code t(x)}, {.code matrix(x)}."
        ))
      ),
      class = "tfhub_error_input",
      call = call
    )
  }
  to_python(x, "One side of the operator", call)
}

#' @rdname tensors
#' @export
Math.tensorflow.python.types.core.Tensor <- function(x, ...) {
  call <- rlang::current_env()
  alive(x, call)
  options <- list(...)
  if (.Generic == "log" && length(options)) {
    return(log(x) / log(options[[1]]))
  }
  if (.Generic == "round" && length(options) && options[[1]] != 0) {
    scale <- 10^options[[1]]
    return(round(x * scale) / scale)
  }
  r_tensors(call, "math", .Generic, x)
}

#' @rdname tensors
#' @export
Summary.tensorflow.python.types.core.Tensor <- function(
  x,
  ...,
  axis = NULL,
  keepdims = FALSE,
  na.rm = FALSE
) {
  call <- rlang::current_env()
  if (.Generic == "range") {
    ends <- list(
      min(x, ..., axis = axis, keepdims = keepdims, na.rm = na.rm),
      max(x, ..., axis = axis, keepdims = keepdims, na.rm = na.rm)
    )
    return(r_tensors(call, "together", ends))
  }
  parts <- lapply(list(x, ...), function(part) {
    summarise(.Generic, part, axis, keepdims, na.rm, call)
  })
  result <- if (length(parts) == 1) {
    parts[[1]]
  } else {
    all <- r_tensors(call, "together", parts)
    summarise(.Generic, all, axis = NULL, keepdims = FALSE, na.rm, call)
  }
  # What if() and stopifnot() are asked with.
  one <- .Generic %in% c("any", "all") && is.null(axis) && !keepdims
  if (one && has_value(result)) as.logical(result) else result
}

summarise <- function(fun, x, axis, keepdims, na_rm, call) {
  r_tensors(
    call,
    "summary",
    fun,
    if (is_tensor(x)) x else tf$constant(to_python(x, "An argument", call)),
    axis = zero_based(axis, call),
    keepdims = keepdims,
    na_rm = na_rm
  )
}

# `axis` counts from 1, and from the end where it is negative.
zero_based <- function(axis, call) {
  if (is.null(axis)) {
    return(NULL)
  }
  if (!is.numeric(axis) || anyNA(axis) || any(axis == 0)) {
    abort_argument("axis", "whole numbers, counted from 1", axis, call)
  }
  as.list(as.integer(axis - (axis > 0)))
}

#' @rdname tensors
#' @export
mean.tensorflow.python.types.core.Tensor <- function(
  x,
  ...,
  axis = NULL,
  keepdims = FALSE,
  na.rm = FALSE
) {
  check_no_dots(...)
  summarise("mean", x, axis, keepdims, na.rm, rlang::current_env())
}

#' @rdname tensors
#' @export
is.finite.tensorflow.python.types.core.Tensor <- function(x) {
  r_tensors(rlang::current_env(), "math", "is.finite", x)
}

#' @rdname tensors
#' @export
is.infinite.tensorflow.python.types.core.Tensor <- function(x) {
  r_tensors(rlang::current_env(), "math", "is.infinite", x)
}

#' @rdname tensors
#' @export
is.nan.tensorflow.python.types.core.Tensor <- function(x) {
  r_tensors(rlang::current_env(), "math", "is.nan", x)
}

#' @rdname tensors
#' @export
is.na.tensorflow.python.types.core.Tensor <- function(x) {
  r_tensors(rlang::current_env(), "math", "is.na", x)
}

#' @rdname tensors
#' @export
t.tensorflow.python.types.core.Tensor <- function(x) {
  if (length(dim(x)) > 2) {
    abort_hub(
      inline(
        "{.fn t} is for a matrix, and this has {length(dim(x))} dimensions."
      ),
      hint = inline("Use {.code aperm(x, perm)}."),
      class = "tfhub_error_input"
    )
  }
  r_tensors(rlang::current_env(), "turned", x)
}

#' @rdname tensors
#' @export
aperm.tensorflow.python.types.core.Tensor <- function(a, perm = NULL, ...) {
  call <- rlang::current_env()
  perm <- as.list(as.integer(perm %||% rev(seq_along(dim(a)))) - 1L)
  r_tensors(call, "turned", a, perm)
}

# A function of runtime/r_tensors.py.
r_tensors <- function(call, fun, ...) {
  for (value in list(...)) {
    if (is_tensor(value)) {
      alive(value, call)
    }
  }
  start_python(call)
  if (is.null(the$r_tensors)) {
    the$r_tensors <- reticulate::import("tfhub.runtime.r_tensors")
  }
  with_py_errors(call = call, the$r_tensors[[fun]](...))
}
