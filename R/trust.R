#' Trust a model within a saved Keras model
#'
#' Keras loads no code that a file brings or names, unless asked to (its safe
#' mode), and the model in a layer of [layer_hub()] is code. This says of one
#' model that it may be loaded, until the end of this R session. Get the sha256
#' from whom you trust, not from the file. Models whose handle begins with one of
#' the words in the environment variable `TFHUB_TRUSTED` are trusted without.
#'
#' @param sha256 That of the archive of the model, a string, which
#'   [hub_cache_list()] has; for a layer that was made with `embed = TRUE` what
#'   `layer$get_config()$embed$sha256` said where it was saved.
#' @return Nothing.
#' @section Errors:
#' `tfhub_error`: these are not the 64 hexadecimal digits of a sha256.
#' @export
#' @examplesIf tfhub:::can_run_examples()
#' layer <- layer_hub(handle = hub_example_model(), embed = TRUE)
#' hub_trust(layer$get_config()$embed$sha256)
hub_trust <- function(sha256) {
  check_string(sha256)
  with_py_errors(core()$trust(sha256))
  invisible()
}
