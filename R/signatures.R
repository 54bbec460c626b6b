# The functions and signatures of a module: closures again, over the module's `self`.

#' The signatures of a model, as a table
#'
#' A signature is a way to apply a model, with named inputs and outputs: see
#' [hub_load()]. TensorFlow is not started for a handle.
#'
#' @param x A module, of [hub_load()] or [hub_module()]; a handle, as in
#'   [hub_resolve()]; what [hub_info()] returned; or a specification, of
#'   [hub_create_module_spec()] or [hub_load_module_spec()].
#' @return A data frame with a row for each input and output: `signature`,
#'   `role` (`"input"` or `"output"`), `name`, `dtype` and `shape`, written as in
#'   [hub_info()]. They belong to the graph that was loaded, or that
#'   [hub_load()] would load; `hub_info()` lists those of all graphs of a model.
#' @inheritSection hub_info Errors
#' @export
#' @examplesIf hub_is_installed()
#' m <- hub_load(hub_example_model())
#' hub_signatures(m)
#' unique(hub_signatures(m)$signature)
hub_signatures <- function(x) {
  check_given(x, what_signs)
  UseMethod("hub_signatures")
}

#' @export
hub_signatures.default <- function(x) {
  if (!rlang::is_string(x)) {
    hint <- as_text_hint(x, "x")
    abort_argument("x", what_signs, x, rlang::current_env(), hint)
  }
  call <- rlang::current_env()
  hub_signatures(new_hub_info(as_handle(x, call), call = call))
}

what_signs <- "a handle, a module, a specification or what hub_info() returned"

#' @export
hub_signatures.hub_info <- function(x) {
  signature_table(x, x$default_tags)
}

#' @export
hub_signatures.hub_module <- function(x) {
  self <- module_self(x)
  signature_table(self$info, module_tags(self))
}

#' @export
hub_signatures.hub_module_spec <- function(x) {
  call <- rlang::current_env()
  info <- spec_info(as_spec_or_handle(x, call = call), call)
  tags <- info$graphs$tags
  signature_table(info, if ("" %in% tags) "" else tags[[1]])
}

signature_table <- function(info, tags) {
  rows <- info$signatures[info$signatures$tags == tags, ]
  rownames(rows) <- NULL
  rows[setdiff(names(rows), "tags")]
}

new_hub_function <- function(self, name, signature = FALSE) {
  what <- list(self = self, name = name, signature = signature)
  structure(
    if (signature) {
      function(..., as_dict = TRUE) {
        check_flag(as_dict, allow_null = TRUE)
        apply_model(what$self, list(...), what$name, as_dict)
      }
    } else {
      function(...) apply_model(what$self, list(...), fun = what$name)
    },
    class = c("hub_function", "function")
  )
}

#' @export
`$.hub_module` <- function(x, name) {
  self <- module_self(x)
  if (name == "signatures") {
    new_hub_functions(self, module_signatures(self))
  } else if (name %in% module_functions(self)) {
    new_hub_function(self, name)
  } else if (name %in% module_signatures(self)) {
    new_hub_function(self, name, signature = TRUE)
  } else {
    module_attribute(self, name)
  }
}

#' @export
`[[.hub_module` <- function(x, name, exact = TRUE) {
  check_string(name)
  self <- module_self(x)
  if (name %in% module_signatures(self)) {
    new_hub_function(self, name, signature = TRUE)
  } else if (name %in% module_functions(self)) {
    new_hub_function(self, name)
  } else {
    abort_member(self, name, "tfhub_error_signature_not_found")
  }
}

# What `m$signatures` is: a list that says what there is, where it lacks a name.
new_hub_functions <- function(self, names) {
  functions <- lapply(names, new_hub_function, self = self, signature = TRUE)
  structure(
    rlang::set_names(functions, names),
    class = c("hub_functions", "list"),
    self = self
  )
}

#' @export
`[[.hub_functions` <- function(x, i, exact = TRUE) {
  if (rlang::is_string(i) && !i %in% names(x)) {
    self <- attr(x, "self")
    abort_member(self, i, "tfhub_error_signature_not_found")
  }
  NextMethod()
}

#' @export
`$.hub_functions` <- function(x, name) {
  if (!name %in% names(x)) {
    abort_member(attr(x, "self"), name, "tfhub_error_signature_not_found")
  }
  .subset2(x, name)
}

#' @export
print.hub_functions <- function(x, ...) {
  attributes(x) <- list(names = names(x))
  print(x, ...)
}

#' @export
str.hub_functions <- function(object, ...) {
  attributes(object) <- list(names = names(object))
  utils::str(object, ...)
}

# A module is a function: what R says of its parts would not name it.
#' @export
`[.hub_module` <- function(x, ...) {
  self <- module_self(x)
  abort_hub(
    inline("A module has no parts by {.code [ ]}."),
    hint = inline(
      "One of its functions and signatures is {.code m[[\"name\"]]}."
    ),
    class = "tfhub_error_member",
    call = rlang::current_env(),
    handle = self$handle
  )
}

#' @export
`$<-.hub_module` <- function(x, name, value) {
  self <- module_self(x)
  abort_hub(
    "A module cannot be changed.",
    hint = c(
      inline("Its variables take new values: {.code v$assign(values)}."),
      inline(
        "{.code reticulate::r_to_py(m)} is the object of Python, which can be."
      )
    ),
    class = "tfhub_error_member",
    call = rlang::current_env(),
    handle = self$handle
  )
}

#' @export
`[[<-.hub_module` <- `$<-.hub_module`

module_attribute <- function(self, name, call = rlang::caller_env()) {
  model <- live_model(self, call)
  # A property that fails is there, too, and says why it does.
  there <- reticulate::py_has_attr(model, name) ||
    name %in% reticulate::py_list_attributes(model)
  if (!there) {
    abort_member(self, name, "tfhub_error_member", call)
  }
  value <- with_py_errors(call = call, {
    builtins <- reticulate::import_builtins()
    value <- builtins$getattr(model, name)
    # TensorFlow's own kind of list, such as that of the variables.
    if (inherits(value, "python.builtin.list")) builtins$list(value) else value
  })
  guarded(value)
}

# What Python calls, such as the method `m$predict`, whose exceptions become our
# conditions. It is the Python object as before, for what takes or prints one.
# `convert` makes of arguments what is given to Python by position and by keyword.
guarded <- function(method, convert = NULL) {
  if (!is.function(method) || is.null(attr(method, "py_object"))) {
    return(method)
  }
  guard <- function(...) {
    call <- rlang::current_env()
    check_not_forked(call)
    if (is.null(convert)) {
      return(with_py_errors(method(...), call))
    }
    args <- convert(list(...), call)
    with_py_errors(do.call(method, c(args$positional, args$keyword)), call)
  }
  attributes(guard) <- attributes(method)
  guard
}

abort_member <- function(self, name, class, call = rlang::caller_env()) {
  listed <- function(names) {
    if (length(names) == 0) {
      return("none")
    }
    some <- printable(utils::head(names, most_printed), 200)
    toString(c(some, if (length(names) > most_printed) "..."))
  }
  abort_hub(
    sprintf(
      "%s has nothing named \"%s\".",
      printable(self$info$handle),
      printable(name, 200)
    ),
    hint = c(
      paste0("Functions: ", listed(module_functions(self)), "."),
      paste0("Signatures: ", listed(module_signatures(self)), ".")
    ),
    class = class,
    call = call,
    handle = self$handle
  )
}

function_what <- function(fun) {
  environment(fun)$what
}

#' @export
print.hub_function <- function(x, ...) {
  cat(fold_lines(format(x, ...)), sep = "\n")
  invisible(x)
}

#' @export
format.hub_function <- function(x, ...) {
  what <- function_what(x)
  info <- what$self$info
  tags <- module_tags(what$self)
  part <- if (what$signature) {
    rows <- info$signatures
    rows <- rows[rows$tags == tags & rows$signature == what$name, ]
    format_signatures(rows)[-1]
  } else {
    rows <- info$functions
    rows <- rows[rows$tags == tags & rows$name == what$name, ]
    sprintf("  %s(%s) -> %s", rows$name, rows$arguments, rows$output)
  }
  printable(c(sprintf("<hub_function> of %s", what$self$info$handle), part))
}

# In a column of a data frame.
#' @export
toString.hub_function <- function(x, ...) {
  format(x)[[1]]
}

#' @export
str.hub_function <- function(object, ...) {
  cat(" <hub_function> ", printable(function_what(object)$name), "\n", sep = "")
}

#' @export
r_to_py.hub_function <- function(x, convert = FALSE) {
  what <- function_what(x)
  call <- rlang::current_env()
  model <- live_model(what$self, call)
  with_py_errors(call = call, {
    bridge_raw(call)$member(model, what$name, signature = what$signature)
  })
}
