local_vectors <- function(lines, env = parent.frame()) {
  skip_without_tensorflow()
  file <- withr::local_tempfile(.local_envir = env)
  writeLines(lines, file, useBytes = TRUE)
  file
}

test_that("a file of vectors becomes a text module, in both formats", {
  file <- local_vectors(c("cat 1 0", "dog 0 2", "don't 4 4"))
  texts <- c("cat", "Cat dog", "don't", "")
  for (format in c("tf2", "tf1")) {
    path <- withr::local_tempfile()
    expect_invisible(hub_export_text_embedding(file, path, format = format))
    m <- hub_load(path)
    expected <- rbind(c(1, 0), c(0, 2) / sqrt(2), c(4, 4), 0)
    expect_equal(predict(m, texts), expected, tolerance = 1e-6)
  }
  expect_equal(predict(hub_module(path), texts), expected, tolerance = 1e-6)
})

test_that("the options reach Python", {
  file <- local_vectors(c("cat 1 0", "dog 0 2", "dont 4 4", "cat 9 9"))
  path <- hub_export_text_embedding(
    file,
    withr::local_tempfile(),
    oov_buckets = 0,
    combiner = "mean",
    lowercase = TRUE,
    remove_punctuation = TRUE,
    duplicates = "first"
  )
  expect_equal(
    predict(hub_load(path), c("CAT, dog unknown", "don't")),
    rbind(c(0.5, 1), c(4, 4))
  )
})

test_that("the progress is that of reading", {
  file <- local_vectors(sprintf("w%d 1 2", 1:2000))
  expect_bar(
    hub_export_text_embedding(file, withr::local_tempfile()),
    "Reading"
  )
})

test_that("bad files and options are said", {
  file <- local_vectors(c("cat 1 0", "dog 0"))
  folder <- withr::local_tempdir()
  there <- file.path(folder, "there")
  file.create(there)
  clean <- function(lines) {
    lines <- gsub(folder, "<tmp>/folder", lines, fixed = TRUE)
    gsub(file, "<tmp>/vectors", lines, fixed = TRUE)
  }
  path <- file.path(folder, "module")
  expect_snapshot(error = TRUE, transform = clean, {
    hub_export_text_embedding(file, path)
    hub_export_text_embedding(file, there)
    hub_export_text_embedding(file.path(folder, "none"), path)
    hub_export_text_embedding(file, path, format = "tf3")
    hub_export_text_embedding(file, path, oov_buckets = 1.5)
    hub_export_text_embedding(file, path, combiner = NULL)
    hub_export_text_embedding(file, path, lowercase = NA)
  })
  expect_error(
    hub_export_text_embedding(file, path),
    class = "tfhub_error_embedding_file"
  )
  expect_false(file.exists(path))
})
