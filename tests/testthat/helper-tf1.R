# Modules in the TF1 Hub format.

v1 <- function() {
  reticulate::import("tensorflow")$compat$v1
}

# Evaluates code in a new graph of TensorFlow 1.
in_graph <- function(code) {
  skip_without_tensorflow()
  tf <- reticulate::import("tensorflow")
  with(tf$Graph()$as_default(), code)
}

# Runs tensors in a new session, whose variables are those that were published.
run_fresh <- function(tensors) {
  session <- fresh_session()
  on.exit(session$close())
  session$run(tensors)
}

fresh_session <- function() {
  session <- v1()$Session()
  session$run(list(
    v1()$global_variables_initializer(),
    v1()$tables_initializer()
  ))
  session
}

# The documentation's example: two dense layers, and an output for each.
two_layers <- function() {
  tf <- reticulate::import("tensorflow", convert = FALSE)
  v1 <- tf$compat$v1
  dense <- function(x, size, units, name) {
    values <- matrix(seq_len(size * units) / 100, size, byrow = TRUE)
    kernel <- v1$get_variable(
      paste0(name, "/kernel"),
      list(size, units),
      initializer = v1$constant_initializer(values)
    )
    bias <- v1$get_variable(
      paste0(name, "/bias"),
      list(units),
      initializer = v1$zeros_initializer()
    )
    tf$nn$bias_add(tf$matmul(x, kernel), bias)
  }
  inputs <- v1$placeholder(tf$float32, list(NULL, 50L))
  layer1 <- dense(inputs, 50L, 20L, "layer1")
  layer2 <- dense(layer1, 20L, 10L, "layer2")
  hub_add_signature(
    inputs = inputs,
    outputs = list(default = layer2, hidden_activations = layer1)
  )
}

# The same in Python; returns the folder.
two_layers_in_python <- function(path) {
  code <- "
def export(path):
  import numpy as np, tensorflow as tf, tfhub as hub
  v1 = tf.compat.v1
  def dense(x, size, units, name):
    values = np.arange(1, size * units + 1).reshape(size, units) / 100
    kernel = v1.get_variable(
      name + '/kernel', [size, units], initializer=v1.constant_initializer(values))
    bias = v1.get_variable(
      name + '/bias', [units], initializer=v1.zeros_initializer())
    return tf.nn.bias_add(tf.matmul(x, kernel), bias)
  def two_layers():
    inputs = v1.placeholder(tf.float32, [None, 50])
    layer1 = dense(inputs, 50, 20, 'layer1')
    layer2 = dense(layer1, 20, 10, 'layer2')
    hub.add_signature(
      inputs=inputs, outputs={'default': layer2, 'hidden_activations': layer1})
  return hub.create_module_spec(two_layers).export(path)
"
  core()
  reticulate::py_run_string(code, local = TRUE)$export(path)
}

# A module with one variable, `scale`, that is 2: y = scale * x.
scale_spec <- function() {
  skip_without_tensorflow()
  hub_create_module_spec(function() {
    x <- v1()$placeholder("float32", list(NULL))
    scale <- v1()$get_variable("scale", initializer = 2)
    hub_add_signature(inputs = x, outputs = v1()$multiply(x, scale))
  })
}

# Texts of cats and dogs to vectors of length 2.
text_module <- function(env = parent.frame()) {
  skip_without_tensorflow()
  folder <- withr::local_tempdir(.local_envir = env)
  file <- file.path(folder, "vectors.txt")
  writeLines(c("cat 1 0", "dog 0 2"), file)
  hub_export_text_embedding(file, file.path(folder, "text"), format = "tf1")
}

# The folder of a conformance module and the cases that it has to satisfy. They are in
# the source tree, beside the tests of Python.
conformance <- function(name, env = parent.frame()) {
  skip_without_tensorflow()
  data <- test_path("..", "python", "data", "tf1")
  skip_if_not(dir.exists(data), "the conformance modules are not here")
  folder <- withr::local_tempdir(.local_envir = env)
  utils::untar(file.path(data, paste0(name, ".tar.gz")), exdir = folder)
  read <- "
def read(path):
  import json, pathlib, numpy as np
  def arrays(x):
    if isinstance(x, dict) and list(x) == ['sparse']:
      return x
    if isinstance(x, dict):
      return {name: arrays(value) for name, value in x.items()}
    return np.array(x) if isinstance(x, list) else x
  cases = json.loads(pathlib.Path(path).read_text('utf-8'))['cases']
  return [{**c, 'inputs': arrays(c['inputs']), 'outputs': arrays(c['outputs'])}
          for c in cases]"
  file <- file.path(data, paste0(name, ".json"))
  cases <- reticulate::py_run_string(read, local = TRUE)$read(file)
  list(folder = folder, cases = cases)
}

# A value of a case as somebody would write it in R.
as_input <- function(value) {
  if (is_sparse(value)) {
    do.call(reticulate::import("tensorflow")$SparseTensor, value$sparse)
  } else if (is.list(value)) {
    if (length(value)) lapply(value, as_input)
  } else {
    from_python(value)
  }
}

# What a case expects as predict() gives it.
as_output <- function(value) {
  if (!is_sparse(value)) {
    return(from_python(value))
  }
  dense <- array(0, unlist(value$sparse[[3]]))
  at <- do.call(rbind, lapply(value$sparse[[1]], unlist)) + 1
  dense[at] <- unlist(value$sparse[[2]])
  dense
}

is_sparse <- function(value) {
  identical(names(value), "sparse")
}

# Runs a list of tensors as run_fresh() does; gives what predict() would: text decoded,
# sparse tensors dense.
run_decoded <- function(tensors) {
  code <- "
def run(session, tensors):
  import numpy as np
  def one(x):
    if hasattr(x, 'dense_shape'):
      dense = np.zeros(x.dense_shape, x.values.dtype)
      dense[tuple(x.indices.T)] = x.values
      return dense
    return x.decode() if isinstance(x, bytes) else x
  return {name: one(value) for name, value in session.run(tensors).items()}"
  session <- fresh_session()
  on.exit(session$close())
  from_python(reticulate::py_run_string(code, local = TRUE)$run(
    session,
    tensors
  ))
}

# The same of tensors that have values.
decoded <- function(tensors) {
  to_numpy <- reticulate::import("tfhub.runtime.batching")$to_numpy
  lapply(tensors, function(tensor) from_python(to_numpy(tensor)))
}

# Expects a bar of cli. Where no terminal is, cli draws one only every few seconds.
expect_bar <- function(code, what) {
  withr::local_envvar(TFHUB_DOWNLOAD_PROGRESS = "1")
  withr::local_options(cli.progress_show_after = -1)
  while (!cli::`__cli_update_due`) {
    Sys.sleep(0.1)
  }
  expect_message(code, paste0(what, ".*kB"), class = "cliMessage")
}
