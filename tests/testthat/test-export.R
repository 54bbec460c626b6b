test_that("a module keeps what was trained, outside of a graph", {
  m <- hub_module(scale_spec(), trainable = TRUE)
  m$variables[[1]]$assign(5)
  path <- withr::local_tempfile()
  expect_invisible(hub_export(m, path))
  expect_equal(predict(hub_module(path), 1), 5)
  expect_equal(predict(hub_load(path), 1), 5)
})

test_that("a module keeps what was trained, in a graph", {
  spec <- scale_spec()
  path <- withr::local_tempfile()
  in_graph({
    m <- hub_module(spec, trainable = TRUE)
    session <- fresh_session()
    session$run(m$variables[[1]]$assign(7))
    expect_equal(hub_export(m, path, session = session), path)
  })
  expect_error(hub_export(m, path), class = "tfhub_error_graph")
  expect_equal(predict(hub_module(path), 1), 7)
})

test_that("a specification takes its values from a checkpoint", {
  spec <- scale_spec()
  folder <- withr::local_tempdir()
  checkpoint <- file.path(folder, "model.ckpt")
  in_graph({
    m <- hub_module(spec, name = "mine")
    session <- fresh_session()
    session$run(m$variables[[1]]$assign(3))
    v1()$train$Saver()$save(session, checkpoint)
  })
  path <- file.path(folder, "tuned")
  seen <- NULL
  rename <- function(name) {
    seen <<- c(seen, name)
    paste0("mine/", name)
  }
  hub_export(
    spec,
    path,
    checkpoint_path = checkpoint,
    name_transform_fn = rename
  )
  expect_equal(seen, "scale")
  expect_equal(predict(hub_module(path), 1), 3)

  elsewhere <- file.path(folder, "other")
  expect_error(
    hub_export(spec, elsewhere, checkpoint_path = checkpoint),
    class = "tfhub_error_checkpoint"
  )
  expect_error(
    hub_export(
      spec,
      elsewhere,
      checkpoint_path = checkpoint,
      name_transform_fn = function(name) stop("of R: ", name)
    ),
    "of R: scale"
  )
  expect_false(file.exists(elsewhere))
})

test_that("a specification that was read is exported as it is", {
  path <- text_module()
  copy <- hub_export(hub_load_module_spec(path), withr::local_tempfile())
  texts <- c("cat", "dog dog")
  expect_equal(
    predict(hub_module(copy), texts),
    predict(hub_module(path), texts)
  )
})

test_that("what cannot be exported is said", {
  spec <- scale_spec()
  path <- hub_export(spec, file.path(withr::local_tempdir(), "module"))
  clean <- function(lines) gsub(path, "<tmp>/module", lines, fixed = TRUE)
  loaded <- hub_load(path)
  expect_snapshot(error = TRUE, transform = clean, {
    hub_export(spec, path)
    hub_export(loaded, "module")
    hub_export(path, "module")
    hub_export(spec, 1)
    hub_export(spec, "module", "checkpoint")
    hub_export(spec, "module", name_transform_fn = "x")
  })
})
