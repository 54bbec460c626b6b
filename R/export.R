#' Write a model
#'
#' Exports a model to a folder that [hub_load()] reads, in R and in Python, and
#' that can be packed and served: see [hub_pack()] and [hub_serve()].
#'
#' A Keras model or a `tf$Module` becomes a reusable SavedModel, which has the call
#' of the model (also with `training = TRUE` where it takes that), `variables`,
#' `trainable_variables` and `regularization_losses`. So [layer_hub()] can train it
#' further. Functions and attributes are kept under
#' their names. The signature `serving_default` is the call; its output is
#' `default`, or those of a list with names.
#'
#' A specification, or a module of [hub_module()], is written in the TF1 Hub
#' format, which all libraries for it can read. Exported twice, the same module
#' gives the same bytes.
#'
#' @param object What to export:
#'   - a model of Keras, made by keras3, by keras, or in Python, or a layer;
#'   - a `tf$Module`, a Python object;
#'   - a module of [hub_load()] or [hub_module()], with the values that its
#'     variables have now;
#'   - a specification, from [hub_create_module_spec()] or
#'     [hub_load_module_spec()]. The variables get the values of the checkpoint,
#'     or else their initial values.
#' @param path The folder, a string. It may hold other files, but no model. The model
#'   appears in it only when it is whole.
#' @param ... Not used; the arguments after it are given by name.
#' @param checkpoint_path The prefix of a checkpoint's files, for instance from the
#'   training that used the module.
#' @param name_transform_fn A function from the name of a variable of the module
#'   to its name in the checkpoint, both strings. `NULL`: they are the same.
#' @param session In a graph, the session (`tf$compat$v1$Session`) that has the
#'   values of the variables.
#' @param inputs What the call takes: a `tf$TensorSpec`, or a list of such, with
#'   names where the call takes a dict. `NULL` where that is known: from a Keras
#'   model that is built, from the `input_signature` of a `tf$function`, or from
#'   the calls that it has had.
#' @param signatures Further signatures, a list with names of `tf$function`s with
#'   an `input_signature`.
#' @return The path, invisibly.
#' @section Errors:
#' `tfhub_error_model_exists`: there is a file at the path, or files of a model
#' in it.
#' `tfhub_error_write`: nothing can be written there.
#' `tfhub_error_unfit_module`: TensorFlow cannot save it, it has neither a call
#' nor a signature, or it uses a variable that is not one of its attributes.
#' `tfhub_error_input`: it is not known what the call takes.
#' `tfhub_error_checkpoint`: the checkpoint lacks a variable, or has it in another
#' shape. `tfhub_error_graph`: the session, or the default graph, is not that of
#' the module.
#' @export
#' @examplesIf hub_is_installed()
#' tf <- reticulate::import("tensorflow", convert = FALSE)
#'
#' # A Keras model
#' keras <- reticulate::import("keras", convert = FALSE)
#' model <- keras$Sequential(list(
#'   keras$Input(list(3L)),
#'   keras$layers$Dense(2L)
#' ))
#' path <- hub_export(model, tempfile())
#' hub_load(path)
#'
#' # A tf$Module with one variable
#' scale <- tf$Module()
#' scale$factor <- tf$Variable(2)
#' scale$`__call__` <- tf$`function`(
#'   function(x) tf$multiply(x, scale$factor),
#'   input_signature = list(tf$TensorSpec(list(NULL), tf$float32)),
#'   autograph = FALSE
#' )
#' predict(hub_load(hub_export(scale, tempfile())), c(1, 2))
#'
#' # A module in the TF1 Hub format
#' spec <- hub_create_module_spec(function() {
#'   x <- tf$compat$v1$placeholder(tf$float32, list(NULL))
#'   scale <- tf$compat$v1$get_variable("scale", initializer = 2)
#'   hub_add_signature(inputs = x, outputs = tf$multiply(x, scale))
#' })
#' path <- hub_export(spec, tempfile())
#'
#' # Trained, and exported again
#' m <- hub_module(path, trainable = TRUE)
#' m$trainable_variables[[1]]$assign(3)
#' tuned <- hub_export(m, tempfile())
#' predict(hub_load(tuned), c(1, 2))
hub_export <- function(object, path, ...) {
  check_given(object, what_exports)
  UseMethod("hub_export")
}

#' @rdname hub_export
#' @export
hub_export.hub_module_spec <- function(
  object,
  path,
  ...,
  checkpoint_path = NULL,
  name_transform_fn = NULL
) {
  check_no_dots(...)
  check_string(path)
  check_string(checkpoint_path, allow_null = TRUE)
  check_function(name_transform_fn, allow_null = TRUE)
  call <- rlang::current_env()
  object <- as_spec_or_handle(object)
  if (!is.null(checkpoint_path)) {
    checkpoint_path <- as_handle(checkpoint_path)
  }
  rename <- name_transform_fn %||% identity
  # Not by `$`, whose own call errors would show.
  export <- reticulate::py_get_attr(object, "export")
  path <- with_py_callback(rename, call = call, use = function(rename) {
    reticulate::py_call(
      export,
      as_handle(path, call),
      checkpoint_path = checkpoint_path,
      name_transform_fn = rename
    )
  })
  invisible(r_value(path))
}

#' @rdname hub_export
#' @export
hub_export.hub_module <- function(object, path, ..., session = NULL) {
  check_no_dots(...)
  check_string(path)
  call <- rlang::current_env()
  self <- module_self(object)
  model <- live_model(self, call)
  if (is.null(self$tf1) && self$info$format == "TF1 Hub module") {
    abort_hub(
      sprintf("%s is a module in the TF1 Hub format.", self$handle),
      hint = inline(
        "Export what {.fn hub_module} makes of it, or use {.fn hub_upgrade}."
      ),
      class = "tfhub_error_unfit_module",
      call = call
    )
  }
  if (is.null(self$tf1)) {
    return(export_model(model, path, call = call))
  }
  path <- with_py_errors(model$export(as_handle(path), session = session))
  invisible(r_value(path))
}

#' @rdname hub_export
#' @export
hub_export.python.builtin.object <- function(
  object,
  path,
  ...,
  inputs = NULL,
  signatures = NULL
) {
  check_no_dots(...)
  check_string(path)
  export_model(object, path, inputs, signatures)
}

#' @export
hub_export.default <- function(object, path, ...) {
  abort_argument("object", what_exports, object, rlang::current_env())
}

what_exports <- "a Keras model, a tf$Module, a module or a specification"

export_model <- function(
  object,
  path,
  inputs = NULL,
  signatures = NULL,
  call = rlang::caller_env()
) {
  named <- is.list(signatures) && rlang::is_named(signatures)
  if (!is.null(signatures) && !named) {
    wanted <- "a list of functions with names, or NULL"
    abort_argument("signatures", wanted, signatures, call)
  }
  path <- with_py_errors(call = call, {
    core(call)$export(
      object,
      as_handle(path, call),
      inputs = inputs,
      signatures = if (!is.null(signatures)) as_dict(signatures)
    )
  })
  invisible(r_value(path))
}
