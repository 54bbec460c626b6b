test_that("a model is loaded by its URL, and again from the cache", {
  host <- local_host()
  host$add("/fruit/1", hub_example_model())
  url <- url_of(host, "/fruit/1")
  m <- hub_load(url)
  expect_s3_class(m, c("hub_module", "function"), exact = TRUE)
  again <- hub_load(url)
  expect_length(requests_of(host), 1)
  expect_equal(predict(again, apples), predict(m, apples))
})

test_that("tags choose the graph", {
  skip_without_tensorflow()
  path <- hub_example_model()
  expect_equal(names(hub_load(path, tags = "serve")), names(fruit()))
  expect_snapshot(error = TRUE, transform = scrub, {
    hub_load(path, tags = c("serve", "gpu"))
    hub_load(path, tags = character())
  })
  expect_error(hub_load(path, tags = "x"), class = "tfhub_error_tags")
})

test_that("options are a list or a LoadOptions", {
  skip_without_tensorflow()
  path <- hub_example_model()
  options <- list(experimental_io_device = "/job:localhost")
  m <- hub_load(path, options = options)
  expect_equal(dim(predict(m, apples)), c(2, 2))
  tf <- reticulate::import("tensorflow")
  m <- hub_load(path, options = tf$saved_model$LoadOptions())
  expect_equal(dim(predict(m, apples)), c(2, 2))
  expect_error(
    hub_load(path, options = list(no_such_option = 1)),
    class = "tfhub_error_input"
  )
})

test_that("a relative path is kept as an absolute one", {
  skip_without_tensorflow()
  path <- hub_example_model()
  m <- withr::with_dir(dirname(path), hub_load(basename(path)))
  expect_equal(module_self(m)$handle, normalizePath(path))
})

test_that("a model is loaded and applied within a graph", {
  module <- conformance("dense_two_layers")
  case <- module$cases[[1]]
  in_graph({
    m <- hub_load(module$folder)
    given <- run_decoded(m(case$inputs, as_dict = TRUE))
    expect_equal(
      given[order(names(given))],
      case$outputs[order(names(case$outputs))],
      tolerance = 1e-5
    )
  })
})
