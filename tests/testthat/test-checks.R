test_that("arguments of the wrong kind are refused, with what came", {
  file <- file("some/path")
  withr::defer(close(file))
  expect_snapshot(error = TRUE, {
    hub_resolve(NULL)
    hub_resolve(3)
    hub_resolve(c("a", "b"))
    hub_resolve(NA_character_)
    hub_load("x", tags = 1)
    hub_load("x", tags = NA_character_)
    hub_load("x", options = list(1))
    hub_load()
    hub_load(factor("a"))
    hub_load(file)
    hub_load(quote(a + b))
    hub_load(NULL, factor("a"))
    hub_load("x", tags = factor("a"))
    hub_cache_prune(days = "{1}")
    hub_load("{.fn no}", refresh = "{no}")
  })
  expect_error(hub_resolve(1), class = "tfhub_error_argument")
  expect_error(hub_resolve(1), class = "tfhub_error")
})

test_that("what fits passes", {
  expect_silent(check_string("a"))
  expect_silent(check_string(NULL, allow_null = TRUE))
  expect_silent(check_flag(NULL, allow_null = TRUE))
  expect_silent(check_flag(FALSE))
  expect_silent(check_whole(2))
  expect_silent(check_whole(0L))
  expect_silent(check_limit(0.5))
  expect_silent(check_strings(character(), least = 0))
  expect_silent(check_named_list(list(a = 1)))
})

test_that("counts are whole and positive", {
  for (bad in list(0, 1.5, NA, NULL, "2", 1:2, Inf, factor(1), Sys.Date())) {
    expect_error(check_whole(bad, 1), class = "tfhub_error_argument")
  }
  expect_error(
    check_flag(NA, allow_null = TRUE),
    class = "tfhub_error_argument"
  )
})

test_that("what stands for a value in a text of ours is no markup", {
  value <- "{.fn stop} {1 + 1} <b> `x`"
  said <- inline("{.arg {value}}, {.path {value}}, {.code {value}}, {value}")
  expect_equal(
    lengths(gregexpr("{.fn stop} {1 + 1} <b>", said, fixed = TRUE)),
    4
  )
  withr::local_options(cli.num_colors = 256L)
  expect_equal(inline("{.arg x} of {.fn f}"), "`x` of `f()`")
})

test_that("text that is marked as bytes is refused, and shown", {
  odd <- "a\xffb"
  Encoding(odd) <- "bytes"
  for (check in list(check_string, check_strings)) {
    error <- expect_error(check(odd), class = "tfhub_error_argument")
    expect_match(conditionMessage(error), "a<ff>b", fixed = TRUE)
    expect_match(
      conditionMessage(error),
      "Encoding(odd) <- \"UTF-8\"",
      fixed = TRUE
    )
  }
  expect_error(hub_resolve(odd), class = "tfhub_error_argument")
  expect_identical(fit_texts(odd), "a<ff>b")
})
