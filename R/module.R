# What hub_load() and hub_module() return: a closure over `self`, an environment that
# holds the Python object and all that it takes to load it again. `tf1` is what
# hub_module() was asked for. All of it can be saved, so the handle is without a login;
# within the process Python knows it.

new_hub_module <- function(handle, tags, options, model, info, tf1 = NULL) {
  self <- rlang::env(
    rlang::empty_env(),
    handle = handle,
    had_login = !is.null(handle) && as_given(handle) != handle,
    tags = tags,
    options = options,
    model = model,
    info = info,
    tf1 = tf1
  )
  structure(
    function(..., signature = NULL, as_dict = NULL) {
      check_string(signature, allow_null = TRUE)
      check_flag(as_dict, allow_null = TRUE)
      apply_model(self, list(...), signature, as_dict)
    },
    class = c("hub_module", "function")
  )
}

# Slots of S4 and fields of reference classes that are functions take them so.
#' @exportClass hub_module
methods::setOldClass(c("hub_module", "function"))

module_self <- function(module) {
  environment(module)$self
}

# The Python object. It does not survive saveRDS() or the end of Python.
live_model <- function(self, call) {
  check_not_forked(call)
  if (reticulate::py_is_null_xptr(self$model)) {
    warn_of_login(self)
    again <- if (is.null(self$tf1)) load_model_again else make_tf1_module_again
    self$model <- again(self, call)
  }
  self$model
}

# What of a handle is saved, and travels: see travelling.py.
without_login <- function(handle, call = rlang::caller_env()) {
  if (grepl("://", handle, fixed = TRUE)) {
    handle <- with_py_errors(bridge(call)$without_login(handle), call)
  }
  handle
}

# The handle that was given in this process, where this is what was saved of it.
as_given <- function(handle, call = rlang::caller_env()) {
  if (grepl("://", handle, fixed = TRUE)) {
    bridge(call)$as_given(handle)
  } else {
    handle
  }
}

warn_of_login <- function(self) {
  if (isTRUE(self$had_login) && as_given(self$handle) == self$handle) {
    self$had_login <- FALSE # it is said once
    cli::cli_warn(c(
      "The login or signature of {.val {self$handle}} was not saved with it.",
      i = "Here {.envvar TFHUB_AUTH} or the netrc file has to have it."
    ))
  }
}

load_model_again <- function(self, call) {
  options <- self$options
  if (!is.null(options) && !is.list(options)) {
    cli::cli_warn(c(
      "The load options of {.val {self$handle}} were not saved with it.",
      i = "Give {.arg options} as a list to have them remembered."
    ))
    options <- NULL
  }
  load_model(as_given(self$handle, call), self$tags, options, call = call)
}

apply_model <- function(
  self,
  args,
  signature = NULL,
  as_dict = NULL,
  fun = "__call__",
  call = rlang::caller_env()
) {
  model <- live_model(self, call)
  args <- arguments_to_python(args, call)
  with_py_errors(call = call, {
    bridge_apply(call)(
      model,
      args$positional,
      args$keyword,
      signature = signature,
      as_dict = as_dict,
      `function` = fun
    )
  })
}

# The tags of the graph that was loaded, as in the tables of `info`.
module_tags <- function(self) {
  if (is.null(self$tags)) self$info$default_tags else toString(sort(self$tags))
}

module_functions <- function(self) {
  functions <- self$info$functions
  names <- unique(functions$name[functions$tags == module_tags(self)])
  setdiff(names, "__call__")
}

module_signatures <- function(self) {
  signatures <- self$info$signatures
  unique(signatures$signature[signatures$tags == module_tags(self)])
}

#' @export
print.hub_module <- function(x, ...) {
  cat(fold_lines(format(x, ...)), sep = "\n")
  invisible(x)
}

#' @export
format.hub_module <- function(x, ...) {
  self <- module_self(x)
  tags <- module_tags(self)
  printable(c(
    sprintf("<hub_module> %s", self$info$handle),
    paste0(
      format_summary(self$info),
      if (isTRUE(self$tf1$trainable)) ", trainable",
      if (isTRUE(self$tf1$in_graph)) ", in a graph"
    ),
    format_tags(tags),
    format_graph(self$info, tags)
  ))
}

# In a column of a data frame.
#' @export
toString.hub_module <- function(x, ...) {
  format(x)[[1]]
}

#' @export
str.hub_module <- function(object, ...) {
  cat(" ", format(object)[[1]], "\n", sep = "")
}

#' @export
names.hub_module <- function(x) {
  self <- module_self(x)
  union(module_functions(self), module_signatures(self))
}

#' @export
as.list.hub_module <- function(x, ...) {
  names <- names(x)
  rlang::set_names(lapply(names, function(name) x[[name]]), names)
}

#' @export
.DollarNames.hub_module <- function(x, pattern = "") {
  grep(pattern, c(names(x), "signatures"), value = TRUE)
}

#' @export
r_to_py.hub_module <- function(x, convert = FALSE) {
  live_model(module_self(x), rlang::current_env())
}
