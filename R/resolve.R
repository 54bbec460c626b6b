#' Find a model, downloading it when it is not here yet
#'
#' A handle becomes a folder on this machine. What comes over the network is
#' checked, unpacked into the cache and downloaded only once: the next
#' `hub_resolve()` asks no server.
#'
#' @section Cache:
#' Downloads are kept in the folder that the environment variable
#' `TFHUB_CACHE_DIR` names, or in `tfhub_modules` in the system's temporary
#' folder. Python programs that use the same folder share it.
#'
#' Interactive R shows the progress of a download. `TFHUB_DOWNLOAD_PROGRESS=0`
#' turns that off, and any other value turns it on everywhere.
#'
#' @param handle What names the model, a string:
#'   - a folder with a SavedModel or a TF1 Hub module, as a path or `file://`;
#'   - an archive of such a folder: `.tar`, `.tar.gz`, `.tgz` or `.zip`, as a
#'     path or an `http(s)://` URL;
#'   - any other `http(s)://` URL, which is asked for the model as the
#'     hosting protocol of TensorFlow Hub says.
#' @return The path of a folder, a string.
#' @section Errors:
#' Every error of this package is a condition of class `tfhub_error`, with the
#' fields `handle`, `hint` (what to do next) and `python_class`. Here they can
#' be `tfhub_error_handle` (empty, or of an unknown kind),
#' `tfhub_error_handle_not_found` (no such folder or file),
#' `tfhub_error_download` (no connection), `tfhub_error_http_status` (the
#' server said no, with `data$code` and `data$url`), `tfhub_error_archive`
#' (not an archive, cut short or damaged) and `tfhub_error_cache`.
#' @seealso [hub_info()] to see what is in a model, [hub_load()] to use it.
#' @export
#' @examplesIf tfhub:::can_run_examples()
#' hub_resolve(hub_example_model())
hub_resolve <- function(handle) {
  handle <- as_handle(handle)
  with_py_errors({
    path <- core()$resolve(handle, progress = download_progress())
    reticulate::py_to_r(path)
  })
}

as_handle <- function(handle, call = rlang::caller_env()) {
  check_string(handle, "handle", call)
  enc2utf8(path.expand(handle))
}
