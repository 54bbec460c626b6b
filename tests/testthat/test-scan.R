test_that("a model that only computes has no findings", {
  skip_without_tensorflow()
  found <- hub_scan(hub_example_model())
  expect_s3_class(found, "hub_scan")
  expect_equal(nrow(found), 0)
  expect_gt(attr(found, "nodes"), 10)
  expect_snapshot(found, transform = scrub)
})

test_that("what reaches out of a model is listed", {
  skip_without_tensorflow()
  path <- local_model(
    "@tf.function(input_signature=[tf.TensorSpec([], tf.string)])
def read(self, path): return tf.io.read_file(path)
@tf.function(input_signature=[])
def spy(self): return tf.io.read_file('/etc/passwd\\n')"
  )
  found <- hub_scan(path)
  expect_setequal(found$effect, "reads files")
  expect_setequal(found$where, c("an input", "/etc/passwd\\n"))
  expect_true(any(startsWith(found$reached_from, "function spy")))
  expect_match(format(found), "an input", fixed = TRUE, all = FALSE)
  expect_s3_class(found[1, ], "data.frame")
  expect_output(print(found[1, c("op", "node")]), "ReadFile")
})

test_that("a policy decides what is loaded", {
  skip_without_tensorflow()
  path <- local_model(
    "@tf.function(input_signature=[tf.TensorSpec([], tf.string)])
def read(self, path): return tf.io.read_file(path)"
  )
  expect_snapshot(
    hub_load(path, policy = "refuse"),
    error = TRUE,
    transform = function(x) gsub("tree1:\\w+", "tree1:<digest>", scrub(x))
  )
  expect_s3_class(hub_load(path, policy = "allow"), "hub_module")
  withr::local_envvar(TFHUB_POLICY = "refuse")
  expect_error(hub_load(path), class = "tfhub_error_policy")
  expect_s3_class(hub_load(hub_example_model()), "hub_module")
  expect_error(hub_load(path, policy = "maybe"), class = "tfhub_error")
})

test_that("a scan says what it was given", {
  expect_error(hub_scan(), class = "tfhub_error")
  skip_without_tensorflow()
  expect_error(hub_scan(tempfile()), class = "tfhub_error_handle_not_found")
})
