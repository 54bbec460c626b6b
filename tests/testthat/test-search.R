test_that("models are found by words", {
  skip_without_tensorflow()
  found <- hub_search("universal sentence encoder", most = 3)
  expect_equal(nrow(found), 3)
  expect_equal(
    found$handle[1],
    "https://tfhub.dev/google/universal-sentence-encoder/4"
  )
  expect_equal(found$use[1], "hub_load")
  expect_type(found$fine_tunable, "logical")
  expect_type(found$cached, "logical")
  modules <- hub_search(task = "text-embedding", format = "TF1 Hub module")
  expect_setequal(modules$use, "hub_load, hub_module")
})

test_that("what is not there is said", {
  skip_without_tensorflow()
  expect_error(hub_search(task = "cooking"), class = "tfhub_error_input")
  expect_error(hub_search("qqqqxxxx"), class = "tfhub_error_input")
  expect_error(hub_search(1), class = "tfhub_error")
})

test_that("the error of an old handle tells what is known of it", {
  skip_without_tensorflow()
  withr::local_envvar(TFHUB_OFFLINE = NA, https_proxy = "http://127.0.0.1:9")
  expect_error(
    hub_resolve("https://tfhub.dev/google/elmo/9"),
    "had the versions 1, 2 and 3 of it"
  )
})
