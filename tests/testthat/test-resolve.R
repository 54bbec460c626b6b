test_that("a folder is its own path", {
  skip_without_tensorflow()
  path <- hub_example_model()
  expect_equal(hub_resolve(path), path)
  expect_equal(hub_resolve(paste0("file://", path)), path)
})

test_that("a URL is downloaded once", {
  host <- local_host()
  host$add("/fruit/1", hub_example_model())
  url <- url_of(host, "/fruit/1")
  path <- hub_resolve(url)
  expect_true(startsWith(path, Sys.getenv("TFHUB_CACHE_DIR")))
  expect_equal(hub_resolve(url), path)
  expect_equal(
    requests_of(host),
    "GET /fruit/1?tf-hub-format=compressed"
  )
})

test_that("a local archive is unpacked", {
  skip_without_tensorflow()
  local_cache()
  archive <- withr::local_tempfile(fileext = ".tar.gz")
  withr::with_dir(hub_example_model(), tar(archive, ".", compression = "gzip"))
  path <- hub_resolve(archive)
  expect_true(file.exists(file.path(path, "saved_model.pb")))
})

test_that("a tilde is the home folder", {
  expect_equal(as_handle("~/model"), path.expand("~/model"))
  expect_equal(as_handle("https://h/~x"), "https://h/~x")
})
