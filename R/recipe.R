#' A recipe step that embeds text with a model
#'
#' `step_pretrained_text_embedding()` creates a *specification* of a recipe step
#' that turns each text of a column into the numbers that a model of TensorFlow
#' Hub gives for it, with a new column for each number.
#'
#' @param recipe A recipe. The step is added to its sequence of operations.
#' @param ... One or more selectors of the columns with text, which are character
#'   vectors or factors; see [recipes::selections()].
#' @param role The role of the new columns in a model.
#' @param trained Whether the step has been trained by [recipes::prep()].
#' @param handle What names the model: see [hub_resolve()].
#' @param args A list of further arguments for [hub_load()], such as
#'   `list(tags = character())`, or `NULL`.
#' @param signature The name of the signature to apply; `NULL` is the call of the
#'   model itself, or its default signature.
#' @param output The name of the output to take, where there are several; `NULL`
#'   is the one named `default`, or the only one.
#' @param na What a missing text gives: an `"error"`; `"missing"`, a row of `NA`; or
#'   `"empty"`, the embedding of `""`.
#' @param batch_size Rows in a batch, as in [`predict()`][predict.hub_module].
#' @param prefix What the names of the new columns begin with: those of a column
#'   `review` are `embedding_review_01`, and so on.
#' @param columns The names of the selected columns, set by [recipes::prep()].
#' @param size How many numbers there are for a text, set by [recipes::prep()].
#' @param keep_original_cols Whether the columns with text stay.
#' @param skip Whether the step is left out when the recipe is baked by
#'   [recipes::bake()].
#' @param id A string that is unique to this step.
#' @return `recipe` with the step added to it.
#' @section Models:
#' Any model will do that takes a batch of texts and gives a row of numbers for
#' each. If the model has several outputs, or one that is no such row, or if its call
#' wants something else, such as a sparse tensor of tokens, the error lists what
#' `signature` and `output` can choose from.
#'
#' The model is loaded when the recipe is prepped, once in an R process. It is not
#' part of the recipe. A recipe that is read by [readRDS()] in a new process,
#' where tfhub is attached by `library(tfhub)`, loads it by its handle. Processes
#' that are forks cannot use TensorFlow: let `future` or `parallel` start new ones.
#' @section Tidying:
#' [`tidy()`][recipes::tidy.recipe()] gives a tibble with the columns `terms` (the
#' selected columns), `handle` and `id`.
#' @section Tuning:
#' `handle`, `signature` and `output` can be `tune()`: the models to try are then a
#' column of the grid, such as `grid = data.frame(handle = handles)`.
#' @section Errors:
#' Those of [hub_load()]; `tfhub_error_column` (a column is not text),
#' `tfhub_error_na` (a text is missing, with `na = "error"`), `tfhub_error_output`
#' (the model does not give a row of numbers) and `tfhub_error_input` (it does not
#' take text). [recipes::prep()] gives them as the parent of its own.
#' @export
#' @examplesIf hub_is_installed() && rlang::is_installed("recipes")
#' library(recipes)
#' # A small model, from a file of vectors
#' file <- tempfile()
#' writeLines(c("fine 1 0", "read 0 1", "book 0.1 0.9"), file)
#' model <- hub_export_text_embedding(file, tempfile())
#'
#' reviews <- data.frame(
#'   stars = c(5, 1, 4),
#'   text = c("what a fine book", "not for me", "a fine read")
#' )
#' rec <- recipe(stars ~ text, data = reviews)
#' rec <- step_pretrained_text_embedding(rec, text, handle = model)
#' rec <- prep(rec)
#' bake(rec, new_data = NULL)
#' bake(rec, new_data = data.frame(text = "what a read"))
#' tidy(rec, number = 1)
step_pretrained_text_embedding <- function(
  recipe,
  ...,
  role = "predictor",
  trained = FALSE,
  handle,
  args = NULL,
  signature = NULL,
  output = NULL,
  na = "error",
  batch_size = 32,
  prefix = "embedding",
  columns = NULL,
  size = NULL,
  keep_original_cols = FALSE,
  skip = FALSE,
  id = recipes::rand_id("pretrained_text_embedding")
) {
  check_installed("recipes")
  check_given(recipe, "a recipe")
  check_given(handle, wanted_handle)
  if (!inherits(recipe, "recipe")) {
    abort_argument("recipe", "a recipe", recipe, rlang::current_env())
  }
  if (rlang::is_string(handle)) {
    handle <- saved_handle(handle)
  }
  terms <- rlang::enquos(...)
  named <- rlang::names2(terms)[rlang::names2(terms) != ""]
  if (length(named)) {
    known <- names(formals(step_pretrained_text_embedding))
    what <- inline("{.arg ...} selects columns, and has no names.")
    abort_unknown(what, named, known, rlang::current_env())
  }
  recipes::add_step(
    recipe,
    recipes::step(
      subclass = "pretrained_text_embedding",
      terms = terms,
      role = role,
      trained = trained,
      handle = handle,
      args = args,
      signature = signature,
      output = output,
      na = na,
      batch_size = batch_size,
      prefix = prefix,
      columns = columns,
      size = size,
      keep_original_cols = keep_original_cols,
      skip = skip,
      id = id
    )
  )
}

# Arguments are checked here, as until now they may be placeholders of tune().
#' @exportS3Method recipes::prep
prep.step_pretrained_text_embedding <- function(
  x,
  training,
  info = NULL,
  ...
) {
  call <- rlang::current_env()
  handle <- as_handle(x$handle, call, "handle")
  x$handle <- saved_handle(absolute(handle), call)
  check_step(x, call)
  x$columns <- unname(recipes::recipes_eval_select(x$terms, training, info))
  for (column in x$columns) {
    check_text_column(training[[column]], column, call)
  }
  if (length(x$columns)) {
    x$size <- ncol(embed_text("text", x, call))
  }
  x$trained <- TRUE
  x
}

#' @exportS3Method recipes::bake
bake.step_pretrained_text_embedding <- function(object, new_data, ...) {
  call <- rlang::current_env()
  recipes::check_new_data(object$columns, object, new_data)
  for (column in object$columns) {
    check_text_column(new_data[[column]], column, call)
    values <- embed_column(new_data[[column]], column, object, call)
    new <- sprintf("%s_%s_", object$prefix, column)
    new <- recipes::names0(ncol(values), new)
    recipes::check_name(values, new_data, object, new)
    new_data[new] <- lapply(seq_along(new), function(i) values[, i])
  }
  if (object$keep_original_cols) {
    new_data
  } else {
    new_data[setdiff(names(new_data), object$columns)]
  }
}

#' @export
print.step_pretrained_text_embedding <- function(
  x,
  width = max(20, options()$width - 35),
  ...
) {
  title <- "Pretrained text embedding of "
  recipes::print_step(x$columns, x$terms, x$trained, title, width)
  invisible(x)
}

#' @exportS3Method recipes::tidy
tidy.step_pretrained_text_embedding <- function(x, ...) {
  terms <- if (x$trained) x$columns else recipes::sel2char(x$terms)
  tibble::tibble(terms = as.character(terms), handle = x$handle, id = x$id)
}

#' @exportS3Method recipes::required_pkgs
required_pkgs.step_pretrained_text_embedding <- function(x, ...) {
  "tfhub"
}

#' @exportS3Method stats::update step_pretrained_text_embedding
update.step_pretrained_text_embedding <- function(object, ...) {
  step <- NextMethod()
  if (rlang::is_string(step$handle)) {
    step$handle <- saved_handle(step$handle)
  }
  step
}

# dials has no parameter for any of these, so the grid has to give the values.
#' @exportS3Method recipes::tunable
tunable.step_pretrained_text_embedding <- function(x, ...) {
  tibble::tibble(
    name = c("handle", "signature", "output"),
    call_info = list(NULL),
    source = "recipe",
    component = "step_pretrained_text_embedding",
    component_id = x$id
  )
}

# A recipe is saved and given to others. What is not to be saved is kept by Python.
saved_handle <- function(handle, call = rlang::caller_env()) {
  if (!grepl("://.*[@?;#]", handle)) {
    return(handle)
  }
  saved <- without_login(handle, call)
  if (saved != handle) {
    cli::cli_warn(
      c(
        "The step has the handle {.val {saved}}, without its login or signature.",
        i = "Where the recipe is loaded, {.envvar TFHUB_AUTH} has to have it."
      ),
      .frequency = "once",
      .frequency_id = paste("tfhub", saved)
    )
  }
  saved
}

check_step <- function(x, call) {
  check_named_list(x$args, allow_null = TRUE, arg = "args", call = call)
  check_string(x$signature, allow_null = TRUE, arg = "signature", call = call)
  check_string(x$output, allow_null = TRUE, arg = "output", call = call)
  check_string(x$prefix, arg = "prefix", call = call)
  check_whole(x$batch_size, 1, arg = "batch_size", call = call)
  check_flag(x$keep_original_cols, arg = "keep_original_cols", call = call)
  check_choice(x$na, c("error", "missing", "empty"), arg = "na", call = call)
}

check_text_column <- function(x, column, call) {
  if (!is.character(x) && !is.factor(x)) {
    came <- describe_argument(x)
    abort_hub(
      inline("Column {.arg {column}} must be text or a factor, not {came}."),
      hint = inline(
        "Select columns with text, such as by {.fn all_nominal_predictors}."
      ),
      class = "tfhub_error_column",
      call = call
    )
  }
}

# The rows of numbers for a column, each text being embedded once.
embed_column <- function(x, column, step, call) {
  x <- as.character(x)
  missing <- which(is.na(x))
  if (length(missing) && step$na == "error") {
    count <- count_of(length(missing), "missing text")
    abort_hub(
      inline(
        "Column {.arg {column}} has {count}, the first in row {missing[[1]]}."
      ),
      hint = inline(paste(
        "In the step, {.code na = \"missing\"} gives rows of NA for them, and",
        "{.code na = \"empty\"} the embedding of {.code \"\"}."
      )),
      class = "tfhub_error_na",
      call = call
    )
  }
  if (step$na == "empty") {
    x[missing] <- ""
  }
  texts <- unique(x[!is.na(x)])
  rows <- matrix(numeric(), 0, step$size)
  if (length(texts)) {
    rows <- embed_text(texts, step, call)
    check_size(rows, step, call)
  }
  rows[match(x, texts), , drop = FALSE]
}
