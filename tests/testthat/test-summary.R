test_that("a summary shows weights, size and operations", {
  m <- fruit()
  # Which operations there are depends on the version of TensorFlow.
  lines <- format(summary(m))
  before <- seq_len(grep("^Operations", lines) - 1)
  expect_snapshot(writeLines(lines[before]), transform = scrub)
  expect_equal(
    as.data.frame(summary(m)$weights),
    data.frame(
      name = c("bias", "scale"),
      dtype = "float32",
      shape = c("[2]", "[]"),
      parameters = c(2, 1),
      trainable = c(FALSE, TRUE)
    )
  )
  expect_true("StringUpper" %in% summary(m)$ops)
  expect_equal(summary(hub_info(hub_example_model())), summary(m))
})

test_that("it prints as many weights as it is asked to", {
  m <- fruit()
  expect_output(print(summary(m), n = 1), "and 1 more")
  expect_match(format(summary(m)), "StringUpper", all = FALSE)
})

test_that("a model without variables has a summary", {
  plain <- local_model(
    "@tf.function(input_signature=[tf.TensorSpec([], tf.float32)])
def twice(self, x): return 2 * x"
  )
  expect_match(
    format(summary(hub_info(plain))),
    "Weights: 0 B, 0 parameters trainable",
    all = FALSE
  )
})

test_that("in the TF1 Hub format the names are those of the graph", {
  weights <- summary(hub_info(
    conformance("batch_norm_variants")$folder
  ))$weights
  expect_equal(
    weights$name[!weights$trainable],
    c("bn/moving_mean", "bn/moving_variance")
  )
})
