#' Pack a model into an archive
#'
#' Writes a model folder as the `.tar.gz` that the hosting protocol asks for, and
#' that [hub_load()] takes as it is. The same folder gives the same file. Hidden
#' files (except those in `assets`) and what file managers and Python leave behind
#' are left out.
#'
#' What is packed can be unpacked on every system. So it refuses names that Windows
#' does not allow (`aux.txt`, `a:b`), that some file systems take for the same
#' (`a` and `A`), or that are not in UTF-8, and more files than readers unpack
#' (`TFHUB_MAX_ENTRIES`). No link is followed, not even one that takes the place of
#' a file during packing.
#'
#' Readers refuse an archive that grows to more than `TFHUB_MAX_RATIO` times its
#' size, as a model of almost nothing but zeros does. It is packed all the same, and
#' a message says what readers have to set.
#'
#' @param folder A folder with a SavedModel or with a module in the TF1 Hub
#'   format.
#' @param out The archive to write, whose name ends in `.tar.gz` or `.tgz`, or a
#'   folder to write it into. `NULL` is the working folder. In a folder it is
#'   named after the model's folder; a version such as `mnist/3` gives
#'   `mnist_3.tar.gz`.
#' @param overwrite Whether to replace an archive that is there already.
#' @return The path of the archive, invisibly. It appears when it is whole.
#' @section Errors:
#' `tfhub_error_model_not_found`: the folder holds no model.
#' `tfhub_error_model_format`: a file of the model is missing, cut, damaged, or a
#' pointer of Git LFS.
#' `tfhub_error_unsafe_archive`: it holds a link, something that is neither file nor
#' folder, or a name that cannot be unpacked everywhere.
#' `tfhub_error_handle_not_found`: there is no such folder.
#' `tfhub_error_write`: the archive cannot be written. `tfhub_error`: it is there
#' already, or would lie in the folder.
#' @seealso [hub_serve()], which packs by itself.
#' @export
#' @examplesIf hub_is_installed()
#' archive <- hub_pack(hub_example_model(), tempfile(fileext = ".tar.gz"))
#' m <- hub_load(archive)
hub_pack <- function(folder, out = NULL, overwrite = FALSE) {
  check_string(folder)
  check_string(out, allow_null = TRUE)
  check_flag(overwrite)
  path <- with_py_errors(core()$pack(
    as_handle(folder),
    out = as_handle(out %||% getwd()),
    overwrite = overwrite
  ))
  invisible(r_value(path))
}

#' Serve models over HTTP
#'
#' Starts a hub: a server of the models in a folder, in a process of its own. At
#' the URL of a model, a browser gets a page that describes it, and [hub_load()]
#' (here, in Python, or in any library that speaks the hosting protocol) gets the
#' model. Changes in the folder show at the next request.
#'
#' The server stops with `$stop()`, when nothing refers to the object any more,
#' and when the R session ends in any way. So keep the object. For a permanent hub,
#' run `tfhub serve` in a terminal or as a service.
#'
#' Nobody has to log in. With the default `host` only programs on this machine
#' can reach it.
#'
#' One model cannot hold up the others: files are read by separate processes, for at
#' most ten seconds and with at most 1 GiB of memory, and the result is kept until
#' the files change. Forks of R (as of [parallel::mclapply()]) do not keep the
#' server when R has ended.
#'
#' A model is packed for the first client that asks for it, and its tree digest is
#' computed then; the page shows it until the files change. What [hub_pack()]
#' refuses, such as a model with a missing file, the server refuses too.
#'
#' @param directory The folder. It holds `publisher/model/version/` folders, the
#'   versions being numbers; models at other depths are served at their paths.
#' @param host The address to listen at. `"0.0.0.0"` is every address of this
#'   machine.
#' @param port The port to listen at; 0 takes any free one.
#' @param url Where others find the server, if that is not where it listens:
#'   `"https://hub.example.com/models"` behind a proxy. It stands in the code that
#'   the pages show; links need none, as they are relative.
#' @return An object of class `hub_server`, a list of
#'   - `url`, where the server answers on this machine, and `directory`, what it
#'     serves: strings;
#'   - `handles()`, the URLs of the models that are in the folder now, newest
#'     versions first, a character vector;
#'   - `is_running()`, whether it still answers;
#'   - `stop()`, which stops it, and waits until it has ended.
#' @section Errors:
#' `tfhub_error_handle_not_found`: there is no such folder.
#' `tfhub_error_dependency`: the Python packages granian, jinja2, markdown-it-py
#' or starlette are missing. `tfhub_error`: the port is taken, say, or `url` is
#' no URL of a server.
#' @seealso [hub_export()] to make a model.
#' @export
#' @examplesIf hub_is_installed(serve = TRUE)
#' \dontshow{
#' old <- Sys.getenv("TFHUB_CACHE_DIR", NA)
#' Sys.setenv(TFHUB_CACHE_DIR = tempfile())
#' }
#' folder <- tempfile()
#' vectors <- tempfile()
#' writeLines(c("cat 1 0", "dog 0 1"), vectors)
#' hub_export_text_embedding(vectors, file.path(folder, "me", "animals", "1"))
#'
#' server <- hub_serve(folder)
#' server
#' m <- hub_load(paste0(server$url, "/me/animals/1"))
#' predict(m, c("a cat", "cat and dog"))
#' server$stop()
#' \dontshow{
#' if (is.na(old)) {
#'   Sys.unsetenv("TFHUB_CACHE_DIR")
#' } else {
#'   Sys.setenv(TFHUB_CACHE_DIR = old)
#' }
#' }
hub_serve <- function(directory, host = "127.0.0.1", port = 0, url = NULL) {
  check_string(directory)
  check_string(host)
  check_whole(port)
  check_string(url, allow_null = TRUE)
  server <- with_py_errors(
    core()$Server(as_handle(directory), host, as.integer(port), url)
  )
  new_hub_server(server)
}

# The functions refer to the Python object; when they are gone, it ends the process.
new_hub_server <- function(server) {
  url <- r_value(server$url)
  gone <- function() reticulate::py_is_null_xptr(server)
  structure(
    list(
      url = url,
      directory = r_value(server$directory),
      handles = function() {
        if (gone()) {
          abort_hub(
            sprintf("The server %s was of another R process.", url),
            hint = inline("Start one with {.fn hub_serve}."),
            class = "tfhub_error_not_saved",
            call = quote(handles())
          )
        }
        as.character(with_py_errors(r_value(server$handles())))
      },
      is_running = function() {
        !gone() && r_value(server$is_running())
      },
      stop = function() {
        if (!gone()) {
          server$close()
        }
        invisible()
      }
    ),
    class = "hub_server"
  )
}

#' @export
print.hub_server <- function(x, ...) {
  cat(fold_lines(format(x, ...)), sep = "\n")
  invisible(x)
}

#' @export
format.hub_server <- function(x, ...) {
  if (!x$is_running()) {
    return(sprintf("<hub_server> stopped; it was %s", x$url))
  }
  handles <- x$handles()
  shown <- utils::head(handles, 10)
  c(
    sprintf("<hub_server> %s", x$url),
    sprintf("serves %s", x$directory),
    if (length(handles) == 0) "There is no model in it yet." else shown,
    if (length(handles) > 10) sprintf("and %d more", length(handles) - 10),
    "$stop() stops it."
  )
}
