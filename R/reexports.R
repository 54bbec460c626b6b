# Names of other packages that programs for the old tfhub take from this one.

#' Names of other packages
#'
#' The pipe of magrittr, and what tfhub used to re-export from the R package
#' tensorflow, so that programs find them after `library(tfhub)`. None of them needs
#' that package.
#'
#' - `x %>% f()` is `f(x)`, as R's own `|>` has it.
#' - `tf` is the Python module `tensorflow`. Python starts when it is first
#'   used.
#' - `shape(224, 224, 3)` is a shape, `NULL` or `NA` standing for a dimension
#'   that is not fixed. Where the R package keras3 or tensorflow is loaded it is
#'   the function of that.
#' - `install_tensorflow()` is that of the R package tensorflow; without it, use
#'   [install_tfhub()].
#'
#' @param lhs,rhs A value, and a call of a function.
#' @param ... For `shape()` dimensions, whole numbers; for
#'   `install_tensorflow()` what the function of that name takes.
#' @return `shape()` a list of integers and `NULL`, or what the function of the
#'   loaded package gives. `install_tensorflow()` nothing of use.
#' @section Errors:
#' `tfhub_error_argument` (what is given is no shape) and
#' `tfhub_error_dependency` (there is no R package tensorflow).
#' @name reexports
#' @aliases tf
#' @keywords internal
#' @examplesIf hub_is_installed()
#' x <- tf$ones(shape = shape(2, 3))
#' x %>% tf$argmax(axis = 1L)
NULL

#' @rdname reexports
#' @name %>%
#' @usage lhs \%>\% rhs
#' @importFrom magrittr %>%
#' @export
NULL

#' @export
tf <- NULL

#' @rdname reexports
#' @export
shape <- function(...) {
  of <- intersect(c("keras3", "tensorflow"), loadedNamespaces())
  if (length(of)) {
    return(getExportedValue(of[[1]], "shape")(...))
  }
  as_shape(list(...), "...", rlang::current_env())
}

#' @rdname reexports
#' @export
install_tensorflow <- function(...) {
  if (!rlang::is_installed("tensorflow")) {
    abort_hub(
      inline(paste(
        "{.fn install_tensorflow} is of the R package {.pkg tensorflow}, which is",
        "not installed."
      )),
      hint = inline(
        "{.fn install_tfhub} makes an environment with TensorFlow."
      ),
      class = "tfhub_error_dependency",
      call = rlang::current_env()
    )
  }
  getExportedValue("tensorflow", "install_tensorflow")(...)
}
