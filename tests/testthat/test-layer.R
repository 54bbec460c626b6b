keras_of <- function(name) {
  skip_without_tensorflow()
  skip_if_not(reticulate::py_module_available(name), paste("no", name))
  keras <- reticulate::import(name)
  version <- if (name == "keras") "3" else "2"
  skip_if_not(startsWith(keras$`__version__`, version))
  keras
}

both <- c("keras", "tf_keras")

# 2 * the row sums and row means, by the model of hub_example_model().
expected <- function(x) unname(cbind(2 * rowSums(x), 2 * rowMeans(x)))

test_that("it is piped into Sequential models", {
  for (name in both) {
    keras <- keras_of(name)
    model <- keras$Sequential()
    same <- layer_hub(model, hub_example_model(), input_shape = 3)
    expect_identical(same, model)
    expect_length(model$layers, 1)
    expect_equal(model$layers[[1]]$trainable, FALSE)
    model$add(keras$layers$Dense(1L))
    expect_equal(dim(model$predict(apples, verbose = 0L)), c(2, 1))
    expect_length(model$trainable_weights, 2)
  }
})

test_that("it is applied to tensors of functional models", {
  for (name in both) {
    keras <- keras_of(name)
    input <- keras$Input(list(3L))
    output <- layer_hub(input, hub_example_model(), name = "fruit")
    model <- keras$Model(input, output)
    expect_equal(model$predict(apples, verbose = 0L), expected(apples))
    expect_equal(model$layers[[2]]$name, "fruit")
  }
})

test_that("several inputs go by name, several outputs come as a list", {
  keras <- keras_of("keras")
  inputs <- list(
    oranges = keras$Input(list(), dtype = "int64", name = "oranges"),
    apples = keras$Input(list(3L), name = "apples")
  )
  outputs <- layer_hub(
    inputs,
    hub_example_model(),
    signature = "fruit_to_pet",
    signature_outputs_as_dict = TRUE
  )
  expect_named(outputs, c("cats", "default", "dogs"), ignore.order = TRUE)
  cats <- layer_hub(
    inputs,
    hub_example_model(),
    signature = "fruit_to_pet",
    output_key = "cats"
  )
  model <- keras$Model(inputs, cats)
  values <- list(apples = apples, oranges = array(1:2))
  expect_equal(model$predict(values, verbose = 0L), 2 * apples)
})

test_that("alone it is a layer, and takes R's values", {
  skip_without_tensorflow()
  layer <- layer_hub(handle = hub_example_model())
  expect_equal(layer(apples)$numpy(), expected(apples))
  keras <- reticulate::import("tensorflow")$keras
  input <- keras$Input(list(3L))
  model <- keras$Model(input, layer(input))
  expect_equal(model$predict(apples, verbose = 0L), expected(apples))
  shout <- layer_hub(
    handle = hub_example_model(),
    signature = "shout",
    output_key = "default"
  )
  expect_equal(as.character(shout("a")$numpy()[[1]]), "A")
  expect_equal(as.vector(shout(c("a", "b"))$shape$as_list()), 2L)
})

test_that("R's values can be piped into it", {
  skip_without_tensorflow()
  sums <- layer_hub(apples, hub_example_model())
  expect_equal(sums$numpy(), expected(apples))
  expect_error(
    layer_hub(c("a", NA), hub_example_model()),
    class = "tfhub_error_na"
  )
})

test_that("a module, and any callable of Python, is a handle", {
  m <- fruit()
  expect_equal(layer_hub(apples, m)$numpy(), expected(apples))
  twice <- reticulate::py_eval("lambda x: 2 * x", convert = FALSE)
  tensor <- reticulate::import("tensorflow")$constant(apples)
  expect_equal(layer_hub(tensor, twice)$numpy(), 2 * apples)
})

test_that("arguments go to the call, and training trains", {
  model <- local_model(
    "def __init__(self):
  self.w = tf.Variable([[1.0], [1.0]])
@tf.function(input_signature=[
  tf.TensorSpec([None, 2], tf.float32), tf.TensorSpec([], tf.float32)])
def __call__(self, x, plus=0.0):
  return x @ self.w + plus
def to_sign(self):
  self.trainable_variables_ = [self.w]
  return {}"
  )
  x <- diag(2)
  expect_equal(
    layer_hub(x, model, arguments = list(plus = 3))$numpy(),
    cbind(c(4, 4))
  )
  for (name in both) {
    keras <- keras_of(name)
    network <- keras$Sequential()
    layer_hub(
      network,
      model,
      trainable = TRUE,
      arguments = list(plus = 0),
      input_shape = c(2)
    )
    network$compile(keras$optimizers$SGD(0.5), "mse")
    network$fit(x, cbind(c(3, 5)), epochs = 50L, verbose = 0L)
    fitted <- network$predict(x, verbose = 0L)
    expect_equal(fitted, cbind(c(3, 5)), tolerance = 1e-3)
  }
})

test_that("text is fitted and predicted as an array", {
  model <- local_model(
    "@tf.function(input_signature=[tf.TensorSpec([None], tf.string)])
def __call__(self, text):
  return tf.cast(tf.strings.length(text)[:, None], tf.float32)"
  )
  text <- c("a", "bcd", "ef", "")
  for (name in both) {
    keras <- keras_of(name)
    network <- keras$Sequential()
    layer_hub(network, model, input_shape = list(), dtype = "string")
    network$add(keras$layers$Dense(1L))
    network$compile(keras$optimizers$SGD(0.1), "mse")
    network$fit(
      as.array(text),
      as.array(2 * nchar(text) + 1),
      epochs = 200L,
      verbose = 0L
    )
    fitted <- network$predict(as.array(text), verbose = 0L)
    expect_equal(as.vector(fitted), 2 * nchar(text) + 1, tolerance = 0.05)
  }
})

test_that("shapes are as R writes them", {
  shape <- function(x) as_shape(x, "input_shape", NULL)
  expect_identical(shape(c(224, 224, 3)), list(224L, 224L, 3L))
  expect_identical(shape(3), list(3L))
  expect_identical(shape(c(NA, 3L)), list(NULL, 3L))
  expect_identical(shape(list(NULL, 3)), list(NULL, 3L))
  expect_identical(shape(NA), list(NULL))
  expect_identical(shape(list()), list())
  expect_identical(shape(integer()), list())
  expect_null(shape(NULL))
  expect_identical(
    shape(list(c(NA, 3), list())),
    list(list(NULL, 3L), list())
  )
  expect_identical(
    shape(list(a = 2, b = c(3, 4))),
    list(a = list(2L), b = list(3L, 4L))
  )
})

test_that("output_shape, tags and options reach the layer", {
  skip_without_tensorflow()
  layer <- layer_hub(
    handle = hub_example_model(),
    tags = "serve",
    output_shape = c(NA, 2),
    load_options = list(experimental_io_device = "/job:localhost")
  )
  config <- layer$get_config()
  expect_equal(config$tags, "serve")
  expect_equal(config$output_shape, list(NULL, 2L))
})

test_that("a layer is of the Keras of the session", {
  skip_without_tensorflow()
  skip_if_not(reticulate::py_module_available("tf_keras"), "no tf_keras")
  said <- run_r(
    c(
      "library(tfhub)",
      "layer <- layer_hub(handle = commandArgs(TRUE))",
      "keras <- reticulate::import('tf_keras')",
      "cat(inherits(layer, 'tf_keras.src.engine.base_layer.Layer'))"
    ),
    hub_example_model(),
    env = c(TF_USE_LEGACY_KERAS = "1")
  )
  expect_equal(utils::tail(said, 1), "TRUE")
})

test_that("what is wrong is said", {
  skip_without_tensorflow()
  handle <- hub_example_model()
  expect_snapshot(error = TRUE, transform = scrub, {
    layer_hub(handle)
    layer_hub(handle = 3)
    layer_hub(handle = handle, trainable = NA)
    layer_hub(handle = handle, arguments = list(1))
    layer_hub(NULL, handle, FALSE, NULL, "shout")
    layer_hub(handle = handle, input_shape = "3")
    layer_hub(handle = handle, input_shape = c(1.5, 3))
    layer_hub(handle = handle, output_shape = list(c(NA, 3), "a"))
    layer_hub(handle = handle, signature = "shout")
  })
  expect_error(
    layer_hub(handle = handle, signature = "shout"),
    class = "tfhub_error_layer"
  )
  expect_error(
    layer_hub(handle = handle, signature = "no", output_key = "x"),
    class = "tfhub_error_signature_not_found"
  )
})

test_that("a layer in a model of the other Keras says so, and what to use", {
  keras3 <- keras_of("keras")
  keras2 <- keras_of("tf_keras")
  layer <- layer_hub(keras3$Sequential(), hub_example_model())$layers[[1]]
  expect_snapshot(with_py_errors(layer(keras2$Input(list(3L)))), error = TRUE)
  layer <- layer_hub(keras2$Sequential(), hub_example_model(), input_shape = 3)
  error <- expect_error(
    with_py_errors(layer$layers[[1]](keras3$Input(list(3L)))),
    class = "tfhub_error_other_keras"
  )
  expect_equal(error$hint, "In such a model use hub.keras3.KerasLayer.")
})

test_that("what Keras and AutoGraph put around an error is taken off", {
  for (name in both) {
    keras <- keras_of(name)
    network <- keras$Sequential()
    layer_hub(network, hub_example_model())
    network$compile("sgd", "mse")
    error <- expect_error(
      with_py_errors(network$fit(
        matrix(1, 2, 4),
        matrix(1, 2, 2),
        verbose = 0L
      )),
      class = "tfhub_error_input"
    )
    expect_match(conditionMessage(error), "^The inputs do not fit")
    expect_equal(error$handle, hub_example_model())
    error <- expect_error(
      with_py_errors(keras$layers$Dense(1L)(keras$Input(list()))),
      class = "tfhub_error_python"
    )
    expect_false(cli::ansi_has_any(conditionMessage(error)))
  }
})

test_that("a new session that asks for the layers loads a saved model", {
  skip_without_packages()
  keras <- reticulate::import("tensorflow")$keras
  model <- layer_hub(keras$Sequential(), hub_example_model(), input_shape = 3)
  file <- withr::local_tempfile(fileext = ".keras")
  expected <- model$predict(apples, verbose = 0L)
  model$save(file)
  loaded <- in_new_r(
    "tfhub",
    env = c(TFHUB_TRUSTED = hub_example_model()),
    file = file,
    apples = apples,
    function(file, apples) {
      hub_custom_objects()
      model <- tf$keras$models$load_model(file)
      model$predict(apples, verbose = 0L)
    }
  )
  expect_equal(loaded, expected)
  expect_named(hub_custom_objects(), "KerasLayer")
})

test_that("a layer alone takes R's values as a module does, and fails as one", {
  for (name in both) {
    keras <- keras_of(name)
    layer <- layer_hub(handle = hub_example_model())
    expect_equal(as.array(layer(apples)), expected(apples), tolerance = 1e-6)
    with_na <- apples
    storage.mode(with_na) <- "integer"
    with_na[2, 1] <- NA
    expect_error(layer(with_na), class = "tfhub_error_na")
    error <- expect_error(layer(apples[, 1:2]), class = "tfhub_error_input")
    expect_no_match(conditionMessage(error), "Exception encountered")
    expect_match(error$hint, "It has 2 columns, and 3 are expected")
    expect_s3_class(layer, "python.builtin.object")
    expect_true(reticulate::import_builtins()$callable(layer))
    layer$trainable <- TRUE
    expect_length(layer$trainable_weights, 1)
  }
  keras <- keras_of("keras")
  layer <- layer_hub(handle = hub_example_model(), input_shape = 3)
  model <- keras$Sequential(list(layer, keras$layers$Dense(1L)))
  expect_equal(dim(model$predict(apples, verbose = 0L)), c(2, 1))
  expect_equal(reticulate::py_id(model$layers[[1]]), reticulate::py_id(layer))
  expect_output(print(layer), "<layer_hub 'keras_layer", fixed = TRUE)
})

test_that("what no layer can be is said before it is made", {
  skip_without_tensorflow()
  handle <- hub_example_model()
  expect_snapshot(error = TRUE, {
    layer_hub("some/model")
    layer_hub(handle = handle, signature = 3)
    layer_hub(handle = handle, name = 3)
    layer_hub(handle = handle, signature_outputs_as_dict = "yes")
    layer_hub(handle = handle, load_options = 3)
    layer_hub(handle = handle, as_dict = TRUE)
  })
})
