#' Use a model as a Keras layer
#'
#' `layer_hub()` makes a model into a layer, which can be frozen or trained, and is
#' saved with the Keras model that it is part of. The layer belongs to the same Keras
#' as `object`: Keras 3 or Keras 2. It works with the R packages keras3 and keras,
#' and without them.
#'
#' @param object What to add the layer to:
#'   - a Sequential model;
#'   - a tensor of a functional model, or a list of such, to which the layer is
#'     applied; or values, as in a [call of a module][hub_load()];
#'   - nothing, for a layer alone, which can be applied later, more than once.
#' @param handle What names the model: see [hub_resolve()]; or a module of
#'   [hub_load()], or any other Python callable, with which the Keras model cannot
#'   be saved.
#' @param trainable Whether the model's variables are trained.
#' @param arguments A named list of further arguments for the model's call, or
#'   `NULL`.
#' @param ... Further arguments for the layer, by name:
#'   - `tags`: see [hub_load()].
#'   - `signature`: the signature to apply, and `output_key`: which of its outputs to
#'     give, or `signature_outputs_as_dict = TRUE` for all of them.
#'   - `output_shape`: the shape of the output without the batch, where the model
#'     does not say.
#'   - `load_options`: see `options` of [hub_load()].
#'   - `embed = TRUE` saves the model within the Keras model.
#'   - `name`, `dtype` and `input_shape`, as for any layer. Shapes leave out the
#'     batch, and are written as in R: `c(224, 224, 3)`; `c(NA, 3)` or `list(NULL, 3)`
#'     where one is not fixed; `list()` for a batch of single values, such as text.
#' @return The Sequential model with the layer added to it; or the tensors that the
#'   layer gives; or the layer. All of them are Python objects. A layer alone takes
#'   values as a [call of a module][hub_load()] does, and its errors are ours.
#' @section Text:
#' The input is of `dtype = "string"` and shape `list()`. The `fit()` of the R
#' packages keras3 and keras takes character vectors, and for several columns a list
#' or data frame with the names of the inputs: `fit(model, text, y)`. Without those
#' packages a vector reaches Keras as a list of Python, and Keras 3 takes only
#' arrays: `model$fit(as.array(text), as.array(y))`. It takes no matrix of text.
#' @section Loading a saved model again:
#' A saved Keras model keeps the handle of the layer's model, or with `embed = TRUE`
#' the model itself. That model is a program, so a file alone may not bring it in:
#'
#' - In a new session, call [hub_custom_objects()] first: it lets Keras know the layer.
#' - Keras' safe mode is on by default. Under it the layer's model is loaded only if
#'   you trust it; otherwise loading ends in an error that says how to trust it.
#' - [hub_trust()] trusts one model until the session ends, by its digest or by the
#'   handle of a model that is on this machine. An embedded model has a digest of its
#'   own: `layer$get_config()$embed$sha256`, as it is where the model was saved.
#' - The environment variable `TFHUB_TRUSTED` trusts all models from some places, such
#'   as `https://hub.example.com/` or a folder, but none that are embedded.
#' - For a `.keras` file that you made yourself, `safe_mode = FALSE` does as well.
#'   Files in the old format (`.h5`) and JSON have no safe mode, and ask the same
#'   question. Those of the old library are an exception, which the vignette describes.
#'
#' `keras$models$load_model()` is a function of Python: its error has our words, and
#' the class that reticulate gives it, not `tfhub_error`.
#'
#' `vignette("trust-and-security", "tfhub")` says what this protects from.
#' @section Errors:
#' Those of [hub_load()]; `tfhub_error_layer` (the arguments contradict each
#' other), `tfhub_error_other_keras` (a model of the other Keras) and
#' `tfhub_error_symbolic_input` (the model takes no such tensors).
#' @export
#' @examplesIf hub_is_installed()
#' keras <- reticulate::import("tensorflow")$keras
#' handle <- hub_example_model()
#'
#' # In a Sequential model
#' model <- keras$Sequential() |>
#'   layer_hub(handle, trainable = TRUE, input_shape = 3)
#' model$add(keras$layers$Dense(1L))
#' model$summary()
#'
#' # In a functional model
#' input <- keras$Input(list(3L))
#' output <- input |> layer_hub(handle)
#' keras$Model(input, output)$predict(matrix(1:6, 2))
#'
#' # Alone
#' sums <- layer_hub(handle = handle, name = "sums")
#' sums(matrix(1:6, 2))
layer_hub <- function(
  object,
  handle,
  trainable = FALSE,
  arguments = NULL,
  ...
) {
  call <- rlang::current_env()
  check_handle_of_layer(object, handle, call)
  check_flag(trainable)
  check_named_list(arguments, allow_null = TRUE)
  further <- rlang::list2(...)
  if (!rlang::is_named2(further)) {
    abort_argument("...", "arguments with names", further, call)
  }
  object <- if (!missing(object)) to_python(object, "`object`", call)
  result <- with_py_errors(call = call, {
    rlang::exec(
      keras_bridge(call)$layer_hub,
      object,
      layer_handle(handle, call),
      trainable = trainable,
      arguments = if (!is.null(arguments)) as_dict(arguments),
      !!!layer_arguments(further, call)
    )
  })
  if (is.null(object)) guarded(result, arguments_to_python) else result
}

# A handle alone would be taken for what the layer is added to.
check_handle_of_layer <- function(object, handle, call) {
  if (missing(handle) && !missing(object) && rlang::is_string(object)) {
    abort_hub(
      inline(
        "{.arg handle} must be given: the first argument is {.arg object}."
      ),
      hint = inline(paste(
        "A layer alone is {.code layer_hub(handle = \"...\")}, and one of a model",
        "is {.code layer_hub(model, \"...\")}."
      )),
      class = "tfhub_error_argument",
      call = call
    )
  }
  check_given(handle, wanted_handle, "handle", call)
}

# The functions of keras/bridge.py.
keras_bridge <- function(call) {
  start_python(call)
  pass_environment()
  with_py_errors(call = call, reticulate::import("tfhub.keras.bridge"))
}

layer_handle <- function(handle, call) {
  if (inherits(handle, python_classes)) handle else as_handle(handle, call)
}

# As Python wants them: whole numbers as integers, shapes as lists.
layer_arguments <- function(args, call) {
  for (name in c("signature", "output_key", "name")) {
    check_string(args[[name]], allow_null = TRUE, arg = name, call = call)
  }
  check_flag(
    args$signature_outputs_as_dict,
    allow_null = TRUE,
    arg = "signature_outputs_as_dict",
    call = call
  )
  check_options(args$load_options, arg = "load_options", call = call)
  shapes <- intersect(names(args), c("input_shape", "output_shape"))
  for (name in shapes) {
    args[[name]] <- as_shape(args[[name]], name, call)
  }
  if (!is.null(args$tags)) {
    args$tags <- as.list(args$tags)
  }
  if (is.list(args$load_options)) {
    args$load_options <- bridge_raw(call)$load_options(as_dict(
      args$load_options
    ))
  }
  args
}

# A shape as a list of integers and NULL; several shapes as a list of those.
as_shape <- function(x, arg, call) {
  if (is.null(x) || inherits(x, "python.builtin.object")) {
    return(x)
  }
  if (!is.list(x) && !is.atomic(x)) {
    abort_argument(arg, "a shape, such as c(224, 224, 3)", x, call)
  }
  dimensions <- as.list(unclass(x))
  is_shape <- is.null(names(x)) && all(vapply(dimensions, is_dimension, NA))
  if (is_shape) {
    lapply(dimensions, function(d) if (!is.null(d) && !is.na(d)) as.integer(d))
  } else if (is.list(x)) {
    lapply(dimensions, as_shape, arg, call)
  } else {
    abort_argument(arg, "a shape, such as c(224, 224, 3)", x, call)
  }
}

is_dimension <- function(x) {
  is.null(x) ||
    (is.atomic(x) && identical(is.na(x), TRUE)) ||
    rlang::is_scalar_integerish(x, finite = TRUE)
}

#' Let Keras know the layer
#'
#' A saved Keras model with a layer of [layer_hub()] names a layer that Keras does not
#' know in a new session until this is called. Whether the layer's model is trusted is
#' another question: see [hub_trust()].
#'
#' @return `list(KerasLayer = )`, the layer's class, a Python object: what the argument
#'   `custom_objects` takes that files of the old library need.
#' @section Errors:
#' `tfhub_error_dependency`: there is no Keras.
#' @seealso [layer_hub()]
#' @export
#' @examplesIf hub_is_installed()
#' keras <- reticulate::import("tensorflow")$keras
#' hub_trust(hub_info(hub_example_model(), digest = TRUE)$tree)
#' model <- keras$Sequential() |>
#'   layer_hub(hub_example_model(), input_shape = 3)
#' file <- tempfile(fileext = ".keras")
#' model$save(file)
#'
#' # In another session
#' layers <- hub_custom_objects()
#' keras$models$load_model(file, custom_objects = layers)$predict(matrix(1:6, 2))
hub_custom_objects <- function() {
  call <- rlang::current_env()
  list(KerasLayer = with_py_errors(call = call, core(call)$KerasLayer))
}
