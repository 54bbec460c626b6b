#' Read what a module is made of
#'
#' Reads the specification of a module in the TF1 Hub format: its graph
#' variants, their tags and signatures. It makes no variables; [hub_module()]
#' does, and takes a specification in place of a handle.
#'
#' @inheritParams hub_resolve
#' @return An object of class `hub_module_spec`, whose `print()` shows tags and
#'   signatures. It is a Python object, with the methods `get_tags()`,
#'   `get_signature_names(tags)`, `get_input_info_dict(signature, tags)`,
#'   `get_output_info_dict(signature, tags)` and `get_attached_message(key, type,
#'   tags, required)`.
#' @section Errors:
#' Those of [hub_resolve()]; `tfhub_error_unfit_module` (a model in another
#' format) and `tfhub_error_model_format` (a file of it is damaged).
#' @export
#' @examplesIf hub_is_installed()
#' \dontshow{
#' file <- tempfile()
#' writeLines(c("cat 1 0", "dog 0 1"), file)
#' handle <- hub_export_text_embedding(file, tempfile(), format = "tf1")
#' }
#' hub_load_module_spec(handle)
hub_load_module_spec <- function(handle) {
  check_string(handle)
  load_spec(handle)
}

load_spec <- function(handle, call = rlang::caller_env()) {
  handle <- as_spec_or_handle(handle, call = call)
  new_module_spec(
    with_py_errors(core_tf1("spec", call)$load_module_spec(handle), call)
  )
}

#' Make a module from a SavedModel of TensorFlow 1
#'
#' Makes a specification from a SavedModel that TensorFlow 1 wrote, for instance
#' with `tf$compat$v1$saved_model$Builder()`, with its signatures, variables and
#' assets. [hub_export()] writes it in the TF1 Hub format. Its graphs keep their
#' tags, mostly `"serve"`: give them to [hub_module()] and [hub_load()].
#'
#' @param saved_model_path The folder of the SavedModel, a string.
#' @param drop_collections Collections of its graphs that are not to be part of
#'   the module, a character vector; those of the global step and of the
#'   initialisation of a SavedModel never are.
#' @return An object of class `hub_module_spec`, as [hub_load_module_spec()]
#'   gives.
#' @section Errors:
#' `tfhub_error_model_not_found`: the folder holds no model.
#' `tfhub_error_unfit_module`: it is a SavedModel of TensorFlow 2.
#' `tfhub_error_module_fn`: its graphs have no signature, or a collection that no
#' module can have (see `drop_collections`).
#' @export
#' @examplesIf hub_is_installed()
#' tf <- reticulate::import("tensorflow", convert = FALSE)
#' v1 <- tf$compat$v1
#' folder <- tempfile()
#' with(tf$Graph()$as_default(), {
#'   x <- v1$placeholder(tf$float32, list(NULL), name = "x")
#'   y <- tf$multiply(x, v1$get_variable("scale", initializer = 2))
#'   session <- v1$Session()
#'   session$run(v1$global_variables_initializer())
#'   signature <- v1$saved_model$predict_signature_def(list(x = x), list(y = y))
#'   builder <- v1$saved_model$Builder(folder)
#'   builder$add_meta_graph_and_variables(
#'     session,
#'     list("serve"),
#'     signature_def_map = list(double = signature)
#'   )
#'   builder$save()
#' })
#'
#' spec <- hub_create_module_spec_from_saved_model(folder)
#' spec
#' m <- hub_load(hub_export(spec, tempfile()), tags = "serve")
#' predict(m, 1:3, signature = "double")
hub_create_module_spec_from_saved_model <- function(
  saved_model_path,
  drop_collections = NULL
) {
  check_string(saved_model_path)
  check_strings(drop_collections, least = 0, allow_null = TRUE)
  spec <- with_py_errors({
    core_tf1("spec")$create_module_spec_from_saved_model(
      absolute(as_handle(saved_model_path)),
      if (!is.null(drop_collections)) as.list(drop_collections)
    )
  })
  new_module_spec(spec)
}

#' Make a module from a function that builds a graph
#'
#' `hub_create_module_spec()` calls an R function in a new graph of TensorFlow 1.
#' The function builds the graph with TensorFlow, and says with
#' `hub_add_signature()` what the module takes and gives, at least once.
#' [hub_export()] writes the module, and [hub_module()] uses it at once.
#'
#' Variables are made by `tf$compat$v1$get_variable()`, inputs by
#' `tf$compat$v1$placeholder()`. `tf$compat$v1$layers` needs Keras 2: set
#' `TF_USE_LEGACY_KERAS=1` before TensorFlow is started.
#'
#' @param module_fn A function, called once for each graph variant.
#' @param tags_and_args The graph variants, a list with an element for each: a
#'   list of `tags`, a character vector, and `args`, the arguments for
#'   `module_fn`, a list with names. Either may be left out. `NULL` is one
#'   variant without tags and arguments.
#' @param drop_collections Collections of the graph that are not to be part of
#'   the module, a character vector.
#' @param name The name of the signature. `NULL` is `"default"`, which is applied
#'   where no other is asked for.
#' @param inputs A tensor, or a list of them with names; `NULL` where the
#'   signature takes nothing. They can be sparse or ragged.
#' @param outputs A tensor, or a named list of them. A call gives the one named
#'   `default`.
#' @param key Letters, digits and underscores, a letter first.
#' @param message A protocol buffer message, a Python object, which
#'   `get_attached_message()` of the specification gives.
#' @return `hub_create_module_spec()`: an object of class `hub_module_spec`, as
#'   [hub_load_module_spec()] gives. The others return nothing.
#' @section Errors:
#' The error that `module_fn` fails with, if it is one of R, as it was; errors of
#' TensorFlow are of class `tfhub_error_python`. `tfhub_error_module_fn`: it added no
#' signature, its graph has a collection that no module can have (see
#' `drop_collections`),
#' or tags are used twice. `tfhub_error_legacy_layers`: it used
#' `tf$compat$v1$layers` with Keras 3. `tfhub_error_input`: an input or output is
#' not a tensor of this graph.
#' @export
#' @examplesIf hub_is_installed()
#' tf <- reticulate::import("tensorflow")
#' v1 <- tf$compat$v1
#'
#' dense <- function(x, shape, name) {
#'   kernel <- v1$get_variable(paste0(name, "/kernel"), shape)
#'   bias <- v1$get_variable(paste0(name, "/bias"), shape[2])
#'   tf$nn$bias_add(tf$matmul(x, kernel), bias)
#' }
#' module_fn <- function() {
#'   inputs <- v1$placeholder(tf$float32, list(NULL, 50L))
#'   layer1 <- dense(inputs, list(50L, 20L), "layer1")
#'   layer2 <- dense(layer1, list(20L, 10L), "layer2")
#'   hub_add_signature(
#'     inputs = inputs,
#'     outputs = list(default = layer2, hidden_activations = layer1)
#'   )
#' }
#' spec <- hub_create_module_spec(module_fn)
#' spec
#'
#' path <- hub_export(spec, tempfile())
#' m <- hub_load(path)
#' m(matrix(1, 2, 50), as_dict = TRUE)$hidden_activations$shape
hub_create_module_spec <- function(
  module_fn,
  tags_and_args = NULL,
  drop_collections = NULL
) {
  check_function(module_fn)
  check_strings(drop_collections, least = 0, allow_null = TRUE)
  variants <- check_variants(tags_and_args %||% list(list()))
  expr <- rlang::enexpr(module_fn)
  name <- if (is.symbol(expr)) rlang::as_string(expr) else "module_fn"
  call <- rlang::current_env()
  build <- function(variant) {
    args <- as.list(variants[[variant + 1]]$args)
    do.call("module_fn", args, quote = TRUE, envir = call)
    NULL
  }
  spec <- with_py_callback(build, call = call, use = function(build) {
    core_tf1("bridge", call)$create_module_spec(
      build,
      name,
      lapply(variants, function(variant) as.list(variant$tags)),
      if (!is.null(drop_collections)) as.list(drop_collections)
    )
  })
  new_module_spec(spec)
}

#' @rdname hub_create_module_spec
#' @export
hub_add_signature <- function(name = NULL, inputs = NULL, outputs = NULL) {
  check_string(name, allow_null = TRUE)
  call <- rlang::current_env()
  inputs <- to_python(inputs, "The signature's input", call)
  outputs <- to_python(outputs, "The signature's output", call)
  with_py_errors(core()$add_signature(name, inputs, outputs))
  invisible()
}

#' @rdname hub_create_module_spec
#' @export
hub_attach_message <- function(key, message) {
  check_string(key)
  wanted <- "a protocol buffer message, a Python object"
  check_given(message, wanted)
  if (!is.null(message) && !inherits(message, "python.builtin.object")) {
    abort_argument("message", wanted, message, rlang::current_env())
  }
  with_py_errors(core()$attach_message(key, message))
  invisible()
}

check_variants <- function(x, call = rlang::caller_env()) {
  if (!is.list(x) || is.object(x)) {
    abort_argument("tags_and_args", "a list of lists, or NULL", x, call)
  }
  for (i in which(!vapply(x, is_variant, logical(1)))) {
    abort_hub(
      inline("{.code tags_and_args[[{i}]]} is no graph variant."),
      problem = inline(paste(
        "It has to be a list of {.arg tags} (characters) and {.arg args} (a list",
        "with names), and of nothing else."
      )),
      hint = inline(
        "Such as {.code list(tags = \"train\", args = list(rate = 0.1))}."
      ),
      class = "tfhub_error_argument",
      call = call
    )
  }
  x
}

is_variant <- function(x) {
  is.list(x) &&
    all(rlang::names2(x) %in% c("tags", "args")) &&
    (is.null(x$tags) || is.character(x$tags)) &&
    (length(x$args) == 0 || rlang::is_named(x$args))
}

# The Python object, with a class of R before those of Python.
new_module_spec <- function(spec) {
  class(spec) <- c("hub_module_spec", class(spec))
  spec
}

# What Python's as_module_spec() takes. A handle is resolved here already, so that R
# draws the progress of the download.
as_spec_or_handle <- function(
  x,
  arg = rlang::caller_arg(x),
  call = rlang::caller_env()
) {
  wanted <- "a single string, or a specification of a module"
  check_given(x, wanted, arg, call)
  if (inherits(x, "hub_module_spec")) {
    if (reticulate::py_is_null_xptr(x)) {
      abort_not_saved("The specification", call)
    }
    return(x)
  }
  if (!rlang::is_string(x)) {
    abort_argument(arg, wanted, x, call, as_text_hint(x, arg))
  }
  handle <- absolute(as_handle(x, call))
  with_py_errors(
    core(call)$resolve(handle, progress = download_progress()),
    call
  )
  handle
}

spec_info <- function(spec, call) {
  info <- with_py_errors(core_tf1("bridge", call)$describe(spec), call)
  tables <- c("graphs", "signatures", "functions")
  info[tables] <- lapply(info[tables], as_table)
  info
}

#' @export
print.hub_module_spec <- function(x, ...) {
  cat(fold_lines(format(x, ...)), sep = "\n")
  invisible(x)
}

#' @export
format.hub_module_spec <- function(x, ...) {
  if (reticulate::py_is_null_xptr(x)) {
    return("<hub_module_spec> of another R process")
  }
  info <- spec_info(x, rlang::current_env())
  graphs <- lapply(utils::head(info$graphs$tags, most_printed), function(tags) {
    rows <- info$signatures[info$signatures$tags == tags, ]
    c(format_tags(tags), format_signatures(rows))
  })
  printable(c(sprintf("<hub_module_spec> %s", info$handle), unlist(graphs)))
}
