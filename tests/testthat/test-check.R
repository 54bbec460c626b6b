test_that("a model is checked rule by rule", {
  skip_without_tensorflow()
  found <- hub_check(hub_example_model())
  expect_s3_class(found, "hub_check")
  expect_true(attr(found, "passed"))
  expect_setequal(found$outcome, "passed")
  expect_snapshot(found, transform = scrub)
})

test_that("a common signature is asked for", {
  skip_without_tensorflow()
  found <- hub_check(hub_example_model(), "text_embedding")
  expect_false(attr(found, "passed"))
  failed <- subset(found, outcome == "failed")
  expect_setequal(failed$rule, "text_embedding")
  expect_output(print(failed["found"]), "texts")
  expect_error(
    hub_check(hub_example_model(), "text"),
    "image_classification",
    class = "tfhub_error_input"
  )
})

test_that("a model that does more than compute is not run", {
  skip_without_tensorflow()
  path <- local_model(
    "@tf.function(input_signature=[tf.TensorSpec([], tf.string)])
def read(self, path): return tf.io.read_file(path)"
  )
  found <- hub_check(path)
  skipped <- subset(found, outcome == "skipped")
  expect_equal(skipped$rule, "runs")
  expect_match(skipped$remedy, "run = TRUE", fixed = TRUE)
  expect_match(format(found), "hub_scan(", fixed = TRUE, all = FALSE)
})
