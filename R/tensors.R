# Tensors as R values, for those who have no R package tensorflow: where that is loaded,
# tensors have a class of it before this one, and so its methods.

#' Tensors as R values
#'
#' What the calls of a module give can be turned into vectors, matrices and
#' arrays by R's own functions: [as.array()], [as.matrix()], [as.numeric()],
#' [as.integer()], [as.logical()], [as.character()] and [as.vector()]. [dim()]
#' is the shape. Text is decoded as UTF-8. Where the R package tensorflow is
#' loaded, its methods are used instead.
#'
#' @param x A tensor or a variable of TensorFlow, a Python object.
#' @param ... Not used.
#' @param mode As for [as.vector()].
#' @return `as.array()` an array of the tensor's shape, `as.matrix()` a matrix,
#'   the others vectors; `dim()` integers, `NA` for a dimension that is not
#'   known, and `NULL` for a single value.
#' @section Errors:
#' `tfhub_error_graph`: a tensor of a graph has no value. There is a warning when
#' integers are too large to be exact in a double; `as.character()` gives all of
#' their digits.
#' @seealso [predict()][predict.hub_module], which does all of it.
#' @name tensors
#' @examplesIf tfhub:::can_run_examples()
#' m <- hub_load(hub_example_model())
#' y <- m(matrix(1:6, nrow = 2))
#' as.matrix(y)
#' as.numeric(y)
#' dim(y)
NULL

#' @rdname tensors
#' @export
as.array.tensorflow.python.types.core.Tensor <- function(x, ...) {
  value <- tensor_value(x, rlang::current_env())
  if (is.null(dim(value))) as.array(value) else value
}

#' @rdname tensors
#' @export
as.matrix.tensorflow.python.types.core.Tensor <- function(x, ...) {
  as.matrix(tensor_value(x, rlang::current_env()))
}

#' @rdname tensors
#' @export
as.vector.tensorflow.python.types.core.Tensor <- function(x, mode = "any") {
  as.vector(tensor_value(x, rlang::current_env()), mode)
}

#' @rdname tensors
#' @export
as.double.tensorflow.python.types.core.Tensor <- function(x, ...) {
  as.double(tensor_value(x, rlang::current_env()))
}

#' @rdname tensors
#' @export
as.integer.tensorflow.python.types.core.Tensor <- function(x, ...) {
  as.integer(tensor_value(x, rlang::current_env()))
}

#' @rdname tensors
#' @export
as.logical.tensorflow.python.types.core.Tensor <- function(x, ...) {
  as.logical(tensor_value(x, rlang::current_env()))
}

#' @rdname tensors
#' @export
as.character.tensorflow.python.types.core.Tensor <- function(x, ...) {
  as.character(tensor_value(x, rlang::current_env(), int64 = "character"))
}

#' @rdname tensors
#' @export
dim.tensorflow.python.types.core.Tensor <- function(x) {
  rank <- x$shape$rank
  if (length(rank) && rank > 0) {
    sizes <- lapply(x$shape$as_list(), function(size) size %||% NA)
    as.integer(unlist(sizes))
  }
}

tensor_value <- function(x, call, int64 = "double") {
  if (!reticulate::py_has_attr(x, "numpy")) {
    abort_hub(
      "A tensor of a graph has no value.",
      hint = "Run it in a session: session$run(x).",
      class = "tfhub_error_graph",
      call = call
    )
  }
  result <- with_py_errors(call = call, bridge(call)$value(x, int64))
  if (length(result[[2]])) {
    rlang::warn(
      c(
        "Integers beyond 2^53 were rounded to doubles.",
        i = "as.character() gives all of their digits."
      ),
      class = "tfhub_warning_inexact",
      call = call
    )
  }
  from_python(result[[1]])
}
