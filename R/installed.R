#' Ask whether models can be loaded here
#'
#' Says whether there is a Python with TensorFlow: for examples and tests of packages
#' that use tfhub, and for documents that are to build without it.
#'
#' A Python is started to look into it, if one was chosen: by the environment variable
#' `RETICULATE_PYTHON`, by [install_tfhub()], or by what runs already. If none was,
#' nothing is started and nothing is installed.
#'
#' @param serve Whether to ask for what [hub_serve()] needs, too.
#' @return `TRUE` or `FALSE`.
#' @section Errors:
#' None, except for `tfhub_error_argument`.
#' @seealso [hub_sitrep()], which says what is missing.
#' @export
#' @examples
#' hub_is_installed()
hub_is_installed <- function(serve = FALSE) {
  check_flag(serve)
  chosen <- reticulate::py_available(initialize = FALSE) ||
    nzchar(Sys.getenv("RETICULATE_PYTHON")) ||
    reticulate::virtualenv_exists("r-tfhub")
  needed <- c(
    "tensorflow",
    if (serve) c("granian", "jinja2", "markdown_it", "starlette")
  )
  there <- function(module) {
    tryCatch(reticulate::py_module_available(module), error = function(e) FALSE)
  }
  chosen && all(vapply(needed, there, NA))
}
