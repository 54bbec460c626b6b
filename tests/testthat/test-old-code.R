# What programs for the old R package (0.8.1) call, as its documentation, examples and
# tests have it, word for word. Models of tfhub.dev come from a hub on loopback; data
# that was downloaded is made here. Lines with R keras run where that is installed.

mobilenet_4 <- "https://tfhub.dev/google/tf2-preview/mobilenet_v2/feature_vector/4"

# Runs a program of the folder old-code in a new process, where models come from the
# cache of this one.
run_with_keras <- function(program, ...) {
  skip_if(!nzchar(system.file(package = "keras")), "R keras is not installed")
  models <- list(...)
  program <- readLines(test_path("old-code", program))
  local_tfhub_dev(...)
  for (path in names(models)) {
    hub_resolve(paste0("https://tfhub.dev", path))
  }
  withr::local_dir(withr::local_tempdir())
  prelude <- c(
    "suppressMessages({ library(keras); library(tfhub) })",
    "options(keras.fit_verbose = 0)"
  )
  run_r(c(prelude, program), env = c(TFHUB_OFFLINE = "1"))
}

test_that("the overview: a module of a URL is called with a tensor", {
  path <- "/google/tf2-preview/mobilenet_v2/feature_vector/2"
  host <- do.call(local_tfhub_dev, rlang::set_names(list(mobilenet(8)), path))
  # nolint start
  module <- hub_load(
    "https://tfhub.dev/google/tf2-preview/mobilenet_v2/feature_vector/2"
  )
  input <- tf$random$uniform(
    shape = shape(1, 224, 224, 3),
    minval = 0,
    maxval = 1
  )
  output <- module(input)
  # nolint end
  expect_equal(output$shape$as_list(), c(1, 8))
  expect_length(requests_of(host), 1)
})

test_that("key concepts: a folder, and a cache that Sys.setenv() names", {
  local_tfhub_dev("/google/progan-128/1" = gan("progan"))
  withr::local_dir(withr::local_tempdir())
  dir.create("path/to/a", recursive = TRUE)
  file.copy(hub_example_model(), "path/to/a", recursive = TRUE)
  file.rename(
    file.path("path/to/a", basename(hub_example_model())),
    "path/to/a/module_dir"
  )
  m <- hub_load("path/to/a/module_dir")
  x <- apples
  y <- m(x)
  expect_equal(y$numpy(), unname(cbind(2 * rowSums(x), 2 * rowMeans(x))))

  my_module_cache <- file.path(getwd(), "my_module_cache")
  Sys.setenv(TFHUB_CACHE_DIR = my_module_cache)
  m <- hub_load("https://tfhub.dev/google/progan-128/1")
  expect_match(module_self(m)$info$path, my_module_cache, fixed = TRUE)
  expect_true(any(grepl("[.]descriptor[.]txt$", list.files(my_module_cache))))
  images <- m(tf$random$normal(shape(2, 512)))
  expect_equal(images$shape$as_list(), c(2, 128, 128, 3))
})

test_that("key concepts: a signature by its name, and all its outputs", {
  fruit_to_pet <- conformance("fruit_to_pet")
  for (m in list(fruit(), hub_module(fruit_to_pet$folder))) {
    inputs <- if (identical(m, fruit())) {
      list(apples = apples, oranges = 1:2)
    } else {
      lapply(fruit_to_pet$cases[[1]]$inputs, as_input)
    }
    x1 <- inputs$apples
    x2 <- inputs$oranges
    # nolint start
    outputs <- m(
      list(apples = x1, oranges = x2),
      signature = "fruit_to_pet",
      as_dict = TRUE
    )
    y1 <- outputs$cats
    y2 <- outputs$dogs
    # nolint end
    expect_true(all(c("cats", "dogs") %in% names(outputs)))
    expect_equal(dim(as.array(y1))[[1]], NROW(x1))
    expect_equal(dim(as.array(y2))[[1]], NROW(x1))
  }
})

test_that("key concepts: predictions of a saved Keras model", {
  skip_without_tensorflow()
  keras <- reticulate::import("tensorflow")$keras
  model <- keras$Sequential(list(
    keras$Input(list(28L, 28L), dtype = "int32"),
    keras$layers$Flatten(),
    keras$layers$Rescaling(1 / 255),
    keras$layers$Dense(10L, activation = "softmax")
  ))
  mnist <- list(
    test = list(x = array(0:255, c(4, 28, 28)), y = c(1L, 2L, 3L, 4L))
  )
  withr::local_dir(withr::local_tempdir())
  tf$saved_model$save(model, "my_module/")
  # nolint start
  module <- hub_load("my_module/")
  predictions <- module(mnist$test$x) %>%
    tf$argmax(axis = 1L)
  accuracy <- mean(as.integer(predictions) == mnist$test$y)
  # nolint end
  expected <- max.col(model$predict(mnist$test$x, verbose = 0L)) - 1
  expect_equal(as.integer(predictions), expected)
  expect_equal(accuracy, mean(expected == mnist$test$y))
})

test_that("a list of tensors goes to a model of two inputs", {
  skip_without_tensorflow()
  skip_if_not(reticulate::py_module_available("tf_keras"), "no tf_keras")
  keras <- reticulate::import("tf_keras")
  inputs <- list(keras$Input(list(1L)), keras$Input(list(1L)))
  model <- keras$Model(inputs, keras$layers$Add()(inputs))
  tmp <- withr::local_tempdir()
  tf$saved_model$save(model, tmp)
  module <- hub_load(tmp)
  expect_equal(
    as.numeric(module(list(
      tf$ones(shape = shape(1, 1)),
      tf$ones(shape = shape(1, 1))
    ))),
    2
  )
})

test_that("key concepts: hub_module() brings losses and the graph of training", {
  module <- conformance("batch_norm_variants")
  in_graph({
    m <- hub_module(module$folder, trainable = TRUE, tags = "train")
    y <- m(v1()$placeholder("float32", list(NULL, 6L)))
    losses <- v1()$losses$get_regularization_losses()
    expect_gt(length(v1()$trainable_variables()), 0)
    updates <- v1()$get_collection(v1()$GraphKeys$UPDATE_OPS)
    expect_gt(length(updates), 0)
    expect_equal(
      length(losses),
      length(v1()$get_collection(v1()$GraphKeys$REGULARIZATION_LOSSES))
    )
  })
})

test_that("BigGAN: a signature is called by the names of its inputs", {
  local_tfhub_dev("/deepmind/biggan-deep-256/1" = gan("biggan"))
  module <- hub_load(handle = "https://tfhub.dev/deepmind/biggan-deep-256/1")
  label_id <- 3L
  # nolint start
  batch_size <- 8
  truncation <- tf$constant(0.5)
  z <- tf$random$truncated_normal(shape = shape(batch_size, 128))
  y <- tf$one_hot(rep(label_id, batch_size), 1000L)
  samples <- module$signatures[["default"]](
    y = y,
    z = z,
    truncation = truncation
  )
  # nolint end
  images <- samples[[1]] %>%
    apply(1, function(x) {
      as.raster((as.array(x) + 2) / 4)
    })
  expect_equal(dim(samples[[1]]), c(8, 256, 256, 3))
  expect_length(images, 8 * 256 * 256)
})

test_that("columns of texts, tokens and images are made of handles", {
  local_tfhub_dev(
    "/google/nnlm-en-dim128/1" = swivel("tf1"),
    "/google/imagenet/resnet_v2_50/feature_vector/3" = conformance(
      "image_feature_vector"
    )$folder
  )
  # nolint start
  column <- hub_text_embedding_column(
    "sentence",
    "https://tfhub.dev/google/nnlm-en-dim128/1"
  )
  # nolint end
  expect_true(reticulate::py_has_attr(column, "name"))
  sparse <- hub_sparse_text_embedding_column(
    "words",
    "https://tfhub.dev/google/nnlm-en-dim128/1",
    "mean",
    NULL,
    FALSE
  )
  image <- hub_image_embedding_column(
    "img",
    module_spec = "https://tfhub.dev/google/imagenet/resnet_v2_50/feature_vector/3"
  )
  expect_equal(sparse$name, "words_hub_module_embedding")
  expect_equal(image$parse_example_spec$img$shape, c(16, 12, 3))
})

test_that("the recipe: made, prepped, juiced and baked", {
  skip_if_not_installed("recipes")
  path <- "/google/tf2-preview/gnews-swivel-20dim-with-oov/1"
  do.call(local_tfhub_dev, rlang::set_names(list(swivel()), path))
  suppressPackageStartupMessages(library(recipes))
  # nolint start
  df <- tibble::tibble(text = c('hi', "heello", "goodbye"), y = 0)

  rec <- recipe(y ~ text, df)
  rec <- rec %>%
    step_pretrained_text_embedding(
      text,
      handle = "https://tfhub.dev/google/tf2-preview/gnews-swivel-20dim-with-oov/1"
    )

  rec <- prep(rec)

  x <- bake(rec, df)
  # nolint end
  expect_s3_class(x, "data.frame")
  expect_equal(dim(x), c(3, 21))
  expect_equal(x, juice(rec))
  named <- recipe(y ~ text, df) %>%
    step_pretrained_text_embedding(
      text,
      role = "predictor",
      trained = FALSE,
      handle = swivel(),
      args = list(tags = "serve"),
      skip = FALSE,
      id = "embedding"
    )
  expect_equal(unname(juice(prep(named))), unname(x), ignore_attr = TRUE)
})

test_that("the recipe: toxic comments, to a model", {
  skip_if_not_installed("recipes")
  path <- "/google/tf2-preview/gnews-swivel-20dim-with-oov/1"
  do.call(local_tfhub_dev, rlang::set_names(list(swivel()), path))
  suppressPackageStartupMessages(library(recipes))
  comments <- data.frame(
    obscene = rep(0:1, 20),
    comment_text = paste(c("good", "bad"), c("cat", "dog", "hi", "goodbye"))
  )
  # nolint start
  ind_train <- sample.int(nrow(comments), 0.8 * nrow(comments))
  train <- comments[ind_train, ]
  test <- comments[-ind_train, ]
  rec <- recipe(
    obscene ~ comment_text,
    data = train
  ) %>%
    step_pretrained_text_embedding(
      comment_text,
      handle = "https://tfhub.dev/google/tf2-preview/gnews-swivel-20dim-with-oov/1"
    ) %>%
    step_bin2factor(obscene)

  rec <- prep(rec)
  test_embedded <- bake(rec, test)
  # nolint end
  expect_s3_class(juice(rec)$obscene, "factor")
  expect_equal(nrow(test_embedded), 8)
  expect_equal(ncol(test_embedded), 21)
})

test_that("a layer is made, piped and applied without R keras, too", {
  path <- "/google/tf2-preview/mobilenet_v2/feature_vector/4"
  do.call(local_tfhub_dev, rlang::set_names(list(mobilenet(8)), path))
  features <- layer_hub(
    handle = "https://tfhub.dev/google/tf2-preview/mobilenet_v2/feature_vector/4"
  )
  keras <- reticulate::import("tensorflow")$keras
  input <- keras$Input(shape = shape(224, 224, 3))
  model <- keras$Model(input, input %>% features())
  a <- tf$constant(array(0, dim = c(1, 224, 224, 3)), dtype = "float32")
  expect_equal(as.numeric(model(a)), rep(0, 8))
  model <- keras$Sequential() %>%
    layer_hub(
      handle = "https://tfhub.dev/google/tf2-preview/mobilenet_v2/feature_vector/4",
      input_shape = c(224, 224, 3)
    )
  expect_equal(as.numeric(model(a)), rep(0, 8))
})

test_that("R keras: sequential, functional, and a layer by itself", {
  said <- run_with_keras(
    "layers.R",
    "/google/tf2-preview/mobilenet_v2/feature_vector/4" = mobilenet(8)
  )
  expect_equal(said, rep("[1] TRUE", 3))
})

test_that("R keras: transfer learning on images, saved and read again", {
  said <- run_with_keras(
    "images.R",
    "/google/tf2-preview/mobilenet_v2/feature_vector/2" = mobilenet(8)
  )
  expect_equal(said, c('[1] "loss"     "accuracy"', "[1] TRUE"))
})

test_that("R keras: text classification", {
  said <- run_with_keras(
    "texts.R",
    "/google/tf2-preview/gnews-swivel-20dim/1" = swivel()
  )
  expect_equal(said, '[1] "loss"     "accuracy"')
})

test_that("R keras: key concepts, from training to a module", {
  said <- run_with_keras(
    "key-concepts.R"
  )
  expect_equal(said, "[1] TRUE")
})
