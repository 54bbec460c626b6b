#' A small model for examples and tests
#'
#' Writes a SavedModel with one of everything into the temporary folder of this
#' session, the first time it is called. It needs TensorFlow.
#'
#' @return The folder, a string: a handle for [hub_load()]. The model has
#' - a call of its own, `m(x, training = FALSE)`: float32 `[batch, 3]` to the
#'   sums and means of the rows of `2 * x`, float32 `[batch, 2]`;
#'   `training = TRUE` adds 1;
#' - the functions `embed(text)` (bytes and characters of each text, float32
#'   `[batch, 2]`), `shout(text)`, `infer(x)` and `fruit_to_pet(apples,
#'   oranges)`;
#' - the signature `fruit_to_pet`: `apples` float32 `[batch, 3]` and `oranges`
#'   int64 `[batch]` to `cats` float32 `[batch, 3]`, `default` float32
#'   `[batch]` and `dogs` int64 `[batch]`;
#' - the signatures `serving_default`, as the call, and `shout`: text to upper
#'   case.
#' @export
#' @examplesIf hub_is_installed()
#' hub_info(hub_example_model())
hub_example_model <- function() {
  path <- file.path(tempdir(), "tfhub-example")
  if (!file.exists(file.path(path, "saved_model.pb"))) {
    with_py_errors(core_testing()$save_fruit_model(path))
  }
  path
}
