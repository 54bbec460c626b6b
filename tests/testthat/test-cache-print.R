cached <- function(n = 3) {
  models <- as_hub_table(list(
    handle = c(
      "https://example.com/digits/1",
      paste0("https://example.com/", strrep("long/", 40), "1"),
      ""
    ),
    path = paste0("/tmp/tfhub_modules/", c("a1", "b2", "c3")),
    state = c("ok", "damaged", "foreign"),
    size = c(1234567, 12, 0),
    files = c(4, 1, 0),
    created = as.POSIXct(c(0, 1, 2), origin = "1970-01-01", tz = "UTC"),
    used = as.POSIXct(c(1e9, NA, 1e9), origin = "1970-01-01", tz = "UTC"),
    url = "https://example.com/1.tar.gz",
    sha256 = strrep("0", 64)
  ))
  class(models) <- c("hub_cache_list", class(models))
  models[seq_len(n), ]
}

test_that("the list of the cache fits the screen", {
  expect_snapshot({
    cached()
    cached(0)
    print(cached(), n = 1)
    cached()[, c("handle", "size")]
  })
  for (width in c(60, 80, 120)) {
    withr::local_options(width = width)
    lines <- capture.output(print(cached()))
    expect_lte(max(nchar(lines)), width)
  }
})

test_that("all columns stay, and texts of files are fit for the terminal", {
  models <- cached()
  expect_s3_class(models, "data.frame")
  expect_length(models, 9)
  expect_identical(sum(models$size), 1234579)
  models$handle[[1]] <- "https://e.com/\u001b[31m\u202e"
  expect_no_match(capture.output(print(models)), "\u001b|\u202e")
  models$handle[[1]] <- strrep("\u4e2d", 100)
  expect_lte(max(nchar(capture.output(print(models)), "width")), 80)
})

test_that("what the cache holds is printed", {
  host <- local_host()
  host$add("/fruit/1", hub_example_model())
  hub_resolve(url_of(host, "/fruit/1"))
  expect_s3_class(hub_cache_list(), "hub_cache_list")
  lines <- capture.output(print(hub_cache_list()))
  expect_match(lines[[3]], "/fruit/1 +ok +[0-9.]+ kB")
  expect_lte(max(nchar(lines)), 80)
})
