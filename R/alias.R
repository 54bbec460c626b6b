#' Let tfhub answer to the name tensorflow_hub
#'
#' Python packages of others say `import tensorflow_hub`. In an environment with the
#' alias they get tfhub, with every name that tensorflow_hub 0.12 to 0.16.1 had, and
#' run unchanged, from R and without R.
#'
#' The alias is a small Python package, `tensorflow_hub`, in the environment of the
#' Python that is in use. To pip it is one: it meets requirements such as
#' `tensorflow-hub>=0.16.1`, and `pip uninstall tensorflow-hub` removes it as well. It
#' counts for all programs of the environment. Where Google's package is installed, or
#' what is left of it, the alias would hide it, and is refused.
#'
#' @param action What to do: `"status"` looks, `"install"` installs the alias or renews
#'   it, `"remove"` removes it, and nothing else.
#' @return A list, for `"install"` and `"remove"` invisibly: `answers` is `"tfhub"`,
#'   `"other"` or `"nobody"`, `version` and `place` are those of what answers, or `""`.
#'   `pins` is a data frame of the installed packages that ask for tensorflow_hub:
#'   `package`, what it `wants`, and whether that is `met`, `NA` where that cannot be
#'   told. `problems` is as that of [hub_sitrep()].
#' @section Errors:
#' `tfhub_error_alias`: another tensorflow_hub is installed, whole or in parts, or the
#' environment cannot be changed. `tfhub_error_python_start`: there is no Python.
#' `tfhub_error_argument`: it is none of these actions.
#' @seealso `vignette("moving-from-the-old")`, for programs that are not R's.
#' @export
#' @examplesIf hub_is_installed()
#' hub_alias()$answers
hub_alias <- function(action = "status") {
  check_choice(action, c("status", "install", "remove"))
  call <- rlang::current_env()
  found <- with_py_errors(call = call, {
    core(call)
    module <- reticulate::import("tfhub.old_name.bridge", convert = FALSE)
    r_value(module$alias(action))
  })
  found$pins <- frame_of(found$pins, c("package", "wants", "met"))
  found$pins$met <- as.logical(found$pins$met)
  found$problems <- frame_of(found$problems, c("problem", "remedy"))
  if (action == "status") found else invisible(found)
}

# Rows, each a list, as a data frame of character columns.
frame_of <- function(rows, names) {
  column <- function(i) {
    vapply(rows, function(row) as.character(row[[i]] %||% NA), "")
  }
  columns <- lapply(seq_along(names), column)
  as.data.frame(rlang::set_names(columns, names))
}
