#' Read images from files
#'
#' Reads files of images into one array, as image models take it. JPEG, PNG, GIF
#' (its first frame), BMP and, where TensorFlow does, WebP.
#'
#' TensorFlow decodes them (`tf$io$decode_image()`) and resizes them
#' (`tf$image$resize()`, bilinear, with `antialias = TRUE`), which keeps no ratio
#' of height to width. What a camera notes on how it was held (EXIF) is not looked
#' at. The header of each file is read first: what claims more than 100 million
#' pixels is not decoded.
#'
#' @param paths Paths of files, a character vector; `~` is the home folder.
#' @param size Height and width in pixels, or one number for both; or a module that
#'   says how large its images are, all that [hub_expected_image_size()] takes: a
#'   module of [hub_load()], a handle, a specification. `NULL` leaves them as they
#'   are, which is possible where all have the same size.
#' @param channels 3 is RGB, 1 is grey, 4 is RGB with opacity. An image with other
#'   channels is converted; opacity is left out, or is full.
#' @param scale Whether the values are from 0 to 1, or as they are in the file, from
#'   0 to 255, rounded where the image was resized.
#' @return An array `[image, row, column, channel]` of numbers, in the order of
#'   `paths`. `as.raster(images[1, , , ])` is the first as R plots it, where there
#'   are 3 channels and `scale` is `TRUE`.
#' @section Errors:
#' `tfhub_error_image_file`: files are missing, damaged, no images, or larger than
#' 100 million pixels or 256 MiB, and it names each; or they differ in size, and
#' `size` is `NULL`. Those of [hub_expected_image_size()], where `size` is a module.
#' @seealso [hub_load()] to apply a model to them.
#' @export
#' @examplesIf hub_is_installed()
#' file <- tempfile(fileext = ".png")
#' tf <- reticulate::import("tensorflow", convert = FALSE)
#' pixels <- tf$fill(c(60L, 40L, 3L), tf$constant(51L, "uint8"))
#' tf$io$write_file(file, tf$io$encode_png(pixels))
#'
#' images <- hub_read_images(c(file, file), size = c(30, 20))
#' dim(images)
#' range(images)
hub_read_images <- function(paths, size = NULL, channels = 3, scale = TRUE) {
  check_strings(paths)
  size <- as_image_size(size)
  if (
    !is.numeric(channels) || length(channels) != 1 || !channels %in% c(1, 3, 4)
  ) {
    abort_argument("channels", "1, 3 or 4", channels, rlang::current_env())
  }
  check_flag(scale)
  images <- with_py_errors({
    read <- core()$read_images(
      as_handles(paths),
      size,
      channels = as.integer(channels),
      scale = scale
    )
    r_value(read)
  })
  storage.mode(images) <- "double"
  images
}

# Height and width, or what tells them.
as_image_size <- function(size, call = rlang::caller_env()) {
  if (is.null(size)) {
    return(NULL)
  }
  if (
    inherits(size, c("hub_module", "hub_module_spec")) || is.character(size)
  ) {
    return(as_module_or_spec(size, call))
  }
  wanted <- "height and width in pixels, one number for both, a module, or NULL"
  check_height_and_width(size, wanted, least = 1, call = call)
  as.list(as.integer(rep_len(size, 2)))
}

#' Find what images a module expects
#'
#' A module that follows the common signatures for images takes float32
#' `[batch, height, width, channels]` in `[0, 1]`. These functions say how large
#' the images have to be, and how many channels they have.
#'
#' @param module A handle, as for [hub_resolve()], a module of [hub_load()] or
#'   [hub_module()], or a specification.
#' @param signature The signature to look at, a string. `NULL` is the model's own
#'   call, or else its default signature; of a module in the TF1 Hub format,
#'   `"default"`.
#' @param input_name Its input that takes images, a string. `NULL` is `"images"`, or
#'   else the only input that has four dimensions.
#' @return `hub_expected_image_size()`: an integer vector of height and width in
#'   pixels, from the message that is attached to the module, or else from the
#'   shape of the input. `hub_num_image_channels()`: an integer; 3 is RGB.
#' @section Errors:
#' `tfhub_error_unfit_module`: the module does not say, or has no such input.
#' `tfhub_error_signature_not_found`: there is no such signature.
#' @export
#' @examplesIf hub_is_installed()
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
  input_name = NULL
) {
  module <- as_module_or_spec(module)
  check_string(signature, allow_null = TRUE)
  check_string(input_name, allow_null = TRUE)
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
  input_name = NULL
) {
  module <- as_module_or_spec(module)
  check_string(signature, allow_null = TRUE)
  check_string(input_name, allow_null = TRUE)
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
#' @examplesIf hub_is_installed()
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
  check_given(image_module_info, "height and width in pixels, c(224, 224)")
  size <- image_module_info
  if (!inherits(size, "python.builtin.object")) {
    wanted <- "height and width in pixels, or an ImageModuleInfo"
    check_height_and_width(size, wanted, arg = "image_module_info")
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

# What Python takes: a handle that was resolved, the loaded model, or a specification.
as_module_or_spec <- function(module, call = rlang::caller_env()) {
  check_given(module, "a handle, a module or a specification", call = call)
  if (inherits(module, "hub_module")) {
    live_model(module_self(module), call)
  } else {
    as_spec_or_handle(module, "module", call)
  }
}
