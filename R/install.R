#' Make a Python environment for this package
#'
#' Makes a virtual environment with TensorFlow, Keras and everything else that tfhub
#' needs, in versions that the installed reticulate can use, and checks that it works.
#' The Python code of tfhub itself is part of the R package. The environment
#' `r-tfhub` is found by itself when a function of tfhub needs Python.
#'
#' With reticulate 1.41 or later you do not need it if the program uv is installed or
#' can be downloaded: with neither this environment nor `RETICULATE_PYTHON`,
#' reticulate makes an environment for the session from what tfhub declares with
#' `reticulate::py_require()`.
#'
#' A failure leaves nothing behind: an environment of that name that was there before
#' stays as it was.
#'
#' @param version The version of TensorFlow: `"release"`, also `"default"` or
#'   `NULL`, is the latest that tfhub knows. Otherwise give one from 2.15 to 2.22,
#'   such as `"2.18"` or `"2.18.1"`.
#' @param ... The arguments after it are given by name. `method = "virtualenv"`
#'   or `"auto"` and `conda = "auto"`, as for [reticulate::py_install()], change
#'   nothing.
#' @param envname The name of the environment, or its path. An existing one is
#'   replaced.
#' @param python The Python to make it with. `NULL` looks for one that will do:
#'   3.10 to 3.13, with reticulate before 1.33 to 3.11.
#' @param packages Further Python packages, a character vector as for pip.
#' @param pip_options Options for pip, such as `"--index-url=..."`.
#' @param restart_session Whether RStudio restarts R at the end if that is necessary,
#'   because Python had already been started.
#' @return The folder of the environment, invisibly.
#' @section Errors:
#' `tfhub_error_no_python` (no Python will do, with a reason), `tfhub_error_in_use`
#' (the environment is in use in this R session) and `tfhub_error_install` (pip
#' could not install the packages, or what it installed does not work).
#' @seealso [hub_sitrep()] shows what is in use, and what is wrong with it.
#' @export
#' @examplesIf nzchar(Sys.getenv("TFHUB_TEST_INSTALL"))
#' # Downloads some 600 MB.
#' install_tfhub(packages = "pandas")
install_tfhub <- function(
  version = "release",
  ...,
  envname = "r-tfhub",
  python = NULL,
  packages = NULL,
  pip_options = character(),
  restart_session = TRUE
) {
  check_py_install(list(...))
  if (is.null(version) || rlang::is_string(version, c("default", ""))) {
    version <- "release"
  }
  check_version(version)
  check_string(envname)
  check_string(python, allow_null = TRUE)
  check_strings(packages, least = 0, allow_null = TRUE)
  check_strings(pip_options, least = 0, allow_null = TRUE)
  check_flag(restart_session)
  call <- rlang::current_env()
  path <- environment_path(envname)
  check_not_in_use(path, call)
  python <- usable_python(python, call)
  wanted <- c(
    environment_packages(version, utils::packageVersion("reticulate")),
    packages
  )
  replacing(path, make_environment(path, python, wanted, pip_options, call))
  say_what_next(path, envname, restart_session)
  invisible(path)
}

# What pip has to install, as it takes it.
environment_packages <- function(version, reticulate) {
  bounds <- if (version == "release") {
    rep(tensorflow_bounds, 2)
  } else {
    minor <- sub("^(\\d+\\.\\d+).*", "\\1", version)
    own <- if (version == minor) {
      paste0("==", minor, ".*")
    } else {
      paste0("==", version)
    }
    c(own, paste0("==", minor, ".*")) # tf-keras has patches of its own
  }
  c(
    paste0(c("tensorflow", "tf-keras"), bounds),
    core_packages,
    serve_packages,
    # The first reticulates for numpy 2.0 and 2.1: with an earlier one, arrays stay
    # unconverted.
    if (reticulate < "1.38") {
      "numpy<2"
    } else if (reticulate < "1.39") {
      "numpy<2.1"
    } else {
      "numpy"
    }
  )
}

# The first and the last Python that TensorFlow and reticulate both take.
python_range <- function(reticulate) {
  c("3.10", if (reticulate < "1.33") "3.11" else "3.13")
}

# The first and the last minor version of TensorFlow within `tensorflow_bounds`.
tensorflow_range <- function() {
  minors <- as.integer(unlist(regmatches(
    tensorflow_bounds,
    gregexpr("[0-9]+\\b(?=,|$)", tensorflow_bounds, perl = TRUE)
  )))
  paste0("2.", minors - c(0, 1))
}

in_range <- function(version, range) {
  version <- numeric_version(as.character(version))
  version >= range[[1]] && version[, 1:2] <= range[[2]]
}

check_version <- function(version, call = rlang::caller_env()) {
  known <- rlang::is_string(version) &&
    (version == "release" ||
      grepl("^\\d+\\.\\d+(\\.\\d+)?$", version) &&
        in_range(version, tensorflow_range()))
  if (rlang::is_string(version) && grepl("^(nightly|0\\.)", version)) {
    abort_hub(
      inline(paste(
        "{.arg version} is that of TensorFlow; {.val {version}} is one of",
        "tensorflow_hub."
      )),
      hint = inline(paste(
        "tensorflow_hub is not needed. Leave {.arg version} out, or give",
        "{.code \"2.18\"}."
      )),
      class = "tfhub_error_argument",
      call = call
    )
  }
  if (!known) {
    wanted <- paste(
      '"release", or a version of TensorFlow from',
      paste(dQuote(tensorflow_range(), FALSE), collapse = " to ")
    )
    abort_argument("version", wanted, version, call)
  }
}

# What programs for the old tfhub hand on to reticulate::py_install(): it is refused
# where it asks for what is not done here.
check_py_install <- function(args, call = rlang::caller_env()) {
  fits <- list(method = c("auto", "virtualenv"), conda = "auto")
  names <- rlang::names2(args)
  good <- vapply(seq_along(args), FUN.VALUE = NA, function(i) {
    rlang::is_string(args[[i]]) && args[[i]] %in% fits[[names[[i]]]]
  })
  if (any(!good)) {
    name <- names[!good][[1]]
    abort_hub(
      if (nzchar(name)) {
        inline(
          "{.arg {name}} is not to be {describe_argument(args[[name]])} here."
        )
      } else {
        inline("An argument after {.arg version} has no name.")
      },
      hint = inline(paste(
        "A virtual environment is made: {.arg envname} is its name, {.arg python}",
        "the Python to make it with, {.arg packages} what else is in it."
      )),
      class = "tfhub_error_argument",
      call = call
    )
  }
}

# As reticulate has it: a name stands for a folder among the others.
environment_path <- function(envname) {
  if (grepl("[/\\\\]", envname)) {
    path.expand(envname)
  } else {
    file.path(path.expand(reticulate::virtualenv_root()), envname)
  }
}

check_not_in_use <- function(path, call) {
  if (!reticulate::py_available(initialize = FALSE) || !dir.exists(path)) {
    return()
  }
  # Without following links: a Python in an environment is a link out of it.
  bin <- dirname(dirname(reticulate::py_config()$python))
  if (normalizePath(bin) == normalizePath(path)) {
    abort_hub(
      sprintf("The environment %s is in use in this R session.", path),
      hint = "Restart R, and install before anything else uses Python.",
      class = "tfhub_error_in_use",
      call = call
    )
  }
}

usable_python <- function(python, call) {
  range <- python_range(utils::packageVersion("reticulate"))
  candidates <- python %||% python_candidates(range)
  reasons <- character()
  for (each in path.expand(candidates)) {
    reason <- unusable(each, range)
    if (is.null(reason)) {
      return(each)
    }
    reasons <- c(reasons, sprintf("%s: %s.", each, reason))
  }
  abort_hub(
    sprintf(
      "No Python from %s to %s was found that R can use.",
      range[[1]],
      range[[2]]
    ),
    hint = c(
      reasons,
      inline(
        "Install one: {.code reticulate::install_python(\"{range[[2]]}:latest\")}."
      )
    ),
    class = "tfhub_error_no_python",
    call = call
  )
}

python_candidates <- function(range) {
  minors <- seq(as.integer(sub("3.", "", range[[2]], fixed = TRUE)), 10)
  starter <- get0("virtualenv_starter", envir = asNamespace("reticulate"))
  managed <- c("~/.pyenv", "~/.local/share/r-reticulate/pyenv")
  found <- c(
    Sys.getenv("RETICULATE_PYTHON"),
    Sys.which(c("python3", "python", sprintf("python3.%d", minors))),
    if (is.function(starter)) starter(sprintf(">=3.10,<=%s", range[[2]])),
    Sys.glob(sprintf(
      "%s/versions/3.%d*/bin/python",
      rep(managed, each = length(minors)),
      minors
    ))
  )
  unique(found[nzchar(found) & file.exists(found)])
}

# Why a Python cannot be used, or NULL. R embeds the shared library.
unusable <- function(python, range) {
  code <- paste(
    "import sys, ensurepip, os, ssl, sysconfig, venv;",
    "lib = os.path.join(*map(sysconfig.get_config_var, ('LIBDIR', 'INSTSONAME')))",
    "if sys.platform == 'linux' else '.so';",
    "print('%d.%d' % sys.version_info[:2], '.so' in lib and os.path.exists(lib)",
    "or sys.platform != 'linux')"
  )
  said <- tryCatch(run_python(python, code), error = function(error) NULL)
  facts <- strsplit(as.character(utils::tail(said, 1)), " ")
  if (length(facts) != 1 || length(facts[[1]]) != 2) {
    "it does not run, or has no venv or ssl (in Debian: python3-venv)"
  } else if (!in_range(facts[[1]][[1]], range)) {
    paste("it is Python", facts[[1]][[1]])
  } else if (facts[[1]][[2]] != "True") {
    "it has no shared library, which R needs"
  }
}

# Evaluates code that makes the folder; if it fails, all is as it was.
replacing <- function(path, code) {
  aside <- paste0(path, ".replaced")
  done <- FALSE
  if (dir.exists(path)) {
    unlink(aside, recursive = TRUE)
    file.rename(path, aside)
  }
  on.exit(
    if (done) {
      unlink(aside, recursive = TRUE)
    } else {
      unlink(path, recursive = TRUE)
      if (dir.exists(aside)) file.rename(aside, path)
    }
  )
  force(code)
  done <- TRUE
}

make_environment <- function(path, python, packages, pip_options, call) {
  tryCatch(
    without_r_libraries({
      reticulate::virtualenv_create(path, python = python, packages = FALSE)
      reticulate::virtualenv_install(path, packages, pip_options = pip_options)
    }),
    error = function(error) {
      abort_hub(
        paste("The packages were not installed.", conditionMessage(error)),
        hint = c(
          paste("Wanted:", toString(packages)),
          inline(paste(
            "What pip printed has the reason; {.arg pip_options} can name another",
            "server."
          ))
        ),
        class = "tfhub_error_install",
        call = call
      )
    }
  )
  facts <- examine_python(reticulate::virtualenv_python(path))
  if (nrow(facts$problems)) {
    abort_hub(
      "The packages were installed, but do not work.",
      hint = facts$problems$problem,
      class = "tfhub_error_install",
      call = call
    )
  }
}

say_what_next <- function(path, envname, restart_session) {
  chosen <- Sys.getenv("RETICULATE_PYTHON")
  other <- nzchar(chosen) && dirname(dirname(chosen)) != path
  restart <- reticulate::py_available(initialize = FALSE)
  cli::cli_inform(c(
    v = "The environment {.path {path}} is ready.",
    "!" = if (other) {
      "RETICULATE_PYTHON names another Python, {.path {chosen}}."
    },
    i = if (other) "Unset it to use this one, in {.file .Renviron} too.",
    i = if (!nzchar(chosen) && envname != "r-tfhub") {
      "To use it, begin with {.code reticulate::use_virtualenv(\"{path}\")}."
    },
    i = if (restart) "Python is started already: restart R first.",
    i = "{.code hub_sitrep()} shows what is in use."
  ))
  # A function that RStudio puts into the search path.
  restart_rstudio <- get0(".rs.restartR", mode = "function")
  if (restart && restart_session && !is.null(restart_rstudio)) {
    restart_rstudio()
  }
}
