#' @keywords internal
#' @importFrom reticulate r_to_py
#' @importFrom rlang %||%
#' @importFrom stats predict
#' @importFrom utils .DollarNames
"_PACKAGE"

# All state of a session: the Python core once it is loaded.
the <- new.env(parent = emptyenv())
