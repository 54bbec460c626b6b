# A callback for Python that draws a bar with cli until `envir` ends, or NULL where R
# has nobody to show it to; Python then decides for itself, as in a terminal.
download_progress <- function(
  what = "Downloading",
  envir = rlang::caller_env()
) {
  if (progress_wanted()) bar_callback(what, "download", envir)
}

# The same for the rows of predict().
row_progress <- function(envir = rlang::caller_env()) {
  if (rlang::is_interactive()) bar_callback("Predicting", "iterator", envir)
}

bar_callback <- function(what, type, envir) {
  force(envir) # while the caller is there: the bar ends with it
  bar <- NULL
  callback <- function(done, total, ...) {
    if (is.null(bar)) {
      bar <<- cli::cli_progress_bar(
        what,
        type = type,
        total = total %||% NA,
        .envir = envir
      )
    }
    cli::cli_progress_update(set = done, id = bar, .envir = envir)
    NULL
  }
  reticulate::r_to_py(callback, convert = TRUE)
}

progress_wanted <- function() {
  setting <- Sys.getenv("TFHUB_DOWNLOAD_PROGRESS")
  if (nzchar(setting)) setting != "0" else rlang::is_interactive()
}
