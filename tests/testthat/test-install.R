packages_of <- function(version, reticulate) {
  environment_packages(version, numeric_version(reticulate))
}

test_that("numpy is held where reticulate cannot convert a later one", {
  expect_true("numpy<2" %in% packages_of("release", "1.28"))
  expect_true("numpy<2" %in% packages_of("release", "1.37.1"))
  expect_true("numpy<2.1" %in% packages_of("release", "1.38.0"))
  expect_true("numpy" %in% packages_of("release", "1.39.0"))
})

test_that("TensorFlow and Keras 2 go together", {
  expect_equal(
    packages_of("release", "1.28")[1:2],
    paste0(c("tensorflow", "tf-keras"), tensorflow_bounds)
  )
  expect_equal(
    packages_of("2.18", "1.28")[1:2],
    c("tensorflow==2.18.*", "tf-keras==2.18.*")
  )
  expect_equal(
    packages_of("2.18.1", "1.28")[1:2],
    c("tensorflow==2.18.1", "tf-keras==2.18.*")
  )
})

test_that("what tfhub needs is what its Python package needs", {
  pyproject <- "../../pyproject.toml"
  skip_if_not(file.exists(pyproject), "not in the source tree")
  lines <- readLines(pyproject)
  needed <- c(
    core_packages,
    serve_packages,
    paste0(c("tensorflow", "tf-keras"), tensorflow_bounds)
  )
  for (package in needed) {
    expect_true(any(grepl(dQuote(package, FALSE), lines, fixed = TRUE)))
  }
})

test_that("the versions that can be asked for are those within the bounds", {
  expect_match(tensorflow_bounds, "^>=2[.]15,<2[.][0-9]+$")
  last <- tensorflow_range()[[2]]
  beyond <- sub(".*<", "", tensorflow_bounds)
  expect_equal(tensorflow_range()[[1]], "2.15")
  expect_true(numeric_version(last) < beyond)
  expect_silent(check_version(last))
  expect_silent(check_version(paste0(last, ".1")))
  expect_error(check_version(beyond), class = "tfhub_error_argument")
})

test_that("an old reticulate takes no Python 3.12", {
  expect_equal(python_range(numeric_version("1.28")), c("3.10", "3.11"))
  expect_equal(python_range(numeric_version("1.33")), c("3.10", "3.13"))
  expect_true(in_range("3.11.9", c("3.10", "3.11")))
  expect_false(in_range("3.12", c("3.10", "3.11")))
  expect_false(in_range("3.9.1", c("3.10", "3.11")))
})

test_that("a name is among reticulate's environments, a path is itself", {
  withr::local_envvar(WORKON_HOME = "/envs")
  expect_equal(environment_path("r-tfhub"), "/envs/r-tfhub")
  expect_equal(environment_path("/a/b"), "/a/b")
})

test_that("bad arguments are refused", {
  expect_snapshot(error = TRUE, {
    install_tfhub("nightly")
    install_tfhub("2.14")
    install_tfhub("2.23.0")
    install_tfhub(2.18)
    install_tfhub("0.12.0")
    install_tfhub("2.18", "my-env")
    install_tfhub(method = "conda")
    install_tfhub(python_version = "3.7")
    install_tfhub(envname = NULL)
    install_tfhub(packages = 1)
    install_tfhub(restart_session = NA)
  })
  expect_error(install_tfhub("nightly"), class = "tfhub_error_argument")
})

test_that("the old package's arguments that ask for nothing else are taken", {
  python <- tempfile()
  for (version in list("release", "default", "", NULL)) {
    expect_error(
      install_tfhub(version, method = "auto", conda = "auto", python = python),
      class = "tfhub_error_no_python"
    )
  }
})

test_that("a Python that will not do is named, with the reason", {
  skip_on_os("windows")
  folder <- withr::local_tempdir()
  fake <- function(name, says) {
    path <- file.path(folder, name)
    writeLines(c("#!/bin/sh", says), path)
    Sys.chmod(path, "755")
    path
  }
  range <- c("3.10", "3.11")
  expect_match(unusable(fake("none", "exit 1"), range), "does not run")
  expect_match(unusable(file.path(folder, "no"), range), "does not run")
  expect_equal(
    unusable(fake("old", "echo 3.9 True"), range),
    "it is Python 3.9"
  )
  expect_equal(
    unusable(fake("new", "echo 3.12 True"), range),
    "it is Python 3.12"
  )
  expect_match(
    unusable(fake("static", "echo 3.11 False"), range),
    "shared library"
  )
  expect_null(unusable(fake("good", "echo 3.11 True"), range))
  error <- expect_error(
    install_tfhub(python = file.path(folder, "old"), envname = folder),
    class = "tfhub_error_no_python"
  )
  expect_match(conditionMessage(error), "old: it is Python 3.9.", fixed = TRUE)
  expect_match(conditionMessage(error), "install_python", fixed = TRUE)
  expect_true(file.exists(file.path(folder, "old")))
})

# The environment of the tests has a Python that will do.
usual_python <- function() {
  skip_without_tensorflow()
  reticulate::py_config()$python
}

test_that("what fails leaves all as it was", {
  path <- file.path(withr::local_tempdir(), "env")
  install <- function() {
    capture.output(
      install_tfhub(
        envname = path,
        python = usual_python(),
        pip_options = c("--no-index", "--quiet")
      )
    )
  }
  expect_error(install(), class = "tfhub_error_install")
  expect_equal(list.files(dirname(path)), character())
  dir.create(path)
  writeLines("kept", file.path(path, "file"))
  expect_error(install(), class = "tfhub_error_install")
  expect_equal(list.files(dirname(path)), "env")
  expect_equal(readLines(file.path(path, "file")), "kept")
})

test_that("an environment that does not work is no environment", {
  path <- file.path(withr::local_tempdir(), "env")
  error <- expect_error(
    capture.output(replacing(
      path,
      make_environment(path, usual_python(), "pip", "--no-index", NULL)
    )),
    class = "tfhub_error_install"
  )
  expect_match(conditionMessage(error), "TensorFlow is not installed")
  expect_false(dir.exists(path))
})

test_that("an environment in use is left alone", {
  python <- usual_python()
  expect_error(
    install_tfhub(envname = dirname(dirname(python))),
    class = "tfhub_error_in_use"
  )
  expect_true(file.exists(python))
})

test_that("what comes next is said", {
  usual_python() # starts it
  withr::local_envvar(RETICULATE_PYTHON = NA)
  expect_snapshot(say_what_next("/envs/r-tfhub", "r-tfhub", FALSE))
  expect_snapshot(say_what_next("/envs/mine", "mine", FALSE))
  withr::local_envvar(RETICULATE_PYTHON = "/bin/python")
  expect_snapshot(say_what_next("/envs/r-tfhub", "r-tfhub", FALSE))
})

test_that("an environment is made in which a model is applied", {
  skip_if_not(
    nzchar(Sys.getenv("TFHUB_TEST_INSTALL")),
    "TFHUB_TEST_INSTALL is not set, as .ci/nightly does"
  )
  home <- withr::local_tempdir()
  model <- hub_example_model()
  said <- run_r(
    c(
      "Sys.unsetenv('RETICULATE_PYTHON')",
      "invisible(capture.output(tfhub::install_tfhub()))",
      "m <- tfhub::hub_load(commandArgs(TRUE))",
      "cat(predict(m, matrix(1:3, 1)), '\n')",
      "cat(reticulate::py_config()$python)"
    ),
    model,
    env = c(WORKON_HOME = home),
    timeout = 1200
  )
  said <- utils::tail(said, 2) # after what pip says
  expect_equal(said[[1]], "12 4 ")
  expect_match(said[[2]], "r-tfhub", fixed = TRUE)
})
