test_that("the example is written once", {
  skip_without_tensorflow()
  path <- hub_example_model()
  written <- file.mtime(file.path(path, "saved_model.pb"))
  expect_equal(hub_example_model(), path)
  expect_equal(file.mtime(file.path(path, "saved_model.pb")), written)
})
