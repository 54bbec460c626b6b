skip_without_libcst <- function() {
  skip_without_tensorflow()
  skip_if_not(
    reticulate::py_module_available("libcst"),
    "the Python package libcst is not installed"
  )
}

# A copy of programs in a folder of their own.
local_programs <- function(..., env = parent.frame()) {
  folder <- withr::local_tempdir(.local_envir = env)
  files <- test_path("migrate", c(...))
  file.copy(files, folder)
  file.path(folder, basename(files))
}

# A text module that stands for the one which the programs name.
film_module <- function(env = parent.frame()) {
  skip_without_tensorflow()
  words <- c("good 1 0", "film 0 2", "book 3 1", "bad -1 0")
  vectors <- withr::local_tempfile(lines = words)
  folder <- withr::local_tempfile(.local_envir = env)
  path <- hub_export_text_embedding(vectors, folder, format = "tf1")
  withr::local_envvar(
    TFHUB_MIRROR = paste0("https://tfhub.dev/google/nnlm-en-dim128/1=", path),
    .local_envir = env
  )
  path
}

migrate_quietly <- function(...) {
  capture.output(found <- hub_migrate(...))
  found
}

# `result` of a program.
run_program <- function(file) {
  space <- new.env()
  if (grepl("Rmd$", file)) {
    code <- withr::local_tempfile()
    knitr::purl(file, code, quiet = TRUE)
    file <- code
  }
  source(file, local = space, encoding = "UTF-8")
  unname(space$result)
}

test_that("migrated programs run, and give what the module gives", {
  skip_without_tensorflow()
  texts <- c("good film", "bad book")
  path <- film_module()
  expected <- predict(hub_load(path), texts)
  programs <- c("session.R", "reticulate.R", "keras.R")
  if (requireNamespace("recipes", quietly = TRUE)) {
    programs <- c(programs, "recipe.R")
  }
  for (file in local_programs(programs)) {
    migrate_quietly(file, write = TRUE)
    result <- run_program(file)
    expect_equal(result, expected, tolerance = 1e-6, label = basename(file))
  }
})

test_that("the chunks of R Markdown are migrated, and run", {
  skip_without_libcst()
  skip_if_not_installed("knitr")
  expected <- predict(hub_load(film_module()), c("good film", "bad book"))
  file <- local_programs("tutorial.Rmd")
  found <- migrate_quietly(file, write = TRUE)
  expect_equal(found$files, file)
  expect_equal(run_program(file), expected, tolerance = 1e-6)
  lines <- readLines(file, encoding = "UTF-8")
  expect_match(lines[[2]], "tensorflow_hub", fixed = TRUE)
  expect_match(lines[[20]], "import tfhub as hub", fixed = TRUE)
})

test_that("what changes is printed, and what is left to decide", {
  skip_without_tensorflow()
  folder <- withr::local_tempdir()
  withr::local_dir(folder)
  writeLines(
    c(
      'hub <- reticulate::import("tensorflow_hub")',
      "tf$estimator$DNNClassifier()",
      "baked$text_txt_emb_0001"
    ),
    "old.R"
  )
  expect_snapshot(found <- hub_migrate("."))
  expect_equal(found$files, "./old.R")
  expect_s3_class(found$remarks, "data.frame")
  expect_equal(found$remarks$line, 2:3)
  expect_equal(found$remarks$cell, c(0L, 0L))
  expect_snapshot(hub_migrate("old.R", write = TRUE))
  expect_snapshot(hub_migrate("old.R"))
  writeLines("library(tfhub)", "new.R")
  found <- migrate_quietly("new.R")
  expect_equal(found$files, character())
  expect_equal(nrow(found$remarks), 0)
})

test_that("programs in Python and what is no program are told apart", {
  skip_without_libcst()
  withr::local_dir(withr::local_tempdir())
  writeLines("import tensorflow_hub as hub", "a.py")
  writeLines(c("import tensorflow_hub", "print 'a'"), "b.py")
  found <- migrate_quietly(c("a.py", "b.py"), write = TRUE)
  expect_equal(readLines("a.py"), "import tfhub as hub")
  expect_equal(found$files, "a.py")
  expect_equal(
    found$remarks[c("file", "line")],
    data.frame(file = "b.py", line = 2L),
    ignore_attr = TRUE
  )
})

test_that("what cannot be is said", {
  skip_without_tensorflow()
  expect_snapshot(error = TRUE, {
    hub_migrate("no/such/folder")
    hub_migrate(character())
    hub_migrate("a.R", write = NA)
  })
  expect_error(hub_migrate("nothing"), class = "tfhub_error_handle_not_found")
})
