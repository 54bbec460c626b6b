# Where testthat is not installed, there is nothing to run.
if (requireNamespace("testthat", quietly = TRUE)) {
  library(testthat)
  library(tfhub)
  test_check("tfhub")

  # Without a chosen Python no test may start one: a new reticulate would download it.
  stopifnot(
    nzchar(Sys.getenv("RETICULATE_PYTHON")) ||
      !reticulate::py_available(initialize = FALSE)
  )
}
