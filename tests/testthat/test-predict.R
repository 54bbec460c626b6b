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

test_that("several outputs are a list sorted by name", {
  m <- fruit()
  input <- list(oranges = 1:2, apples = apples)
  expect_equal(
    predict(m, input, signature = "fruit_to_pet", as_dict = TRUE),
    list(cats = 2 * apples, default = c(13, 32), dogs = c(2, 3))
  )
  expect_equal(predict(m, input, signature = "fruit_to_pet"), c(13, 32))
})

test_that("every dtype has its place in R", {
  m <- hub_load(local_model(
    "@tf.function(input_signature=[tf.TensorSpec([None], tf.float32)])
def __call__(self, x):
  n = tf.cast(x, tf.int64)
  return {
    'bfloat16': tf.cast(x, tf.bfloat16),
    'bool': x > 1,
    'complex': tf.complex(x, x),
    'float16': tf.cast(x, tf.float16),
    'int32': tf.cast(x, tf.int32) - 1 + tf.int32.min,
    'int64': n,
    'large': n + 2**60,
    'matrix': tf.stack([n, n], axis=1),
    'ragged': tf.RaggedTensor.from_row_lengths(x, [2, 0]),
    'uint8': tf.cast(x, tf.uint8),
  }"
  ))
  expect_warning(
    y <- predict(m, c(1, 2)),
    "large",
    class = "tfhub_warning_inexact"
  )
  expect_identical(y$bfloat16, c(1, 2))
  expect_identical(y$bool, c(FALSE, TRUE))
  expect_identical(y$complex, c(1 + 1i, 2 + 2i))
  expect_identical(y$float16, c(1, 2))
  expect_identical(y$int32, c(-2147483648, -2147483647))
  expect_identical(y$int64, c(1, 2))
  expect_identical(y$large, c(1, 2) + 2^60)
  expect_identical(y$matrix, cbind(c(1, 2), c(1, 2)))
  expect_identical(y$ragged, list(c(1, 2), numeric()))
  expect_identical(y$uint8, 1:2)
})

test_that("bad arguments are refused", {
  m <- fruit()
  expect_snapshot(error = TRUE, transform = scrub, {
    predict(m, apples, batch_size = 0)
    predict(m, apples, "serving_default")
    predict(m, list(apples = apples, oranges = 1:3), signature = "fruit_to_pet")
    predict(m, c("a", NA), signature = "shout")
    predict(m, apples[, 1:2])
  })
})
