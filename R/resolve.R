#' Find a model, and download it if it is not here yet
#'
#' A handle becomes a folder on this machine. What comes over the network is
#' checked, unpacked into the cache and downloaded only once: the next
#' `hub_resolve()` asks no server.
#'
#' @section Cache:
#' Downloads are kept in the folder that the environment variable
#' `TFHUB_CACHE_DIR` names, or in `tfhub_modules` in the system's temporary
#' folder. Python programs that use the same folder share it. What is there
#' stays as it is, even if a handle names no version, until you ask with `refresh`.
#'
#' @section Other places:
#' `TFHUB_MIRROR` holds rules `PREFIX=REPLACEMENT`, separated by spaces, for where to
#' look first: in a handle that begins with the prefix, the replacement takes its
#' place. The handle itself comes last. `*` in the replacement stands for the rest of
#' the handle. For example
#' `https://tfhub.dev/=/models/ https://tfhub.dev/=https://example.com/*.tar.gz`.
#'
#' `TFHUB_MODEL_LOAD_FORMAT=UNCOMPRESSED` downloads nothing: the server is asked
#' for the `gs://` path of the model, which TensorFlow reads itself.
#'
#' @section Progress:
#' Interactive R shows the progress of a download. `TFHUB_DOWNLOAD_PROGRESS=0`
#' turns that off, and any other value turns it on everywhere.
#'
#' @param handle What names the model, a string:
#'   - a folder with a SavedModel or a TF1 Hub module, as a path or `file://`;
#'   - an archive of such a folder: `.tar`, `.tar.gz`, `.tgz` or `.zip`, as a
#'     path or an `http(s)://` URL;
#'   - any other `http(s)://` URL, of a server that speaks the hosting protocol of
#'     TensorFlow Hub;
#'   - `gs://bucket/path` or `s3://bucket/path`, a folder or an archive. A bucket
#'     that is not public takes the Python package gcsfs or s3fs;
#'   - `kaggle://owner/model/framework/variation`, with `/version` or without, or
#'     the URL of the model's page on kaggle.com; takes the Python package
#'     kagglehub;
#'   - `hf://owner/repository`, with `@revision` or without, and with the folder
#'     of the model where it is not at the root; takes the Python package
#'     huggingface_hub.
#'
#'   `#sha256=` and the checksum at its end pin an archive.
#' @param offline Whether to use only what is on this machine. `NULL` asks the
#'   environment variable `TFHUB_OFFLINE`: any value but `0` or `false` is yes.
#' @param refresh Whether to ask the server if what is cached is still current, and
#'   download it again if it is not. Otherwise what is cached stays.
#' @return The path of a folder, a string; under
#'   `TFHUB_MODEL_LOAD_FORMAT=UNCOMPRESSED` it can begin with `gs://`.
#' @section Errors:
#' Every error of this package is a condition of class `tfhub_error`, with the
#' fields `handle`, `hint` (what to do next) and `python_class`. Here they can
#' be `tfhub_error_handle` (empty, or of an unknown kind),
#' `tfhub_error_handle_not_found` (no such folder or file),
#' `tfhub_error_dependency` (a Python package is missing),
#' `tfhub_error_download` (no connection), `tfhub_error_http_status` (the
#' server said no, with `data$code` and `data$url`), `tfhub_error_offline`
#' (not in the cache, and no network to be used; `data$cached` has what is most
#' like it), `tfhub_error_archive` (not an archive, cut short or damaged) and
#' `tfhub_error_cache`.
#' @seealso [hub_info()] to see what is in a model, [hub_load()] to use it,
#'   [hub_cache_list()] to see what is in the cache.
#' @export
#' @examplesIf hub_is_installed()
#' hub_resolve(hub_example_model())
#'
#' # Does not use the network.
#' try(hub_resolve("https://example.com/model/1", offline = TRUE))
hub_resolve <- function(handle, offline = NULL, refresh = FALSE) {
  handle <- as_handle(handle)
  check_flag(offline, allow_null = TRUE)
  check_flag(refresh)
  with_py_errors({
    path <- core()$resolve(
      handle,
      offline = offline,
      refresh = refresh,
      progress = download_progress()
    )
    r_value(path)
  })
}

as_handle <- function(
  handle,
  call = rlang::caller_env(),
  arg = rlang::caller_arg(handle)
) {
  check_string(handle, arg = arg, call = call)
  # Not of others: it warns of those that are long, with all that is in them.
  handle <- if (startsWith(handle, "~")) path.expand(handle) else handle
  check_locale(enc2utf8(mark_utf8(handle)), call)
}

# Files whose names are beyond ASCII cannot be opened in the locale C.
check_locale <- function(path, call) {
  if (
    is_c_locale() && is_beyond_ascii(path) && !grepl("://", path, fixed = TRUE)
  ) {
    abort_hub(
      sprintf(
        "%s is beyond ASCII, and this R session is in the locale C, which has no more.",
        path
      ),
      hint = inline(
        "Set {.envvar LANG} before R starts, as in {.code LANG=C.UTF-8}."
      ),
      class = "tfhub_error_handle",
      call = call
    )
  }
  path
}

wanted_handle <- "a single string that names a model, such as a folder or a URL"
