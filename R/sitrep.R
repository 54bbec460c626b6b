#' See what is in use, and what is wrong with it
#'
#' Prints which Python, TensorFlow, Keras, numpy and reticulate are in use, where
#' the cache of models is, and what is wrong with any of them, with the remedy for
#' each. It does not start Python in this session: a separate process examines it,
#' which takes some seconds.
#'
#' @return Invisibly, a list. Versions are strings, `""` for what is not there.
#'   - `tfhub`, `reticulate`: the versions of the R packages.
#'   - `python`, `python_version`: the program, or `""` where none was found.
#'   - `started`: whether R has started it.
#'   - `tensorflow`, `keras` (that of `tf$keras`), `tf_keras`, `numpy`.
#'   - `tensorflow_hub`: which library answers to that name in Python; see
#'     [hub_alias()].
#'   - `cache`: the folder, and `models`: how many are in it.
#'   - `problems`: a data frame with a row for each `problem`, and its `remedy`.
#' @section Errors:
#' None: what fails is one of the problems.
#' @seealso [install_tfhub()], which makes an environment that works;
#'   [hub_settings] for the environment variables.
#' @export
#' @examplesIf hub_is_installed()
#' found <- hub_sitrep()
#' found$problems
hub_sitrep <- function() {
  found <- examine_session()
  cat(fold_lines(format_sitrep(found)), sep = "\n")
  invisible(found)
}

examine_session <- function() {
  found <- list(
    tfhub = as.character(utils::packageVersion("tfhub")),
    reticulate = as.character(utils::packageVersion("reticulate")),
    python = "",
    python_version = "",
    started = reticulate::py_available(initialize = FALSE),
    tensorflow = "",
    keras = "",
    tf_keras = "",
    numpy = "",
    tensorflow_hub = "",
    cache = "",
    models = 0L
  )
  chosen <- Sys.getenv("RETICULATE_PYTHON")
  config <- tryCatch(discover_python(found$started), error = identity)
  problems <- if (is.null(config) || inherits(config, "error")) {
    reason <- if (!is.null(config)) conditionMessage(config)
    what <- paste(c("No Python can be started.", reason), collapse = " ")
    problem(gsub("\\s+", " ", what), choose_python, of = "packages")
  } else {
    found$python <- config$python
    found$python_version <- as.character(config$version)
    facts <- session_problems(config) %||% examine_python(config$python)
    known <- intersect(names(found), names(facts))
    found[known] <- facts[known]
    rbind(
      facts$problems,
      if (!found$started) choice_problems(config$python, chosen),
      numpy_problems(found),
      core_problems(found$started)
    )
  }
  found$models <- as.integer(found$models)
  c(found, list(problems = problems))
}

choose_python <- "Set RETICULATE_PYTHON to a Python that works, or unset it."

# The Python that is started, or would be.
discover_python <- function(started) {
  if (started) {
    reticulate::py_config()
  } else {
    reticulate::py_discover_config("tensorflow", "r-tfhub")
  }
}

# What makes it useless to look further, or NULL.
session_problems <- function(config) {
  range <- python_range(utils::packageVersion("reticulate"))
  if (!in_range(config$version, range)) {
    what <- sprintf(
      "%s is Python %s; tfhub with this reticulate needs %s to %s.",
      config$python,
      config$version,
      range[[1]],
      range[[2]]
    )
    list(problems = problem(what, choose_python, of = "packages"))
  }
}

# Later reticulates go on to another Python where the one that was chosen fails.
choice_problems <- function(python, chosen) {
  path <- function(x) normalizePath(x, winslash = "/", mustWork = FALSE)
  # The folder alone, as a Python in an environment is a link out of it.
  folder <- path(if (dir.exists(chosen)) chosen else dirname(chosen))
  same <- startsWith(path(dirname(python)), folder)
  if (!chosen %in% c("", "managed") && !same) {
    what <- sprintf("RETICULATE_PYTHON is %s, which is not used.", chosen)
    problem(what, choose_python, of = "settings")
  }
}

# What cli/doctor.py finds, in a process of its own.
examine_python <- function(python) {
  lines <- run_python(
    python,
    paste(
      "import sys; sys.path.insert(0, sys.argv[1]);",
      "from tfhub.words import speak; speak('r');",
      "from tfhub.cli.doctor import print_rows; print_rows()"
    ),
    system.file("python", package = "tfhub")
  )
  rows <- strsplit(grep("^tfhub\t", lines, value = TRUE), "\t")
  if (!is.null(attr(lines, "status")) || length(rows) == 0) {
    what <- paste(
      python,
      "ends with an error, or crashes, when it is examined."
    )
    return(list(problems = problem(what, choose_python, of = "packages")))
  }
  rows <- as.data.frame(do.call(rbind, lapply(rows, `[`, 2:5)))
  rows[is.na(rows)] <- ""
  is_problem <- rows[[1]] == "problem"
  facts <- rlang::set_names(as.list(rows[[2]]), rows[[1]])[!is_problem]
  found <- rows[is_problem, ]
  c(facts, list(problems = problem(found[[2]], found[[3]], of = found[[4]])))
}

# Returns the lines that it prints.
run_python <- function(python, code, ...) {
  arguments <- shQuote(c("-c", code, ...))
  suppressWarnings(without_r_libraries(
    system2(python, arguments, stdout = TRUE, stderr = FALSE)
  ))
}

# Evaluates code that runs a Python. R has put folders into LD_LIBRARY_PATH, in which
# it could find the library of another Python, and then has no ssl.
without_r_libraries <- function(code) {
  old <- Sys.getenv("LD_LIBRARY_PATH", NA)
  if (!is.na(old)) {
    folders <- strsplit(old, ":", fixed = TRUE)[[1]]
    own <- startsWith(folders, R.home()) |
      grepl("^(/usr)?(/local)?/lib", folders)
    Sys.setenv(LD_LIBRARY_PATH = paste(folders[!own], collapse = ":"))
    on.exit(Sys.setenv(LD_LIBRARY_PATH = old))
  }
  force(code)
}

numpy_problems <- function(found) {
  numpy <- if (nzchar(found$numpy)) found$numpy
  failure <- tryCatch(
    check_numpy(numpy, numeric_version(found$reticulate), NULL),
    tfhub_error_numpy = identity
  )
  if (!is.null(failure)) {
    problem(failure$message, failure$hint, of = "packages")
  }
}

# An import("tfhub") before ours was perhaps another one.
core_problems <- function(started) {
  if (!started || !is.null(the$core)) {
    return(NULL)
  }
  other <- reticulate::import("sys", convert = FALSE)$modules$get("tfhub")
  if (!inherits(other, "python.builtin.module")) {
    return(NULL)
  }
  version <- r_value(other$`__version__`)
  file <- r_value(other$`__file__`)
  failure <- tryCatch(
    check_core(version, file, NULL),
    tfhub_error_version = identity
  )
  if (!is.null(failure)) problem(failure$message, failure$hint, of = "session")
}

# `of` is what it is about: "packages" are those of this Python, and Python itself. Who
# has not chosen a Python is best served by one that is made for this.
problem <- function(problem, remedy, of) {
  if (!nzchar(Sys.getenv("RETICULATE_PYTHON"))) {
    remedy[of == "packages"] <- "Run: tfhub::install_tfhub()"
  }
  data.frame(problem = problem, remedy = remedy, stringsAsFactors = FALSE)
}

format_sitrep <- function(found) {
  or_none <- function(x) if (nzchar(x)) x else "none"
  keras <- or_none(found$keras)
  if (nzchar(found$tf_keras)) {
    keras <- paste0(keras, ", tf_keras ", found$tf_keras)
  }
  state <- if (found$started) "started" else "not started yet"
  facts <- c(
    tfhub = found$tfhub,
    reticulate = found$reticulate,
    Python = if (nzchar(found$python)) {
      sprintf("%s, %s (%s)", found$python_version, found$python, state)
    } else {
      "none"
    },
    TensorFlow = or_none(found$tensorflow),
    Keras = keras,
    numpy = or_none(found$numpy),
    tensorflow_hub = or_none(found$tensorflow_hub),
    Cache = sprintf("%s, models: %d", or_none(found$cache), found$models)
  )
  problems <- found$problems
  c(
    sprintf("%-16s%s", paste0(names(facts), ":"), facts),
    if (nrow(problems) == 0) {
      "No problem was found."
    } else {
      rbind(paste("Problem:", problems$problem), paste0("  ", problems$remedy))
    }
  )
}
