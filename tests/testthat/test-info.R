test_that("a model is described", {
  skip_without_tensorflow()
  info <- hub_info(hub_example_model())
  expect_s3_class(info, "hub_info")
  expect_equal(info$format, "TF2 SavedModel")
  expect_equal(info$graphs$tags, "serve")
  expect_equal(info$graphs$default_signature, "serving_default")
  expect_equal(info$variables$count, 2)
  expect_equal(info$variables$parameters, 3)
  expect_equal(info$size, sum(info$files$bytes))
  expect_true("saved_model.pb" %in% info$files$file)
  expect_true("StringUpper" %in% info$ops)
  oranges <- subset(info$signatures, name == "oranges")
  expect_equal(oranges$signature, "fruit_to_pet")
  expect_equal(oranges$role, "input")
  expect_equal(oranges$dtype, "int64")
  expect_equal(oranges$shape, "[?]")
  own <- subset(info$functions, name == "__call__")
  expect_equal(nrow(own), 2)
  expect_snapshot(info, transform = scrub)
})

test_that("a model without signatures or without a call is described", {
  plain <- local_model(
    "@tf.function(input_signature=[tf.TensorSpec([], tf.float32)])
def twice(self, x): return 2 * x"
  )
  info <- hub_info(plain)
  expect_equal(nrow(info$signatures), 0)
  expect_equal(info$graphs$default_signature, "")
  expect_snapshot(info, transform = scrub)

  signed <- local_model(
    "@tf.function(input_signature=[tf.TensorSpec([], tf.float32)])
def twice(self, x): return {'y': 2 * x}
def to_sign(self): return {'default': self.twice}"
  )
  expect_match(
    format(hub_info(signed)),
    "that of the signature default",
    all = FALSE
  )
})

test_that("TensorFlow is not needed", {
  skip_without_tensorflow()
  said <- run_r(
    c(
      "info <- tfhub::hub_info(commandArgs(TRUE))",
      "modules <- reticulate::import('sys')$modules",
      "has <- reticulate::py_eval('lambda m: \"tensorflow\" in m')",
      "cat(info$format, has(modules), sep = '\n')"
    ),
    hub_example_model()
  )
  expect_equal(said, c("TF2 SavedModel", "FALSE"))
})

test_that("long lists of functions are cut", {
  expect_equal(shorten(letters[1:3], 2), c("a", "b", "  and 1 more"))
  expect_equal(shorten(letters[1:2], 2), c("a", "b"))
})

test_that("a module is described, too", {
  m <- fruit()
  expect_equal(hub_info(m), hub_info(hub_example_model()))
  expect_s3_class(hub_info(m), "hub_info")
})

test_that("a module of hub_module() is described by its files, if it has any", {
  skip_without_tensorflow()
  module <- conformance("batch_norm_variants")$folder
  m <- hub_module(module)
  expect_equal(hub_info(m), hub_info(module))
  expect_equal(summary(m), summary(hub_info(module)))
  fresh <- hub_module(hub_create_module_spec(function() {
    x <- tf$compat$v1$placeholder(tf$float32, shape(NULL))
    hub_add_signature(inputs = x, outputs = x)
  }))
  expect_snapshot(error = TRUE, {
    hub_info(fresh)
    summary(fresh)
  })
})

test_that("counts are as they are where R writes a comma for the point", {
  withr::local_options(OutDec = ",", warn = 2)
  expect_identical(count_of(1234567, "parameter"), "1,234,567 parameters")
  expect_identical(and_more(1234, "files", ""), "... and 1,234 more files")
})

test_that("what is amiss with a model's files is said, and all else described", {
  skip_without_tensorflow()
  folder <- withr::local_tempdir()
  model <- hub_example_model()
  file.copy(list.files(model, full.names = TRUE), folder, recursive = TRUE)
  writeLines("junk", file.path(folder, "variables", "variables.index"))
  info <- hub_info(folder)
  expect_match(info$problems, "not the index of a checkpoint")
  expect_identical(info$variables$count, NaN)
  expect_identical(info$signatures, hub_info(model)$signatures)
  printed <- format(info)
  expect_match(printed[[3]], "^Problem: .*variables.index")
  expect_no_match(printed[[2]], "variables")
  expect_match(format(summary(info))[[3]], "^Problem: ")
  expect_identical(hub_info(model)$problems, character())
})
