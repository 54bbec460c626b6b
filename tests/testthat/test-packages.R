# The R packages that are used beside ours, each in a process of its own: what they do
# to TensorFlow's Keras when they are loaded would be there for all other tests.

# 2 * the row sums and row means, by the model of hub_example_model().
expected <- function(x) unname(cbind(2 * rowSums(x), 2 * rowMeans(x)))

reviews <- data.frame(
  title = c("fine", "no", "a book", "read"),
  text = c("what a fine book", "not for me", "a fine read", "book"),
  good = c(1, 0, 1, 0)
)

local_text_embedding <- function(env = parent.frame()) {
  skip_without_tensorflow()
  vectors <- withr::local_tempfile(
    lines = c("fine 1 0", "read 0 1", "book 2 2")
  )
  folder <- withr::local_tempfile(.local_envir = env)
  hub_export_text_embedding(vectors, folder)
}

test_that("models of the package keras3 take it: piped, functional, alone", {
  skip_without_packages("keras3")
  found <- in_new_r(
    c("keras3", "tfhub"),
    handle = hub_example_model(),
    apples = apples,
    function(handle, apples) {
      piped <- keras_model_sequential() |>
        layer_hub(handle, trainable = TRUE, input_shape = 3, name = "hub") |>
        layer_dense(1)
      piped |> compile(optimizer = "sgd", loss = "mse")
      history <- piped |> fit(apples / 10, c(1, 2), epochs = 3, verbose = 0)

      input <- keras_input(shape = 3)
      output <- input |> layer_hub(handle)
      functional <- keras_model(input, output)

      features <- layer_hub(handle = handle)
      alone <- keras_model(input, features(input) |> layer_dense(1))
      listed <- keras_model_sequential(
        layers = list(layer_hub(handle = handle), layer_dense(units = 1))
      )

      before <- length(piped$trainable_weights)
      freeze_weights(piped, to = "hub")
      list(
        loss = history$metrics$loss,
        functional = predict(functional, apples, verbose = 0),
        alone = dim(predict(alone, apples, verbose = 0)),
        listed = dim(predict(listed, apples, verbose = 0)),
        trainable = c(before, length(piped$trainable_weights)),
        weights = get_weights(get_layer(piped, "hub")),
        tensor = as.array(op_sum(layer_hub(
          op_convert_to_tensor(apples),
          handle
        ))),
        matrix = as.matrix(layer_hub(apples, handle))
      )
    }
  )
  expect_lt(found$loss[[3]], found$loss[[1]])
  expect_equal(found$functional, expected(apples))
  expect_equal(found$alone, c(2, 1))
  expect_equal(found$listed, c(2, 1))
  expect_equal(found$trainable, c(3, 2))
  expect_equal(lengths(found$weights), c(1, 2))
  expect_equal(as.vector(found$tensor), sum(expected(apples)))
  expect_equal(found$matrix, expected(apples))
})

test_that("models of the package keras3 take text as R has it", {
  skip_without_packages("keras3")
  found <- in_new_r(
    c("keras3", "tfhub"),
    handle = local_text_embedding(),
    reviews = reviews,
    function(handle, reviews) {
      model <- keras_model_sequential() |>
        layer_hub(handle, input_shape = list(), dtype = "string") |>
        layer_dense(1, activation = "sigmoid")
      model |> compile(optimizer = "adam", loss = "binary_crossentropy")
      model |> fit(reviews$text, reviews$good, epochs = 2, verbose = 0)

      embed <- layer_hub(handle = handle)
      inputs <- list(
        title = keras_input(shape = list(), dtype = "string", name = "title"),
        text = keras_input(shape = list(), dtype = "string", name = "text")
      )
      both <- keras_model(
        inputs,
        op_add(embed(inputs$title), embed(inputs$text))
      )
      columns <- reviews[c("title", "text")]
      both |> compile(optimizer = "adam", loss = "mse")
      both |> fit(columns, cbind(1:4, 1:4), epochs = 1, verbose = 0)

      file <- tempfile(fileext = ".keras")
      save_model(model, file)
      untrusted <- tryCatch(load_model(file), error = conditionMessage)
      again <- load_model(file, safe_mode = FALSE)
      list(
        text = predict(model, reviews$text, verbose = 0),
        one = predict(model, reviews$text[[1]], verbose = 0),
        again = predict(again, reviews$text, verbose = 0),
        untrusted = untrusted,
        both = predict(both, columns, verbose = 0)
      )
    }
  )
  expect_equal(dim(found$text), c(4, 1))
  expect_equal(found$one, found$text[1, , drop = FALSE], tolerance = 1e-6)
  expect_equal(found$again, found$text)
  expect_match(found$untrusted, "safe_mode=False", fixed = TRUE)
  expect_equal(found$both[1, ], c(1, 0) + c(3, 2) / 2)
})

test_that("the code of the old package runs word for word with the package keras", {
  skip_without_packages("keras")
  skip_if_not(reticulate::py_module_available("tf_keras"), "no tf_keras")
  found <- in_new_r(
    c("keras", "tfhub"),
    handle = hub_example_model(),
    apples = apples,
    function(handle, apples) {
      model <- keras_model_sequential() %>%
        layer_hub(handle = handle, input_shape = c(3), trainable = TRUE) %>%
        layer_dense(1)
      model %>% compile(loss = "mse", optimizer = optimizer_sgd(1e-4))
      history <- model %>% fit(apples, c(1, 2), epochs = 3, verbose = 0)

      mobilenet <- layer_hub(handle = handle)
      input <- layer_input(shape = c(3))
      output <- mobilenet(input) %>%
        layer_dense(units = 10, activation = "softmax")
      functional <- keras_model(input, output)
      functional %>%
        compile(
          loss = "sparse_categorical_crossentropy",
          optimizer = "adam",
          metrics = "accuracy"
        )
      functional %>% fit(x = apples, y = c(1, 2), epochs = 1, verbose = 0)

      file <- tempfile(fileext = ".h5")
      save_model_hdf5(model, file)
      folder <- tempfile()
      save_model_tf(model, folder)
      list(
        loss = history$metrics$loss,
        sequential = model %>% predict(apples, verbose = 0),
        functional = dim(functional %>% predict(apples, verbose = 0)),
        hdf5 = load_model_hdf5(file) %>% predict(apples, verbose = 0),
        tf = load_model_tf(folder) %>% predict(apples, verbose = 0),
        trainable = length(model$trainable_weights)
      )
    }
  )
  expect_lt(found$loss[[3]], found$loss[[1]])
  expect_equal(found$functional, c(2, 10))
  expect_equal(found$hdf5, found$sequential)
  expect_equal(found$tf, found$sequential)
  expect_equal(found$trainable, 3)
})

test_that("so does its code for text", {
  skip_without_packages("keras")
  skip_if_not(reticulate::py_module_available("tf_keras"), "no tf_keras")
  found <- in_new_r(
    c("keras", "tfhub", "tensorflow"),
    handle = local_text_embedding(),
    reviews = reviews,
    function(handle, reviews) {
      embedding_layer <- layer_hub(handle = handle, trainable = TRUE)
      input <- layer_input(shape = shape(), dtype = "string")
      output <- input %>%
        embedding_layer() %>%
        layer_dense(units = 1, activation = "sigmoid")
      model <- keras_model(input, output)
      model %>% compile(optimizer = "adam", loss = "binary_crossentropy")
      model %>% fit(reviews$text, reviews$good, epochs = 1, verbose = 0)
      piped <- keras_model_sequential() %>%
        layer_hub(handle = handle, input_shape = list(), dtype = tf$string) %>%
        layer_dense(units = 1)
      list(
        text = dim(model %>% predict(reviews$text, verbose = 0)),
        piped = dim(piped %>% predict(reviews$text, verbose = 0)),
        layers = class(piped$layers[[1]])
      )
    }
  )
  expect_equal(found$text, c(4, 1))
  expect_equal(found$piped, c(4, 1))
  expect_true("tfhub.keras.on_tf_keras.KerasLayer" %in% found$layers)
})

test_that("what a module gives are tensors for the package tensorflow", {
  skip_without_packages("tensorflow", "magrittr")
  found <- in_new_r(
    c("tensorflow", "magrittr", "tfhub"),
    handle = hub_example_model(),
    apples = apples,
    function(handle, apples) {
      m <- hub_load(handle)
      list(
        argmax = as.array(m(apples) %>% tf$argmax(axis = 1L)),
        matrix = as.matrix(m(apples)),
        vector = as.vector(m(apples)),
        double = as.array(as_tensor(m(apples), "float64") + 1),
        row = as.array(m(apples)[1, ]),
        dim = dim(m(apples)),
        given = as.array(m(as_tensor(apples, "float64"))),
        text = as.array(m(c("a", "b"), signature = "shout")),
        traced = as.array(tf_function(function(x) m(x) + 1)(as_tensor(apples)))
      )
    }
  )
  expect_equal(as.vector(found$argmax), c(0, 0))
  expect_equal(found$matrix, expected(apples))
  expect_equal(found$vector, as.vector(expected(apples)))
  expect_equal(found$double, expected(apples) + 1)
  expect_equal(as.vector(found$row), expected(apples)[1, ])
  expect_equal(found$dim, c(2, 2))
  expect_equal(found$given, expected(apples))
  expect_equal(as.vector(found$text), c("A", "B"))
  expect_equal(found$traced, expected(apples) + 1)
})

test_that("a module is mapped over a dataset of the package tfdatasets", {
  skip_without_packages("tfdatasets")
  found <- in_new_r(
    c("tfdatasets", "tfhub"),
    handle = hub_example_model(),
    apples = apples,
    function(handle, apples) {
      m <- hub_load(handle)
      first <- function(data) {
        value <- reticulate::iter_next(reticulate::as_iterator(data))
        if (is.list(value)) lapply(value, as.array) else as.array(value)
      }
      rows <- dataset_batch(tensor_slices_dataset(apples), 2)
      words <- dataset_batch(tensor_slices_dataset(c("a", "b")), 2)
      fruit <- list(apples = apples, oranges = 1:2)
      fruit <- dataset_batch(tensor_slices_dataset(fruit), 2)
      list(
        module = first(dataset_map(rows, m)),
        parallel = first(dataset_map(rows, m, num_parallel_calls = 2)),
        signature = first(dataset_map(words, m[["shout"]])),
        lambda = first(dataset_map(rows, ~ m(.x))),
        named = first(dataset_map(fruit, function(x) {
          m(x, signature = "fruit_to_pet", as_dict = TRUE)
        }))
      )
    }
  )
  expect_equal(found$module, expected(apples))
  expect_equal(found$parallel, expected(apples))
  expect_equal(as.vector(found$signature$default), c("A", "B"))
  expect_equal(found$lambda, expected(apples))
  expect_equal(found$named$cats, 2 * apples)
})
