# A callback for Python that draws a bar with cli until `envir` ends, or NULL where R
# has nobody to show it to; Python then decides for itself, as in a terminal.
download_progress <- function(
  what = "Downloading",
  envir = rlang::caller_env()
) {
  if (!progress_wanted()) {
    return(NULL)
  }
  force(envir) # while the caller is there: the bar ends with it
  bar <- NULL
  callback <- function(done, total, url) {
    if (is.null(bar)) {
      bar <<- cli::cli_progress_bar(
        what,
        type = "download",
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
