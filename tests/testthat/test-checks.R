test_that("arguments of the wrong kind are refused, with what came", {
  expect_snapshot(error = TRUE, {
    hub_resolve(NULL)
    hub_resolve(3)
    hub_resolve(c("a", "b"))
    hub_resolve(NA_character_)
    hub_load("x", tags = 1)
    hub_load("x", tags = NA_character_)
    hub_load("x", options = list(1))
  })
  expect_error(hub_resolve(1), class = "tfhub_error_argument")
  expect_error(hub_resolve(1), class = "tfhub_error")
})

test_that("what fits passes", {
  expect_silent(check_string("a"))
  expect_silent(check_string_or_null(NULL))
  expect_silent(check_flag_or_null(NULL))
  expect_silent(check_flag_or_null(FALSE))
  expect_silent(check_count(2))
  expect_silent(check_count(2L))
  expect_silent(check_strings_or_null(character()))
})

test_that("counts are whole and positive", {
  for (bad in list(0, 1.5, NA, NULL, "2", 1:2, Inf)) {
    expect_error(check_count(bad), class = "tfhub_error_argument")
  }
  expect_error(check_flag_or_null(NA), class = "tfhub_error_argument")
})
