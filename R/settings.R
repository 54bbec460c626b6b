# What Python's settings.py reads; a Python test compares the two tables.

#' Settings
#'
#' Environment variables, such as `Sys.setenv(TFHUB_CACHE_DIR = "~/models")` sets,
#' say how models are found, downloaded and kept. They are read when needed, so a
#' change counts from the next call on. A `~` at the beginning of a path is the
#' home folder.
#'
#' | variable | meaning | default |
#' |---|---|---|
#' | `TFHUB_CACHE_DIR` | folder of the cache | `<temporary folder>/tfhub_modules` |
#' | `TFHUB_MODEL_LOAD_FORMAT` | `AUTO`, `COMPRESSED` or `UNCOMPRESSED` | `AUTO` |
#' | `TFHUB_MIRROR` | other places for models, see below | none |
#' | `TFHUB_OFFLINE` | use only what is on this machine: any but `0`, `false` | `0` |
#' | `TFHUB_DOWNLOAD_PROGRESS` | show progress: any value but `0` | a terminal decides |
#' | `TFHUB_DISABLE_CERT_VALIDATION` | `true` accepts any TLS certificate | `false` |
#' | `TFHUB_CONNECT_TIMEOUT` | seconds to wait for a connection | 30 |
#' | `TFHUB_READ_TIMEOUT` | seconds to wait for the next bytes | 30 |
#' | `TFHUB_TIMEOUT` | seconds for a whole download | no limit |
#' | `TFHUB_MIN_SPEED` | least bytes a second, over `TFHUB_READ_TIMEOUT` | 1000 |
#' | `TFHUB_RETRIES` | how often a failed request is sent again | 4 |
#' | `TFHUB_AUTH` | logins by host, see below | the netrc file |
#' | `TFHUB_MAX_RATIO` | inflated to packed bytes, beyond the first 64 MB | 200 |
#' | `TFHUB_MAX_ENTRIES` | files and folders in one archive | 20000 |
#' | `TFHUB_MIN_FREE` | bytes that stay free on the disk of the cache | 0 |
#' | `TFHUB_TRUSTED` | what handles begin with that Keras files may load | none |
#' | `TFHUB_OLD_FILES` | `load` or `refuse` the layers of the old library | `load` |
#' | `TFHUB_POLICY` | `allow`, `warn` of or `refuse` models, see below | `allow` |
#'
#' A proxy is taken from `HTTPS_PROXY`, `HTTP_PROXY` and `NO_PROXY`; `SSL_CERT_FILE`
#' or `REQUESTS_CA_BUNDLE` names the certificates to trust instead of the system's.
#'
#' @section Policy:
#' `TFHUB_POLICY` says what is done with a model that does more than compute, see
#' [hub_scan()]: `allow` loads it, `warn` loads it and warns, and `refuse` gives an
#' error of class `tfhub_error_policy`. A model that you trust by its digest is loaded,
#' see [hub_trust()].
#' @section Mirrors:
#' `TFHUB_MIRROR` holds `PREFIX=REPLACEMENT` pairs, separated by spaces. In a handle
#' that begins with a prefix, the replacement takes its place. The pairs are tried in
#' order, and the handle itself comes last:
#' `https://tfhub.dev/=/models/ https://tfhub.dev/=https://hub.example.com/`. A `*` in
#' the replacement stands for the rest of the handle.
#' @section Logins:
#' `TFHUB_AUTH` holds `host=value` pairs, separated by semicolons:
#' `hub.example.com=Bearer abc; third.org:8443=X-Api-Key: 123`. A value that names no
#' header is for `Authorization`. A host without a port stands for ports 443 (https)
#' and 80 (http); name any other port.
#'
#' A login goes to a host and port that the user named for it and to no other: here, in
#' the handle, or in `TFHUB_MIRROR`, such as `https://user:password@hub.example.com/`.
#' The netrc file (`~/.netrc`, or what `NETRC` names) counts for the hosts of the handle
#' and of the mirrors that it has a `machine` for. Where a server redirects to another
#' such host, the login of that host goes along only with TLS; all other hosts get none.
#'
#' Messages, conditions, the cache's manifests and its list show `***` instead of logins
#' and of the values of a URL's query. What is given to others (a saved module, the
#' configuration of a layer, a recipe, a bundle) has its handle without them: where it
#' is loaded, `TFHUB_AUTH` or the netrc file has to give the login.
#' @name hub_settings
#' @aliases TFHUB_CACHE_DIR
#' @seealso [hub_cache_dir()] for the folder that is in use.
#' @examples
#' old <- Sys.getenv("TFHUB_OFFLINE", NA)
#' Sys.setenv(TFHUB_OFFLINE = "1") # from here on, only what is in the cache
#' if (is.na(old)) Sys.unsetenv("TFHUB_OFFLINE") else Sys.setenv(TFHUB_OFFLINE = old)
NULL
