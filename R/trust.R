#' Trust a model within a saved Keras model
#'
#' The model in a layer of [layer_hub()] is code, and no file is to bring or name code
#' that runs by itself: not under the safe mode of Keras, and not in files that have no
#' such mode. This says of one model that it may be loaded, until the end of this R
#' session. Get the digest from whom you trust, not from the file. What comes from the
#' places that the environment variable `TFHUB_TRUSTED` names is trusted without.
#'
#' @param digest A string, one of these:
#'   - A tree digest, `"tree1:"` and 64 hexadecimal digits: of all files of the model,
#'     wherever it comes from. `hub_info(handle, digest = TRUE)` computes it,
#'     `layer$get_config()$tree` has it, and the error that asks for trust names it.
#'   - The sha256 of the archive that the model is downloaded in, which
#'     [hub_cache_list()] has. It counts where a download of your own made the model of
#'     that archive; else only the tree digest does.
#'   - For a layer that was made with `embed = TRUE` what
#'     `layer$get_config()$embed$sha256` said where it was saved.
#' @return Nothing.
#' @section Errors:
#' `tfhub_error`: it is no such digest.
#' @export
#' @examplesIf tfhub:::can_run_examples()
#' hub_trust(hub_info(hub_example_model(), digest = TRUE)$tree)
#'
#' layer <- layer_hub(handle = hub_example_model(), embed = TRUE)
#' hub_trust(layer$get_config()$embed$sha256)
hub_trust <- function(digest) {
  check_string(digest)
  with_py_errors(core()$trust(digest))
  invisible()
}
