#' Turn a TF1 Hub module into a TensorFlow 2 model
#'
#' Writes a module in the TF1 Hub format as a reusable SavedModel of TensorFlow
#' 2. It gives the same outputs, keeps all signatures and assets, and can be trained:
#' it has `m(x, training = TRUE)`, `m$variables`, `m$trainable_variables` and
#' `m$regularization_losses`.
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
#' @param path The folder, a string. It may hold other files, but no model. The model
#'   appears in it only when it is whole.
#' @param tags The tags of the graph variant, a character vector, for instance for a
#'   module whose variants all have tags. That variant is then used for training, too.
#'   `NULL` means the one without tags, and the one tagged `"train"` for training.
#' @return The path, invisibly.
#' @section Errors:
#' Those of [hub_load_module_spec()]; `tfhub_error_model_exists`: there is a
#' file at the path, or files of a model in it. `tfhub_error_tags`: the module has
#' no such graph variant.
#' @export
#' @examplesIf hub_is_installed()
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
  check_strings(tags, least = 0, allow_null = TRUE)
  path <- with_py_errors({
    core()$upgrade(handle, as_handle(path), if (!is.null(tags)) as.list(tags))
  })
  invisible(r_value(path))
}
