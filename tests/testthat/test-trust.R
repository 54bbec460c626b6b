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

test_that("the tree digest that info tells is what trust takes", {
  skip_without_tensorflow()
  handle <- hub_example_model()
  expect_equal(hub_info(handle)$tree, "")
  info <- hub_info(handle, digest = TRUE)
  expect_match(info$tree, "^tree1:[0-9a-f]{64}$")
  expect_equal(info$tree_source, "computed")
  expect_match(format(info), "Digest: tree1:[0-9a-f]+ .computed.", all = FALSE)
  expect_invisible(hub_trust(info$tree))
  keras <- reticulate::import("keras")
  layer <- layer_hub(handle = handle)
  expect_equal(layer$get_config()$tree, info$tree)
  model <- keras$Sequential(list(keras$Input(list(3L)), layer))
  file <- withr::local_tempfile(fileext = ".keras")
  model$save(file)
  expect_equal(
    keras$models$load_model(file)$predict(apples, verbose = 0L),
    model$predict(apples, verbose = 0L)
  )
  expect_error(hub_info(handle, digest = NA), class = "tfhub_error_argument")
})

test_that("a model that is here is trusted by its handle", {
  skip_without_tensorflow()
  handle <- hub_example_model()
  tree <- hub_info(handle, digest = TRUE)$tree
  expect_message(trusted <- hub_trust(handle), tree, fixed = TRUE)
  expect_equal(trusted, tree)
  expect_no_message(hub_trust(toupper(sub("^tree1:", "sha256=", tree))))
  cache <- withr::local_tempdir()
  withr::local_envvar(TFHUB_CACHE_DIR = cache)
  expect_snapshot(
    error = TRUE,
    transform = function(lines) gsub(cache, "<cache>", lines, fixed = TRUE),
    hub_trust("hf://me/fruit@main")
  )
})

test_that("what is no digest is refused", {
  skip_without_tensorflow()
  expect_snapshot(error = TRUE, {
    hub_trust("fruit")
    hub_trust(1)
  })
})
