# Two models in a cache of their own; returns their handles.
local_models <- function(env = parent.frame()) {
  host <- local_host(env)
  urls <- vapply(
    c("/a/1", "/b/1"),
    function(path) {
      host$add(path, hub_example_model())
      url_of(host, path)
    },
    character(1),
    USE.NAMES = FALSE
  )
  lapply(urls, hub_resolve)
  urls
}

test_that("an empty cache is a data frame without rows", {
  skip_without_tensorflow()
  cache <- local_cache()
  expect_equal(hub_cache_dir(), cache)
  types <- function(x) vapply(x, function(column) class(column)[[1]], "")
  expect_snapshot({
    types(hub_cache_list())
    types(hub_cache_verify())
    types(hub_cache_prune(number = 0))
  })
  expect_equal(nrow(hub_cache_list()), 0)
})

test_that("the list tells what there is", {
  urls <- local_models()
  models <- hub_cache_list()
  expect_equal(models$handle, urls)
  expect_equal(models$path, vapply(urls, hub_resolve, "", USE.NAMES = FALSE))
  expect_equal(models$state, c("ok", "ok"))
  files <- list.files(models$path[[1]], recursive = TRUE, full.names = TRUE)
  expect_equal(models$size[[1]], sum(file.size(files)))
  expect_equal(models$files[[1]], length(files))
  expect_s3_class(models$created, "POSIXct")
  expect_lt(
    abs(as.numeric(Sys.time() - models$created[[1]], units = "secs")),
    60
  )
  expect_equal(models$url, paste0(urls, "?tf-hub-format=compressed"))
  expect_match(models$sha256, "^[0-9a-f]{64}$")
  expect_type(models$tree, "character")
  expect_equal(hub_cache_list(check = TRUE), models)
  pinned <- paste0(urls, "#sha256=", models$sha256)
  expect_true(dir.exists(hub_resolve(pinned[[1]])))
})

test_that("verify finds what has changed", {
  urls <- local_models()
  file <- file.path(hub_resolve(urls[[2]]), "saved_model.pb")
  bytes <- readBin(file, "raw", file.size(file))
  bytes[[9]] <- xor(bytes[[9]], as.raw(1))
  writeBin(bytes, file)
  found <- hub_cache_verify()
  expect_equal(found$state, c("ok", "damaged"))
  expect_equal(found$changed[[2]], "saved_model.pb")
  expect_equal(found$missing[[2]], character())
  expect_equal(hub_cache_verify(urls[[1]])$handle, urls[[1]])
})

test_that("models are removed and pruned", {
  urls <- local_models()
  dry <- hub_cache_prune(number = 0, dry_run = TRUE)
  expect_equal(dry$removed, c(FALSE, FALSE))
  expect_equal(dry$reason, c("dry run", "dry run"))
  expect_equal(nrow(hub_cache_prune(days = 1, size = 1e12)), 0)
  removed <- hub_cache_remove(urls[[1]])
  expect_true(removed$removed)
  expect_equal(hub_cache_list()$handle, urls[[2]])
  expect_error(hub_cache_remove(urls), class = "tfhub_error_handle_not_found")
  expect_true(hub_cache_prune(size = 0)$removed)
  expect_equal(nrow(hub_cache_list()), 0)
})

test_that("models of other programs are adopted", {
  urls <- local_models()
  expect_equal(nrow(hub_cache_adopt()), 0)
  file.remove(paste0(hub_resolve(urls[[1]]), ".manifest.json"))
  expect_equal(hub_cache_list()$state, c("foreign", "ok"))
  adopted <- hub_cache_adopt(urls[[1]])
  expect_equal(
    as.data.frame(adopted[c("handle", "state")]),
    data.frame(
      handle = urls[[1]],
      state = "ok"
    )
  )
  expect_equal(hub_cache_verify()$state, c("ok", "ok"))
  expect_error(hub_cache_adopt("x"), class = "tfhub_error_handle_not_found")
})

test_that("models are carried in a file", {
  urls <- local_models()
  file <- withr::local_tempfile(fileext = ".tar")
  expect_equal(hub_cache_export(file, urls), file, ignore_attr = TRUE)
  expect_error(hub_cache_export(file, urls), "exists already")
  written <- hub_cache_export(file, urls, overwrite = TRUE)
  expect_equal(as.character(written), file)
  local_cache()
  expect_equal(hub_cache_import(file)$handle, urls)
  expect_equal(hub_cache_list()$sha256, c("", ""))
  expect_match(hub_cache_list()$tree, "^tree1:[0-9a-f]{64}$")
  withr::local_envvar(TFHUB_OFFLINE = "1")
  m <- hub_load(urls[[1]])
  expect_equal(dim(predict(m, apples)), c(2, 2))
  cut <- withr::local_tempfile()
  writeBin(readBin(file, "raw", 20000), cut)
  expect_error(hub_cache_import(cut), class = "tfhub_error_archive")
})

test_that("a bundle that is vouched for brings what its archives were", {
  urls <- local_models()
  digests <- hub_cache_list()$sha256
  handles <- c(paste0(urls[[1]], "#sha256=", digests[[1]]), urls[[2]])
  hub_resolve(handles[[1]])
  file <- withr::local_tempfile(fileext = ".tar")
  bundle <- hub_cache_export(file, handles)
  sha256 <- attr(bundle, "sha256")
  expect_equal(
    sha256,
    sub(" .*", "", system2("sha256sum", shQuote(file), stdout = TRUE))
  )
  local_cache()
  expect_snapshot(
    hub_cache_import(file),
    error = TRUE,
    transform = function(lines) gsub("[0-9a-f]{64}", "<digits>", scrub(lines))
  )
  expect_error(
    hub_cache_import(file, sha256 = strrep("0", 64)),
    class = "tfhub_error_checksum"
  )
  expect_equal(nrow(hub_cache_list()), 0)
  expect_equal(hub_cache_import(file, sha256 = sha256)$sha256, digests)
  expect_true(dir.exists(hub_resolve(handles[[1]], offline = TRUE)))
})

test_that("a model is replaced only where that is wanted", {
  skip_without_tensorflow()
  local_cache()
  handle <- "https://example.com/fruit/1"
  archive <- withr::local_tempfile(fileext = ".tar.gz")
  withr::with_dir(hub_example_model(), tar(archive, ".", compression = "gzip"))
  hub_cache_import(archive, handle)
  expect_equal(hub_cache_import(archive, handle)$state, "ok")
  changed <- withr::local_tempdir()
  file.copy(hub_example_model(), changed, recursive = TRUE)
  changed <- list.dirs(changed, recursive = FALSE)
  dir.create(file.path(changed, "assets"), showWarnings = FALSE)
  writeLines("new", file.path(changed, "assets", "new.txt"))
  withr::with_dir(changed, tar(archive, ".", compression = "gzip"))
  expect_snapshot(
    hub_cache_import(archive, handle),
    error = TRUE,
    transform = scrub
  )
  hub_cache_import(archive, handle, replace = TRUE)
  expect_true(file.exists(file.path(hub_resolve(handle), "assets", "new.txt")))
})

test_that("an interactive session tells the sha256 of a bundle", {
  urls <- local_models()
  file <- withr::local_tempfile(fileext = ".tar")
  rlang::local_interactive()
  expect_message(hub_cache_export(file, urls), "sha256 of .* is [0-9a-f]{64}")
})

test_that("an archive that came by other means is installed", {
  skip_without_tensorflow()
  local_cache()
  archive <- withr::local_tempfile(fileext = ".tar.gz")
  withr::with_dir(hub_example_model(), tar(archive, ".", compression = "gzip"))
  handle <- "https://example.com/fruit/1"
  expect_equal(hub_cache_import(archive, handle)$state, "ok")
  expect_true(dir.exists(hub_resolve(handle, offline = TRUE)))
})

test_that("offline, what is not cached is an error that tells what is", {
  urls <- local_models()
  wanted <- sub("1$", "2", urls[[1]])
  error <- expect_error(
    hub_resolve(wanted, offline = TRUE),
    class = "tfhub_error_offline"
  )
  expect_equal(error$data$cached[[1]], urls[[1]])
  expect_error(hub_load(wanted, offline = TRUE), class = "tfhub_error_offline")
})

test_that("offline, the error tells what to do", {
  skip_without_tensorflow()
  local_cache()
  expect_snapshot(
    hub_resolve("https://example.com/model/1", offline = TRUE),
    error = TRUE,
    transform = scrub
  )
})

test_that("refresh asks again", {
  host <- local_host()
  host$add("/m/1", hub_example_model())
  url <- url_of(host, "/m/1")
  hub_resolve(url)
  hub_resolve(url, refresh = TRUE)
  expect_length(requests_of(host), 2)
  hub_load(url, refresh = TRUE)
  expect_length(requests_of(host), 3)
})

test_that("arguments are checked at the door", {
  expect_snapshot(error = TRUE, {
    hub_cache_list(check = NA)
    hub_cache_verify(1)
    hub_cache_remove(character())
    hub_cache_prune(days = -1)
    hub_cache_prune(number = "3")
    hub_cache_export("models.tar", NULL)
    hub_cache_import(c("a", "b"))
    hub_cache_import("a", sha256 = 1)
    hub_cache_import("a", replace = NA)
    hub_resolve("x", offline = 1)
    hub_resolve("x", refresh = NULL)
  })
})
