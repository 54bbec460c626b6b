test_that("the documentation's example gives the same module as in Python", {
  skip_without_tensorflow()
  folder <- withr::local_tempdir()
  path <- hub_export(hub_create_module_spec(two_layers), file.path(folder, "r"))
  python <- two_layers_in_python(file.path(folder, "python"))
  files <- list.files(path, recursive = TRUE)
  expect_true(all(c("saved_model.pb", "tfhub_module.pb") %in% files))
  expect_equal(
    unname(tools::md5sum(file.path(path, files))),
    unname(tools::md5sum(file.path(python, files)))
  )

  x <- matrix(seq(-1, 1, length.out = 100), 2)
  weights <- function(n, m) matrix(seq_len(n * m) / 100, n, byrow = TRUE)
  hidden <- x %*% weights(50, 20)
  expected <- list(
    default = hidden %*% weights(20, 10),
    hidden_activations = hidden
  )
  for (m in list(hub_load(path), hub_module(path))) {
    expect_equal(predict(m, x), expected$default, tolerance = 1e-5)
    expect_equal(predict(m, x, as_dict = TRUE), expected, tolerance = 1e-5)
  }
})

test_that("a specification shows tags and signatures", {
  skip_without_tensorflow()
  spec <- hub_create_module_spec(two_layers)
  expect_s3_class(spec, "hub_module_spec")
  expect_equal(spec$get_signature_names(), "default")
  shape <- spec$get_output_info_dict()$hidden_activations$get_shape()
  expect_equal(shape$as_list(), list(NULL, 20L))
  expect_snapshot({
    spec
    hub_create_module_spec(
      function(training) {
        x <- v1()$sparse_placeholder("float32", list(NULL, 3L))
        hub_add_signature(
          "length",
          inputs = list(x = x),
          outputs = x$dense_shape
        )
        if (training) {
          hub_add_signature("train", outputs = v1()$constant("yes"))
        }
      },
      list(
        list(args = list(training = FALSE)),
        list(tags = c("train", "gpu"), args = list(training = TRUE))
      )
    )
    unserialize(serialize(spec, NULL))
  })
})

test_that("a specification is read by its handle", {
  path <- text_module()
  spec <- withr::with_dir(dirname(path), hub_load_module_spec(basename(path)))
  expect_match(format(spec)[[1]], normalizePath(path), fixed = TRUE)
  expect_error(
    hub_load_module_spec(hub_example_model()),
    class = "tfhub_error_unfit_module"
  )
  host <- local_host()
  host$add("/text/1", path)
  expect_bar(
    hub_load_module_spec(url_of(host, "/text/1")),
    "Downloading"
  )
})

test_that("each variant gets its arguments, of any type of R", {
  skip_without_tensorflow()
  module_fn <- function(scale, frame = NULL) {
    x <- v1()$placeholder("float32", list(NULL))
    y <- v1()$multiply(x, scale(if (is.null(frame)) 1 else frame$by[[2]]))
    hub_add_signature(inputs = x, outputs = y)
  }
  spec <- hub_create_module_spec(
    module_fn,
    list(
      list(tags = character(), args = list(scale = function(x) 2 * x)),
      list(
        tags = "train",
        args = list(frame = data.frame(by = 3:4), scale = identity)
      )
    )
  )
  expect_equal(predict(hub_module(spec), 1), 2)
  expect_equal(predict(hub_module(spec, tags = "train"), 1), 4)
  expect_equal(as.vector(hub_module(spec)(1, training = TRUE)$numpy()), 4)
})

test_that("an error of R comes out as it was", {
  skip_without_tensorflow()
  deep <- function() rlang::abort("mine", class = "my_error", data = 1:3)
  error <- expect_error(
    hub_create_module_spec(function() deep()),
    class = "my_error"
  )
  expect_equal(error$data, 1:3)
  expect_equal(rlang::call_name(error$call), "deep")
  expect_error(hub_create_module_spec(function() stop("plain")), "^plain$")
  expect_error(hub_create_module_spec(function() x_y_z), "x_y_z")
  # The one before is not taken for the next.
  expect_error(
    hub_create_module_spec(function() NULL),
    class = "tfhub_error_module_fn"
  )
})

test_that("an error of TensorFlow keeps its words", {
  skip_without_tensorflow()
  tf <- reticulate::import("tensorflow")
  error <- expect_error(
    hub_create_module_spec(function() tf$matmul(1, 2)),
    class = "tfhub_error_python"
  )
  expect_match(conditionMessage(error), "ValueError.*rank 2")
  expect_equal(rlang::call_name(error$call), "hub_create_module_spec")
})

test_that("the layers of TensorFlow 1 are explained where Keras 3 is active", {
  skip_without_tensorflow()
  tf <- reticulate::import("tensorflow")
  skip_if(
    !startsWith(tf$keras$`__version__`, "3."),
    "Keras 2 is active, which has these layers"
  )
  layers <- function() {
    v1()$layers$dense(v1()$placeholder("float32", list(NULL, 3L)), 2L)
  }
  expect_error(
    hub_create_module_spec(layers),
    "TF_USE_LEGACY_KERAS",
    class = "tfhub_error_legacy_layers"
  )
})

test_that("what cannot become a module is said", {
  skip_without_tensorflow()
  x <- function() v1()$placeholder("float32", list(NULL))
  expect_snapshot(error = TRUE, {
    hub_create_module_spec(function() NULL)
    hub_create_module_spec(function() hub_add_signature(outputs = 1))
    hub_create_module_spec(function() {
      hub_add_signature(inputs = list(a = x(), x()), outputs = x())
    })
    hub_create_module_spec(function() {
      v1()$add_to_collection("mine", x())
      hub_add_signature(outputs = x())
    })
    hub_create_module_spec(
      function() hub_add_signature(outputs = x()),
      list(list(tags = "a"), list(tags = "a"))
    )
    hub_create_module_spec(function() hub_attach_message("a b", NULL))
    hub_create_module_spec("two_layers")
    hub_create_module_spec(two_layers, list(list("train")))
    hub_create_module_spec(two_layers, list(list(args = list(1))))
    hub_create_module_spec(two_layers, 1)
    hub_create_module_spec(two_layers, drop_collections = 1)
    hub_add_signature(1)
    hub_attach_message(1)
  })
  dropped <- hub_create_module_spec(
    function() {
      v1()$add_to_collection("mine", x())
      hub_add_signature(outputs = x())
    },
    drop_collections = "mine"
  )
  expect_s3_class(dropped, "hub_module_spec")
})

test_that("an attached message is read again", {
  skip_without_tensorflow()
  tf <- reticulate::import("tensorflow")
  spec <- hub_create_module_spec(function() {
    labels <- tf$train$Int64List(value = 4:5)
    hub_attach_message("labels", labels)
    hub_add_signature(outputs = v1()$constant(1))
  })
  path <- hub_export(spec, withr::local_tempfile())
  for (from in list(spec, hub_load_module_spec(path), hub_module(path))) {
    labels <- from$get_attached_message("labels", tf$train$Int64List)
    expect_equal(reticulate::py_str(labels$value), "[4, 5]")
  }
})

test_that("a SavedModel of TensorFlow 1 becomes a module", {
  skip_without_tensorflow()
  folder <- withr::local_tempdir()
  saved <- file.path(folder, "saved")
  in_graph({
    x <- v1()$placeholder("float32", list(NULL), name = "x")
    y <- v1()$multiply(x, v1()$get_variable("scale", initializer = 2))
    v1()$add_to_collection("mine", y)
    session <- fresh_session()
    signature <- v1()$saved_model$predict_signature_def(
      list(x = x),
      list(y = y)
    )
    builder <- v1()$saved_model$Builder(saved)
    builder$add_meta_graph_and_variables(
      session,
      list("serve"),
      signature_def_map = list(double = signature)
    )
    builder$save()
  })
  spec <- hub_create_module_spec_from_saved_model(saved, "mine")
  expect_s3_class(spec, "hub_module_spec")
  path <- hub_export(spec, file.path(folder, "module"))
  for (load in list(hub_module, hub_load)) {
    m <- load(path, tags = "serve")
    expect_equal(predict(m, c(1, 2), signature = "double"), c(2, 4))
  }

  clean <- function(lines) {
    lines <- gsub(folder, "<tmp>/folder", lines, fixed = TRUE)
    gsub(hub_example_model(), "<tmp>/example", lines, fixed = TRUE)
  }
  expect_snapshot(error = TRUE, transform = clean, {
    hub_create_module_spec_from_saved_model(hub_example_model())
    hub_create_module_spec_from_saved_model(file.path(folder, "none"))
    hub_create_module_spec_from_saved_model(folder)
    hub_create_module_spec_from_saved_model(spec)
    hub_create_module_spec_from_saved_model(saved, 1)
  })
})

test_that("methods of a specification raise what other calls raise", {
  skip_without_tensorflow()
  spec <- hub_create_module_spec(two_layers)
  expect_equal(spec$get_signature_names(), "default")
  expect_error(
    spec$get_input_info_dict("none"),
    class = "tfhub_error_signature_not_found"
  )
  expect_error(spec$no_such_method, class = "tfhub_error_python")
  error <- expect_error(
    spec$get_signature_names("x"),
    class = "tfhub_error_tags"
  )
  expect_match(
    error$hint,
    "Give the tags of one, such as character().",
    fixed = TRUE
  )
  file <- withr::local_tempfile()
  saveRDS(spec, file)
  again <- readRDS(file)
  expect_error(again$get_tags(), class = "tfhub_error_not_saved")
})
