test_that("tf and shape() work after library(tfhub) alone", {
  skip_without_tensorflow()
  x <- tf$random$uniform(shape = shape(1, 2, 3), minval = 0, maxval = 1)
  expect_equal(x$shape$as_list(), 1:3)
  expect_equal(as.numeric(tf$ones(shape()) %>% tf$add(1)), 2)
})

test_that("a shape is whole numbers, and NULL or NA where it is open", {
  skip_if("tensorflow" %in% loadedNamespaces(), "shape() is that of tensorflow")
  expect_equal(shape(224, NULL, NA, 3L), list(224L, NULL, NULL, 3L))
  expect_equal(shape(), list())
  expect_snapshot(error = TRUE, shape(2.5))
})

test_that("library(tfhub) imports no TensorFlow where Python runs", {
  skip_without_tensorflow()
  skip_on_covr() # it looks at all that is exported, and so at `tf`
  code <- c(
    "invisible(reticulate::py_config())",
    "library(tfhub)",
    "imported <- function() 'tensorflow' %in% names(reticulate::import('sys')$modules)",
    "cat(imported(), is.character(tf$version$VERSION), imported())"
  )
  expect_equal(run_r(code), "FALSE TRUE TRUE")
})

test_that("what belongs to the R package tensorflow says so", {
  # Asked so that it is not loaded.
  skip_if(
    nzchar(system.file(package = "tensorflow")),
    "tensorflow is installed"
  )
  expect_snapshot(error = TRUE, install_tensorflow())
  expect_error(install_tensorflow(), class = "tfhub_error_dependency")
})
