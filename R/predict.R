#' Apply a module to many rows, giving R arrays
#'
#' Splits the input into batches, applies the module to each, and puts the
#' results together as R values. In an interactive session a bar shows the
#' progress if it takes more than a few seconds.
#'
#' @param object A module, from [hub_load()] or [hub_module()]; or a function or
#'   signature of one, such as `m$embed`.
#' @param x The input, rows first: a matrix, array, vector, text, data frame,
#'   tensor, or a dataset of tfdatasets or a Python generator of rows or
#'   batches; see the inputs of [hub_load()]. For several inputs a list with names
#'   or a data frame, all with the same number of rows.
#' @param ... Not used; the arguments after it are given by name. `newdata` is
#'   taken as `x`, for packages that use that name.
#' @param signature,as_dict As in a call of the module: the name of a
#'   signature, and `TRUE` for all its outputs. Where `object` is a signature, it
#'   gives all of them anyway.
#' @param batch_size Rows in a batch. It limits the memory that is used; the result
#'   does not depend on it.
#' @param int64 What outputs of type int64 and uint64 become: `"double"`, which is
#'   exact up to 2^53, or `"character"`.
#' @return A vector, matrix or array with a row for each row of `x`, without
#'   row names, or a list of them, sorted by name, where the model has several
#'   outputs. Floats of any precision become doubles, integers of up to 32 bits
#'   integers (uint32 doubles), and text is character. Ragged outputs become
#'   lists, and sparse ones dense. The vignette *Conversion* has a
#'   table.
#' @section Other processes:
#' A process that is a fork (`parallel::mclapply()`, `future::multicore`) cannot use
#' TensorFlow: there it is an error of class `tfhub_error_forked`. In new ones
#' (`parallel::makeCluster()`, `future::multisession`, callr) a module loads itself
#' again. Starting Python there draws a random number, of which future may warn
#' (`UNRELIABLE VALUE`): `seed = TRUE`, or `future.seed = TRUE`, says that it may. Let
#' them return what `predict()` gives: tensors do not pass from process to process.
#' @section Errors:
#' As for a call: see [hub_load()]. `tfhub_error_inexact`: there is an integer
#' beyond 2^53, which a double cannot hold.
#' @export
#' @examplesIf hub_is_installed()
#' m <- hub_load(hub_example_model())
#' predict(m, matrix(1:6, nrow = 2))
#' predict(m, data.frame(red = 1:2, green = 3:4, yellow = 5:6))
#' predict(m, c("apple", "ananas"), signature = "shout")
#' predict(m$embed, c("apple", "ananas"))
#'
#' fruit <- list(apples = matrix(1:6, nrow = 2), oranges = 1:2)
#' predict(m, fruit, signature = "fruit_to_pet", as_dict = TRUE)
predict.hub_module <- function(
  object,
  x,
  ...,
  signature = NULL,
  as_dict = NULL,
  batch_size = 32,
  int64 = c("double", "character")
) {
  call <- rlang::current_env()
  x <- newdata_or(x, ...)
  check_string(signature, allow_null = TRUE)
  check_flag(as_dict, allow_null = TRUE)
  check_whole(batch_size, 1)
  int64 <- as_int64(int64)
  options <- list(
    signature = signature,
    as_dict = as_dict,
    batch_size = as.integer(batch_size),
    int64 = int64
  )
  predict_batches(module_self(object), x, options, call)
}

#' @rdname predict.hub_module
#' @export
predict.hub_function <- function(
  object,
  x,
  ...,
  as_dict = TRUE,
  batch_size = 32,
  int64 = c("double", "character")
) {
  call <- rlang::current_env()
  x <- newdata_or(x, ...)
  check_flag(as_dict, allow_null = TRUE)
  check_whole(batch_size, 1)
  int64 <- as_int64(int64)
  what <- function_what(object)
  options <- list(batch_size = as.integer(batch_size), int64 = int64)
  if (what$signature) {
    options <- c(options, signature = what$name, as_dict = as_dict)
    predict_batches(what$self, x, options, call)
  } else {
    predict_batches(what$self, x, c(options, `function` = what$name), call)
  }
}

predict_batches <- function(self, x, options, call) {
  if (isTRUE(self$tf1$in_graph)) {
    abort_hub(
      sprintf("%s is in a graph, where it gives no values.", self$info$handle),
      hint = inline(
        "Apply it with {.code m(x)}, and run what that gives in a session."
      ),
      class = "tfhub_error_graph",
      call = call
    )
  }
  model <- live_model(self, call)
  x <- to_python(x, "The input", call)
  result <- with_py_errors(call = call, {
    rlang::exec(
      bridge(call)$predict,
      model,
      x,
      !!!options,
      progress = row_progress()
    )
  })
  from_bridge(result, call)
}

# Other packages call predict(object, newdata = x).
newdata_or <- function(x, ..., newdata, call = rlang::caller_env()) {
  known <- names(formals(rlang::caller_fn()))
  check_no_dots(..., call = call, known = known)
  if (missing(newdata)) {
    check_given(x, "the input, with rows first", call = call)
    x
  } else if (missing(x)) {
    newdata
  } else {
    abort_hub(
      inline(
        "{.arg x} and {.arg newdata} are one argument, and both are given."
      ),
      hint = "Leave one of them out.",
      class = "tfhub_error_argument",
      call = call
    )
  }
}

# The first of the choices where none was made.
as_int64 <- function(int64, call = rlang::caller_env()) {
  choices <- c("double", "character")
  if (identical(int64, choices)) {
    return(choices[[1]])
  }
  check_choice(int64, choices, call = call)
  int64
}
