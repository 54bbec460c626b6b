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

# The name of the folder that is written first differs each time.
hide_work <- function(lines) {
  lines <- gsub("\\.model\\.[0-9a-f]+\\.tmp", "<work>", lines)
  gsub("\\[Errno [0-9]+\\] [^:]+", "<reason>", lines) # root has another one
}

sequential <- function(keras = "keras") {
  skip_without_tensorflow()
  skip_if_not(reticulate::py_module_available(keras), "it is not installed")
  keras <- reticulate::import(keras)
  keras$Sequential(list(
    keras$Input(list(3L), name = "x"),
    keras$layers$Dense(2L, kernel_regularizer = "l2")
  ))
}

test_that("a model of either Keras can be loaded, and trained further", {
  for (keras in c("keras", "tf_keras")) {
    model <- sequential(keras)
    path <- withr::local_tempfile()
    expect_invisible(hub_export(model, path))
    expect_equal(
      predict(hub_load(path), apples),
      model$predict(apples, verbose = 0L),
      tolerance = 1e-6
    )
    expect_equal(names(hub_load(path)), "serving_default")
    keras <- reticulate::import(keras)
    tuned <- layer_hub(
      keras$Sequential(list(keras$Input(list(3L)))),
      path,
      trainable = TRUE
    )
    tuned$compile("sgd", "mse")
    before <- predict(hub_load(path), apples)
    tuned$fit(apples, matrix(1, 2, 2), epochs = 3L, verbose = 0L)
    expect_length(tuned$trainable_weights, 2)
    expect_gt(max(abs(tuned$predict(apples, verbose = 0L) - before)), 1e-3)
    again <- hub_export(tuned, withr::local_tempfile())
    expect_equal(
      predict(hub_load(again), apples),
      tuned$predict(apples, verbose = 0L),
      tolerance = 1e-6
    )
  }
})

test_that("a tf$Module of R functions has its functions and signatures", {
  skip_without_tensorflow()
  tf <- reticulate::import("tensorflow", convert = FALSE)
  scale <- tf$Module()
  scale$factor <- tf$Variable(2)
  spec <- tf$TensorSpec(list(NULL), tf$float32)
  multiply <- function(x) tf$multiply(x, scale$factor)
  scale$`__call__` <- tf$`function`(multiply, autograph = FALSE)
  scale$length <- tf$`function`(
    function(text) tf$strings$length(text),
    input_signature = list(tf$TensorSpec(list(NULL), tf$string)),
    autograph = FALSE
  )
  path <- hub_export(
    scale,
    withr::local_tempfile(),
    inputs = spec,
    signatures = list(size = scale$length)
  )
  m <- hub_load(path)
  expect_equal(predict(m, c(1, 2)), c(2, 4))
  expect_equal(predict(m, c("a", "bcd"), signature = "size"), c(1, 3))
  expect_equal(m$length("abc")$numpy(), array(3L))
  expect_length(m$trainable_variables, 1)

  m$factor$assign(5)
  again <- hub_load(hub_export(m, withr::local_tempfile()))
  expect_equal(predict(again, c(1, 2)), c(5, 10))
  expect_setequal(names(again), names(m))
})

test_that("a call of several inputs takes specs by name", {
  skip_without_tensorflow()
  tf <- reticulate::import("tensorflow", convert = FALSE)
  sum <- tf$Module()
  sum$`__call__` <- tf$`function`(
    function(x) tf$add(x[["a"]], x[["b"]]),
    autograph = FALSE
  )
  spec <- tf$TensorSpec(list(NULL), tf$float32)
  path <- hub_export(
    sum,
    withr::local_tempfile(),
    inputs = list(a = spec, b = spec)
  )
  expect_equal(predict(hub_load(path), list(b = 1:2, a = 3:4)), c(4, 6))
})

test_that("a model that cannot be exported is said, and leaves nothing", {
  skip_without_tensorflow()
  tf <- reticulate::import("tensorflow", convert = FALSE)
  empty <- tf$Module()
  untraced <- tf$Module()
  untraced$`__call__` <- tf$`function`(function(x) x, autograph = FALSE)
  model <- sequential()
  folder <- withr::local_tempdir()
  path <- file.path(folder, "m")
  full <- hub_export(scale_spec(), withr::local_tempfile())
  old <- hub_load(full)
  expect_snapshot(error = TRUE, transform = scrub, {
    hub_export(empty, path)
    hub_export(untraced, path)
    hub_export(tf$constant(1), path)
    hub_export(model, path, signatures = list(identity))
    hub_export(model, path, signatures = identity)
    hub_export(model, path, input = 1)
    hub_export(model, 1)
    hub_export(model, full)
    hub_export(old, path)
    hub_export("model", path)
  })
  expect_equal(dir(folder, all.files = TRUE, no.. = TRUE), character())
})

test_that("a folder without write permission is said", {
  skip_if_not(dir.exists("/sys"), "no folder that is read-only, also for root")
  model <- sequential()
  expect_snapshot(error = TRUE, transform = hide_work, {
    hub_export(model, "/sys/model")
    hub_export(scale_spec(), "/sys/model")
  })
})

test_that("models of the R packages for Keras are exported", {
  skip_without_tensorflow()
  skip_if_not_installed("keras3")
  model <- keras3::keras_model_sequential(input_shape = 3)
  model <- keras3::layer_dense(model, 2)
  path <- hub_export(model, withr::local_tempfile())
  expect_equal(dim(predict(hub_load(path), apples)), c(2, 2))
})

test_that("what cannot be exported is said", {
  spec <- scale_spec()
  path <- hub_export(spec, file.path(withr::local_tempdir(), "module"))
  clean <- function(lines) gsub(path, "<tmp>/module", lines, fixed = TRUE)
  expect_snapshot(error = TRUE, transform = clean, {
    hub_export(spec, path)
    hub_export(path, "module")
    hub_export(spec, 1)
    hub_export(spec, "module", "checkpoint")
    hub_export(spec, "module", name_transform_fn = "x")
  })
})
