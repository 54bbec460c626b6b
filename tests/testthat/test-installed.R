test_that("a Python with TensorFlow is found, and not looked for where none is", {
  skip_without_tensorflow()
  expect_true(hub_is_installed())
  code <- "cat(tfhub::hub_is_installed(), reticulate::py_available(), '\\n')"
  home <- withr::local_tempdir()
  bare <- run_r(code, env = c(RETICULATE_PYTHON = "", WORKON_HOME = home))
  expect_equal(bare, "FALSE FALSE ")
  expect_error(hub_is_installed(NA), class = "tfhub_error_argument")
})
