test_that("an upgraded module gives the same, and trains", {
  module <- conformance("batch_norm_variants")
  path <- withr::local_tempfile()
  expect_invisible(hub_upgrade(module$folder, path))
  expect_equal(hub_info(path)$format, "TF2 SavedModel")
  m <- hub_load(path)
  case <- module$cases[[1]]
  expect_equal(predict(m, case$inputs), case$outputs$default, tolerance = 1e-5)
  expect_equal(
    m(case$inputs, training = TRUE)$numpy(),
    module$cases[[2]]$outputs$default,
    tolerance = 1e-5
  )
  expect_length(m$trainable_variables, 6)
  expect_length(m$regularization_losses, 1)
})

test_that("a specification is upgraded, and a URL with its progress", {
  m <- hub_load(hub_upgrade(scale_spec(), withr::local_tempfile()))
  expect_equal(predict(m, 1:2), c(2, 4))
  path <- text_module()
  host <- local_host()
  host$add("/text/1", path)
  expect_bar(
    upgraded <- hub_upgrade(url_of(host, "/text/1"), withr::local_tempfile()),
    "Downloading"
  )
  expect_equal(predict(hub_load(upgraded), "dog"), cbind(0, 2))
})

test_that("the graph variant is chosen by its tags", {
  module <- conformance("batch_norm_variants")
  m <- hub_load(
    hub_upgrade(module$folder, withr::local_tempfile(), tags = "train")
  )
  case <- module$cases[[2]]
  expect_equal(predict(m, case$inputs), case$outputs$default, tolerance = 1e-5)
  path <- withr::local_tempfile()
  error <- expect_error(
    hub_upgrade(module$folder, path, tags = c("serve", "tpu")),
    class = "tfhub_error_tags"
  )
  expect_match(error$hint, 'such as "train"', fixed = TRUE)
  expect_error(
    hub_upgrade(module$folder, path, tags = 1),
    class = "tfhub_error_argument"
  )
})

test_that("a model goes into a folder with other files", {
  folder <- withr::local_tempdir()
  file.create(file.path(folder, "README.md"))
  hub_upgrade(scale_spec(), folder)
  expect_true(all(c("README.md", "saved_model.pb") %in% dir(folder)))
  expect_error(
    hub_export(scale_spec(), folder),
    "with files of a model",
    class = "tfhub_error_model_exists"
  )
})

test_that("what cannot be upgraded is said", {
  path <- text_module()
  expect_error(hub_upgrade(path, path), "exists already", class = "tfhub_error")
  expect_error(
    hub_upgrade(hub_example_model(), withr::local_tempfile()),
    class = "tfhub_error_unfit_module"
  )
  expect_error(hub_upgrade(1, path), class = "tfhub_error_argument")
  expect_error(hub_upgrade(path, 1), class = "tfhub_error_argument")
})
