test_that("columns of texts and tokens feed a graph", {
  path <- text_module()
  in_graph({
    columns <- list(
      hub_text_embedding_column("text", path),
      hub_sparse_text_embedding_column(
        "words",
        hub_load_module_spec(path),
        combiner = "mean",
        default_value = NULL,
        trainable = TRUE
      )
    )
    features <- list(
      text = v1()$constant(c("dog", "bird")),
      words = v1()$constant(rbind(c("cat", "dog"), c("", "")))
    )
    # The first call of this function of TensorFlow in the process.
    x <- v1()$feature_column$input_layer(features, columns)
    expect_equal(run_fresh(x), rbind(c(0, 2, 0.5, 1), 0))
    expect_length(v1()$trainable_variables(), 1)
  })
})

test_that("a column of images knows its size", {
  module <- conformance("image_feature_vector")
  column <- hub_image_embedding_column("image", module$folder)
  expect_equal(column$parse_example_spec$image$shape, c(16, 12, 3))
  column <- hub_image_embedding_column("image", module$folder, c(8, 6))
  expect_equal(column$parse_example_spec$image$shape, c(8, 6, 3))
  expect_equal(column$name, "image_hub_module_embedding")
  images <- module$cases[[1]]$inputs$images
  in_graph({
    x <- v1()$feature_column$input_layer(
      list(image = v1()$constant(images, "float32")),
      list(column)
    )
    expected <- hub_module(module$folder)(images)
    both <- run_fresh(list(x, expected))
    expect_equal(both[[1]], both[[2]])
  })
})

test_that("a column reads what another makes", {
  module <- conformance("image_feature_vector")
  as_they_are <- tf$feature_column$numeric_column("i", shape(16, 12, 3))
  column <- hub_image_embedding_column(as_they_are, module$folder)
  expect_equal(column$name, "i_hub_module_embedding")
  expect_named(column$parse_example_spec, "i")
  expect_error(
    hub_text_embedding_column(1, module$folder),
    class = "tfhub_error_argument"
  )
})

test_that("what is no column is said", {
  path <- text_module()
  clean <- function(lines) gsub(path, "<tmp>/text", lines, fixed = TRUE)
  expect_snapshot(error = TRUE, transform = clean, {
    hub_image_embedding_column("x", path)
    hub_image_embedding_column("x", path, 16)
    hub_text_embedding_column("x", 1)
    hub_text_embedding_column("x", path, trainable = "yes")
    hub_sparse_text_embedding_column("x", path, "max", NULL)
    hub_sparse_text_embedding_column("x", path, "sum", 1)
  })
  expect_error(
    hub_image_embedding_column("x", path),
    class = "tfhub_error_unfit_module"
  )
})

test_that("a column of a model of TensorFlow 2 feeds Keras 2", {
  skip_without_tensorflow()
  skip_if_not(reticulate::py_module_available("tf_keras"))
  file <- withr::local_tempfile()
  writeLines(c("cat 1 0", "dog 0 2"), file)
  path <- hub_export_text_embedding(file, withr::local_tempfile())
  column <- hub_text_embedding_column_v2("text", path, trainable = TRUE)
  layer <- reticulate::import("tf_keras")$layers$DenseFeatures(list(column))
  texts <- reticulate::import("tensorflow")$constant(c("dog", "bird"))
  expect_equal(layer(list(text = texts))$numpy(), rbind(c(0, 2), 0))
  expect_length(layer$trainable_weights, 1)
  expect_error(
    hub_text_embedding_column_v2("text", hub_example_model()),
    class = "tfhub_error_input"
  )
  expect_error(
    hub_text_embedding_column_v2("text", path, output_key = 1),
    class = "tfhub_error_argument"
  )
})
