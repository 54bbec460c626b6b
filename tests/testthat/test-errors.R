test_that("names of Python classes become snake case", {
  expect_equal(
    error_class(c("HTTPStatusError", "DownloadError")),
    c("tfhub_error_http_status", "tfhub_error_download")
  )
  expect_equal(
    error_class("SignatureNotFoundError"),
    "tfhub_error_signature_not_found"
  )
  expect_equal(error_class(character()), character())
})

test_that("an exception of the core keeps its class, fields and parents", {
  host <- local_host()
  url <- url_of(host, "/gone/1")
  error <- expect_error(hub_load(url), class = "tfhub_error_http_status")
  expect_s3_class(error, "tfhub_error_download")
  expect_s3_class(error, "tfhub_error")
  expect_equal(error$python_class, "tfhub.errors.HTTPStatusError")
  expect_equal(error$handle, url)
  expect_equal(error$data$code, 404)
  expect_type(error$hint, "character")
  expect_equal(rlang::call_name(error$call), "hub_load")
})

test_that("an exception of another package is a tfhub_error too", {
  skip_without_tensorflow()
  error <- expect_error(
    with_py_errors(reticulate::import_builtins()$int("{x}")),
    class = "tfhub_error_python"
  )
  expect_s3_class(error, "tfhub_error")
  expect_match(conditionMessage(error), "ValueError", fixed = TRUE)
  expect_match(conditionMessage(error), "{x}", fixed = TRUE)
})

test_that("an exception that is over is not taken for a later error", {
  skip_without_tensorflow()
  try(reticulate::import_builtins()$int("over"), silent = TRUE)
  later <- structure(
    class = c("Rcpp::exception", "error", "condition"),
    list(message = "later", call = NULL)
  )
  reticulate::py_clear_last_error()
  expect_error(with_py_errors(stop(later)), "later")
})

test_that("errors of R pass unchanged", {
  expect_error(with_py_errors(stop("plain")), "plain", class = "simpleError")
})

test_that("what a callback fails with comes out as it was", {
  skip_without_tensorflow()
  builtins <- reticulate::import_builtins()
  through <- function(fun) {
    with_py_callback(fun, call = quote(f()), use = function(callback) {
      builtins$list(builtins$map(callback, list(1, 2)))
    })
  }
  expect_equal(through(function(x) x + 1), c(2, 3))
  error <- tryCatch(
    through(function(x) rlang::abort("of R", class = "mine", x = x)),
    error = identity
  )
  expect_s3_class(error, c("mine", "rlang_error"))
  expect_equal(error$x, 1)
  error <- expect_error(
    through(function(x) builtins$int("x")),
    class = "tfhub_error_python"
  )
  expect_match(conditionMessage(error), "ValueError.*'x'")
  expect_equal(error$call, quote(f()))
  expect_error(
    through(function(x) hub_resolve("/none")),
    class = "tfhub_error_handle_not_found"
  )
})

test_that("bad handles are answered with the next step", {
  host <- local_host()
  folder <- withr::local_tempdir()
  writeLines("x", file.path(folder, "notes.txt"))
  cut <- file.path(folder, "cut.tar.gz")
  half <- half_archive(hub_example_model())
  reticulate::import("pathlib")$Path(cut)$write_bytes(half)
  host$add("/cut/1", half)
  page <- "b'<!DOCTYPE html><title>Sign in</title>'"
  host$add("/page/1", reticulate::py_eval(page, convert = FALSE))
  expect_snapshot(error = TRUE, transform = scrub, {
    hub_resolve("")
    hub_resolve("ftp://example.com/model")
    hub_resolve(file.path(folder, "missing"))
    hub_load(folder)
    hub_resolve(cut)
    hub_resolve(url_of(host, "/gone/1"))
    hub_resolve(url_of(host, "/page/1"))
    hub_resolve(url_of(host, "/cut/1"))
  })
})

test_that("no part of a condition has a login or a signature", {
  skip_without_tensorflow()
  local_cache()
  withr::local_envvar(
    TFHUB_RETRIES = "0",
    NO_PROXY = NA,
    no_proxy = NA,
    http_proxy = "http://me:SECRET@127.0.0.1:1"
  )
  error <- expect_error(
    hub_load("http://me:SECRET@models.invalid/m?sig=SECRET"),
    class = "tfhub_error_download"
  )
  everything <- c(
    capture.output(print(error), str(error), print(error$trace)),
    rawToChar(serialize(error, NULL, ascii = TRUE)),
    format(conditionCall(error))
  )
  expect_false(any(grepl("SECRET", everything, fixed = TRUE)))
  expect_equal(error$handle, "http://***@models.invalid/m?sig=***")
  expect_match(
    paste(conditionMessage(error), collapse = "\n"),
    "through the proxy http://***@127.0.0.1:1",
    fixed = TRUE
  )
})

test_that("nor has that of a wrong argument, or of what is not there", {
  skip_without_tensorflow()
  url <- "http://me:SECRET@models.invalid/m?sig=SECRET"
  model <- hub_load(hub_example_model())
  calls <- list(
    function() hub_load(c("http://me:SECRET@models.invalid/m?sig=SECRET", "b")),
    function() do.call(hub_load, list(url, offline = url)),
    function() do.call(hub_resolve, list(c(url, url))),
    function() model[[url]]
  )
  for (call in calls) {
    error <- expect_error(call(), class = "tfhub_error")
    everything <- c(
      capture.output(print(error), str(error), print(error$trace)),
      rawToChar(serialize(error, NULL, ascii = TRUE)),
      format(conditionCall(error))
    )
    expect_false(any(grepl("SECRET", everything, fixed = TRUE)))
  }
})

test_that("nor has one that comes before Python, which hides more", {
  core <- the$core
  withr::defer(the$core <- core)
  the$core <- NULL
  expect_equal(
    fit_texts(c(
      "at http://me:SE/CR ET@h/m?sig=SECRET, see `?hub_load`",
      "http://h/m;t=SECRET#SECRET",
      "http://h/m\033[2J",
      "C:\\a?b"
    )),
    c(
      "at http://***@h/m?***",
      "http://h/m;***",
      "http://h/m\\x1b[2J",
      "C:\\a?b"
    )
  )
  urls <- c(
    "https://u:a'SECRET@h/m?x=a'SECRET",
    "https://h/m?x=a SECRET) `SECRET",
    "https:/u:SECRET@h/m",
    "https:\\\\u:SECRET@h/m",
    "u:SECRET@h:80/m",
    "h.org/m?sig=SECRET",
    "https%3A%2F%2Fu%3ASECRET%40h"
  )
  for (url in urls) {
    for (text in c(url, sprintf("It is not \"%s\".", url))) {
      expect_false(grepl("SECRET", fit_texts(text), fixed = TRUE))
    }
  }
})

test_that("a call that is shown has no login where it has a name", {
  url <- "http://me:SECRET@h/m"
  call <- as.call(list(as.name("f"), as.name(url), quote(g(x[, 1]))))
  expect_equal(fit_call(call), quote(f(`http://***@h/m`, g(x[, 1]))))
})

test_that("nor is there anything that a terminal obeys", {
  skip_without_tensorflow()
  model <- hub_load(hub_example_model())
  expect_harmless <- function(call) {
    error <- expect_error(call(), class = "tfhub_error")
    shown <- c(
      capture.output(print(error), print(error$trace)),
      conditionMessage(error),
      format(conditionCall(error))
    )
    expect_no_match(shown, "[\u001b\u0007\u202e]")
    expect_no_match(unlist(strsplit(shown, "\n")), "^forged")
  }
  for (odd in c("a\033]0;x\a", "\u202ex", "a\nforged: 1")) {
    named <- function(value) rlang::set_names(list(value), odd)
    table <- data.frame(1, as.Date("2026-01-01"))
    names(table) <- c("a", odd)
    calls <- list(
      function() model(named(Sys.Date())),
      function() model(named(NA_character_)),
      function() model(named("\xff")),
      function() do.call(model, named(c("a", NA))),
      function() do.call(model, named(1)),
      function() predict(model, table),
      function() do.call(predict, c(list(model, "a"), named(1))),
      function() hub_resolve(structure(list(1), class = odd)),
      function() model(structure(1, class = c(odd, "Date"))),
      function() do.call(install_tfhub, named(1))
    )
    lapply(calls, expect_harmless)
  }
})

test_that("nor is there in the names of a call's arguments", {
  call <- as.call(list(as.name("f"), "\u202e" = 1, "u:SECRET@h" = quote(x)))
  expect_identical(names(fit_call(call)), c("", "\\u202e", "***@h"))
  expect_null(names(fit_call(quote(f(x)))))
})

test_that("a message may be long", {
  skip_without_tensorflow()
  local_cache()
  for (size in c(900, 3000, 8000, 20000)) {
    handle <- paste0("kaggle://", strrep("x", size))
    expect_no_warning(
      expect_error(hub_resolve(handle), class = "tfhub_error_handle")
    )
  }
})
