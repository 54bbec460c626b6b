# The table of the vignette "Conversion", whose rows are tests.
conversion_rows <- function(way) {
  file <- system.file("conversion.csv", package = "tfhub")
  rows <- utils::read.csv(
    file,
    colClasses = "character",
    encoding = "UTF-8",
    na.strings = character()
  )
  rows[rows$way == way, ]
}

# A model with a function for each wanted input, which gives it back: f1, f2, ...
local_echoes <- function(wanted, env = parent.frame()) {
  code <- "
def save(wanted, path):
  import re, tensorflow as tf
  def spec(text):
    if text.startswith('{'):
      parts = re.findall(r'(\\w+): ([^{}]*?\\])', text)
      return {name: spec(part) for name, part in parts}
    kind, dtype, shape = re.fullmatch(r'(?:(\\w+) )?(\\w+)\\[(.*)\\]', text).groups()
    sizes = [None if size == '?' else int(size) for size in shape.split(', ') if size]
    if kind == 'ragged':
      return tf.RaggedTensorSpec(sizes, getattr(tf, dtype), len(sizes) - 1)
    kind = tf.SparseTensorSpec if kind else tf.TensorSpec
    return kind(sizes, getattr(tf, dtype))
  model = tf.Module()
  for i, text in enumerate(wanted, 1):
    function = tf.function(lambda x: x, input_signature=[spec(text)])
    setattr(model, f'f{i}', function)
  tf.saved_model.save(model, path)
"
  path <- withr::local_tempdir(.local_envir = env)
  reticulate::py_run_string(code, local = TRUE)$save(as.list(wanted), path)
  hub_load(path)
}

# A tensor as the table shows it.
shown <- function(tensor) {
  code <- "
def shown(x, again):
  def text(x):
    if isinstance(x, list):
      return [text(item) for item in x]
    try:
      return x.decode() if isinstance(x, bytes) and b'\\0' not in x else x
    except UnicodeDecodeError:
      return x
  if isinstance(x, dict):
    return {name: again(value, again) for name, value in sorted(x.items())}
  if hasattr(x, 'dense_shape'):
    cells = [tuple(cell) for cell in x.indices.numpy().tolist()]
    values = dict(zip(cells, x.values.numpy().tolist()))
    return f'{values} of shape {x.shape.as_list()}'
  if hasattr(x, 'to_list'):
    return text(x.to_list())
  value = text(x.numpy().tolist() if hasattr(x.numpy(), 'tolist') else x.numpy())
  empty = x.shape.rank > 1 and not x.shape.num_elements()
  return f'[] of shape {x.shape.as_list()}' if empty else value
def show(x, shown):
  return str(shown(x, shown))
"
  python <- reticulate::py_run_string(code, local = TRUE)
  python$show(tensor, python$shown)
}

# A model that gives the value of the Python code of row i for list(row_i = array(0)).
local_outputs <- function(given, env = parent.frame()) {
  code <- "
def save(given, path):
  import tensorflow as tf
  class Model(tf.Module):
    @tf.function
    def __call__(self, x):
      return eval(given[int(next(iter(x)).removeprefix('row_')) - 1], {'tf': tf})
  model = Model()
  for i in range(len(given)):
    row = {f'row_{i + 1}': tf.TensorSpec([1])}
    model.__call__.get_concrete_function(row)
  tf.saved_model.save(model, path)
"
  path <- withr::local_tempdir(.local_envir = env)
  reticulate::py_run_string(code, local = TRUE)$save(as.list(given), path)
  hub_load(path)
}

# A failure says which row it is.
expect_row <- function(rows, i, got, wanted) {
  row <- rows[i, ]
  what <- sprintf("row %s: %s, %s", rownames(row), row$given, row$wanted)
  expect_identical(got, wanted, info = what)
}

# The value, or "error: " and the wanted part of its message where it is there.
or_error <- function(code, wanted) {
  tryCatch(code, tfhub_error = function(error) {
    message <- conditionMessage(error)
    part <- sub("^error: ", "", wanted)
    if (grepl(part, message, fixed = TRUE)) wanted else message
  })
}
