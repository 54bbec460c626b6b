# The only place that names the Python core.

# As in pyproject.toml, and as TensorFlow has it.
python_bounds <- ">=3.10,<3.14"
tensorflow_bounds <- ">=2.15,<2.23"
core_packages <- c(
  "urllib3>=2.2",
  "filelock>=3.15",
  "platformdirs>=4",
  "protobuf>=4.22"
)

# For hub_serve(): the extra `serve` of pyproject.toml.
serve_packages <- c(
  "starlette>=1.0",
  "granian>=2.3",
  "jinja2>=3.1",
  "markdown-it-py>=3"
)

declare_python <- function() {
  py_require <- get0("py_require", envir = asNamespace("reticulate"))
  if (is.function(py_require)) {
    require_python(py_require)
  }
  if (!reticulate::py_available(initialize = FALSE)) {
    # It tells reticulate in which environment to look, too.
    tf <<- reticulate::import(
      "tensorflow",
      delay_load = list(
        priority = 5L,
        environment = "r-tfhub",
        before_load = load_tensorflow,
        on_load = function() guard_tensorflow(tf),
        on_error = abort_tensorflow
      )
    )
  } else {
    # Python runs, and TensorFlow is imported when it is used.
    home <- topenv()
    delayedAssign("tf", import_tensorflow(), assign.env = home)
  }
}

# TensorFlow as it is to be: without its notes on the processor, and with our errors
# where there is no Python, or none that has it.
import_tensorflow <- function() {
  start_python(NULL)
  tensorflow <- with_py_errors(call = NULL, {
    reticulate::import("tfhub.runtime.tf")$tf
  })
  guard_tensorflow(tensorflow)
}

# In a fork its functions would wait for ever. The class of a Python object is changed
# in place.
guard_tensorflow <- function(tensorflow) {
  class(tensorflow) <- unique(c("tfhub_tensorflow", class(tensorflow)))
  tensorflow
}

#' @export
`$.tfhub_tensorflow` <- function(x, name) {
  check_not_forked(rlang::current_env())
  NextMethod()
}

# Called when `tf` is first used, which is imported next: perhaps all the same.
load_tensorflow <- function() {
  the$tensorflow <- tryCatch(import_tensorflow(), error = identity)
}

# Called where it is not. reticulate forgets both once they were called.
abort_tensorflow <- function(error) {
  assign("before_load", load_tensorflow, envir = tf)
  assign("on_error", abort_tensorflow, envir = tf)
  failure <- the$tensorflow
  rlang::cnd_signal(if (inherits(failure, "error")) failure else error)
}

# Where no Python was chosen, reticulate from 1.41 makes an environment of these. One
# that has started takes more packages, but none that it has in other bounds: with
# those reticulate warns, and takes nothing.
require_python <- function(py_require) {
  tensorflow <- paste0("tensorflow", tensorflow_bounds)
  if (!reticulate::py_available(initialize = FALSE)) {
    py_require(c(tensorflow, core_packages), python_bounds)
  } else {
    name <- function(packages) sub("^([A-Za-z0-9_.-]*).*", "\\1", packages)
    wanted <- c(tensorflow, core_packages)
    py_require(wanted[!name(wanted) %in% name(py_require()$packages)])
  }
}

# The Python package, with R's environment variables of now; what it returns stays a
# Python object.
core <- function(call = rlang::caller_env()) {
  start_python(call)
  pass_environment()
  the$core
}

# What Python gives as a value of R. reticulate's own function starts Python before it
# looks at its argument, and so before we can say what to do where that fails.
r_value <- function(x) {
  force(x)
  reticulate::py_to_r(x)
}

# runtime/bridge.py; what it returns becomes an R object where there is one.
bridge <- function(call = rlang::caller_env()) {
  start_python(call)
  the$bridge
}

# Its apply(), which each call of a module needs: to look it up takes a tenth of a call.
bridge_apply <- function(call = rlang::caller_env()) {
  start_python(call)
  the$apply
}

# The module, but everything that it returns stays a Python object.
bridge_raw <- function(call = rlang::caller_env()) {
  start_python(call)
  the$core$runtime$bridge
}

# A module of tf1/, which needs TensorFlow.
core_tf1 <- function(part, call = rlang::caller_env(), convert = TRUE) {
  start_python(call)
  pass_environment()
  with_py_errors(call = call, {
    reticulate::import(paste0("tfhub.tf1.", part), convert = convert)
  })
}

# tfhub.testing, which makes the model of examples and tests.
core_testing <- function(call = rlang::caller_env()) {
  start_python(call)
  reticulate::import("tfhub.testing", convert = FALSE)
}

start_python <- function(call) {
  check_not_forked(call)
  if (!is.null(the$core)) {
    return()
  }
  config <- python_config(call)
  check_python(config$version, config$python, call)
  check_numpy(
    config$numpy$version,
    utils::packageVersion("reticulate"),
    call
  )
  check_packages(config$python, call)
  with_py_errors(call = call, {
    core <- reticulate::import_from_path(
      "tfhub",
      path = system.file("python", package = "tfhub"),
      convert = FALSE
    )
    check_core(
      r_value(core$`__version__`),
      r_value(core$`__file__`),
      call
    )
    noise <- reticulate::import("tfhub.runtime.noise")
    noise$silence()
    core$words$speak("r") # also to who calls Python without us, as by keras$models
    end_with_r(noise$remove_leftovers)
    the$bridge <- reticulate::import("tfhub.runtime.bridge")
    the$apply <- the$bridge$apply
  })
  the$core <- core
  the$pid <- Sys.getpid()
}

# R ends without the end of Python, which would remove what was for a while only.
end_with_r <- function(remove) {
  pid <- Sys.getpid()
  leave <- function(e) {
    ended <- nzchar(Sys.getenv("RETICULATE_ENABLE_PYTHON_FINALIZER"))
    if (Sys.getpid() == pid && !ended) {
      try(remove(), silent = TRUE)
    }
  }
  reg.finalizer(the, leave, onexit = TRUE)
}

# Python copies the environment variables when it starts. What Sys.setenv() did since
# then, to TFHUB_CACHE_DIR or a proxy, is passed on here.
pass_environment <- function() {
  now <- Sys.getenv()
  if (!identical(now, the$environment)) {
    the$bridge$set_environment(as.list(now[validUTF8(now)]), names(now))
    the$environment <- now
  }
}

# TensorFlow's threads do not survive a fork: the next call would wait for ever.
check_not_forked <- function(call) {
  if (!is.null(the$pid) && the$pid != Sys.getpid()) {
    abort_hub(
      "This R process is a fork, in which TensorFlow cannot run.",
      hint = inline(paste(
        "Use new processes, such as {.fn parallel::makeCluster}, and load the",
        "module in each, instead of {.fn parallel::mclapply}."
      )),
      class = "tfhub_error_forked",
      call = call
    )
  }
}

python_config <- function(call) {
  tryCatch(
    reticulate::py_config(),
    error = function(error) {
      old <- utils::packageVersion("reticulate") < "1.33"
      abort_hub(
        paste("Python did not start.", conditionMessage(error)),
        hint = c(
          if (old) "reticulate before 1.33 cannot use Python 3.12 or later.",
          inline(paste(
            "Set {.envvar RETICULATE_PYTHON} to a Python that works, or let",
            "{.fn install_tfhub} make an environment; then restart R."
          ))
        ),
        class = "tfhub_error_python_start",
        call = call
      )
    }
  )
}

check_python <- function(version, python, call) {
  if (numeric_version(version) < "3.10") {
    abort_hub(
      sprintf("tfhub needs Python 3.10 or later; %s is %s.", python, version),
      hint = inline(
        "Set {.envvar RETICULATE_PYTHON} to a later one, and restart R."
      ),
      class = "tfhub_error_python_version",
      call = call
    )
  }
}

# A Python with TensorFlow need not have what pip would install with tfhub.
check_packages <- function(python, call) {
  needed <- c(
    filelock = "filelock",
    google.protobuf = "protobuf",
    platformdirs = "platformdirs",
    urllib3 = "urllib3"
  )
  missing <- needed[!vapply(names(needed), has_module, logical(1))]
  if (length(missing)) {
    quoted <- toString(dQuote(missing, FALSE))
    abort_hub(
      sprintf(
        "%s lacks packages that tfhub needs: %s.",
        python,
        toString(missing)
      ),
      hint = c(
        if (!nzchar(Sys.getenv("RETICULATE_PYTHON"))) {
          inline(paste(
            "{.fn install_tfhub} makes an environment that has all that is",
            "needed; then restart R."
          ))
        },
        inline("Install them: {.code reticulate::py_install(c({quoted}))}.")
      ),
      class = "tfhub_error_dependency",
      call = call
    )
  }
}

has_module <- function(name) {
  find <- reticulate::import("importlib.util")$find_spec
  tryCatch(!is.null(find(name)), error = function(e) FALSE)
}

# reticulate before 1.38 leaves every array of numpy 2 unconverted, and says nothing.
check_numpy <- function(numpy, reticulate, call) {
  if (!is.null(numpy) && numpy >= "2" && reticulate < "1.38") {
    abort_hub(
      sprintf(
        "reticulate %s cannot convert arrays of numpy %s.",
        reticulate,
        numpy
      ),
      hint = inline(paste(
        "Run {.code reticulate::py_install(\"numpy<2\")}, or install reticulate",
        "1.38 or later; then restart R."
      )),
      class = "tfhub_error_numpy",
      call = call
    )
  }
}

# Python has one module of a name: an import("tfhub") before ours was another one.
check_core <- function(version, file, call) {
  wanted <- as.character(utils::packageVersion("tfhub"))
  if (version != wanted) {
    abort_hub(
      sprintf(
        "Python has already imported tfhub %s from %s, and R needs its own, %s.",
        version,
        dirname(file),
        wanted
      ),
      hint = inline(paste(
        "Restart R, and use {.fn hub_load} before anything else imports tfhub, or",
        "run {.code reticulate::py_install(\"tfhub=={wanted}\")}."
      )),
      class = "tfhub_error_version",
      call = call
    )
  }
}
