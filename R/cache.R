#' Look at the cache
#'
#' Downloaded models are kept in a folder on this machine. `hub_cache_dir()`
#' says which, `hub_cache_list()` says what is in it, and `hub_cache_verify()`
#' reads every file and compares its sha256 with that of the download. Looking at a
#' model does not count as using it.
#'
#' @param check Whether to check that every file is there and has its size.
#' @param handles Handles, or folders of cached models, a character vector.
#'   `NULL` means all that are in the cache.
#' @return `hub_cache_dir()`: the path of the folder, a string.
#'
#'   `hub_cache_list()`: a data frame with a row for each model, in order of
#'   their handles. `print()` shows what fits the width of the screen; a long
#'   handle has `...` within. The columns are:
#'   - `handle`: what it was downloaded for, without passwords and signatures
#'     (`***`); `""` where another program did not note it.
#'   - `path`: its folder.
#'   - `state`: `"ok"`, `"damaged"` (it is downloaded again when it is asked
#'     for), or `"foreign"`: from another program, without checksums. A model whose
#'     handle pins an archive counts as damaged if nothing shows that it is that one.
#'   - `size`, `files`: the bytes of its files, and how many there are.
#'   - `created`, `checked`: when it was put here, and when it was last known
#'     to match the server, both `POSIXct`.
#'   - `used`: when it was last loaded, or first resolved by a process, a
#'     `POSIXct`; `NA` where the file system keeps no access times. Linux keeps
#'     them to about a day: of several uses within 24 hours it records the first.
#'   - `url`: where it came from, as `handle` without secrets, or `""`.
#'   - `sha256`: of the archive that it came in, which `#sha256=` at the end of a
#'     handle pins; `""` where that is not known, or it was a folder.
#'   - `tree`: the tree digest of its files, `tree1:` and 64 digits, as it was
#'     recorded when it was put here; `""` where it was not.
#'
#'   `hub_cache_verify()`: a data frame with `handle`, `path`, `state`, and the
#'   lists of character vectors `missing`, `changed` (files of another size or
#'   sha256, or that cannot be read) and `extra` (files that were not in the
#'   download). In the names of files, what is not printable is escaped.
#' @section Errors:
#' `tfhub_error_handle_not_found`: one of `handles` is not in the cache.
#' `tfhub_error_cache`: the folder of the cache cannot be read.
#' @seealso [hub_cache_remove()] to make room, [hub_cache_export()] to carry
#'   models to another machine.
#' @export
#' @examplesIf hub_is_installed()
#' hub_cache_dir()
#' models <- hub_cache_list()
#' sum(models$size)
hub_cache_dir <- function() {
  with_py_errors(r_value(core()$cache_dir()))
}

#' @rdname hub_cache_dir
#' @export
hub_cache_list <- function(check = FALSE) {
  check_flag(check)
  models <- as_cache_table(cache_bridge()$cache_list(check = check))
  class(models) <- c("hub_cache_list", class(models))
  models
}

#' @rdname hub_cache_dir
#' @export
hub_cache_verify <- function(handles = NULL) {
  check_strings(handles, least = 0, allow_null = TRUE)
  handles <- if (!is.null(handles)) as_handles(handles)
  as_cache_table(cache_bridge()$cache_verify(handles))
}

#' Remove models from the cache
#'
#' `hub_cache_remove()` removes the models that it is given, `hub_cache_prune()`
#' those that have been unused for longest. Neither touches a model that a process
#' is loading or downloading at this moment.
#'
#' @param handles Handles, or folders of cached models, a character vector.
#' @param days Remove what has not been used for more than this many days.
#' @param size Remove models until all files together take at most this many bytes.
#' @param number Remove models until at most this many are left.
#' @param dry_run Whether only to say what would be removed.
#' @return A data frame with a row for each model that was to go: `handle`,
#'   `path`, `size` (bytes), `removed` (whether it is gone), and `reason` (why it
#'   is not: `"in use"`, `"being fetched"`, `"dry run"`, why the system refuses
#'   it, or `""`).
#' @section Errors:
#' `tfhub_error_handle_not_found`: one of `handles` is not in the cache; then
#' nothing is removed. `tfhub_error_cache`: the cache cannot be written.
#' @seealso [hub_cache_list()]
#' @export
#' @examplesIf hub_is_installed()
#' # What has not been used for a month, or exceeds 5 GB
#' hub_cache_prune(days = 30, size = 5e9, dry_run = TRUE)
hub_cache_remove <- function(handles) {
  check_strings(handles)
  as_cache_table(cache_bridge()$cache_remove(as_handles(handles)))
}

#' @rdname hub_cache_remove
#' @export
hub_cache_prune <- function(
  days = NULL,
  size = NULL,
  number = NULL,
  dry_run = FALSE
) {
  check_limit(days, allow_null = TRUE)
  check_limit(size, allow_null = TRUE)
  check_limit(number, allow_null = TRUE)
  check_flag(dry_run)
  as_cache_table(
    cache_bridge()$cache_prune(
      days = days,
      size = size,
      number = number,
      dry_run = dry_run
    )
  )
}

#' Carry cached models to another machine
#'
#' `hub_cache_export()` writes models of the cache into one file, a bundle, and
#' `hub_cache_import()` installs them on a machine that need not have a network.
#' Every file is compared with its sha256 on both sides. Nobody can check which
#' archives the models came in, so what a bundle says of that is left out unless you
#' vouch for it with `sha256`. An archive that was downloaded by other means, such
#' as a browser, is installed with `handle`. A bundle holds no password and no
#' signature of a URL: its models go by their handles without them.
#'
#' @param file The bundle; to import, also an archive of one model.
#' @param handles Handles of cached models, a character vector.
#' @param overwrite Whether to replace a file that is there already.
#' @param handle The handle that the archive is for; `NULL` for a bundle.
#' @param sha256 What the sha256 of the file must be, or `NULL`. If you vouch
#'   for a bundle in this way, it also brings the sha256 of the archives that its
#'   models came in, and models whose handles pin one.
#' @param replace Whether to replace models that are in the cache with other
#'   files.
#' @return `hub_cache_export()`: the path of the bundle, a string. Its attribute
#'   `"sha256"` is that of the bundle; an interactive session also says it in a
#'   message. Give it to others by another way than the bundle.
#'   `hub_cache_import()`: the models that were in the file, as
#'   [hub_cache_list()] has them.
#' @section Errors:
#' `tfhub_error_handle_not_found`: a handle that is not in the cache, or no such
#' file. `tfhub_error_archive`: what is to be imported is damaged, or neither a
#' bundle nor an archive of a model, or has another sha256, or a handle pins an
#' archive and nobody vouched for the bundle; nothing was installed.
#' `tfhub_error_model_exists`: a model is in the cache, with other files.
#' `tfhub_error_cache`: what is to be exported is damaged or a local path, or the
#' cache cannot be written.
#' @export
#' @examplesIf hub_is_installed()
#' \dontshow{
#' old <- Sys.getenv("TFHUB_CACHE_DIR", NA)
#' Sys.setenv(TFHUB_CACHE_DIR = tempfile())
#' archive <- tempfile(fileext = ".tar")
#' folder <- setwd(hub_example_model())
#' utils::tar(archive, ".", tar = "internal")
#' setwd(folder)
#' }
#' # `archive` is the path of a file that came by other means.
#' handle <- "https://example.com/fruit/1"
#' hub_cache_import(archive, handle)$state
#'
#' bundle <- hub_cache_export(tempfile(fileext = ".tar"), handle)
#' hub_cache_remove(handle)$removed
#' hub_cache_import(bundle)$handle
#' \dontshow{
#' if (is.na(old)) {
#'   Sys.unsetenv("TFHUB_CACHE_DIR")
#' } else {
#'   Sys.setenv(TFHUB_CACHE_DIR = old)
#' }
#' }
hub_cache_export <- function(file, handles, overwrite = FALSE) {
  check_string(file)
  check_strings(handles)
  check_flag(overwrite)
  written <- with_py_errors(r_value(
    cache_bridge()$cache_export(
      as_handle(file),
      as_handles(handles),
      overwrite = overwrite
    )
  ))
  sha256 <- written[[2]]
  if (rlang::is_interactive()) {
    cli::cli_inform("The sha256 of {.file {file}} is {sha256}.")
  }
  structure(written[[1]], sha256 = sha256)
}

#' @rdname hub_cache_export
#' @export
hub_cache_import <- function(
  file,
  handle = NULL,
  sha256 = NULL,
  replace = FALSE
) {
  check_string(file)
  check_string(handle, allow_null = TRUE)
  check_string(sha256, allow_null = TRUE)
  check_flag(replace)
  as_cache_table(
    cache_bridge()$cache_import(
      as_handle(file),
      if (!is.null(handle)) as_handle(handle),
      sha256 = sha256,
      replace = replace,
      progress = download_progress()
    )
  )
}

#' Adopt models that another program downloaded
#'
#' Python's `tensorflow_hub` and this package can share a cache. What another
#' program put there has no checksums; `hub_cache_adopt()` computes them, so that
#' [hub_cache_verify()] and [hub_cache_export()] know these models, too.
#'
#' @param handles Handles, a character vector; `NULL` means all whose handle the
#'   other program noted beside them.
#' @return The models that had no checksums, as they are now: a data frame as
#'   [hub_cache_list()] gives it. Those still `"foreign"` have no known handle: give
#'   it. Those `"damaged"` are not whole.
#' @section Errors:
#' `tfhub_error_handle_not_found`: one of `handles` is not in the cache.
#' `tfhub_error_cache`: the cache cannot be written.
#' @export
#' @examplesIf hub_is_installed()
#' hub_cache_adopt()$state
hub_cache_adopt <- function(handles = NULL) {
  check_strings(handles, least = 0, allow_null = TRUE)
  handles <- if (!is.null(handles)) as_handles(handles)
  as_cache_table(cache_bridge()$cache_adopt(handles))
}

# With the environment variables of now, which tell the folder of the cache.
cache_bridge <- function(call = rlang::caller_env()) {
  core(call)$runtime$bridge
}

as_handles <- function(handles) {
  as.list(enc2utf8(path.expand(handles)))
}

# Evaluates the call of Python; an empty column comes as an empty list.
as_cache_table <- function(columns, call = rlang::caller_env()) {
  columns <- with_py_errors(r_value(columns), call)
  column <- function(name, x) {
    switch(
      name,
      created = ,
      checked = ,
      used = as.POSIXct(as.numeric(x), origin = "1970-01-01"),
      size = ,
      files = as.numeric(x),
      removed = as.logical(x),
      missing = ,
      changed = ,
      extra = I(lapply(x, as.character)),
      as.character(x)
    )
  }
  columns <- Map(column, names(columns), columns)
  as_hub_table(columns)
}
