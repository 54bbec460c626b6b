# The folder of local_model() has no name of its own.
scrub_model <- function(lines) {
  gsub("<tmp>/[^ ,:]*", "<model>", scrub(lines))
}

# What a step that embeds `text` by this model says or gives.
embedded <- function(model, ...) {
  skip_if_not_installed("recipes")
  recipe <- recipes::recipe(~text, data.frame(text = c("ab", "c")))
  recipe <- step_pretrained_text_embedding(recipe, text, handle = model, ...)
  as.matrix(recipes::juice(recipes::prep(recipe)))
}

test_that("a model is loaded once in a process, for the same arguments", {
  skip_without_tensorflow()
  first <- module_once(hub_example_model(), NULL)
  expect_identical(module_once(hub_example_model(), NULL), first)
  tagged <- module_once(hub_example_model(), list(tags = "serve"))
  expect_false(identical(module_self(tagged), module_self(first)))
})

test_that("one number a text is one column", {
  model <- local_model(
    "@tf.function(input_signature=[tf.TensorSpec([None], tf.string)])
def __call__(self, text):
  return tf.strings.length(text)"
  )
  expect_equal(unname(embedded(model)), cbind(c(2, 1)))
})

test_that("an output is chosen by name", {
  model <- local_model(
    "@tf.function(input_signature=[tf.TensorSpec([None], tf.string)])
def __call__(self, text):
  n = tf.cast(tf.strings.length(text), tf.float32)
  return {
    'pooled': tf.stack([n, -n], axis=1),
    'sequence': tf.zeros([tf.size(text), 4, 2]),
    'upper': tf.strings.upper(text),
  }"
  )
  pooled <- unname(embedded(model, output = "pooled"))
  expect_equal(pooled, cbind(c(2, 1), c(-2, -1)))
  expect_snapshot(error = TRUE, transform = scrub_model, {
    embedded(model)
    embedded(model, output = "sequence")
    embedded(model, output = "upper")
    embedded(model, output = "mean")
  })
})

test_that("a signature is chosen by name", {
  code <- "@tf.function(input_signature=[tf.TensorSpec([None], tf.int64)])
def __call__(self, ids):
  return tf.cast(ids, tf.float32)
@tf.function(input_signature=[tf.TensorSpec([None], tf.string)])
def embed(self, text):
  n = tf.cast(tf.strings.length(text), tf.float32)
  return {'first': n, 'second': -n}
@tf.function(input_signature=[tf.SparseTensorSpec([None, None], tf.string)])
def tokens(self, x):
  n = tf.sparse.map_values(tf.strings.length, x)
  return {'default': tf.sparse.reduce_max(n, 1)}
def to_sign(self):
  return {'embed': self.embed, 'tokens': self.tokens}"
  model <- local_model(code)
  second <- unname(embedded(model, signature = "embed", output = "second"))
  expect_equal(second, cbind(c(-2, -1)))
  expect_snapshot(error = TRUE, transform = scrub_model, {
    embedded(model)
    embedded(model, signature = "embed")
    embedded(model, signature = "tokens")
    embedded(model, signature = "words")
  })
})

test_that("a module of the TF1 Hub format is applied by its default signature", {
  skip_without_tensorflow()
  file <- withr::local_tempfile(lines = c("ab 1 0", "c 0 1"))
  for (format in c("tf1", "tf2")) {
    path <- withr::local_tempfile()
    hub_export_text_embedding(file, path, format = format)
    expect_equal(unname(embedded(path)), diag(2))
    expect_equal(
      unname(embedded(path, output = if (format == "tf1") "default")),
      diag(2)
    )
  }
})

test_that("a model that became another one is noticed", {
  env <- environment()
  width <- function(n) {
    code <- "@tf.function(input_signature=[tf.TensorSpec([None], tf.string)])
def __call__(self, text):
  return tf.zeros([tf.size(text), %d])"
    local_model(sprintf(code, n), env)
  }
  skip_if_not_installed("recipes")
  recipe <- recipes::recipe(~text, data.frame(text = "a"))
  recipe <- step_pretrained_text_embedding(recipe, text, handle = width(3))
  recipe <- recipes::prep(recipe)
  recipe$steps[[1]]$handle <- width(2)
  error <- expect_error(
    recipes::bake(recipe, data.frame(text = "b")),
    class = "tfhub_error_output"
  )
  expect_match(conditionMessage(error), "2 numbers for a text, and gave 3")
})
