#' Find a model
#'
#' Finds models among those that tfhub.dev listed until March 2024. The table is in the
#' package: nothing is downloaded. Whether a model can still be had, it does not say;
#' when [hub_load()] cannot get one, its error tells what is known of it, such as its
#' name on Kaggle.
#'
#' @param query Words, such as `"spanish text embedding"`, or a path. Words that mean
#'   the same and typing errors are known.
#' @param task Only models for this task, such as `"text-embedding"`, or a part of its
#'   name.
#' @param language Only models for this language, by its code or its English name.
#' @param dataset Only models that were trained on this.
#' @param architecture Only models of this architecture, such as `"bert"`.
#' @param publisher Only models of this publisher, such as `"google"`.
#' @param format Only models in this format: `"TF2 SavedModel"`, `"TF1 SavedModel"` or
#'   `"TF1 Hub module"`.
#' @param fine_tunable Only models whose publisher said that they can be fine-tuned
#'   (`TRUE`), or cannot (`FALSE`).
#' @param most How many at most.
#' @return A data frame with a row for each model, best first, each in its newest
#'   version unless the query names one. What is not known is `""`. The columns are:
#'   - `handle`: to be given to [hub_load()].
#'   - `format`: as the argument; `use`: what loads it, [hub_load()] or, for a TF1 Hub
#'     module, also [hub_module()].
#'   - `task`, `architecture`, `dataset`, `language`, `license`: several values are
#'     separated by commas.
#'   - `fine_tunable`: what its publisher said, `NA` if nothing.
#'   - `cached`: whether it is in the cache.
#'   - `kaggle`: what it is called on Kaggle, a handle; versions differ there.
#' @section Errors:
#' `tfhub_error_input`: nothing fits, or there is no such task, language, dataset,
#' architecture, publisher or format; it lists those there are.
#' @seealso [hub_info()] to see what is in a model.
#' @export
#' @examplesIf hub_is_installed()
#' hub_search("spanish text embedding", most = 3)$handle
#' hub_search(task = "image-style-transfer")[c("handle", "fine_tunable")]
hub_search <- function(
  query = "",
  task = NULL,
  language = NULL,
  dataset = NULL,
  architecture = NULL,
  publisher = NULL,
  format = NULL,
  fine_tunable = NULL,
  most = 20
) {
  check_string(query)
  given <- list(
    task = task,
    language = language,
    dataset = dataset,
    architecture = architecture,
    publisher = publisher,
    format = format
  )
  for (name in names(given)) {
    check_string(given[[name]], allow_null = TRUE, arg = name)
  }
  check_flag(fine_tunable, allow_null = TRUE)
  check_whole(most, 1)
  found <- with_py_errors(r_value(rlang::inject(core()$runtime$bridge$search(
    query,
    !!!given,
    fine_tunable = fine_tunable,
    most = as.integer(most)
  ))))
  table <- as_table(found)
  table$use <- c(load = "hub_load", "load, Module" = "hub_load, hub_module")[
    table$use
  ]
  table$use <- unname(table$use)
  table$fine_tunable <- c(yes = TRUE, no = FALSE)[table$fine_tunable]
  table$fine_tunable <- unname(table$fine_tunable)
  table$cached <- table$cached == "yes"
  table
}
