#' Make a text module from a file of word vectors
#'
#' Exports a file of word vectors, such as GloVe's, as a module that embeds
#' texts: each text is split at white space, each token is looked up, and the
#' vectors of a text are combined. A text without tokens gives zeros.
#'
#' The module takes texts, string `[batch]`, and gives float32
#' `[batch, dimensions]`. The vectors are one variable, which can be trained. The
#' file is read piece by piece, so it can be larger than the memory.
#'
#' @section Progress:
#' As for [hub_resolve()]; it counts the bytes read.
#'
#' @param file The file, a string: a line `token v1 v2 ...` for each token, with
#'   white space between, as GloVe writes it, or with a first line
#'   `count dimensions`, as word2vec and fastText do. Plain or gzipped, in UTF-8.
#' @param path The folder, a string. It may hold other files, but no model. The model
#'   appears in it only when it is whole.
#' @param format `"tf2"` is a SavedModel for [hub_load()] and for Keras, `"tf1"` a
#'   module in the TF1 Hub format, for [hub_module()] and for feature columns.
#' @param oov_buckets Tokens that are not in the file are hashed into this many rows.
#'   The rows are zeros until they are trained, and count where the combiner divides.
#'   0 leaves such tokens out.
#' @param combiner `"sum"` of the vectors of a text; `"mean"` divides it by their
#'   number, `"sqrtn"` by the square root of their number.
#' @param lowercase Whether texts are put into lower case first. The tokens are
#'   not.
#' @param remove_punctuation Whether all punctuation is removed from texts first:
#'   `don't` becomes `dont`.
#' @param duplicates What to do with a token that an earlier line has: raise an
#'   `"error"`, or let the `"first"` line count.
#' @return The path, invisibly.
#' @section Errors:
#' `tfhub_error_handle_not_found`: there is no such file.
#' `tfhub_error_embedding_file`: lines of it are malformed, and named by their
#' numbers. `tfhub_error_input`: an option has a value that is not known.
#' `tfhub_error_model_exists`: there is a file at the path, or files of a model
#' in it, and
#' `tfhub_error_write`: nothing can be written there.
#' @export
#' @examplesIf hub_is_installed()
#' file <- tempfile()
#' writeLines(c("cat 1 0", "dog 0 1"), file)
#' path <- hub_export_text_embedding(file, tempfile(), lowercase = TRUE)
#' predict(hub_load(path), c("Cat", "cat dog", "the mouse"))
hub_export_text_embedding <- function(
  file,
  path,
  format = "tf2",
  oov_buckets = 1,
  combiner = "sqrtn",
  lowercase = FALSE,
  remove_punctuation = FALSE,
  duplicates = "error"
) {
  check_string(file)
  check_string(path)
  check_string(format)
  check_whole(oov_buckets)
  check_string(combiner)
  check_flag(lowercase)
  check_flag(remove_punctuation)
  check_string(duplicates)
  with_py_errors({
    path <- core()$export_text_embedding(
      as_handle(file),
      as_handle(path),
      format = format,
      oov_buckets = as.integer(oov_buckets),
      combiner = combiner,
      lowercase = lowercase,
      remove_punctuation = remove_punctuation,
      duplicates = duplicates,
      progress = download_progress("Reading")
    )
    invisible(r_value(path))
  })
}
