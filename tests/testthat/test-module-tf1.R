test_that("outside of a graph a module computes", {
  m <- hub_module(scale_spec())
  expect_s3_class(m, c("hub_module", "function"), exact = TRUE)
  expect_equal(as.vector(m(c(1, 2))$numpy()), c(2, 4))
  expect_equal(as.vector(m(3L)$numpy()), 6)
  expect_equal(m(list(default = 1:2), as_dict = TRUE)$default$shape$rank, 1)
  expect_equal(predict(m, 1:5, batch_size = 2), 2 * 1:5)
})

test_that("a handle names a module, and a relative one is kept as absolute", {
  path <- text_module()
  m <- withr::with_dir(dirname(path), hub_module(basename(path)))
  expect_equal(module_self(m)$handle, normalizePath(path))
  expect_equal(
    predict(m, c("cat", "cat dog")),
    rbind(c(1, 0), c(1, 2) / sqrt(2)),
    tolerance = 1e-6
  )
  host <- local_host()
  host$add("/text/1", path)
  expect_equal(predict(hub_module(url_of(host, "/text/1")), "cat"), cbind(1, 0))
})

test_that("a download of a module shows its progress", {
  path <- text_module()
  host <- local_host()
  host$add("/text/1", path)
  expect_bar(
    hub_module(url_of(host, "/text/1")),
    "Downloading"
  )
})

test_that("in a graph a module is applied again and again, to constants too", {
  spec <- scale_spec()
  in_graph({
    m <- hub_module(spec, name = "hub")
    x <- v1()$placeholder("float32", list(NULL))
    tensors <- list(m(c(1, 2)), m(3L), m[["default"]](array(1:2))$default, m(x))
    expect_length(m$variables, 1)
    expect_equal(m$variables[[1]]$name, "hub/scale:0")
    expect_length(v1()$global_variables(), 1)
    expect_equal(
      run_fresh(tensors[1:3]),
      list(array(c(2, 4)), array(6), array(c(2, 4)))
    )
    session <- fresh_session()
    fed <- reticulate::dict()
    fed[[x]] <- array(5)
    expect_equal(session$run(tensors[[4]], fed), array(10))
  })
})

test_that("in a graph the collections are there for training", {
  spec <- scale_spec()
  in_graph({
    fixed <- hub_module(spec)
    trained <- hub_module(spec, trainable = TRUE)
    expect_length(fixed$trainable_variables, 0)
    expect_length(trained$trainable_variables, 1)
    expect_equal(trained$variables[[1]]$name, "module_1/scale:0")
    listed <- v1()$get_collection("trainable_variables")
    expect_equal(listed[[1]]$name, "module_1/scale:0")
  })
})

test_that("outside of a graph a module trains", {
  m <- hub_module(scale_spec(), trainable = TRUE)
  tf <- reticulate::import("tensorflow")
  x <- tf$constant(c(1, 2))
  with(tf$GradientTape(), as = "tape", {
    loss <- tf$reduce_sum(m(x))
  })
  gradient <- tape$gradient(loss, m$trainable_variables)
  expect_equal(as.vector(gradient[[1]]$numpy()), 3)
  m$trainable_variables[[1]]$assign(5)
  expect_equal(predict(m, 1:2), c(5, 10))
  expect_length(hub_module(scale_spec())$trainable_variables, 0)
})

test_that("training = TRUE runs the variant for training, and its updates", {
  module <- conformance("batch_norm_variants")
  m <- hub_module(module$folder, trainable = TRUE)
  expect_length(m$trainable_variables, 6)
  expect_length(m$variables, 8)
  expect_equal(
    as.vector(m$regularization_losses[[1]]()$numpy()),
    module$cases[[2]]$graph$regularization_loss_sum
  )
  x <- module$cases[[2]]$inputs
  before <- predict(m, x)
  expect_equal(
    m(x, training = TRUE)$numpy(),
    module$cases[[2]]$outputs$default,
    tolerance = 1e-5
  )
  expect_false(isTRUE(all.equal(predict(m, x), before)))
})

test_that("tags choose the graph variant", {
  module <- conformance("batch_norm_variants")
  m <- hub_module(module$folder, tags = "train")
  expect_match(format(m), "Tags: train", all = FALSE)
  expect_error(
    hub_module(module$folder, tags = "x"),
    class = "tfhub_error_tags"
  )
})

test_that("a signature without a default output gives its only one", {
  skip_without_tensorflow()
  spec <- hub_create_module_spec(function() {
    x <- v1()$placeholder("float32", list(NULL))
    hub_add_signature(
      "twice",
      inputs = x,
      outputs = list(y = v1()$multiply(x, 2))
    )
  })
  m <- hub_module(spec)
  expect_equal(predict(m, 1:2), c(2, 4))
  expect_equal(predict(m, 1:2, as_dict = TRUE), list(y = c(2, 4)))
  in_graph(expect_equal(run_fresh(hub_module(spec)(1)), array(2)))
})

test_that("several inputs go by name, in any order and as columns", {
  module <- conformance("fruit_to_pet")
  case <- module$cases[[1]]
  m <- hub_module(module$folder)
  f <- m$fruit_to_pet
  expected <- case$outputs$default
  apples <- case$inputs$apples
  oranges <- as.vector(case$inputs$oranges)
  given <- list(
    f(list(oranges = oranges, apples = apples))$default,
    f(apples = apples, oranges = as.numeric(oranges), as_dict = FALSE),
    m(apples = apples, oranges = oranges, signature = "fruit_to_pet")
  )
  for (y in given) {
    expect_equal(y$numpy(), expected, tolerance = 1e-6)
  }
  expect_equal(names(m), c("constant", "default", "fruit_to_pet"))
  expect_named(m$signatures, names(m))
  expect_equal(m$constant(as_dict = FALSE)$numpy(), array(c(1, 2)))
})

test_that("inputs that do not fit are shown beside what is wanted", {
  module <- conformance("fruit_to_pet")
  local <- dirname(module$folder)
  m <- hub_module(module$folder)
  clean <- function(lines) {
    gsub(module$folder, "<tmp>/module", lines, fixed = TRUE)
  }
  expect_snapshot(error = TRUE, transform = clean, {
    m(1:3)
    m("text")
    m(matrix(1:3, 1), matrix(1:3, 1))
    m(matrix(1:3, 1), signature = "pet_to_fruit")
    m(list(apples = matrix(1:3, 1)), signature = "fruit_to_pet")
    m(list(apples = matrix(1:3, 1), oranges = 1.5), signature = "fruit_to_pet")
    m(list(apples = matrix(1:3, 1), oranges = NA), signature = "fruit_to_pet")
    m(1, signature = "constant")
    m$eat
  })
  expect_error(m(1:3), class = "tfhub_error_input")
  in_graph({
    m <- hub_module(module$folder)
    expect_error(m(1:3), class = "tfhub_error_input")
    expect_error(m(1:3, training = TRUE), class = "tfhub_error_graph")
    expect_error(
      m(1:3, signature = "x"),
      class = "tfhub_error_signature_not_found"
    )
  })
})

test_that("print() shows what there is, in both worlds", {
  module <- conformance("batch_norm_variants")
  clean <- function(lines) {
    gsub(module$folder, "<tmp>/module", lines, fixed = TRUE)
  }
  expect_snapshot(transform = clean, {
    hub_module(module$folder)
    hub_module(module$folder, trainable = TRUE, tags = "train")$default
    in_graph(print(hub_module(module$folder, trainable = TRUE)))
  })
})

test_that("what a graph cannot do is said", {
  spec <- scale_spec()
  in_graph({
    m <- hub_module(spec)
    expect_snapshot(error = TRUE, {
      predict(m, 1)
      m$regularization_losses
    })
  })
  expect_error(predict(m, 1), class = "tfhub_error_graph")
  expect_error(m(1), class = "tfhub_error_graph")
})

test_that("Python code gets the Python object", {
  m <- hub_module(scale_spec())
  tf <- reticulate::import("tensorflow")
  python <- reticulate::import("tfhub")
  expect_true(reticulate::import_builtins()$isinstance(m, python$Module))
  data <- tf$data$Dataset$from_tensors(tf$constant(c(1, 2)))
  item <- reticulate::iter_next(reticulate::as_iterator(data$map(m$default)))
  expect_equal(item$default$numpy(), array(c(2, 4)))
})

test_that("a module lives on in another process", {
  path <- text_module()
  file <- withr::local_tempfile(fileext = ".rds")
  m <- hub_module(path)
  saveRDS(list(m = m, signature = m$default), file)
  said <- run_r(
    c(
      "x <- readRDS(commandArgs(TRUE))",
      "library(tfhub)",
      "cat(format(x$m)[[2]], '\n')",
      "cat(reticulate::py_available(), '\n')",
      "cat(predict(x$m, 'dog'), '\n')",
      "cat(x$signature('cat')$default$numpy(), '\n')"
    ),
    file
  )
  expect_equal(
    trimws(said),
    c("TF1 Hub module, 1 variable (6 parameters)", "FALSE", "0 2", "1 0")
  )
})

test_that("what cannot live on is said", {
  path <- hub_export(scale_spec(), withr::local_tempfile())
  again <- function(m) unserialize(serialize(m, NULL))
  made <- hub_module(scale_spec())
  expect_error(again(made)(1), class = "tfhub_error_not_saved")
  expect_error(hub_module(again(scale_spec())), class = "tfhub_error_not_saved")
  in_graph(graph <- hub_module(path))
  expect_error(again(graph)(1), class = "tfhub_error_not_saved")
  trained <- hub_module(path, trainable = TRUE)
  trained$variables[[1]]$assign(5)
  expect_warning(y <- again(trained)(1), "published values")
  expect_equal(as.vector(y$numpy()), 2)
  listed <- hub_module(hub_load_module_spec(path))
  expect_equal(predict(again(listed), 1), 2)
})

test_that("arguments are checked at the door", {
  skip_without_tensorflow()
  path <- hub_example_model()
  expect_snapshot(error = TRUE, transform = scrub, {
    hub_module(1)
    hub_module(c("a", "b"))
    hub_module(path, trainable = NA)
    hub_module(path, name = NULL)
    hub_module(path, tags = 1)
    hub_module(path)
  })
  expect_error(hub_module(path), class = "tfhub_error_unfit_module")
})

for (name in c(
  "batch_norm_variants",
  "control_flow",
  "dense_two_layers",
  "fruit_to_pet",
  "half_precision_and_strings",
  "image_feature_vector",
  "sparse_input",
  "text_embedding"
)) {
  test_that(paste("the conformance module gives what it has to:", name), {
    module <- conformance(name)
    for (case in module$cases) {
      input <- as_input(case$inputs)
      expected <- lapply(case$outputs, as_output)
      expected <- expected[order(names(expected))]
      signature <- case$signature
      gives_it <- function(given) {
        expect_equal(given, expected, tolerance = 1e-5)
      }

      loaded <- hub_load(module$folder, tags = case$tags)
      gives_it(decoded(loaded(input, signature = signature, as_dict = TRUE)))
      eager <- hub_module(module$folder, case$trainable, tags = case$tags)
      gives_it(decoded(eager(input, signature = signature, as_dict = TRUE)))
      expect_setequal(
        vapply(eager$variables, function(v) v$name, ""),
        paste0(case$graph$global_variables, ":0")
      )

      in_graph({
        m <- hub_module(module$folder, case$trainable, tags = case$tags)
        given <- m(as_input(case$inputs), signature = signature, as_dict = TRUE)
        gives_it(run_decoded(given))
        counted <- c("regularization_losses", "update_ops", "asset_filepaths")
        for (collection in counted) {
          listed <- v1()$get_collection(collection)
          expect_length(listed, case$graph[[collection]])
        }
        listed <- v1()$get_collection("trainable_variables")
        expect_setequal(
          vapply(listed, function(v) v$op$name, ""),
          as.character(unlist(case$graph$trainable_variables))
        )
      })
    }
  })
}
