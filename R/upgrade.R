#' Make a TensorFlow 2 model of a TF1 Hub module
#'
#' Writes a module in the TF1 Hub format as a reusable SavedModel of TensorFlow
#' 2, which gives the same outputs and can be trained: with
#' `m(x, training = TRUE)`, `m$variables`, `m$trainable_variables` and
#' `m$regularization_losses`, all signatures and assets.
#'
#' The call of the model applies the signature `default`, or the only one. With
#' `training = TRUE` it runs the graph variant with the tag `"train"` if there is
#' one, and the updates of moving averages. A module with several signatures,
#' none of them `default`, gets no call. Attached messages are not kept.
#'
#' Inputs whose names TensorFlow 2 cannot save (`a$b`, `self`) get another name,
#' which is logged.
#'
#' @param handle A handle, as for [hub_resolve()], or a specification, from
#'   [hub_load_module_spec()] or [hub_create_module_spec()].
#' @param path The folder, a string. Other files may be in it, but none of a model.
#'   What is written is there when it is whole.
#' @param tags The tags of the graph variant, a character vector, for a module
#'   that has none without tags, say. It is also that for training then. `NULL` is
#'   the one without tags, and that tagged `"train"` for training.
#' @return The path, invisibly.
#' @section Errors:
#' Those of [hub_load_module_spec()]; `tfhub_error_model_exists`: there is a
#' file at the path, or files of a model in it. `tfhub_error_tags`: the module has
#' no such graph variant.
#' @export
#' @examplesIf tfhub:::can_run_examples()
#' \dontshow{
#' file <- tempfile()
#' writeLines(c("cat 1 0", "dog 0 1"), file)
#' handle <- hub_export_text_embedding(file, tempfile(), format = "tf1")
#' }
#' path <- hub_upgrade(handle, tempfile())
#' m <- hub_load(path)
#' m(c("a cat", "cat and dog"))
hub_upgrade <- function(handle, path, tags = NULL) {
  handle <- as_spec_or_handle(handle)
  check_string(path)
  check_strings_or_null(tags)
  path <- with_py_errors({
    core()$upgrade(handle, as_handle(path), if (!is.null(tags)) as.list(tags))
  })
  invisible(r_value(path))
}
