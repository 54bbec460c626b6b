#' Check whether a model is fit to be published
#'
#' Looks at a model rule by rule. Its files are read, and unless it does more than
#' compute (see [hub_scan()]) it is loaded and run on small made inputs, in a process of
#' its own.
#'
#' @param handle A handle, as in [hub_resolve()].
#' @param signature The common signature that the model is to have:
#'   `"image_classification"`, `"image_feature_vector"` or `"text_embedding"`.
#' @param run Whether to load and run it, which runs its code. `NULL` does unless the
#'   scan finds that it does more than compute.
#' @param seconds The time that this may take.
#' @param memory The bytes of memory that this may take.
#' @return A data frame of class `hub_check` with a row for each outcome; one rule may
#'   have several. The columns are:
#'   - `rule`: `"whole"` (every file is there), `"scan"` (it only computes), `"ops"`
#'     (TensorFlow has all of them), `"paths"` (none is absolute), `"devices"` (no GPU,
#'     TPU or other machine is asked for), `"loads"`, `"runs"` (each signature),
#'     `"reusable"` (the reusable SavedModel interface), or the name of `signature`.
#'   - `outcome`: `"passed"`, `"failed"`, `"warned"` or `"skipped"`.
#'   - `found`: what was found, a sentence.
#'   - `remedy`: what to do, or `""`.
#'
#'   The attribute `passed` says whether no rule failed.
#' @section Errors:
#' Those of [hub_resolve()]; `tfhub_error_model_not_found` (no model in the
#' folder), `tfhub_error_model_format` (`saved_model.pb` is damaged) and
#' `tfhub_error_input` (no such signature).
#' @seealso [hub_pack()] and [hub_serve()] to publish it.
#' @export
#' @examplesIf hub_is_installed()
#' found <- hub_check(hub_example_model())
#' found
#' attr(found, "passed")
hub_check <- function(
  handle,
  signature = NULL,
  run = NULL,
  seconds = 300,
  memory = 8 * 2^30
) {
  check_given(handle, wanted_handle)
  handle <- as_handle(handle)
  check_string(signature, allow_null = TRUE)
  check_flag(run, allow_null = TRUE)
  check_whole(seconds, 1)
  check_limit(memory)
  found <- with_py_errors({
    r_value(core()$check(
      handle,
      signature,
      run = run,
      seconds = seconds,
      memory = memory
    )$to_dict())
  })
  names <- c("rule", "outcome", "found", "remedy")
  columns <- lapply(names, function(name) {
    vapply(found$outcomes, function(outcome) outcome[[name]], "")
  })
  structure(
    as_table(rlang::set_names(columns, names)),
    class = c("hub_check", "hub_table", "data.frame"),
    handle = handle,
    passed = found$passed
  )
}

#' @export
print.hub_check <- function(x, ...) {
  columns <- c("rule", "outcome", "found", "remedy")
  if (is.null(attr(x, "passed")) || !all(columns %in% names(x))) {
    return(NextMethod()) # the user has chosen rows or columns
  }
  cat(fold_lines(format(x, ...)), sep = "\n")
  invisible(x)
}

#' @export
format.hub_check <- function(x, ...) {
  passed <- if (attr(x, "passed")) "passed" else "failed"
  printable(c(
    sprintf("<hub_check> %s: %s", attr(x, "handle"), passed),
    trimws(
      sprintf("  %-7s  %s: %s %s", x$outcome, x$rule, x$found, x$remedy),
      "right"
    )
  ))
}
