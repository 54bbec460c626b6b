#' Trust a model within a saved Keras model
#'
#' The model in a layer of [layer_hub()] is code, and no file may bring or name code
#' that runs by itself: not under the safe mode of Keras, and not in files that have no
#' such mode. This says of one model that it may be loaded, until the end of this R
#' session. Get the digest from someone you trust, not from the file. What comes from
#' the places that the environment variable `TFHUB_TRUSTED` names needs no such call.
#'
#' @param digest A string, one of these:
#'   - A tree digest, `"tree1:"` and 64 hexadecimal digits: of all files of the model,
#'     wherever it comes from. `hub_info(handle, digest = TRUE)` computes it,
#'     `layer$get_config()$tree` has it, and the error that asks for trust names it.
#'   - The sha256 of the archive in which the model is downloaded, which
#'     [hub_cache_list()] has. It counts where your own download of that archive made
#'     the model; otherwise only the tree digest does.
#'   - For a layer that was made with `embed = TRUE`, what
#'     `layer$get_config()$embed$sha256` said where it was saved.
#'   - A handle, as for [hub_resolve()], of a model that is in the cache or elsewhere
#'     on this machine; nothing is downloaded. Its tree digest is computed from its
#'     files now, and a message says which it is. That digest is what is trusted: the
#'     handle is not, if other files come from it later. Look at the model first.
#'     An embedded model has only its own sha256, above.
#' @return The digest that is trusted now, invisibly.
#' @section Errors:
#' `tfhub_error`: it is no such digest, and no model is there.
#' `tfhub_error_offline`: the model that the handle names is not in the cache, or is
#' damaged. `tfhub_error_model_not_found` and `tfhub_error_model_format`: there is no
#' model at that place, or it holds a link and has no digest.
#' @export
#' @examplesIf hub_is_installed()
#' hub_trust(hub_info(hub_example_model(), digest = TRUE)$tree)
#'
#' # By its handle
#' hub_trust(hub_example_model())
#'
#' layer <- layer_hub(handle = hub_example_model(), embed = TRUE)
#' hub_trust(layer$get_config()$embed$sha256)
hub_trust <- function(digest) {
  check_string(digest)
  digest <- as_handle(digest)
  trusted <- r_value(with_py_errors(core()$trust(digest)))
  if (!grepl(trusted, tolower(digest), fixed = TRUE)) {
    cli::cli_inform("Trusted until this session ends: {trusted}")
  }
  invisible(trusted)
}
