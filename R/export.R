#' Write a module in the TF1 Hub format
#'
#' Exports a module, with the values of its variables, to a folder that
#' [hub_module()], [hub_load()] and all libraries for this format can read.
#' Exported twice, the same module gives the same bytes.
#'
#' @param object What to export:
#'   - a specification, from [hub_create_module_spec()] or
#'     [hub_load_module_spec()]. The variables get the values of the checkpoint,
#'     or those that they are made with;
#'   - a module of [hub_module()], with the values that its variables have now.
#' @param path The new folder, a string. It appears when it is whole.
#' @param ... Not used; the arguments after it are given by name.
#' @param checkpoint_path The prefix of the files of a checkpoint, such as those
#'   of the training that used the module.
#' @param name_transform_fn A function from the name of a variable of the module
#'   to its name in the checkpoint, both strings. `NULL`: they are the same.
#' @param session In a graph the session (`tf$compat$v1$Session`) that has the
#'   values of the variables.
#' @return The path, invisibly.
#' @section Errors:
#' `tfhub_error`: there is something at the path already.
#' `tfhub_error_checkpoint`: the checkpoint lacks a variable, or has it in another
#' shape. `tfhub_error_graph`: the session, or the default graph, is not that of
#' the module.
#' @export
#' @examplesIf tfhub:::can_run_examples()
#' tf <- reticulate::import("tensorflow", convert = FALSE)
#' spec <- hub_create_module_spec(function() {
#'   x <- tf$compat$v1$placeholder(tf$float32, list(NULL))
#'   scale <- tf$compat$v1$get_variable("scale", initializer = 2)
#'   hub_add_signature(inputs = x, outputs = tf$multiply(x, scale))
#' })
#' path <- hub_export(spec, tempfile())
#'
#' # Trained, and exported again
#' m <- hub_module(path, trainable = TRUE)
#' m$trainable_variables[[1]]$assign(3)
#' tuned <- hub_export(m, tempfile())
#' predict(hub_load(tuned), c(1, 2))
hub_export <- function(object, path, ...) {
  UseMethod("hub_export")
}

#' @rdname hub_export
#' @export
hub_export.hub_module_spec <- function(
  object,
  path,
  ...,
  checkpoint_path = NULL,
  name_transform_fn = NULL
) {
  rlang::check_dots_empty()
  check_string(path)
  check_string_or_null(checkpoint_path)
  check_function_or_null(name_transform_fn)
  call <- rlang::current_env()
  object <- as_spec_or_handle(object)
  if (!is.null(checkpoint_path)) {
    checkpoint_path <- as_handle(checkpoint_path)
  }
  rename <- name_transform_fn %||% identity
  path <- with_py_callback(rename, call = call, use = function(rename) {
    object$export(
      as_handle(path, call),
      checkpoint_path = checkpoint_path,
      name_transform_fn = rename
    )
  })
  invisible(path)
}

#' @rdname hub_export
#' @export
hub_export.hub_module <- function(object, path, ..., session = NULL) {
  rlang::check_dots_empty()
  check_string(path)
  call <- rlang::current_env()
  self <- module_self(object)
  if (is.null(self$tf1)) {
    abort_hub(
      sprintf(
        "%s was loaded by hub_load(), and cannot be exported.",
        self$handle
      ),
      hint = "Use hub_module() for a module in the TF1 Hub format.",
      class = "tfhub_error_argument",
      call = call
    )
  }
  model <- live_model(self, call)
  path <- with_py_errors(model$export(as_handle(path), session = session))
  invisible(reticulate::py_to_r(path))
}

#' @export
hub_export.default <- function(object, path, ...) {
  wanted <- "a specification, or a module of hub_module()"
  abort_argument("object", wanted, object, rlang::current_env())
}
