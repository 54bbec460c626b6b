skip_without_tensorflow <- function() {
  skip_if_not(
    hub_is_installed(),
    "RETICULATE_PYTHON does not name a Python with TensorFlow"
  )
}

# The methods of R's tensorflow come before ours.
skip_with_r_tensorflow <- function() {
  skip_without_tensorflow()
  skip_if(
    "tensorflow" %in% loadedNamespaces(),
    "tensors are those of tensorflow"
  )
}

# For a test that uses packages in a process of its own: they are not loaded here.
skip_without_packages <- function(...) {
  skip_without_tensorflow()
  for (package in c("processx", ...)) {
    found <- nzchar(system.file(package = package)) # which does not load it
    skip_if_not(found, sprintf("The package %s is not installed", package))
  }
}

# One module for all tests that only apply it.
fruit <- function() {
  skip_without_tensorflow()
  the_tests$fruit <- the_tests$fruit %||% hub_load(hub_example_model())
  the_tests$fruit
}
the_tests <- new.env()

apples <- matrix(c(1, 4, 2, 5, 3, 6), nrow = 2)

# A hub on loopback and an empty cache, until the end of the test.
local_host <- function(env = parent.frame()) {
  skip_without_tensorflow()
  local_cache(env)
  host <- core_testing()$Host()
  withr::defer(host$close(), envir = env)
  host
}

local_cache <- function(env = parent.frame()) {
  cache <- withr::local_tempdir(.local_envir = env)
  withr::local_envvar(
    TFHUB_CACHE_DIR = cache,
    TFHUB_DOWNLOAD_PROGRESS = NA,
    .local_envir = env
  )
  cache
}

url_of <- function(host, path) {
  paste0(reticulate::py_to_r(host$url), path)
}

requests_of <- function(host) {
  unlist(reticulate::py_to_r(host$requests))
}

# Saves a tf.Module whose class body is Python code, and returns its folder.
local_model <- function(code, env = parent.frame()) {
  skip_without_tensorflow()
  path <- withr::local_tempdir(.local_envir = env)
  lines <- c(
    "import tensorflow as tf",
    "class Model(tf.Module):",
    paste0("  ", strsplit(code, "\n")[[1]]),
    "model = Model()",
    "signatures = getattr(model, 'to_sign', lambda: {})()",
    sprintf("tf.saved_model.save(model, r'%s', signatures)", path)
  )
  reticulate::py_run_string(paste(lines, collapse = "\n"))
  path
}

# Runs R code in a new process with the same libraries; returns what it printed.
run_r <- function(code, ..., env = character(), timeout = 120) {
  skip_if_not_installed("processx")
  libraries <- paste(.libPaths(), collapse = .Platform$path.sep)
  result <- processx::run(
    file.path(R.home("bin"), "Rscript"),
    c("-e", paste(code, collapse = "\n"), ...),
    env = c("current", R_LIBS = libraries, TF_CPP_MIN_LOG_LEVEL = "2", env),
    timeout = timeout
  )
  strsplit(result$stdout, "\r?\n")[[1]]
}

# The value of a function in a new process, where the packages are attached.
in_new_r <- function(packages, fun, ..., env = character()) {
  file <- withr::local_tempfile(fileext = ".rds")
  saveRDS(list(fun = fun, args = list(...)), file)
  code <- c(
    sprintf("suppressWarnings(suppressMessages(library(%s)))", packages),
    "file <- commandArgs(TRUE)",
    "what <- readRDS(file)",
    "environment(what$fun) <- globalenv()",
    "saveRDS(do.call(what$fun, what$args), file)"
  )
  run_r(code, file, env = env)
  readRDS(file)
}

# A Python that has what tfhub needs, but not TensorFlow.
local_bare_python <- function(packages, env = parent.frame()) {
  skip_without_tensorflow()
  bare <- withr::local_tempdir(.local_envir = env)
  python <- file.path(bare, "bin", "python")
  system2(
    reticulate::py_config()$python,
    c("-m", "venv", "--without-pip", shQuote(bare))
  )
  code <- "import sysconfig; print(sysconfig.get_path('purelib'))"
  site <- system2(python, c("-c", shQuote(code)), stdout = TRUE)
  for (package in packages) {
    code <- sprintf("list(__import__('%s').__path__)[0]", package)
    home <- reticulate::py_eval(code)
    file.symlink(home, file.path(site, basename(home)))
  }
  python
}

# Half the bytes of an archive of a model, as a Python object.
half_archive <- function(folder) {
  bytes <- core_testing()$archive_bytes(folder)
  half <- as.integer(reticulate::py_len(bytes) / 2)
  bytes$`__getitem__`(reticulate::import_builtins(FALSE)$slice(0L, half))
}

# What differs between machines, in snapshots.
scrub <- function(lines) {
  tmp <- c(tempdir(), normalizePath(tempdir(), winslash = "/"))
  for (path in unique(tmp)) {
    lines <- gsub(path, "<tmp>", lines, fixed = TRUE)
  }
  lines <- gsub("<tmp>/file[0-9a-f]+", "<tmp>/folder", lines)
  lines <- gsub("127\\.0\\.0\\.1:[0-9]+", "<host>", lines)
  lines <- gsub("TensorFlow [0-9][0-9.]*", "TensorFlow <version>", lines)
  gsub("[0-9.]+ kB", "<size>", lines)
}
