test_that("batches give what one call gives", {
  m <- fruit()
  x <- matrix(runif(21), 7)
  expected <- cbind(2 * rowSums(x), 2 * rowMeans(x))
  for (size in c(1, 2, 7, 32)) {
    expect_equal(predict(m, x, batch_size = size), expected, tolerance = 1e-6)
  }
})

test_that("text comes back as UTF-8", {
  m <- fruit()
  words <- c("apfel", "äpfel", "りんご", "")
  upper <- predict(m, words, signature = "shout", batch_size = 3)
  expect_identical(upper, c("APFEL", "ÄPFEL", "りんご", ""))
  expect_equal(Encoding(upper[2:3]), c("UTF-8", "UTF-8"))
})

test_that("many texts are the same as few", {
  m <- fruit()
  words <- rep(c("APFEL", "", "ÄPFEL", "\U1f34e", ""), 300)
  for (odd in c("X", "\037", "A\nB")) {
    words[700] <- odd
    expect_identical(
      predict(m, words, signature = "shout", batch_size = 400),
      words
    )
  }
})

test_that("several outputs are a list sorted by name", {
  m <- fruit()
  input <- list(oranges = 1:2, apples = apples)
  expect_equal(
    predict(m, input, signature = "fruit_to_pet", as_dict = TRUE),
    list(cats = 2 * apples, default = c(13, 32), dogs = c(2, 3))
  )
  expect_equal(predict(m, input, signature = "fruit_to_pet"), c(13, 32))
})

test_that("one output or several, in the shapes that the model gives", {
  m <- fruit()
  expect_equal(predict(m, apples[1, , drop = FALSE]), cbind(12, 4))
  expect_identical(predict(m, "a", signature = "shout"), "A")
  expect_identical(predict(m, character(), signature = "shout"), character())
  expect_equal(
    predict(m, apples, as_dict = TRUE),
    list(output_0 = cbind(c(12, 30), c(4, 10)))
  )
})

test_that("data frames are inputs by name, or one matrix", {
  m <- fruit()
  frame <- data.frame(x = c(1, 4), y = c(2L, 5L), z = c(3, 6))
  expect_equal(predict(m, frame), predict(m, apples))
  expect_equal(predict(m, frame[1, ]), predict(m, apples)[1, , drop = FALSE])
  expect_equal(predict(m, frame, batch_size = 1), predict(m, apples))
  expect_equal(
    predict(m, data.frame(word = c("a", "b")), signature = "shout"),
    c("A", "B")
  )
  several <- data.frame(oranges = 1:2, apples = I(apples))
  expect_equal(predict(m, several, signature = "fruit_to_pet"), c(13, 32))
  skip_if_not_installed("tibble")
  expect_equal(predict(m, tibble::as_tibble(frame)), predict(m, apples))
  expect_equal(
    predict(
      m,
      tibble::tibble(oranges = 1:2, apples = apples),
      signature = "fruit_to_pet"
    ),
    c(13, 32)
  )
})

test_that("data frames need no pandas", {
  m <- fruit()
  folder <- withr::local_tempdir()
  dir.create(file.path(folder, "pandas"))
  writeLines(
    "raise ImportError('no pandas here')",
    file.path(folder, "pandas", "__init__.py")
  )
  code <- c(
    "m <- tfhub::hub_load(commandArgs(TRUE))",
    "stopifnot(!reticulate::py_module_available('pandas'))",
    "x <- data.frame(x = c(1, 4), y = c(2L, 5L), z = c(3, 6))",
    "cat(predict(m, x))"
  )
  printed <- run_r(code, hub_example_model(), env = c(PYTHONPATH = folder))
  expect_equal(printed, "12 30 4 10")
})

test_that("other packages give the input as newdata", {
  m <- fruit()
  expect_equal(predict(m, newdata = apples), predict(m, apples))
})

test_that("integers beyond 2^53 are an error, or text", {
  m <- hub_load(local_model(
    "@tf.function(input_signature=[tf.TensorSpec([None], tf.int64)])
def __call__(self, x):
  return {'small': x, 'large': x + 2**60}"
  ))
  expect_snapshot(error = TRUE, predict(m, 1:2))
  expect_error(predict(m, 1:2), class = "tfhub_error_inexact")
  expect_identical(
    predict(m, 1:2, int64 = "character"),
    list(
      large = c("1152921504606846977", "1152921504606846978"),
      small = c("1", "2")
    )
  )
})

test_that("tensors and Python's arrays pass through", {
  m <- fruit()
  tf <- reticulate::import("tensorflow", convert = FALSE)
  np <- reticulate::import("numpy", convert = FALSE)
  for (x in list(tf$constant(apples), np$asarray(apples))) {
    expect_equal(predict(m, x), predict(m, apples))
  }
})

test_that("a matrix of many texts keeps its cells", {
  m <- hub_load(local_model(
    "@tf.function(input_signature=[tf.TensorSpec([None, None], tf.string)])
def __call__(self, x):
  return x"
  ))
  x <- matrix(c(sprintf("%d", 1:2999), ""), 1000)
  expect_identical(predict(m, x, batch_size = 1000), x)
})

test_that("datasets and generators pass through", {
  m <- fruit()
  tf <- reticulate::import("tensorflow", convert = FALSE)
  dataset <- tf$data$Dataset$from_tensor_slices(apples)
  expect_equal(predict(m, dataset), predict(m, apples))
  expect_equal(predict(m, dataset$batch(1L)), predict(m, apples))
  rows <- reticulate::py_run_string(
    "def rows(x):
      yield from x",
    local = TRUE
  )$rows
  rows <- reticulate::r_to_py(rows)
  generator <- reticulate::py_call(rows, apples)
  expect_equal(predict(m, generator), predict(m, apples))
})

test_that("ragged, sparse and encoded inputs go in batches", {
  m <- hub_load(local_model(
    "@tf.function(input_signature=[tf.RaggedTensorSpec([None, None], tf.float32)])
def __call__(self, x):
  return tf.reduce_sum(x, axis=1)
@tf.function(input_signature=[tf.TensorSpec([None], tf.string, name='x')])
def bytes(self, x):
  return {'n': tf.strings.length(x)}
@tf.function(input_signature=[tf.TensorSpec([None, None], tf.float32, name='x')])
def sums(self, x):
  return {'n': tf.reduce_sum(x, axis=1)}
def to_sign(self):
  return {'bytes': self.bytes, 'sums': self.sums}"
  ))
  rows <- list(c(1, 2), 3, numeric(), c(4, 5))
  for (size in 1:5) {
    expect_equal(predict(m, rows, batch_size = size), c(3, 3, 0, 9))
    files <- list(raw(2), raw(2), raw(1))
    got <- predict(m, files, signature = "bytes", batch_size = size)
    expect_equal(got, c(2, 2, 1))
  }
  file <- raw(100)
  expect_equal(predict(m, file, signature = "bytes"), 100)
  skip_if_not_installed("Matrix")
  x <- Matrix::sparseMatrix(c(1, 3, 3), c(2, 1, 2), x = c(1, 2, 3))
  for (size in 1:4) {
    got <- predict(m, x, signature = "sums", batch_size = size)
    expect_equal(got, c(1, 0, 5))
  }
})

test_that("long work shows a bar of cli where somebody looks", {
  m <- fruit()
  withr::local_options(rlang_interactive = TRUE, cli.progress_show_after = 0)
  while (!cli::`__cli_update_due`) {
    Sys.sleep(0.1)
  }
  suppressMessages(expect_message(
    predict(m, apples, batch_size = 1),
    "Predicting",
    class = "cliMessage"
  ))
  withr::local_options(rlang_interactive = FALSE)
  expect_silent(predict(m, apples, batch_size = 1))
})

test_that("a batch may be of more rows than an integer of R counts", {
  expect_equal(
    predict(fruit(), apples, batch_size = 1e10),
    predict(fruit(), apples)
  )
})

test_that("bad arguments are refused", {
  m <- fruit()
  expect_snapshot(error = TRUE, transform = scrub, {
    predict(m)
    predict(m, apples, newdata = apples)
    predict(m, apples, int64 = "integer")
    predict(m, apples, batch_size = 0)
    predict(m, new_data = apples)
    predict(m, apples, "serving_default")
    predict(m, list(apples = apples, oranges = 1:3), signature = "fruit_to_pet")
    predict(m, c("a", NA), signature = "shout")
    predict(m, apples[, 1:2])
  })
})

test_that("every row of the vignette's table of outputs holds", {
  skip_without_tensorflow()
  rows <- conversion_rows("from")
  expect_gt(nrow(rows), 40)
  m <- local_outputs(rows$given)
  for (i in seq_len(nrow(rows))) {
    row <- rows[i, ]
    int64 <- if (nzchar(row$wanted)) row$wanted else "double"
    x <- rlang::set_names(list(array(0)), paste0("row_", i))
    got <- or_error(predict(m, x, int64 = int64), row$result)
    failed <- startsWith(row$result, "error: ")
    wanted <- if (failed) row$result else eval(parse(text = row$result))
    expect_row(rows, i, got, wanted)
  }
})

test_that("a function or a signature of a module is applied to many rows", {
  m <- fruit()
  words <- rep(c("apple", "fig"), 40)
  expect_equal(
    predict(m$embed, words, batch_size = 30),
    as.array(m$embed(words))
  )
  shouted <- list(default = toupper(words))
  expect_equal(predict(m$shout, words), shouted)
  expect_equal(predict(m[["shout"]], words, as_dict = FALSE), shouted$default)
  expect_equal(
    predict(m$embed, newdata = words[1:2]),
    predict(m$embed, words[1:2])
  )
  baskets <- list(apples = apples, oranges = 1:2)
  expect_equal(
    predict(m$fruit_to_pet, baskets, batch_size = 1),
    predict(m, baskets, signature = "fruit_to_pet", as_dict = TRUE)
  )
  expect_error(predict(m$embed, 1:2), class = "tfhub_error_input")
})

test_that("a function with several inputs takes them by name", {
  module <- hub_load(local_model(
    "
@tf.function(input_signature=[tf.TensorSpec([None], tf.int64, name='id'),
                              tf.TensorSpec([None], tf.string, name='name')])
def label(self, id, name):
  return tf.strings.join([tf.strings.as_string(id), name])"
  ))
  rows <- data.frame(name = c("a", "b", "c"), id = 1:3)
  expect_equal(predict(module$label, rows, batch_size = 2), c("1a", "2b", "3c"))
  expect_equal(predict(module$label, as.list(rows)), c("1a", "2b", "3c"))
  expect_error(
    predict(module$label, list(name = "a")),
    class = "tfhub_error_input"
  )
})
