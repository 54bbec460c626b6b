#' Bring old programs to this package
#'
#' Reads programs for the old R package tfhub and for Python's tensorflow_hub, and
#' says what changes in them: `import("tensorflow_hub")`, the imports of Python,
#' sessions of TensorFlow 1 around a module. Where it cannot be sure, it changes
#' nothing, but says what to write. Most programs in R run as they are: see
#' `vignette("moving-from-the-old")`.
#'
#' R, R Markdown, Quarto, Python and Jupyter notebooks are read, by the parser of
#' their language; nothing in them is run. All but what has to change stays as it is,
#' to the byte. A session goes only where all that the program does in it is
#' understood; else the program stays one for graphs, and asks TensorFlow for the
#' behaviour of version 1. To migrate once more changes nothing.
#'
#' Programs in Python need the Python package libcst.
#'
#' @param path Files and folders, a character vector. In a folder, all programs are
#'   looked at, but for those in `.git`, `site-packages`, `renv` and the like. Links
#'   in it are not followed.
#' @param write Whether to change the files. Keep a copy, or have them in version
#'   control.
#' @return Invisibly, a list. What changes is printed as a diff.
#'   - `files`: the paths of the programs that change, a character vector.
#'   - `remarks`: a data frame with a row for each place where you have to decide:
#'     `file`, `cell` of a notebook (else 0), `line`, `what` is there, `advice`.
#' @section Errors:
#' `tfhub_error_handle_not_found`: there is no such file or folder.
#' `tfhub_error_dependency`: libcst is missing.
#' `tfhub_error_write`: a file cannot be written.
#' @export
#' @examplesIf hub_is_installed()
#' program <- tempfile(fileext = ".R")
#' writeLines(c(
#'   'hub <- reticulate::import("tensorflow_hub")',
#'   'm <- hub$load("https://example.com/text/1")'
#' ), program)
#' hub_migrate(program, write = TRUE)
#' readLines(program)
hub_migrate <- function(path, write = FALSE) {
  check_strings(path)
  check_flag(write)
  paths <- as.list(vapply(path, as_handle, "", USE.NAMES = FALSE))
  start_python(rlang::current_env())
  found <- with_py_errors({
    reticulate::import("tfhub.migrating.bridge")$migrated(paths, write = write)
  })
  remarks <- as_table(found$remarks)
  remarks[c("cell", "line")] <- lapply(remarks[c("cell", "line")], as.integer)
  cat(format_migration(found, remarks, write), sep = "\n")
  invisible(list(files = as.character(found$files), remarks = remarks))
}

format_migration <- function(found, remarks, write) {
  files <- as.character(found$files)
  cell <- ifelse(remarks$cell > 0, paste0(":cell ", remarks$cell), "")
  line <- ifelse(remarks$line > 0, paste0(":", remarks$line), "")
  advice <- ifelse(nzchar(remarks$advice), paste0("; ", remarks$advice), "")
  said <- sprintf(
    "%s%s%s: %s%s.",
    remarks$file,
    cell,
    line,
    remarks$what,
    advice
  )
  c(
    if (!write) as.character(found$diff),
    if (write && length(files)) paste("wrote", files),
    vapply(said, fit_to_show, "", USE.NAMES = FALSE),
    sprintf(
      "%d %s %s, %d %s.",
      length(files),
      if (length(files) == 1) "file" else "files",
      if (write) "changed" else "to change",
      nrow(remarks),
      if (nrow(remarks) == 1) "remark" else "remarks"
    )
  )
}
