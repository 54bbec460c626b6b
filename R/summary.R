#' What a model is made of
#'
#' The weights of a model, its size and its operations, read from its files.
#' `print()` of a module shows how to apply it.
#'
#' @param object A module, of [hub_load()] or [hub_module()], or what
#'   [hub_info()] returned.
#' @param ... Not used.
#' @param x What `summary()` returned.
#' @param n The number of weights to print.
#' @return A list of class `summary.hub_info`: `handle`, `format`, `tensorflow`
#'   (the version that wrote it), `size` (bytes on disk), `files`, `weights`, `ops`
#'   and `variables`, all as in [hub_info()].
#' @export
#' @examplesIf hub_is_installed()
#' m <- hub_load(hub_example_model())
#' summary(m)
#' summary(m)$weights
summary.hub_module <- function(object, ...) {
  summary(hub_info(object))
}

#' @rdname summary.hub_module
#' @export
summary.hub_info <- function(object, ...) {
  kept <- c(
    "handle",
    "format",
    "tensorflow",
    "size",
    "files",
    "variables",
    "problems"
  )
  structure(
    unclass(object)[c(kept, "weights", "ops")],
    class = "summary.hub_info"
  )
}

#' @rdname summary.hub_module
#' @export
print.summary.hub_info <- function(x, n = 20, ...) {
  cat(fold_lines(format(x, n = n, ...)), sep = "\n")
  invisible(x)
}

#' @export
format.summary.hub_info <- function(x, n = 20, ...) {
  check_whole(n, 1)
  weights <- x$weights
  trainable <- sum(weights$parameters[weights$trainable])
  marks <- ifelse(weights$trainable, "trainable  ", "fixed      ")
  shown <- utils::head(seq_len(nrow(weights)), n)
  rows <- paste0("  ", marks[shown], format_tensors(weights[shown, ]))
  ops <- toString(printable(utils::head(x$ops, most_ops), 200))
  ops <- strwrap(ops, getOption("width") - 1, indent = 2, exdent = 2)
  printable(c(
    sprintf("Summary of %s", x$handle),
    paste(format_summary(x), "in", count_of(nrow(x$files), "file")),
    sprintf("Problem: %s", x$problems),
    if (!isTRUE(is.nan(x$variables$count))) {
      sprintf(
        "Weights: %s, %s trainable",
        format_size(x$variables$bytes),
        count_of(trainable, "parameter")
      )
    },
    if (nrow(weights)) {
      c(
        rows,
        if (nrow(weights) > n) sprintf("  and %d more", nrow(weights) - n)
      )
    },
    sprintf("Operations: %d kinds", length(x$ops)),
    ops,
    and_more(length(x$ops) - most_ops, "kinds")
  ))
}

# TensorFlow itself knows some 1,500.
most_ops <- 2000
