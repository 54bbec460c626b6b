# The only place that knows Python exceptions.

# Evaluates code that calls Python; its exceptions become conditions of class
# `tfhub_error`.
with_py_errors <- function(expr, call = rlang::caller_env()) {
  translate <- function(error) abort_py(error, call)
  # reticulate 1.28 gives the first class, or the second where the message is longer
  # than 1,000 characters; later ones the third: `python_errors`.
  tryCatch(
    expr,
    `Rcpp::exception` = translate,
    `std::out_of_range` = translate,
    python.builtin.BaseException = translate
  )
}

# Evaluates `use(callback)`, where Python calls `fun` through `callback`. An exception
# in `fun` goes on in Python as it was; an error of R comes out here as it was.
with_py_callback <- function(fun, use, call) {
  start_python(call)
  failure <- NULL
  report <- function(...) {
    tryCatch(
      list(fun(...), NULL),
      error = function(error) {
        exception <- if (inherits(error, python_errors)) take_exception()
        if (is.null(exception)) {
          failure <<- error
          exception <- reticulate::import_builtins(FALSE)$RuntimeError(
            "R failed"
          )
        }
        list(NULL, exception)
      }
    )
  }
  tryCatch(
    with_py_errors(call = call, {
      report <- reticulate::r_to_py(report, convert = TRUE)
      use(bridge_raw(call)$raising(report))
    }),
    error = function(error) rlang::cnd_signal(failure %||% error)
  )
}

python_errors <- c(
  "Rcpp::exception",
  "std::out_of_range",
  "python.builtin.BaseException"
)

# The exception behind the error that was caught last. An error of reticulate itself
# can come after an exception that is over, so it is taken once.
take_exception <- function() {
  exception <- attr(reticulate::py_last_error(), "exception", exact = TRUE)
  reticulate::py_clear_last_error()
  exception
}

abort_py <- function(error, call) {
  exception <- take_exception()
  if (is.null(exception)) {
    abort_hub(
      conditionMessage(error),
      class = "tfhub_error_python",
      call = call
    )
  }
  if (inherits(exception, "python.builtin.KeyboardInterrupt")) {
    rlang::interrupt()
  }
  facts <- exception_facts(original_exception(exception))
  if ("tfhub_error_dependency" %in% facts$class) {
    facts$hint <- c(
      facts$hint,
      python_in_use(reticulate::py_config()$python)
    )
  }
  abort_hub(
    facts$message,
    hint = facts$hint,
    class = facts$class,
    call = call,
    python_class = facts$python_class,
    handle = facts$handle,
    data = facts$data
  )
}

# Keras and AutoGraph put much around the errors of the core: see errors.py.
original_exception <- function(exception) {
  if (is.null(the$core)) exception else the$core$errors$original(exception)
}

exception_facts <- function(exception) {
  ours <- sub(
    "^tfhub\\.errors\\.",
    "",
    grep("^tfhub\\.errors\\.", class(exception), value = TRUE)
  )
  if (length(ours) == 0) {
    name <- sub(".*\\.", "", class(exception)[[1]])
    text <- cli::ansi_strip(reticulate::py_str(exception)) # Keras writes in bold
    text <- fit_to_show(text)
    return(list(
      message = paste0(name, ": ", text),
      class = "tfhub_error_python",
      python_class = class(exception)[[1]]
    ))
  }
  field <- function(name) {
    r_value(reticulate::py_get_attr(exception, name))
  }
  words <- r_value(exception$in_words("r"))
  list(
    message = words[[1]],
    hint = words[[2]],
    handle = field("handle"),
    data = field("data"),
    class = error_class(setdiff(ours, "HubError")),
    python_class = class(exception)[[1]]
  )
}

# HTTPStatusError becomes tfhub_error_http_status.
error_class <- function(python) {
  words <- gsub("([a-z])([A-Z])", "\\1_\\2", sub("Error$", "", python))
  words <- gsub("([A-Z])([A-Z][a-z])", "\\1_\\2", words)
  if (length(words)) paste0("tfhub_error_", tolower(words)) else character()
}

python_in_use <- function(python) {
  inline(
    "The Python in use is {.path {python}}; {.envvar RETICULATE_PYTHON} names another."
  )
}

# A text of ours with cli's markup. What stands in it for a value is shown as it is:
# no markup, and no code.
inline <- function(text, .envir = rlang::caller_env()) {
  old <- options(cli.num_colors = 1L) # abort_hub() escapes what a terminal obeys
  on.exit(options(old))
  cli::format_inline(text, .envir = .envir)
}

inline_each <- function(..., .envir = rlang::caller_env()) {
  vapply(c(...), inline, "", .envir = .envir, USE.NAMES = FALSE)
}

# All are shown to the letter: no interpolation, no wrapping of tables. `problem` says
# what is wrong with what was given, `hint` what to do next.
abort_hub <- function(
  message,
  problem = NULL,
  hint = NULL,
  class = character(),
  call = rlang::caller_env(),
  handle = NULL,
  ...
) {
  bottom <- if (is.environment(call)) call else rlang::caller_env()
  trace <- rlang::trace_back(bottom = bottom)
  trace$call <- lapply(trace$call, fit_call)
  if (is.environment(call)) {
    call <- rlang::error_call(call)
  }
  message <- fit_texts(message)
  problem <- fit_texts(as.character(problem))
  hint <- fit_texts(hint)
  rlang::abort(
    c(
      message,
      rlang::set_names(problem, rep("x", length(problem))),
      rlang::set_names(as.character(hint), rep("i", length(hint)))
    ),
    class = c(class, "tfhub_error"),
    call = fit_call(call),
    hint = hint,
    trace = trace,
    handle = fit_texts(handle),
    ...
  )
}

# Any text of a condition, which is printed, logged and saved.
fit_texts <- function(x) {
  may_be_odd <- "[@?%]|//|[^ -~]"
  if (
    !is.character(x) || !any(grepl(may_be_odd, x, perl = TRUE, useBytes = TRUE))
  ) {
    return(x)
  }
  x[] <- vapply(as_utf8(x), fit_to_show, "", USE.NAMES = FALSE)
  x
}

# As shown.py has it: no password or signature of a URL, nothing that a terminal obeys.
fit_to_show <- function(text) {
  if (is.null(the$core)) {
    return(mask_urls(text))
  }
  r_value(the$core$shown$shown_lines(text))
}

# The same before there is Python, or where there is none: more than is secret goes.
mask_urls <- function(text) {
  for (i in seq_len(nrow(secrets))) {
    text <- gsub(secrets[i, 1], secrets[i, 2], text, perl = TRUE)
  }
  paste(
    printable(strsplit(text, "\n", fixed = TRUE)[[1]], .Machine$integer.max),
    collapse = "\n"
  )
}

# Nobody can see where a login or a URL ends: there may be quotes and spaces in it.
secrets <- rbind(
  c("(?si)((?:[a-z][a-z0-9+.-]*:)?[/\\\\]+)?[^\\s/\\\\]*:.*@", "\\1***@"),
  c("(?s)//.*@", "//***@"),
  c("(?si)[^\\s\"'(]*%(?:25)*3A.*%(?:25)*40", "***"),
  c("(?s)(//[^\\s?;#]*[?;#]).*", "\\1***"),
  c("(?s)(/[^\\s?]*[?])(?=\\S*=).*", "\\1***")
)

# A call that is shown with an error, or in its trace: its texts and names are fit.
fit_call <- function(x) {
  if (is.character(x)) {
    fit_texts(x)
  } else if (is.symbol(x)) {
    as.name(fit_texts(as.character(x)))
  } else if (is.call(x)) {
    parts <- lapply(as.list(x), function(part) {
      if (rlang::is_missing(part)) part else fit_call(part)
    })
    names(parts) <- fit_texts(names(parts))
    as.call(parts)
  } else {
    x
  }
}
