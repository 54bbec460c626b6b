#' Feature columns that embed with a module
#'
#' Each applies a module in the TF1 Hub format to a feature. They go where
#' TensorFlow's own dense columns go: `tf$compat$v1$feature_column$input_layer()`
#' in a graph, `DenseFeatures` of tf_keras, and the Estimators of TensorFlow
#' 2.15.
#'
#' - `hub_text_embedding_column()`: one text in each example, a feature string
#'   `[batch]` or `[batch, 1]`.
#' - `hub_sparse_text_embedding_column()`: any number of tokens in each example, a
#'   SparseTensor string `[batch, tokens]`, or such a tensor where `""` is no
#'   token. Each is embedded by itself.
#' - `hub_image_embedding_column()`: one image in each example, float32
#'   `[batch, height, width, channels]` in `[0, 1]`.
#'
#' @param key The name of the feature, a string; or another column that makes the
#'   feature, such as a `tf$feature_column$numeric_column()`.
#' @param module_spec A handle, as for [hub_resolve()], or a specification, from
#'   [hub_load_module_spec()] or [hub_create_module_spec()]. Its signature
#'   `default` gives float32 `[batch, k]`, of one input: string `[batch]` for
#'   texts, `images` for images.
#' @param trainable Whether the module is trained with the model.
#' @param combiner How an example's embeddings are combined: `"mean"`, `"sum"`, or
#'   `"sqrtn"`, their sum over the square root of their number.
#' @param default_value The token for an example that has none, a string; best is
#'   one that the module does not know. `NULL` makes such an example all zeros.
#' @param image_size Height and width in pixels, for parsing files of examples.
#'   `NULL`: [hub_expected_image_size()].
#' @return A Python object, a dense column of shape `[k]`.
#' @section Errors:
#' Those of [hub_load_module_spec()]; `tfhub_error_unfit_module`: the module
#' does not embed texts, or images, or does not say how large its images are.
#' `tfhub_error_input`: there is no such combiner.
#' @export
#' @examplesIf hub_is_installed()
#' \dontshow{
#' file <- tempfile()
#' writeLines(c("cat 1 0", "dog 0 1"), file)
#' handle <- hub_export_text_embedding(file, tempfile(), format = "tf1")
#' }
#' tf <- reticulate::import("tensorflow")
#' v1 <- tf$compat$v1
#' with(tf$Graph()$as_default(), {
#'   column <- hub_text_embedding_column("review", handle)
#'   features <- list(review = tf$constant(c("a cat", "cat and dog")))
#'   x <- v1$feature_column$input_layer(features, list(column))
#'   session <- v1$Session()
#'   session$run(list(v1$global_variables_initializer(), v1$tables_initializer()))
#'   session$run(x)
#' })
hub_text_embedding_column <- function(key, module_spec, trainable = FALSE) {
  check_key(key)
  module_spec <- as_spec_or_handle(module_spec)
  check_flag(trainable)
  with_py_errors({
    columns_core()$text_embedding_column(key, module_spec, trainable)
  })
}

# nolint start: object_length_linter.
#' @rdname hub_text_embedding_column
#' @export
hub_sparse_text_embedding_column <- function(
  key,
  module_spec,
  combiner,
  default_value,
  trainable = FALSE
) {
  check_key(key)
  module_spec <- as_spec_or_handle(module_spec)
  check_string(combiner)
  check_string(default_value, allow_null = TRUE)
  check_flag(trainable)
  with_py_errors({
    columns_core()$sparse_text_embedding_column(
      key,
      module_spec,
      combiner,
      default_value,
      trainable
    )
  })
}
# nolint end

#' @rdname hub_text_embedding_column
#' @export
hub_image_embedding_column <- function(key, module_spec, image_size = NULL) {
  check_key(key)
  module_spec <- as_spec_or_handle(module_spec)
  check_height_and_width(image_size, allow_null = TRUE)
  if (!is.null(image_size)) {
    image_size <- do.call(reticulate::tuple, as.list(as.integer(image_size)))
  }
  with_py_errors({
    columns_core()$image_embedding_column(key, module_spec, image_size)
  })
}

#' A feature column that embeds texts with a model of TensorFlow 2
#'
#' Goes into `DenseFeatures` of Keras 2. For modules in the TF1 Hub format there is
#' [hub_text_embedding_column()].
#'
#' @param key The name of the feature, a string: one text in each example, string
#'   `[batch]` or `[batch, 1]`.
#' @param module_path A handle, as for [hub_resolve()], of a model that gives
#'   float32 `[batch, k]` for string `[batch]`.
#' @param output_key The output to take, where there are several, a string.
#' @param trainable Whether the model is trained.
#' @return A Python object, a dense column of shape `[k]`.
#' @section Errors:
#' Those of [hub_load()]; `tfhub_error_unfit_module`: the model does not embed
#' texts, or gives several outputs. `tfhub_error_dependency`: there is no Keras 2.
#' @export
#' @examplesIf hub_is_installed() && reticulate::py_module_available("tf_keras")
#' file <- tempfile()
#' writeLines(c("cat 1 0", "dog 0 1"), file)
#' handle <- hub_export_text_embedding(file, tempfile())
#' column <- hub_text_embedding_column_v2("review", handle)
#'
#' tf_keras <- reticulate::import("tf_keras")
#' features <- tf_keras$layers$DenseFeatures(list(column))
#' reviews <- reticulate::import("tensorflow")$constant(c("a cat", "a dog"))
#' features(list(review = reviews))
hub_text_embedding_column_v2 <- function(
  key,
  module_path,
  output_key = NULL,
  trainable = FALSE
) {
  check_string(key)
  module_path <- absolute(as_handle(module_path))
  check_string(output_key, allow_null = TRUE)
  check_flag(trainable)
  columns_core()
  with_py_errors({
    core()$text_embedding_column_v2(key, module_path, output_key, trainable)
  })
}

# tf1/columns.py; see allow_columns() of tf1/bridge.py.
columns_core <- function(call = rlang::caller_env()) {
  core_tf1("bridge", call)$allow_columns()
  core_tf1("columns", call)
}

check_key <- function(x, call = rlang::caller_env()) {
  check_given(x, "the name of a feature, a single string", "key", call)
  if (!inherits(x, "python.builtin.object")) {
    check_string(x, arg = "key", call = call)
  }
}
