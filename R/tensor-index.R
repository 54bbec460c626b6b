# Parts of tensors, with R's indices. What is asked of Python has none of R's ways any
# more: for each dimension the numbers of its elements, from 0.

#' @rdname tensors
#' @export
`[.tensorflow.python.types.core.Tensor` <- function(x, ..., drop = TRUE) {
  call <- rlang::current_env()
  alive(x, call)
  check_flag(drop)
  keys <- given_keys(..., call = call)
  if (length(keys) == 0 || (length(keys) == 1 && is_missing_key(keys[[1]]))) {
    return(x)
  }
  refuse_sparse(x, call)
  keys <- lapply(keys, mask_of_tensor, call = call)
  if (is_ragged(x)) {
    return(ragged_rows(x, keys, call))
  }
  x <- at_least_vector(x)
  dims <- dim(x)
  if (length(keys) == 1 && length(dims) > 1) {
    return(elements_at(x, keys[[1]], dims, call))
  }
  check_rank(keys, dims, call)
  more <- list(rank = length(dims), call = call)
  at <- Map(key_at, keys, dims, seq_along(dims), MoreArgs = more)
  single <- all(vapply(keys, is_one_number, logical(1)))
  r_tensors(call, "subset", x, unname(at), drop = drop, single = single)
}

#' @rdname tensors
#' @export
`[[.tensorflow.python.types.core.Tensor` <- function(x, ...) {
  if (inherits(x, "tensorflow.tensor")) {
    return(NextMethod())
  }
  call <- rlang::current_env()
  keys <- given_keys(..., call = call)
  if (!length(keys) || !all(vapply(keys, is_one_number, logical(1)))) {
    abort_index("[[ ]] takes one number for each dimension.", "y[i, ]", call)
  }
  x[..., drop = TRUE]
}

# A single value is a vector of one in R.
at_least_vector <- function(x) {
  if (identical(as.integer(x$shape$rank), 0L)) tf$reshape(x, list(1L)) else x
}

# The indices as they were given, and `all_of_it` for what is missing.
given_keys <- function(..., call) {
  exprs <- rlang::enexprs(..., .ignore_empty = "none")
  if (any(nzchar(rlang::names2(exprs)))) {
    abort_index("Indices have no names.", NULL, call)
  }
  lapply(seq_along(exprs), function(i) {
    if (rlang::is_missing(exprs[[i]])) all_of_it else ...elt(i)
  })
}

all_of_it <- quote(all_of_it)

is_missing_key <- function(key) {
  identical(key, all_of_it)
}

is_one_number <- function(key) {
  !is_missing_key(key) && is.numeric(key) && length(key) == 1
}

# TRUE and FALSE may come as a tensor, from y > 0; numbers of TensorFlow count from 0.
mask_of_tensor <- function(key, call) {
  if (is_missing_key(key) || !is_tensor(key)) {
    return(key)
  }
  if (key$dtype$name != "bool") {
    abort_index(
      "An index that is a tensor counts from 0 in TensorFlow, and from 1 in R.",
      "y[as.array(i) + 1, ]",
      call
    )
  }
  as.array(key)
}

# The numbers, from 0, of the elements of a dimension; NULL for all. `rank` is that of
# the tensor, NA of a ragged one.
key_at <- function(key, size, axis, rank, call) {
  if (is_missing_key(key)) {
    return(NULL)
  }
  if (is.logical(key)) {
    if (anyNA(key)) {
      abort_index("An index is NA.", NULL, call)
    }
    if (!is.na(size) && length(key) > size) {
      abort_bounds(length(key), size, axis, call)
    }
    key <- which(rep_len(
      as.vector(key),
      if (is.na(size)) length(key) else size
    ))
  }
  check_numbers(key, rank, call)
  key <- key[key != 0]
  if (!is.na(size) && any(key > size)) {
    abort_bounds(max(key), size, axis, call)
  }
  as.array(as.vector(trunc(key)) - 1)
}

check_numbers <- function(key, rank, call) {
  if (!is.numeric(key) || is.object(key)) {
    what <- if (is.null(key)) "NULL" else class(key)[[1]]
    abort_index(
      sprintf("An index is of class %s, and a tensor has no names.", what),
      NULL,
      call
    )
  }
  if (anyNA(key)) {
    abort_index("An index is NA.", NULL, call)
  }
  if (any(key < 0)) {
    abort_hub(
      paste(
        "A negative index leaves elements out in R, and counts from the end",
        "in TensorFlow."
      ),
      hint = if (is.na(rank)) {
        c(
          inline("To leave the first row out: {.code as.list(y)[-1]}."),
          inline("To take the last row: {.code y[[length(y)]]}.")
        )
      } else if (rank == 1) {
        c(
          inline("To leave the first element out: {.code as.array(y)[-1]}."),
          inline("To take the last one: {.code y[length(y)]}.")
        )
      } else {
        others <- strrep(", ", rank - 1)
        c(
          inline(
            "To leave the first row out: {.code as.array(y)[-1{others}]}."
          ),
          inline("To take the last row: {.code y[nrow(y){others}]}.")
        )
      },
      class = c("tfhub_error_index", "tfhub_error_input"),
      call = call
    )
  }
}

check_rank <- function(keys, dims, call) {
  if (length(keys) != length(dims)) {
    abort_index(
      sprintf(
        "%d indices are given, and the tensor has %d dimensions.",
        length(keys),
        length(dims)
      ),
      if (length(dims)) sprintf("y[%s]", strrep(", ", length(dims) - 1)),
      call
    )
  }
}

abort_bounds <- function(index, size, axis, call) {
  abort_index(
    sprintf("Index %s is beyond the %s of dimension %d.", index, size, axis),
    NULL,
    call
  )
}

abort_index <- function(message, instead, call) {
  abort_hub(
    message,
    hint = c(
      if (!is.null(instead)) inline("Use {.code {instead}}."),
      inline("{.code as.array(y)[...]} is R's own, of all values.")
    ),
    class = c("tfhub_error_index", "tfhub_error_input"),
    call = call
  )
}

# x[i] of a matrix or array: elements by their number, down the columns; by a mask of
# its shape; or by a matrix with a row for each.
elements_at <- function(x, key, dims, call) {
  if (is.numeric(key) && length(dim(key)) == 2 && ncol(key) == length(dims)) {
    for (axis in seq_along(dims)) {
      key_at(key[, axis], dims[[axis]], axis, length(dims), call)
    }
    return(r_tensors(call, "cells", x, key - 1))
  }
  at <- key_at(key, prod(dims), 1L, length(dims), call)
  r_tensors(call, "elements", x, at, single = is_one_number(key))
}

# The rows of a ragged tensor have no common length to count columns by.
ragged_rows <- function(x, keys, call) {
  others <- keys[-1]
  if (!all(vapply(others, is_missing_key, logical(1)))) {
    abort_hub(
      "The rows of a ragged tensor have lengths of their own.",
      hint = inline(
        "{.code as.list(y)} is a list of them: {.code as.list(y)[[1]][2]}."
      ),
      class = c("tfhub_error_index", "tfhub_error_input"),
      call = call
    )
  }
  at <- key_at(keys[[1]], dim(x)[[1]], 1L, NA, call)
  if (is_one_number(keys[[1]])) {
    x$`__getitem__`(as.integer(at))
  } else {
    r_tensors(call, "subset", x, list(at), drop = FALSE, single = FALSE)
  }
}

refuse_sparse <- function(x, call) {
  if (is_sparse(x)) {
    abort_hub(
      "A sparse tensor has no parts.",
      hint = inline(
        "Use {.code as.array(y)}, or {.code tf$sparse$to_dense(y)}."
      ),
      class = c("tfhub_error_index", "tfhub_error_input"),
      call = call
    )
  }
}

#' @export
`[<-.tensorflow.python.types.core.Tensor` <- function(x, ..., value) {
  abort_hub(
    "A tensor cannot be changed.",
    hint = c(
      inline("Change R's own values: {.code y <- as.array(y)}."),
      inline("A variable takes new values by {.code v$assign(values)}.")
    ),
    class = "tfhub_error_input",
    call = rlang::current_env()
  )
}

#' @export
`[[<-.tensorflow.python.types.core.Tensor` <-
  `[<-.tensorflow.python.types.core.Tensor`

#' @rdname tensors
#' @importFrom utils head
#' @export
head.tensorflow.python.types.core.Tensor <- function(x, n = 6L, ...) {
  first_or_last(x, n, rlang::current_env(), last = FALSE)
}

#' @rdname tensors
#' @importFrom utils tail
#' @export
tail.tensorflow.python.types.core.Tensor <- function(x, n = 6L, ...) {
  first_or_last(x, n, rlang::current_env(), last = TRUE)
}

# Rows of what has rows, else elements; n may leave out, as in R.
first_or_last <- function(x, n, call, last) {
  alive(x, call)
  x <- at_least_vector(x)
  size <- dim(x)[1]
  if (is.na(size)) {
    abort_index("The number of rows is not known.", NULL, call)
  }
  n <- if (n < 0) max(size + n, 0) else min(n, size)
  rows <- if (last) size - n + seq_len(n) else seq_len(n)
  keys <- c(list(as.array(rows - 1)), rep(list(NULL), length(dim(x)) - 1))
  r_tensors(call, "subset", x, keys, drop = FALSE, single = FALSE)
}

#' @rdname tensors
#' @export
rev.tensorflow.python.types.core.Tensor <- function(x) {
  call <- rlang::current_env()
  at <- as.array(rev(seq_len(length(alive(x, call)))) - 1)
  r_tensors(call, "elements", x, at, single = FALSE)
}
