#' Find what images a module expects
#'
#' A module that follows the common signatures for images takes float32
#' `[batch, height, width, channels]` in `[0, 1]`. These functions say how large
#' the images have to be, and how many channels they have.
#'
#' @param module A module in the TF1 Hub format: a handle, as for
#'   [hub_resolve()], a specification, or a module of [hub_module()] or
#'   [hub_load()].
#' @param signature The signature to look at, a string; `NULL` is `"default"`.
#' @param input_name Its input that takes images, a string.
#' @return `hub_expected_image_size()`: an integer vector of height and width in
#'   pixels, from the message that is attached to the module, or else from the
#'   shape of the input. `hub_num_image_channels()`: an integer; 3 is RGB.
#' @section Errors:
#' `tfhub_error_unfit_module`: the module does not say, or has no such input.
#' `tfhub_error_signature_not_found`: there is no such signature.
#' @export
#' @examplesIf tfhub:::can_run_examples()
#' tf <- reticulate::import("tensorflow", convert = FALSE)
#' spec <- hub_create_module_spec(function() {
#'   images <- tf$compat$v1$placeholder(tf$float32, list(NULL, 16L, 12L, 3L))
#'   means <- tf$reduce_mean(images, list(1L, 2L))
#'   hub_add_signature(inputs = list(images = images), outputs = means)
#' })
#' hub_expected_image_size(spec)
#' hub_num_image_channels(spec)
hub_expected_image_size <- function(
  module,
  signature = NULL,
  input_name = "images"
) {
  module <- as_module_or_spec(module)
  check_string_or_null(signature)
  check_string(input_name)
  with_py_errors({
    size <- core()$get_expected_image_size(module, signature, input_name)
    as.integer(r_value(size))
  })
}

#' @rdname hub_expected_image_size
#' @export
hub_num_image_channels <- function(
  module,
  signature = NULL,
  input_name = "images"
) {
  module <- as_module_or_spec(module)
  check_string_or_null(signature)
  check_string(input_name)
  with_py_errors({
    count <- core()$get_num_image_channels(module, signature, input_name)
    as.integer(r_value(count))
  })
}

#' Say what images a module expects
#'
#' Called within the function that [hub_create_module_spec()] takes, it attaches
#' the size of images to the module, for [hub_expected_image_size()]. This helps
#' where the shape of its input leaves height and width open.
#'
#' @param image_module_info Height and width in pixels, two whole numbers; or the
#'   message, a Python object of the class `tfhub.ImageModuleInfo`.
#' @return Nothing.
#' @export
#' @examplesIf tfhub:::can_run_examples()
#' tf <- reticulate::import("tensorflow", convert = FALSE)
#' spec <- hub_create_module_spec(function() {
#'   images <- tf$compat$v1$placeholder(tf$float32, list(NULL, NULL, NULL, 3L))
#'   hub_attach_image_module_info(c(224, 224))
#'   hub_add_signature(
#'     inputs = list(images = images),
#'     outputs = tf$reduce_mean(images, list(1L, 2L))
#'   )
#' })
#' hub_expected_image_size(spec)
hub_attach_image_module_info <- function(image_module_info) {
  size <- image_module_info
  if (!inherits(size, "python.builtin.object")) {
    if (!rlang::is_integerish(size, n = 2, finite = TRUE) || any(size < 1)) {
      wanted <- "height and width in pixels, or an ImageModuleInfo"
      abort_argument("image_module_info", wanted, size, rlang::current_env())
    }
    size <- core()$ImageModuleInfo(
      default_image_size = list(
        height = as.integer(size[[1]]),
        width = as.integer(size[[2]])
      )
    )
  }
  with_py_errors(core()$attach_image_module_info(size))
  invisible()
}

as_module_or_spec <- function(module, call = rlang::caller_env()) {
  if (!inherits(module, "hub_module")) {
    spec <- as_spec_or_handle(module, "module", call)
    return(if (is.character(spec)) load_spec(spec, call) else spec)
  }
  self <- module_self(module)
  if (is.null(self$tf1)) {
    load_spec(as_given(self$handle, call), call)
  } else {
    live_model(self, call)
  }
}
