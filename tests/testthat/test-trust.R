test_that("a trusted model is loaded with the Keras model that holds it", {
  skip_without_tensorflow()
  keras <- reticulate::import("keras")
  model <- layer_hub(
    keras$Sequential(list(keras$Input(list(3L)))),
    hub_example_model(),
    embed = TRUE
  )
  file <- withr::local_tempfile(fileext = ".keras")
  model$save(file)
  load <- function() with_py_errors(keras$models$load_model(file))
  error <- expect_error(load(), class = "tfhub_error")
  layer <- model$layers[[length(model$layers)]]
  expect_invisible(hub_trust(layer$get_config()$embed$sha256))
  expect_equal(
    load()$predict(apples, verbose = 0L),
    model$predict(apples, verbose = 0L)
  )
})

test_that("what is no sha256 is refused", {
  skip_without_tensorflow()
  expect_snapshot(error = TRUE, {
    hub_trust("fruit")
    hub_trust(1)
  })
})
