# Models that stand for those which the old package's documentation downloads.

# A hub on loopback with them, in the place of tfhub.dev until the end of the test.
local_tfhub_dev <- function(..., env = parent.frame()) {
  host <- local_host(env)
  models <- list(...)
  for (path in names(models)) {
    host$add(path, models[[path]])
  }
  mirror <- paste0("https://tfhub.dev/=", url_of(host, "/"))
  withr::local_envvar(TFHUB_MIRROR = mirror, .local_envir = env)
  host
}

# Images of 224 x 224 pixels to so many numbers, as a MobileNet does; made once.
mobilenet <- function(units) {
  skip_without_tensorflow()
  name <- paste0("mobilenet", units)
  if (is.null(the_tests[[name]])) {
    code <- "
def save(path, units):
  import tensorflow as tf
  class MobileNet(tf.Module):
    def __init__(self):
      super().__init__()
      values = tf.reshape(tf.range(3.0 * units), [3, units]) / units
      self.kernel = tf.Variable(values, name='kernel')
      self.mean = tf.Variable(tf.zeros([3]), name='mean', trainable=False)
      self.regularization_losses = [self.penalty]
    @tf.function
    def penalty(self):
      return 0.01 * tf.nn.l2_loss(self.kernel)
    @tf.function
    def __call__(self, x, training=False):
      y = tf.reduce_mean(x, [1, 2])
      if training:
        self.mean.assign(0.9 * self.mean + 0.1 * tf.reduce_mean(y, 0))
      return (y - self.mean) @ self.kernel
  model = MobileNet()
  image = tf.TensorSpec([None, 224, 224, 3], tf.float32)
  for training in False, True:
    model.__call__.get_concrete_function(image, training=training)
  model.penalty.get_concrete_function()
  tf.saved_model.save(model, path)
  return path
"
    core()
    save <- reticulate::py_run_string(code, local = TRUE)$save
    the_tests[[name]] <- save(tempfile(name), as.integer(units))
  }
  the_tests[[name]]
}

# Texts to 20 numbers.
swivel <- function(format = "tf2") {
  skip_without_tensorflow()
  name <- paste0("swivel_", format)
  if (is.null(the_tests[[name]])) {
    words <- c("hi", "goodbye", "cat", "dog", "good", "bad")
    vectors <- vapply(
      seq_along(words),
      function(i) paste(round(sin(i * 1:20), 3), collapse = " "),
      ""
    )
    file <- withr::local_tempfile(lines = paste(words, vectors))
    the_tests[[name]] <-
      hub_export_text_embedding(file, tempfile(name), format = format)
  }
  the_tests[[name]]
}

# The BigGAN of the example, and the ProGAN of the vignette, in small.
gan <- function(name) {
  skip_without_tensorflow()
  if (is.null(the_tests[[name]])) {
    tf <- reticulate::import("tensorflow", convert = FALSE)
    v1 <- tf$compat$v1
    placeholder <- function(...) v1$placeholder(tf$float32, list(...))
    images <- function(x, size) {
      weights <- v1$get_variable("weights", initializer = rep(0.1, 3))
      batch <- tf$gather(tf$shape(x), 0L)
      one <- tf$multiply(tf$reduce_mean(x, axis = 1L, keepdims = TRUE), weights)
      shape <- tf$stack(list(batch, 1L, 1L, 3L))
      tf$tile(tf$tanh(tf$reshape(one, shape)), list(1L, size, size, 1L))
    }
    spec <- hub_create_module_spec(function() {
      if (name == "biggan") {
        y <- placeholder(NULL, 1000L)
        z <- placeholder(NULL, 128L)
        truncation <- placeholder()
        hub_add_signature(
          inputs = list(y = y, z = z, truncation = truncation),
          outputs = images(
            tf$concat(list(y, tf$multiply(z, truncation)), 1L),
            256L
          )
        )
      } else {
        latent <- placeholder(NULL, 512L)
        hub_add_signature(inputs = latent, outputs = images(latent, 128L))
      }
    })
    the_tests[[name]] <- hub_export(spec, tempfile(name))
  }
  the_tests[[name]]
}
