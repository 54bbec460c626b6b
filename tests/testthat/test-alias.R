# A Python of its own, with the packages of this one, as R would have it by
# RETICULATE_PYTHON; and what `code` gives there.
alias_python <- function(env = parent.frame()) {
  skip_without_tensorflow()
  skip_on_os("windows")
  folder <- withr::local_tempdir(.local_envir = env)
  python <- reticulate::py_config()$python
  system2(python, c("-m", "venv", "--without-pip", folder))
  site <- Sys.glob(file.path(folder, "lib", "python*", "site-packages"))
  sysconfig <- reticulate::import("sysconfig")
  writeLines(sysconfig$get_path("purelib"), file.path(site, "packages.pth"))
  list(python = file.path(folder, "bin", "python"), site = site)
}

alias_of <- function(code, python) {
  file <- withr::local_tempfile(fileext = ".rds")
  code <- c(
    "result <- tryCatch({",
    code,
    "}, error = function(e) list(class = class(e), message = conditionMessage(e)))",
    "saveRDS(result, commandArgs(TRUE))"
  )
  run_r(code, file, env = c(RETICULATE_PYTHON = python))
  readRDS(file)
}

test_that("the alias is installed, answers, and is removed", {
  environment <- alias_python()
  before <- list.files(environment$site, recursive = TRUE)
  found <- alias_of("tfhub::hub_alias()", environment$python)
  expect_equal(found$answers, "nobody")
  expect_equal(names(found$pins), c("package", "wants", "met"))
  expect_equal(names(found$problems), c("problem", "remedy"))
  found <- alias_of("tfhub::hub_alias('install')", environment$python)
  expect_equal(found$answers, "tfhub")
  expect_match(found$version, "^0[.]17[.]0[+]tfhub[.]")
  expect_true(dir.exists(found$place))
  # A program that is not R's, in the same environment.
  code <- "import tensorflow_hub as h; print(h.__version__)"
  printed <- run_python(environment$python, code)
  expect_equal(as.character(printed), found$version)
  found <- alias_of("tfhub::hub_alias('remove')", environment$python)
  expect_equal(found$answers, "nobody")
  expect_equal(list.files(environment$site, recursive = TRUE), before)
})

test_that("another library is not hidden", {
  environment <- alias_python()
  dir.create(file.path(environment$site, "tensorflow_hub"))
  failed <- alias_of("tfhub::hub_alias('install')", environment$python)
  expect_true("tfhub_error_alias" %in% failed$class)
  expect_match(failed$message, "Another tensorflow_hub is installed")
  expect_match(failed$message, "RETICULATE_PYTHON")
  found <- alias_of("tfhub::hub_alias()", environment$python)
  expect_equal(found$answers, "other")
  expect_equal(nrow(found$problems), 1)
})

test_that("an action that is none is refused", {
  expect_error(hub_alias("destroy"), class = "tfhub_error_argument")
})
