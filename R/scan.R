#' List what a model does beyond computing
#'
#' A model is a program: it can read and write files, run code and use the network.
#' `hub_scan()` reads all graphs and functions of a model and lists the operations
#' that reach out of it. The model is fetched if it is not in the cache; TensorFlow is
#' not started, and none of the model's code runs.
#'
#' What loading a model does by itself is not listed: reading its own variables, and
#' filling tables from its own files. A scan tells what TensorFlow's operations are made
#' to do. It does not find faults of TensorFlow's own code that a model makes use of,
#' nor what a model computes or how long that takes. The article on trust and security
#' says more.
#'
#' @param handle A handle, as in [hub_resolve()].
#' @return A data frame of class `hub_scan` with a row for each operation that reaches
#'   out, or may; none means that there is none. In the texts, what is not printable is
#'   escaped. The attribute `nodes` says how many operations were looked at, `more` how
#'   many rows there would be beyond 10,000. The columns are:
#'   - `effect`: `"reads files"`, `"writes files"`, `"lists files"`,
#'     `"deletes files"`, `"runs code"`, `"uses the network"`, `"ends the process"`,
#'     several of them with commas between; or `"unknown op"` where TensorFlow 2.15
#'     to 2.22 does not have it.
#'   - `op`: the operation.
#'   - `where`: the path, address or name that it is given; or `"an input"` of the
#'     model, `"the loader's own path"`, or `"computed"`.
#'   - `node`: its name.
#'   - `fun`: the function of the graph that holds it, or `""`.
#'   - `reached_from`: from what is run to that function, with `>` between; `""` where
#'     nothing reaches it.
#'   - `tags`: those of its graph.
#' @section Errors:
#' Those of [hub_resolve()]; `tfhub_error_model_not_found` (no model in the
#' folder) and `tfhub_error_model_format` (`saved_model.pb` is damaged).
#' @seealso [hub_info()] for how the model is called, [hub_trust()] to trust it.
#' @export
#' @examplesIf hub_is_installed()
#' found <- hub_scan(hub_example_model())
#' found
#' nrow(found) == 0
hub_scan <- function(handle) {
  check_given(handle, wanted_handle)
  handle <- as_handle(handle)
  found <- with_py_errors(r_value(core()$runtime$bridge$scan(handle)))
  structure(
    as_table(found$findings),
    class = c("hub_scan", "hub_table", "data.frame"),
    handle = handle,
    nodes = found$nodes,
    more = found$more
  )
}

#' @export
print.hub_scan <- function(x, ...) {
  nodes <- attr(x, "nodes")
  if (is.null(nodes) || !all(scan_columns %in% names(x))) {
    return(NextMethod()) # the user has chosen rows or columns
  }
  cat(fold_lines(format(x, ...)), sep = "\n")
  invisible(x)
}

scan_columns <- c("effect", "op", "where", "reached_from")

#' @export
format.hub_scan <- function(x, ...) {
  count <- nrow(x) + attr(x, "more")
  rows <- utils::head(x, most_printed)
  way <- ifelse(nzchar(rows$reached_from), rows$reached_from, "nothing")
  where <- ifelse(nzchar(rows$where), paste0(" (", rows$where, ")"), "")
  printable(c(
    sprintf("<hub_scan> %s", attr(x, "handle")),
    sprintf(
      "%s of %s reach out of the model, or may.",
      if (count) format(count, big.mark = ",") else "None",
      count_of(attr(x, "nodes"), "operation")
    ),
    sprintf(
      "  %s: %s%s, reached from: %s",
      rows$effect,
      rows$op,
      where,
      way
    ),
    and_more(count - nrow(rows), "operations")
  ))
}
