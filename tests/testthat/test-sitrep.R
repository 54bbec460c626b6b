# What hub_sitrep() prints and returns in a new process.
sitrep_of <- function(..., code = "") {
  file <- withr::local_tempfile(fileext = ".rds")
  code <- c(
    code,
    "x <- tfhub::hub_sitrep()",
    "x$started_now <- reticulate::py_available()",
    "saveRDS(x, commandArgs(TRUE))"
  )
  printed <- run_r(code, file, env = c(...))
  c(readRDS(file), list(printed = printed))
}

test_that("a sound Python has no problem, and is not started", {
  skip_without_tensorflow()
  cache <- local_cache()
  found <- sitrep_of()
  expect_equal(nrow(found$problems), 0)
  expect_false(found$started)
  expect_false(found$started_now)
  tf <- reticulate::import("tensorflow")
  expect_equal(found$tensorflow, tf$`__version__`)
  expect_match(found$python_version, "^3[.]")
  expect_equal(found$reticulate, as.character(packageVersion("reticulate")))
  expect_equal(found$tfhub, as.character(packageVersion("tfhub")))
  expect_equal(found[c("cache", "models")], list(cache = cache, models = 0L))
  expect_match(found$printed, "not started yet", all = FALSE)
  expect_match(found$printed, "^No problem was found[.]$", all = FALSE)
})

test_that("a Python that is started says so, and prints one screen", {
  skip_without_tensorflow()
  start_python(NULL)
  printed <- capture.output(found <- withVisible(hub_sitrep()))
  expect_false(found$visible)
  expect_true(found$value$started)
  expect_equal(found$value$python, reticulate::py_config()$python)
  expect_equal(
    as.character(reticulate::py_config()$version),
    sub("[.][0-9]+$", "", found$value$python_version)
  )
  expect_lt(length(printed), 20)
})

test_that("it is printed with problems and remedies", {
  found <- list(
    tfhub = "1.0",
    reticulate = "1.28",
    python = "/bin/python",
    python_version = "3.11.2",
    started = TRUE,
    tensorflow = "2.21.0",
    keras = "3.15.1",
    tf_keras = "2.21.0",
    numpy = "1.26.4",
    tensorflow_hub = "nobody",
    cache = "/cache",
    models = 2L,
    problems = problem(
      c("It is broken.", "It is late."),
      c("Mend it.", "Go."),
      of = "cache"
    )
  )
  expect_snapshot(writeLines(format_sitrep(found)))
  none <- replace(found, c("python", "tensorflow", "keras", "tf_keras"), "")
  none$problems <- none$problems[0, ]
  expect_snapshot(writeLines(format_sitrep(none)))
})

test_that("a Python without packages is told how to get them", {
  skip_without_tensorflow()
  skip_on_os("windows")
  found <- sitrep_of(RETICULATE_PYTHON = local_bare_python("urllib3"))
  expect_match(found$problems$problem, "filelock, protobuf", all = FALSE)
  expect_match(found$problems$problem, "TensorFlow is not inst", all = FALSE)
  expect_match(found$problems$remedy, "bin/python -m pip install", all = FALSE)
  expect_equal(found$tensorflow, "")
  expect_equal(found$numpy, "")
})

test_that("who has not chosen a Python is told of install_tfhub()", {
  withr::local_envvar(RETICULATE_PYTHON = NA)
  of <- c("packages", "cache", "settings")
  expect_equal(
    problem("It is broken.", paste("Mend", of), of)$remedy,
    c("Run: tfhub::install_tfhub()", "Mend cache", "Mend settings")
  )
  withr::local_envvar(RETICULATE_PYTHON = "x")
  expect_equal(problem("", "Install y.", "packages")$remedy, "Install y.")
})

test_that("what Python finds wrong is told, and another tfhub noticed", {
  skip_without_tensorflow()
  site <- withr::local_tempdir()
  dir.create(file.path(site, "tfhub"))
  writeLines("__version__ = '0.1'", file.path(site, "tfhub", "__init__.py"))
  dir.create(file.path(site, "tfhub-0.1.dist-info"))
  writeLines(
    c("Name: tfhub", "Version: 0.1"),
    file.path(site, "tfhub-0.1.dist-info", "METADATA")
  )
  found <- sitrep_of(
    PYTHONPATH = site,
    TFHUB_RETRIES = "many",
    code = "pip <- reticulate::import('tfhub')"
  )
  problems <- found$problems$problem
  expect_match(problems, "tfhub 0.1 is installed beside", all = FALSE)
  expect_match(problems, "already imported tfhub 0.1", all = FALSE)
  expect_match(problems, "TFHUB_RETRIES is 'many'", all = FALSE)
})

test_that("a Python that does not run is a problem, not an error", {
  skip_on_os("windows")
  python <- file.path(withr::local_tempdir(), "python")
  writeLines(c("#!/bin/sh", "exit 1"), python)
  Sys.chmod(python, "755")
  for (given in c(python, "/no/such/python")) {
    found <- sitrep_of(RETICULATE_PYTHON = given)
    expect_equal(nrow(found$problems), 1)
    expect_match(found$problems$remedy, "RETICULATE_PYTHON")
  }
  expect_match(
    examine_python(python)$problems$problem,
    "ends with an error",
    fixed = TRUE
  )
})

test_that("a Python that was chosen, and is not used, is told", {
  expect_null(choice_problems("/a/bin/python", ""))
  expect_null(choice_problems("/a/bin/python", "/a/bin/python3"))
  expect_null(choice_problems(file.path(tempdir(), "bin/python"), tempdir()))
  other <- choice_problems("/a/bin/python", "/b/bin/python")
  expect_match(other$problem, "/b/bin/python, which is not used")
})

test_that("versions that do not go together are problems", {
  config <- list(python = "/bin/python", version = "3.9")
  expect_match(session_problems(config)$problems$problem, "is Python 3.9")
  config$version <- "3.11"
  expect_null(session_problems(config))
  found <- list(numpy = "2.1", reticulate = "1.28")
  expect_match(numpy_problems(found)$problem, "cannot convert arrays")
  expect_null(numpy_problems(list(numpy = "1.26", reticulate = "1.28")))
  expect_null(numpy_problems(list(numpy = "", reticulate = "1.28")))
})

test_that("a Python finds its own library, where R would have it find another", {
  skip_on_os("windows")
  python <- file.path(withr::local_tempdir(), "python")
  writeLines(c("#!/bin/sh", "echo \"$LD_LIBRARY_PATH\""), python)
  Sys.chmod(python, "755")
  withr::local_envvar(
    LD_LIBRARY_PATH = paste0(R.home("lib"), ":/usr/lib/x:/opt/cuda/lib")
  )
  expect_equal(run_python(python, ""), "/opt/cuda/lib")
  expect_match(Sys.getenv("LD_LIBRARY_PATH"), R.home("lib"), fixed = TRUE)
  withr::local_envvar(LD_LIBRARY_PATH = NA)
  expect_equal(run_python(python, ""), "")
})
