# Tensors as R values, for those who have no R package tensorflow: where that is loaded,
# tensors have a class of it before this one, and so its methods.

#' Tensors in R
#'
#' Calling a module gives tensors of TensorFlow, and R's functions work on them.
#' Indexing, arithmetic and summaries follow R's rules and give tensors again;
#' [as.array()] and the like give R's own values.
#'
#' - `y[i, j]`, with R's indices from 1: numbers in any order, ranges, `TRUE` and
#'   `FALSE`, nothing for all of a dimension, `drop = FALSE`. `y[i]` are elements
#'   down the columns, `y[y > 0]` those where it holds, and `y[[i]]`, `y[[i, j]]` is
#'   one. `head()`, `tail()` and `rev()` work on rows, or on the elements of a vector.
#' - `y * 2`, `y + z`, `y > 0`, `!y`; `sqrt(y)`, `exp(y)`, `round(y, 2)`, `cumsum(y)`;
#'   `sum(y)`, `range(y)`, `mean(y)`; `is.na(y)`; `t(y)`, `aperm(y, perm)`.
#'   `any(y)` and `all(y)` are `TRUE` or `FALSE`.
#'   Numbers take the dtype of the tensor. Integers stay integers, of at least 32
#'   bits; with fractions, in `/`, `^` and the mathematical functions they become
#'   doubles. Different shapes are combined by TensorFlow's rules, which are not R's,
#'   so a vector with several elements beside a matrix is an error.
#' - [as.array()], [as.matrix()], [as.numeric()], [as.integer()], [as.logical()],
#'   [as.character()], [as.vector()], [as.list()] and [as.data.frame()] give
#'   values of R, text decoded as UTF-8. [dim()] is the shape, [length()] the number
#'   of elements. These functions build on them: `plot()`, `image()`, `hist()`,
#'   `boxplot()` and other plots; `summary()`, `median()`, `quantile()`, `sort()`,
#'   `order()`, `unique()`, `duplicated()`, `diff()`, `cut()`, `rep()`, `seq()`,
#'   `rowsum()`, `anyNA()` and `all.equal()`.
#'
#' The rows of a ragged tensor are `y[i]` and `y[[i]]`, and `as.list(y)` all of them; a
#' sparse tensor is made dense by `as.array()`.
#'
#' @section What R lets no package change:
#' - `for (row in y)` and `%*%` do not take a tensor: write
#'   `for (i in seq_len(nrow(y))) y[i, ]` and `tf$matmul(y, z)`, or use
#'   `as.array(y)`. `rowSums(y)` is `rowSums(as.array(y))`, and so with every function
#'   that is not named here, such as `cor()`, `which()` and `pmax()`; a column of a
#'   tibble, too, is `as.array(y)`.
#' - `if (y[1] > 0)` fails ("the condition has length > 1"): write
#'   `if (as.logical(y[1] > 0))`. `if (any(y > 0))` works. `isTRUE(y[1] > 0)` is
#'   always `FALSE`.
#' - `sprintf("%.2f", y)` gives the first elements only: write
#'   `sprintf("%.2f", as.array(y))`. `paste()` and `format()` of `as.array(y)` give all;
#'   `cat(y)`, and `x[y]` where `x` is R's own, are errors.
#' - `c(y, z)`, `cbind(y, z)` and `rbind(y, z)` make a list of tensors, or an error:
#'   `cbind(as.array(y), as.array(z))`.
#' - `jsonlite::toJSON(y)` is an error, and takes from `y` what makes it a tensor for R:
#'   write `jsonlite::toJSON(as.array(y))`.
#' - A tensor is not saved: [readRDS()], a knitr cache, callr and future give back
#'   an empty shell. Save `as.array(y)`, or use `predict(m, x)`.
#'
#' @section The R package tensorflow:
#' Where it is loaded, its methods are used instead of these. Both give the same
#' values, with these differences: with it `y[i]` of a matrix is a row (and a
#' warning), `y[-1, ]`, here an error, is the last row, `drop` leaves out only what was
#' indexed by one number, `y * c(1, 2)` goes along rows, and the integers of a
#' tensor stay integers, in `mean(y)` or `y * 0.5`, too; `any(y)` is a tensor.
#' `y[[i]]` is reticulate's there, which counts rows from 0.
#'
#' @param x,a,e1,e2 A tensor or a variable of TensorFlow, a Python object. For
#'   operators, one of the two can be numbers or text of R.
#' @param ... For `[` and `[[` the indices; for `sum()` and its like more tensors. For
#'   other functions as for R's own.
#' @param mode As for [as.vector()].
#' @param drop Whether dimensions of one element are left out.
#' @param axis The dimensions to summarise, from 1, or from the end if negative; `NULL`
#'   is all of them.
#' @param keepdims Whether those dimensions stay, with one element.
#' @param na.rm Whether to leave out `NaN`.
#' @param n How many rows; if negative, how many to leave out.
#' @param perm The new order of the dimensions; `NULL` reverses it.
#' @param row.names,optional As for [as.data.frame()].
#' @return Tensors, except as said above. `as.array()` gives an array of the
#'   tensor's shape, `as.matrix()` a matrix, `as.list()` a list of elements, `dim()`
#'   integers, `NA` for a dimension that is not known, and `NULL` for a single value.
#' @section Errors:
#' `tfhub_error_index`: an index that a tensor does not take, or that means something
#' else in TensorFlow. `tfhub_error_input`: TensorFlow does not compute this.
#' `tfhub_error_graph`: a tensor of a graph has no value. `tfhub_error_not_saved`:
#' a tensor of another R session. There is a warning when integers are too large to
#' be exact in a double; `as.character()` gives all of their digits.
#' @seealso [predict()][predict.hub_module], which gives R's values at once.
#' @name tensors
#' @examplesIf hub_is_installed()
#' m <- hub_load(hub_example_model())
#' y <- m(matrix(1:6, nrow = 2))
#' y[1, ]
#' y[y > 10] / 2
#' mean(y)
#' as.matrix(y)
#' as.data.frame(y)
#' dim(y)
NULL

tensor_class <- "tensorflow.python.types.core.Tensor"
ragged_class <- "tensorflow.python.ops.ragged.ragged_tensor.RaggedTensor"
sparse_class <- "tensorflow.python.framework.sparse_tensor.SparseTensor"

is_tensor <- function(x) {
  inherits(x, c(tensor_class, ragged_class, sparse_class))
}
is_ragged <- function(x) inherits(x, ragged_class)
is_sparse <- function(x) inherits(x, sparse_class)

# A Python object that is still there; not what readRDS() made of one.
alive <- function(x, call) {
  if (reticulate::py_is_null_xptr(x)) {
    abort_hub(
      "This was a tensor of another R session, and its values were not saved with it.",
      hint = inline(paste(
        "Save R's own values, {.code as.array(y)}, or give them from one process",
        "to the other; {.code predict(m, x)} gives such."
      )),
      class = c("tfhub_error_not_saved", "tfhub_error_input"),
      call = call
    )
  }
  x
}

#' @rdname tensors
#' @export
as.array.tensorflow.python.types.core.Tensor <- function(x, ...) {
  value <- rectangle(x, rlang::current_env())
  if (is.null(dim(value))) as.array(value) else value
}

#' @rdname tensors
#' @export
as.matrix.tensorflow.python.types.core.Tensor <- function(x, ...) {
  as.matrix(rectangle(x, rlang::current_env()))
}

#' @rdname tensors
#' @export
as.vector.tensorflow.python.types.core.Tensor <- function(x, mode = "any") {
  as.vector(one_vector(x, rlang::current_env()), mode)
}

#' @rdname tensors
#' @export
as.double.tensorflow.python.types.core.Tensor <- function(x, ...) {
  as.double(one_vector(x, rlang::current_env()))
}

#' @rdname tensors
#' @export
as.integer.tensorflow.python.types.core.Tensor <- function(x, ...) {
  as.integer(one_vector(x, rlang::current_env()))
}

#' @rdname tensors
#' @export
as.logical.tensorflow.python.types.core.Tensor <- function(x, ...) {
  as.logical(one_vector(x, rlang::current_env()))
}

#' @rdname tensors
#' @export
as.character.tensorflow.python.types.core.Tensor <- function(x, ...) {
  as.character(one_vector(x, rlang::current_env(), int64 = "character"))
}

#' @rdname tensors
#' @export
as.list.tensorflow.python.types.core.Tensor <- function(x, ...) {
  as.list(tensor_value(x, rlang::current_env()))
}

#' @rdname tensors
#' @export
as.data.frame.tensorflow.python.types.core.Tensor <- function(
  x,
  row.names = NULL,
  optional = FALSE,
  ...
) {
  name <- deparse(substitute(x))[[1]]
  value <- rectangle(x, rlang::current_env())
  frame <- as.data.frame(
    if (length(dim(value)) > 1) value else as.vector(value),
    row.names,
    optional,
    ...
  )
  if (length(dim(value)) < 2 && !optional) {
    names(frame) <- name
  }
  frame
}

#' @rdname tensors
#' @export
dim.tensorflow.python.types.core.Tensor <- function(x) {
  rank <- if (!reticulate::py_is_null_xptr(x)) x$shape$rank
  if (length(rank) && rank > 0) {
    sizes <- lapply(x$shape$as_list(), function(size) size %||% NA)
    as.integer(unlist(sizes))
  }
}

#' @rdname tensors
#' @export
length.tensorflow.python.types.core.Tensor <- function(x) {
  if (reticulate::py_is_null_xptr(x)) {
    return(0L)
  }
  count <- if (is_ragged(x)) dim(x)[[1]] else x$shape$num_elements()
  as.integer(count %||% NA)
}

#' @export
`$.tensorflow.python.types.core.Tensor` <- function(x, name) {
  alive(x, rlang::current_env())
  NextMethod()
}

#' @export
print.tensorflow.python.types.core.Tensor <- function(x, ...) {
  if (!reticulate::py_is_null_xptr(x)) {
    return(NextMethod())
  }
  cat(what_was_a_tensor, "\n", sep = "")
  invisible(x)
}

#' @export
str.tensorflow.python.types.core.Tensor <- function(object, ...) {
  if (!reticulate::py_is_null_xptr(object)) {
    return(NextMethod())
  }
  cat(" ", what_was_a_tensor, "\n", sep = "")
}

#' @export
format.tensorflow.python.types.core.Tensor <- function(x, ...) {
  if (reticulate::py_is_null_xptr(x)) what_was_a_tensor else NextMethod()
}

what_was_a_tensor <-
  "<a tensor of another R session, which was not saved; save as.array(y)>"

# An array, but a vector where there is one dimension.
plain <- function(x, call) {
  value <- rectangle(x, call)
  if (length(dim(value)) > 1) value else as.vector(value)
}

rectangle <- function(x, call) {
  refuse_ragged(x, call)
  tensor_value(x, call)
}

refuse_ragged <- function(x, call) {
  if (is_ragged(x)) {
    abort_hub(
      "A ragged tensor is no array: its rows have lengths of their own.",
      hint = inline(paste(
        "Use {.code as.list(y)}, a list of the rows, or {.code as.vector(y)},",
        "all values."
      )),
      class = "tfhub_error_input",
      call = call
    )
  }
}

one_vector <- function(x, call, ...) {
  value <- tensor_value(x, call, ...)
  if (is.list(value)) unlist(value) else value
}

# That of a graph has none.
has_value <- function(x) {
  reticulate::py_has_attr(if (is_sparse(x)) x$values else x, "numpy")
}

tensor_value <- function(x, call, int64 = "double") {
  alive(x, call)
  if (!has_value(x)) {
    abort_hub(
      "A tensor of a graph has no value.",
      hint = inline("Run it in a session: {.code session$run(x)}."),
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
