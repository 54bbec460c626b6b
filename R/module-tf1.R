#' Use a module in the TF1 Hub format
#'
#' Modules that were published for TensorFlow 1 are applied, trained and
#' exported again, in a graph of TensorFlow 1 or outside. [hub_load()] applies
#' them too, but does not train them.
#'
#' @section Outside of a graph:
#' The module has TensorFlow 2's variables, and each call computes. Of a
#' trainable module, `m(x, training = TRUE)` runs the graph variant with the
#' tag `"train"` if there is one, which shares the variables, and makes its updates,
#' such as those of moving averages. `m$variables` and
#' `m$trainable_variables` are lists of variables, `m$regularization_losses` is
#' a list of functions without arguments, each of which gives a scalar: add them
#' to the loss.
#'
#' [`predict(m, x)`][predict.hub_module] gives R arrays. A module read by
#' [readRDS()] in another process loads itself again, by its handle, with the
#' values that were published; [hub_export()] keeps those that were trained.
#' @section In a graph:
#' Within `with(tf$Graph()$as_default(), ...)` the variables are added to the
#' graph, and `global_variables_initializer()` gives them the published values,
#' `tables_initializer()` fills the tables. Each call adds an application to the
#' graph and gives symbolic tensors; all share the variables. If `trainable`,
#' the collections of the graph have the variables to train
#' (`TRAINABLE_VARIABLES`), the regularization losses (`REGULARIZATION_LOSSES`)
#' and the update ops of each application (`UPDATE_OPS`). `m$variables` and
#' `m$trainable_variables` are lists of variables here, too.
#' @section Inputs:
#' In a graph or not, they are as [hub_load()] describes. R's values become
#' constants; placeholders and other tensors go as they are. `training` is
#' never taken as the name of an input: give such an input in a list.
#'
#' @param handle A handle, as for [hub_resolve()], or a specification, from
#'   [hub_load_module_spec()] or [hub_create_module_spec()].
#' @param trainable Whether the module is to be trained.
#' @param name The variable scope of the variables; in a graph, a number is added
#'   if it is taken.
#' @param tags The tags of the graph variant, a character vector. `NULL` is the
#'   one without tags.
#' @return A function of class `hub_module`, to be called as [hub_load()] says:
#'   `m(x)`, `m(list(a = x, b = y), signature = "name", as_dict = TRUE)`,
#'   `m[["name"]](x)`.
#' @section Errors:
#' Those of [hub_resolve()]; `tfhub_error_unfit_module` (a model in another
#' format), `tfhub_error_model_format` (a file of it is damaged),
#' `tfhub_error_tags` (no variant with these tags) and `tfhub_error_graph` (in
#' the graph the name is taken by something else). Calls give those of
#' [hub_load()], and `tfhub_error_graph` where the module is of another graph.
#' @seealso [hub_create_module_spec()] to make a module, [hub_upgrade()] to make
#'   a TensorFlow 2 model of one.
#' @aliases hub_module-class
#' @export
#' @examplesIf hub_is_installed()
#' \dontshow{
#' file <- tempfile()
#' writeLines(c("cat 1 0", "dog 0 1"), file)
#' handle <- hub_export_text_embedding(file, tempfile(), format = "tf1")
#' }
#' m <- hub_module(handle, trainable = TRUE)
#' m
#' m(c("a cat", "cat and dog"))
#' length(m$trainable_variables)
#'
#' # In a graph of TensorFlow 1
#' tf <- reticulate::import("tensorflow")
#' v1 <- tf$compat$v1
#' with(tf$Graph()$as_default(), {
#'   m <- hub_module(handle)
#'   y <- m(c("a cat", "cat and dog"))
#'   session <- v1$Session()
#'   session$run(list(v1$global_variables_initializer(), v1$tables_initializer()))
#'   session$run(y)
#' })
hub_module <- function(
  handle,
  trainable = FALSE,
  name = "module",
  tags = NULL
) {
  spec <- as_spec_or_handle(handle)
  check_flag(trainable)
  check_string(name)
  check_strings(tags, least = 0, allow_null = TRUE)
  new_tf1_module(spec, trainable, name, tags)
}

new_tf1_module <- function(
  spec,
  trainable,
  name,
  tags,
  call = rlang::caller_env()
) {
  model <- make_tf1_module(spec, trainable, name, tags, call)
  info <- spec_info(model$`_spec`, call)
  with_py_errors(call = call, {
    info$variables <- core_tf1("bridge", call)$count_variables(model)
    in_graph <- core_tf1("bridge", call)$in_graph()
  })
  new_hub_module(
    if (info$on_disk) info$travels,
    tags,
    NULL,
    model,
    info,
    tf1 = list(trainable = trainable, name = name, in_graph = in_graph)
  )
}

make_tf1_module <- function(spec, trainable, name, tags, call) {
  with_py_errors(call = call, {
    core_tf1("bridge", call, convert = FALSE)$RModule(
      spec,
      trainable = trainable,
      name = name,
      tags = if (!is.null(tags)) as.list(tags)
    )
  })
}

# A module that was read by readRDS().
make_tf1_module_again <- function(self, call) {
  about <- self$tf1
  name <- self$info$handle
  if (about$in_graph) {
    abort_hub(
      sprintf("The graph of %s was not saved with it.", name),
      hint = "Make the module again in the graph where it is to be.",
      class = "tfhub_error_not_saved",
      call = call
    )
  }
  if (is.null(self$handle)) {
    abort_not_saved(name, call)
  }
  if (about$trainable) {
    cli::cli_warn(c(
      "The variables of {.val {name}} have the published values again.",
      i = "{.fn hub_export} writes a module with those that were trained."
    ))
  }
  handle <- as_given(self$handle, call)
  make_tf1_module(handle, about$trainable, about$name, self$tags, call)
}

abort_not_saved <- function(name, call) {
  abort_hub(
    sprintf("%s was made in another R process, and is not on disk.", name),
    hint = inline(
      "Write it with {.fn hub_export} there, and give its path here."
    ),
    class = "tfhub_error_not_saved",
    call = call
  )
}
