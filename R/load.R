#' Load a model as a function
#'
#' Resolves a handle and loads the model that it names. You get a function, and
#' more: see the section on modules.
#'
#' @inheritParams hub_resolve
#' @param tags The tags of the graph to load, a character vector;
#'   `character()` is the graph without tags. `NULL` takes the only graph, the
#'   one tagged `"serve"`, or in a TF1 Hub module the one without tags.
#' @param options `NULL`, a list of arguments for TensorFlow's
#'   `tf.saved_model.LoadOptions`, or such an object. A list is remembered by a
#'   module that is saved with [saveRDS()].
#' @param policy What to do with a model that does more than compute, see
#'   [hub_scan()]: `"allow"`, `"warn"` or `"refuse"`. `NULL` is what the setting
#'   `TFHUB_POLICY` says, or `"allow"`. A module that [readRDS()] gives loads again
#'   by the setting.
#' @return A function of class `hub_module`.
#'
#' @section Modules:
#' Let `m` be a module.
#' - `m(x)` applies it: through its own call, or through its default signature if it
#'   has none. Further arguments go by name, such as
#'   `m(x, training = TRUE)`.
#' - `m(x, signature = "name", as_dict = TRUE)` applies a signature. With
#'   `as_dict = TRUE` all outputs come as a list sorted by name, else the one
#'   named `default`, or the only one.
#' - `m$name` is a function of the model (or a signature, or any other attribute
#'   of the Python object, such as a variable), and `m[["name"]]` a signature
#'   (or a function). Both are functions; a signature gives all its outputs
#'   unless called with `as_dict = FALSE`. `m$signatures` is a list of all
#'   signatures, in which a name that is not there is an error.
#' - `print(m)` shows what there is, and `names(m)` lists it.
#' - [`predict(m, x)`][predict.hub_module] gives R arrays instead of tensors.
#' - A module read by [readRDS()] in another process loads itself again, by
#'   its handle, when it is first used. A login or a signature in the handle is
#'   not saved with it: set `TFHUB_AUTH` or the netrc file there, see
#'   [hub_settings].
#' - Where Python code takes a function, `m`, `m$name` and `m[["name"]]` can be
#'   given: they arrive as the Python objects.
#'
#' @section Inputs:
#' Inputs are converted to what the model wants. Where that fails, the error shows
#' what it wants beside what came.
#' - Matrices and arrays go as they are, rows being the batch; doubles become
#'   float32, and whole doubles become integers where the model wants those.
#' - A vector is a batch of scalars; a vector of length 1 is that or a scalar,
#'   whichever the model wants. `array(x)` is always a batch.
#' - Text goes as UTF-8, a factor as its labels, a raw vector as uint8.
#' - A list with names, in any order, is a dict of inputs by name. A list
#'   without names is a list of inputs, or of the rows of a ragged one.
#' - A data frame is a dict of inputs by column, or, where the model takes one
#'   input, a matrix. A sparse matrix of the package Matrix is a sparse tensor.
#' - `NULL` is Python's `None`. Tensors and other Python objects go as they are.
#' - `NA` in text, logical or integer values is an error that names the
#'   position; in doubles it becomes `NaN`.
#' - Dates and times are refused: convert them with `as.numeric()`. The
#'   `integer64` of the package bit64 goes as int64.
#'
#' The vignette *Conversion* has a table of all of it.
#'
#' @section Outputs:
#' Calls give tensors, in the shape that the model gives them: one tensor, or
#' a list. `as.array(y)`, `as.numeric(y)` and their like turn one into R values,
#' see [tensors]; `reticulate::import("tensorflow")` has the functions that work
#' on tensors.
#'
#' @section Errors:
#' Those of [hub_info()]; `tfhub_error_model_format` (a file of the model is
#' missing, cut short, damaged, or a Git LFS pointer), `tfhub_error_tags` (no graph
#' with these tags), `tfhub_error_model_load` (TensorFlow cannot load it),
#' `tfhub_error_dependency` (no TensorFlow, or no package that the model needs), and
#' `tfhub_error_policy` (it does more than compute, and `policy` refuses that).
#' Applying a module can give
#' `tfhub_error_input` (inputs do not fit), `tfhub_error_na` (one of them has
#' `NA`), `tfhub_error_signature_not_found`, `tfhub_error_output` (there is no
#' default output) and `tfhub_error_member` (nothing of that name). Errors of
#' TensorFlow itself are of class `tfhub_error_python`. All of them are of class
#' `tfhub_error`.
#' @seealso [hub_module()] to train a module in the TF1 Hub format.
#' @export
#' @examplesIf hub_is_installed()
#' m <- hub_load(hub_example_model())
#' m
#' x <- matrix(1:6, nrow = 2)
#' m(x)
#' m(x, training = TRUE)
#' m$embed(c("apple", "ananas"))
#'
#' fruit <- list(oranges = 1:2, apples = x)
#' m(fruit, signature = "fruit_to_pet", as_dict = TRUE)
#' m[["fruit_to_pet"]](fruit)$dogs$numpy()
#'
#' predict(m, x)
hub_load <- function(
  handle,
  tags = NULL,
  options = NULL,
  offline = NULL,
  refresh = FALSE,
  policy = NULL
) {
  handle <- as_handle(handle)
  check_flag(offline, allow_null = TRUE)
  check_flag(refresh)
  if (!is.null(policy)) {
    check_choice(policy, c("allow", "warn", "refuse"))
  }
  check_strings(tags, least = 0, allow_null = TRUE)
  check_options(options)
  handle <- absolute(handle)
  model <- load_model(handle, tags, options, offline, refresh, policy)
  info <- new_hub_info(handle)
  new_hub_module(without_login(handle), tags, options, model, info)
}

load_model <- function(
  handle,
  tags,
  options,
  offline = NULL,
  refresh = FALSE,
  policy = NULL,
  call = rlang::caller_env()
) {
  with_py_errors(call = call, {
    if (is.list(options)) {
      options <- bridge_raw(call)$load_options(as_dict(options))
    }
    core(call)$load(
      handle,
      tags = if (!is.null(tags)) as.list(tags),
      options = options,
      offline = offline,
      refresh = refresh,
      progress = download_progress(),
      policy = policy
    )
  })
}

# A module may be saved, and read again from another working folder.
absolute <- function(handle, call = rlang::caller_env()) {
  if (file.exists(handle)) {
    whole <- mark_utf8(normalizePath(handle, winslash = "/"))
    check_locale(whole, call)
  } else {
    handle
  }
}

check_options <- function(
  options,
  arg = "options",
  call = rlang::caller_env()
) {
  named <- is.list(options) && rlang::is_named2(options)
  if (
    !is.null(options) && !named && !inherits(options, "python.builtin.object")
  ) {
    wanted <- "a list with names, a tf$saved_model$LoadOptions, or NULL"
    abort_argument(arg, wanted, options, call)
  }
}
