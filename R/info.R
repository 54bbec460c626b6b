#' Describe a model without loading it
#'
#' Reads the files of a model: its format, signatures, functions, operations,
#' variables and size. The model is fetched if it is not in the cache;
#' TensorFlow is not started, and none of the model's code runs.
#'
#' @param handle A handle, as in [hub_resolve()], or a module, of [hub_load()] or
#'   [hub_module()], which is described as it was when it was loaded.
#' @param digest Whether to compute the tree digest, which takes reading every file.
#'   Otherwise you get the one recorded when the model came into the cache, if any.
#' @return A list of class `hub_info`, which prints as a summary.
#'   Dtypes are TensorFlow's (`"float32"`); shapes are text such as
#'   `"[?, 3]"`, `?` being a dimension that the caller chooses, `"[]"` a
#'   scalar and `"[...]"` an unknown rank. Sizes are in bytes.
#'   - `handle`, `path`: what was asked for, and the folder.
#'   - `format`: `"TF2 SavedModel"`, `"TF1 SavedModel"` or `"TF1 Hub module"`.
#'   - `tensorflow`: the version of TensorFlow that wrote it, or `""`.
#'   - `size`: on disk.
#'   - `tree`: the tree digest, which [hub_trust()] takes, or `""`; and
#'     `tree_source`: `"recorded"` when the model came into the cache (its files may
#'     have changed since), `"computed"` from its files now, or `""`.
#'   - `variables`: a list of `count`, `parameters` (elements) and `bytes`; each is
#'     `NaN` where the checkpoint's index is damaged or missing.
#'   - `problems`: why the model cannot be loaded, a sentence for each: files that
#'     are missing, cut short, damaged, or Git LFS pointers.
#'   - `default_tags`: the tags of the graph that [hub_load()] takes.
#'   - `graphs`: a data frame with a row for each graph: its `tags`, several
#'     of them separated by commas, and its `default_signature` (or `""`).
#'   - `signatures`: a data frame with a row for each input and output:
#'     `tags`, `signature`, `role` (`"input"` or `"output"`), `name`, `dtype`
#'     and `shape`.
#'   - `functions`: a data frame with a row for each way to call a function of
#'     the object: `tags`, `name` (`"__call__"` is the call
#'     of the module itself), `arguments` and `output`.
#'   - `weights`: a data frame with a row for each variable: its `name`, `dtype`
#'     and `shape`, its number of `parameters`, and whether it is `trainable`.
#'   - `ops`: the names of all operations in it.
#'   - `files`: a data frame with each `file` and its `bytes`.
#' @section Errors:
#' Those of [hub_resolve()]; `tfhub_error_model_not_found` (no model in the
#' folder) and `tfhub_error_model_format` (`saved_model.pb` is damaged).
#' @seealso [hub_signatures()] for one table, [summary()][summary.hub_module] for
#'   weights, size and operations.
#' @export
#' @examplesIf hub_is_installed()
#' info <- hub_info(hub_example_model())
#' info
#' info$weights
#' subset(info$signatures, signature == "fruit_to_pet")
hub_info <- function(handle, digest = FALSE) {
  check_given(handle, wanted_handle)
  check_flag(digest)
  if (inherits(handle, "hub_module")) {
    self <- module_self(handle)
    if (!digest && inherits(self$info, "hub_info")) {
      return(self$info)
    }
    handle <- self$handle
    if (is.null(handle)) {
      abort_hub(
        sprintf("%s has no files yet, to tell from.", self$info$handle),
        hint = inline(
          "Write them by {.fn hub_export}. How it is applied is said by {.fn print}."
        ),
        class = "tfhub_error_input",
        call = rlang::current_env()
      )
    }
  }
  new_hub_info(as_handle(handle), digest)
}

new_hub_info <- function(handle, digest = FALSE, call = rlang::caller_env()) {
  info <- with_py_errors(call = call, {
    r_value(
      core(call)$runtime$bridge$describe(handle, digest = digest)
    )
  })
  tables <- c("graphs", "signatures", "functions", "weights", "files")
  info[tables] <- lapply(info[tables], as_table)
  info$weights$parameters <- as.numeric(info$weights$parameters)
  info$weights$trainable <- as.logical(info$weights$trainable)
  info$ops <- as.character(info$ops)
  info$problems <- as.character(info$problems)
  structure(info, class = "hub_info")
}

# An empty column comes from Python as an empty list.
as_table <- function(columns) {
  columns <- lapply(columns, function(x) if (length(x)) x else character())
  as_hub_table(columns)
}

#' @export
print.hub_info <- function(x, ...) {
  cat(fold_lines(format(x, ...)), sep = "\n")
  invisible(x)
}

#' @export
format.hub_info <- function(x, ...) {
  graphs <- lapply(utils::head(x$graphs$tags, most_printed), function(tags) {
    c(format_tags(tags), format_graph(x, tags))
  })
  printable(c(
    sprintf("<hub_info> %s", x$handle),
    format_summary(x),
    sprintf("Problem: %s", x$problems),
    if (!identical(x$path, x$handle)) sprintf("Folder: %s", x$path),
    if (nzchar(x$tree %||% "")) {
      sprintf("Digest: %s (%s)", x$tree, x$tree_source)
    },
    unlist(graphs),
    and_more(length(x$graphs$tags) - most_printed, "graphs")
  ))
}

format_summary <- function(info) {
  variables <- info$variables
  paste0(
    info$format,
    if (nzchar(info$tensorflow %||% "")) {
      paste(" of TensorFlow", info$tensorflow)
    },
    if (!isTRUE(is.nan(variables$count))) {
      sprintf(
        ", %s (%s)",
        count_of(variables$count, "variable"),
        count_of(variables$parameters, "parameter")
      )
    },
    if (!is.null(info$size)) paste0(", ", format_size(info$size))
  )
}

format_size <- function(bytes) {
  format(structure(bytes, class = "object_size"), "auto", "SI")
}

format_tags <- function(tags) {
  sprintf("Tags: %s", if (nzchar(tags)) tags else "none")
}

# The lines for one graph: how to call it, its functions, its signatures.
format_graph <- function(info, tags) {
  functions <- info$functions[info$functions$tags == tags, ]
  functions$name <- printable(functions$name, 200)
  functions$arguments <- shorten_forms(functions$arguments)
  functions$output <- shorten_forms(functions$output)
  own <- functions$name == "__call__"
  calls <- sprintf("%s(%s)", functions$name, functions$arguments)
  calls[own] <- sprintf("(%s)", functions$arguments[own])
  calls <- sprintf("  %s -> %s", calls, functions$output)
  default <- info$graphs$default_signature[info$graphs$tags == tags]
  c(
    if (any(own)) {
      c("Call:", shorten(calls[own], 1000))
    } else if (nzchar(default)) {
      c("Call:", sprintf("  that of the signature %s", printable(default, 200)))
    },
    if (any(!own)) c("Functions:", shorten(calls[!own])),
    format_signatures(info$signatures[info$signatures$tags == tags, ])
  )
}

format_signatures <- function(signatures) {
  if (nrow(signatures) == 0) {
    return(NULL)
  }
  all <- unique(signatures$signature)
  names <- utils::head(all, most_printed)
  signatures <- signatures[signatures$signature %in% names, ]
  lines <- lapply(names, function(name) {
    rows <- signatures[signatures$signature == name, ]
    some <- utils::head(rows, most_rows)
    arrow <- ifelse(some$role == "output", "-> ", "   ")
    c(
      paste0("  ", printable(name, 200)),
      sprintf("    %s%s", arrow, format_tensors(some)),
      and_more(nrow(rows) - most_rows, "inputs and outputs", "    ")
    )
  })
  c(
    "Signatures:",
    unlist(lines),
    and_more(length(all) - most_printed, "signatures")
  )
}

# Of what hostile models have thousands of: signatures and graphs, the tensors of one.
most_printed <- 50
most_rows <- 200

and_more <- function(n, what, indent = "  ") {
  if (n > 0) {
    sprintf("%s... and %s more %s", indent, format_count(n), what)
  }
}

# The columns `name`, `dtype` and `shape` of a table, as lines.
format_tensors <- function(rows) {
  trimws(
    paste0(
      format(printable(rows$name, 200)),
      "  ",
      format(printable(paste0(rows$dtype, rows$shape)))
    ),
    "right"
  )
}

# Keras exports have hundreds of functions.
shorten <- function(lines, most = 20) {
  more <- length(lines) - most
  if (more > 0) {
    c(lines[seq_len(most)], sprintf("  and %d more", more))
  } else {
    lines
  }
}

count_of <- function(n, what) {
  sprintf("%s %s%s", format_count(n), what, if (n == 1) "" else "s")
}

# R warns where options(OutDec = ",") makes both marks the same.
format_count <- function(n) {
  format(n, big.mark = ",", decimal.mark = ".", scientific = FALSE)
}
