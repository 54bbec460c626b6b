test_that("library(tfhub) does not start Python", {
  started <- run_r("library(tfhub); cat(reticulate::py_available())")
  expect_equal(started, "FALSE")
})

test_that("both sides have the same version", {
  skip_without_tensorflow()
  expect_equal(
    reticulate::py_to_r(core()$`__version__`),
    as.character(utils::packageVersion("tfhub"))
  )
})

test_that("the arguments of the wrappers are those of Python", {
  skip_without_tensorflow()
  parameters <- function(fun) {
    all <- reticulate::import("inspect")$signature(fun)$parameters
    names <- reticulate::import_builtins()$list(all$keys())
    setdiff(names, "progress")
  }
  expect_equal(names(formals(hub_resolve)), parameters(core()$resolve))
  expect_equal(names(formals(hub_load)), parameters(core()$load))
  expect_equal(names(formals(hub_info)), parameters(core()$describe))
  expect_equal(names(formals(hub_scan)), parameters(core()$scan))
  for (name in grep(
    "^hub_cache_",
    getNamespaceExports("tfhub"),
    value = TRUE
  )) {
    python <- core()[[sub("^hub_", "", name)]]
    expect_equal(
      as.character(names(formals(name))),
      as.character(parameters(python))
    )
  }
  tf1 <- list(
    hub_load_module_spec = "load_module_spec",
    hub_create_module_spec = "create_module_spec",
    hub_add_signature = "add_signature",
    hub_attach_message = "attach_message",
    hub_upgrade = "upgrade",
    hub_create_module_spec_from_saved_model = "create_module_spec_from_saved_model",
    hub_attach_image_module_info = "attach_image_module_info",
    hub_text_embedding_column_v2 = "text_embedding_column_v2",
    hub_check = "check",
    hub_search = "search",
    hub_pack = "pack",
    hub_read_images = "read_images",
    hub_serve = "Server",
    hub_trust = "trust",
    hub_export_text_embedding = "export_text_embedding",
    hub_text_embedding_column = "text_embedding_column",
    hub_sparse_text_embedding_column = "sparse_text_embedding_column",
    hub_image_embedding_column = "image_embedding_column"
  )
  for (name in names(tf1)) {
    expect_equal(names(formals(name)), parameters(core()[[tf1[[name]]]]))
  }
  rest <- function(fun) setdiff(names(formals(fun)), "...")[-1]
  expect_equal(rest(hub_module), parameters(core()$Module)[-1])
  images <- parameters(core()$get_expected_image_size)[-1]
  expect_equal(rest(hub_expected_image_size), images)
  expect_equal(rest(hub_num_image_channels), images)
  export <- parameters(core()$ModuleSpec$export)[-1]
  expect_equal(rest(hub_export.hub_module_spec), export)
  export <- parameters(core()$Module$export)[-1]
  expect_equal(rest(hub_export.hub_module), export)
  expect_equal(
    rest(hub_export.python.builtin.object),
    parameters(core()$export)[-1]
  )
  expect_equal(
    setdiff(names(formals(predict.hub_module)), c("object", "...", "int64")),
    setdiff(parameters(core()$predict), c("model", "progress"))
  )
})

# The public names of Python that are something else in R, or nothing.
python_only <- c(
  HubError = "conditions of class tfhub_error",
  ImageModuleInfo = "hub_attach_image_module_info() takes height and width",
  KerasLayer = "layer_hub()",
  LatestModuleExporter = "Estimators are programs in Python",
  Module = "hub_module()",
  ModuleSpec = "what hub_load_module_spec() returns",
  Server = "hub_serve()",
  `__version__` = "packageVersion()",
  describe = "hub_info()",
  errors = "conditions of class tfhub_error",
  eval_function_for_module = "hub_module() evaluates outside of a graph",
  get_expected_image_size = "hub_expected_image_size()",
  get_num_image_channels = "hub_num_image_channels()",
  keras3 = "layer_hub() takes the Keras of the model",
  predict = "predict()",
  register_module_for_export = "Estimators are programs in Python",
  tf_keras = "layer_hub() takes the Keras of the model"
)

test_that("what is public in Python has a function in R, or a reason", {
  skip_without_tensorflow()
  public <- reticulate::py_to_r(core()$`__all__`)
  here <- sub("^hub_", "", getNamespaceExports("tfhub"))
  expect_setequal(setdiff(public, here), names(python_only))
})

test_that("a Python that cannot do is refused, with the remedy", {
  version <- numeric_version
  this <- as.character(packageVersion("tfhub"))
  any_version <- function(lines) gsub(this, "<this>", lines, fixed = TRUE)
  expect_snapshot(error = TRUE, transform = any_version, {
    check_python("3.9", "/usr/bin/python3", quote(hub_load()))
    check_numpy(version("2.1.0"), version("1.28"), quote(hub_load()))
    check_core("0.8.0", "/site/tfhub/__init__.py", quote(hub_load()))
  })
  expect_silent({
    check_python("3.10", "/usr/bin/python3", NULL)
    check_numpy(version("1.26.4"), version("1.28"), NULL)
    check_numpy(version("2.1.0"), version("1.38"), NULL)
    check_numpy(NULL, version("1.28"), NULL)
    check_core(as.character(packageVersion("tfhub")), "", NULL)
  })
})

test_that("another tfhub in Python is noticed", {
  skip_without_tensorflow()
  site <- withr::local_tempdir()
  dir.create(file.path(site, "tfhub"))
  writeLines(
    "__version__ = '0.1'",
    file.path(site, "tfhub", "__init__.py")
  )
  said <- run_r(
    c(
      "pip <- reticulate::import('tfhub')",
      "e <- tryCatch(tfhub::hub_resolve('x'), error = identity)",
      "cat(class(e)[[1]], conditionMessage(e), sep = '\n')"
    ),
    env = c(PYTHONPATH = site)
  )
  expect_match(said[[1]], "tfhub_error_version")
  expect_match(said[[2]], "0.1", fixed = TRUE)
})

test_that("a Python without TensorFlow says how to get it", {
  skip_without_tensorflow()
  skip_on_os("windows")
  packages <- c("filelock", "google", "platformdirs", "urllib3")
  said <- function(packages) {
    python <- local_bare_python(packages)
    run_r(
      c(
        "handle <- commandArgs(TRUE)",
        "class <- function(e) cat(base::class(e)[[1]], conditionMessage(e), '')",
        "cat(tryCatch(tfhub::hub_info(handle)$format, error = class), '\n')",
        "cat(tryCatch(tfhub::hub_load(handle), error = class), '\n')"
      ),
      hub_example_model(),
      env = c(RETICULATE_PYTHON = python)
    )
  }
  with_core <- said(packages)
  expect_match(with_core[[1]], "TF2 SavedModel")
  expect_match(with_core[[2]], "tfhub_error_dependency", all = FALSE)
  expect_match(
    with_core,
    "reticulate::py_install(\"tensorflow",
    fixed = TRUE,
    all = FALSE
  )
  expect_match(with_core, "bin/python", all = FALSE)

  with_nothing <- said(character())
  expect_match(with_nothing[[1]], "tfhub_error_dependency")
  expect_match(with_nothing, "py_install\\(.*protobuf", all = FALSE)
})

test_that("what Python must have is declared, where reticulate makes environments", {
  skip_if_not_installed("reticulate", "1.41")
  said <- run_r(c(
    "library(tfhub)",
    "cat(reticulate::py_require()$packages, sep = '\n')",
    "cat(reticulate::py_require()$python_version, '\n')",
    "cat(reticulate::py_available(initialize = FALSE))"
  ))
  expect_true(paste0("tensorflow", tensorflow_bounds) %in% said)
  expect_true(all(core_packages %in% said))
  expect_equal(utils::tail(said, 2), c(">=3.10 <3.14 ", "FALSE"))
})

test_that("a Python that has started is asked for what it lacks", {
  skip_without_tensorflow()
  start_python(NULL)
  asked <- character()
  require_python(function(packages = NULL, ...) {
    asked <<- c(asked, packages)
    list(packages = c("tensorflow-cpu", "tensorflow>=2.20", "urllib3"))
  })
  expect_equal(asked, setdiff(core_packages, "urllib3>=2.2"))
})

test_that("without any environment one is made, by uv", {
  skip_if_not(
    nzchar(Sys.getenv("TFHUB_TEST_INSTALL")),
    "TFHUB_TEST_INSTALL is not set, as .ci/nightly does"
  )
  skip_if_not_installed("reticulate", "1.41")
  skip_if_not(nzchar(Sys.which("uv")), "uv is not installed")
  home <- withr::local_tempdir()
  said <- run_r(
    c(
      "Sys.unsetenv(c('RETICULATE_PYTHON', 'VIRTUAL_ENV'))",
      "setwd(tempdir())", # where there is no .venv
      "m <- tfhub::hub_load(commandArgs(TRUE))",
      "cat(predict(m, matrix(1:3, 1)), '\n')",
      "cat(reticulate::py_config()$forced)"
    ),
    hub_example_model(),
    env = c(WORKON_HOME = home, UV_PYTHON_PREFERENCE = "only-system"),
    timeout = 1200
  )
  expect_equal(utils::tail(said, 2), c("12 4 ", "py_require()"))
})

test_that("environment variables that R sets later reach Python", {
  skip_without_tensorflow()
  start_python(NULL)
  get <- reticulate::import("os")$environ$get
  withr::with_envvar(c(TFHUB_TEST = "1"), {
    core()
    expect_equal(get("TFHUB_TEST"), "1")
  })
  core()
  expect_null(get("TFHUB_TEST"))
})

# What a new R process writes to its standard error.
complaints <- function(code, level) {
  skip_without_packages()
  processx::run(
    file.path(R.home("bin"), "Rscript"),
    c("-e", code, hub_example_model()),
    env = c(
      "current",
      R_LIBS = paste(.libPaths(), collapse = .Platform$path.sep),
      TF_CPP_MIN_LOG_LEVEL = level
    ),
    timeout = 120
  )$stderr
}

test_that("TensorFlow begins without notes, unless they are asked for", {
  load <- "m <- tfhub::hub_load(commandArgs(TRUE)); predict(m, matrix(1:3, 1))"
  expect_equal(complaints(load, ""), "")
  expect_equal(complaints("tfhub::tf$constant(1) + 1", ""), "")
  level <- "cat(Sys.getenv('TF_CPP_MIN_LOG_LEVEL'), file = stderr())"
  load <- paste0(load, "; ", level)
  expect_match(complaints(load, "3"), "3$")
})

test_that("what AutoGraph writes is gone at the end of the session", {
  skip_without_tensorflow()
  folder <- withr::local_tempdir()
  writeLines(
    c(
      "import sys",
      "import tensorflow as tf",
      "@tf.function",
      "def flip(x):",
      "  if x > 0: x = -x",
      "  return x",
      "def files():",
      "  start = '__autograph_generated_file'",
      "  return [m.__file__ for n, m in sys.modules.items() if n.startswith(start)]"
    ),
    file.path(folder, "flipping.py")
  )
  files <- run_r(
    c(
      "tfhub:::start_python(NULL)",
      "python <- reticulate::import_from_path('flipping', commandArgs(TRUE))",
      "x <- python$flip(tfhub::tf$constant(1))",
      "stopifnot(length(python$files()) > 0, file.exists(unlist(python$files())))",
      "cat(unlist(python$files()), sep = '\n')"
    ),
    folder
  )
  expect_gt(length(files), 0)
  expect_false(any(file.exists(files)))
})

# In a process of its own, which is given up after a while.
forks <- function(handle, code) {
  skip_on_os("windows")
  run_r(
    c(
      "library(tfhub)",
      "handle <- commandArgs(TRUE)",
      "in_fork <- function(f) {
        ended <- parallel::mclapply(1:2, function(i) f(), mc.cores = 2)
        cat(paste(unlist(ended), collapse = \" \"), fill = TRUE)
      }",
      code
    ),
    handle,
    timeout = 60
  )
}

text_module <- function(env = parent.frame()) {
  skip_without_tensorflow()
  vectors <- withr::local_tempfile(lines = c("good 1 0", "bad 0 1"))
  folder <- withr::local_tempfile(.local_envir = env)
  hub_export_text_embedding(vectors, folder)
}

test_that("what a module was ends in a fork without waiting for TensorFlow", {
  said <- forks(
    text_module(),
    c(
      "predict(m <- hub_load(handle), \"good\")",
      "rm(m)",
      "in_fork(function() { gc(); \"dropped\" })",
      "m <- hub_load(handle); invisible(m(\"good\"))",
      "m <- hub_load(handle); invisible(m(\"good\"))",
      "in_fork(function() { gc(); \"overwritten\" })",
      "file <- tempfile(); saveRDS(m, file)",
      "copy <- readRDS(file); y <- copy(\"bad\"); rm(copy)",
      "in_fork(function() { gc(); \"a copy\" })",
      "in_fork(function() { rm(m, y, envir = globalenv()); gc(); \"its own\" })",
      "cat(predict(m, \"bad\"))"
    )
  )
  ended <- c("dropped", "overwritten", "a copy", "its own")
  expect_equal(tail(said, 5), c(paste(ended, ended), "0 1"))
})

test_that("a module that is used in a fork is told, whatever is asked of it", {
  said <- forks(
    text_module(),
    c(
      "m <- hub_load(handle); y <- m(\"good\")",
      "fails <- function(expr) {
        in_fork(function() tryCatch(expr, error = function(e) class(e)[[1]]))
      }",
      "fails(m(\"good\"))",
      "fails(predict(m, \"good\"))",
      "fails(as.array(y))",
      "fails(reticulate::r_to_py(m))",
      "fails(hub_load(handle))"
    )
  )
  forked <- "tfhub_error_forked tfhub_error_forked"
  expect_equal(tail(said, 5), rep(forked, 5))
})

test_that("tf that is first used in a fork is told, and does not wait", {
  said <- forks(
    text_module(),
    c(
      "m <- hub_load(handle); invisible(m(\"good\"))",
      "used <- function() {
        first <- tryCatch(tf$random$normal(list(2000L, 2000L)), error = class)
        again <- tryCatch(tf$constant(1), error = class)
        paste(first[[1]], again[[1]])
      }",
      "in_fork(used)"
    )
  )
  expect_equal(tail(said, 1), strrep("tfhub_error_forked ", 4) |> trimws())
})

test_that("a forked process of future and of knitr's chunks ends, too", {
  skip_without_packages("future")
  said <- forks(
    text_module(),
    c(
      "m <- hub_load(handle); invisible(m(\"good\"))",
      "future::plan(\"multicore\", workers = 2)",
      "told <- future::future({ gc(); tryCatch(m(\"bad\"), error = class) })",
      "cat(future::value(told)[[1]], fill = TRUE)",
      "rm(m)",
      "cat(future::value(future::future({ gc(); \"ended\" })), fill = TRUE)"
    )
  )
  expect_equal(tail(said, 2), c("tfhub_error_forked", "ended"))
})

test_that("a forked process is told, instead of waiting for ever", {
  skip_without_tensorflow()
  said <- forks(
    tempdir(),
    c(
      "tfhub:::start_python(NULL)",
      "in_fork(function() tryCatch(hub_resolve(handle), error = function(e) {
        class(e)[[1]]
      }))"
    )
  )
  expect_equal(said, "tfhub_error_forked tfhub_error_forked")
})

test_that("a Python that does not start is named, with the remedy", {
  skip_without_tensorflow()
  skip_on_os("windows")
  python <- file.path(withr::local_tempdir(), "python")
  # One that fails at once would not do: later reticulates go on to another.
  without_library <- sprintf(
    "'%s' \"$@\" | grep -Ev '^LIB|Prefix'",
    reticulate::py_config()$python
  )
  writeLines(c("#!/bin/sh", without_library), python)
  Sys.chmod(python, "755")
  said <- run_r(
    "tryCatch(tfhub::hub_resolve('/'), error = function(e) {
       cat(class(e)[[1]], conditionMessage(e), sep = '\n')
     })",
    env = c(RETICULATE_PYTHON = python)
  )
  expect_equal(said[[1]], "tfhub_error_python_start")
  expect_match(said[[2]], "did not start")
  expect_match(said, "RETICULATE_PYTHON", all = FALSE)
})

# What a new R process with such a Python says of code that needs one.
refusals <- function(code, python) {
  lines <- sprintf(
    "tryCatch(%s, error = function(e) cat(class(e)[[1]], '\n', sep = ''))",
    code
  )
  env <- c(RETICULATE_PYTHON = python, VIRTUAL_ENV = "")
  rlang::set_names(run_r(c("library(tfhub)", lines), env = env), code)
}

test_that("without a Python each function has the error that says what to do", {
  code <- c(
    "hub_cache_dir()",
    "hub_cache_list()",
    "hub_cache_remove('x')",
    "hub_cache_export('x', 'y')",
    "hub_create_module_spec(function() 1)",
    "hub_custom_objects()",
    "hub_info('x')",
    "hub_load('x')",
    "hub_resolve('x')",
    "hub_signatures('x')",
    "layer_hub(handle = 'x')",
    "tf$constant(1)",
    "tf$constant(1)"
  )
  found <- refusals(code, file.path(tempdir(), "no-such-python"))
  expect_equal(unname(found), rep("tfhub_error_python_start", length(code)))
})

test_that("without TensorFlow `tf` has the error that says what to do", {
  bare <- local_bare_python(c(
    "filelock",
    "google.protobuf",
    "platformdirs",
    "urllib3"
  ))
  code <- rep("tf$constant(1)", 2)
  expect_equal(unname(refusals(code, bare)), rep("tfhub_error_dependency", 2))
})

test_that("only r_value() gives what reticulate's function would start Python for", {
  files <- test_path("..", "..", "R")
  skip_if_not(dir.exists(files), "the source is not here")
  lines <- unlist(lapply(dir(files, full.names = TRUE), readLines))
  expect_length(grep("^[^#]*reticulate::py_to_r\\(", lines), 1)
})

test_that("a new R session that this one starts has no notes, either", {
  skip_without_packages()
  start_python(NULL)
  load <- "m <- tfhub::hub_load(commandArgs(TRUE)); predict(m, matrix(1:3, 1))"
  expect_equal(complaints(load, "1"), "")
})

test_that("TensorFlow itself is refused in a fork, instead of waiting for ever", {
  skip_without_tensorflow()
  skip_on_os("windows")
  found <- run_r(
    c(
      "tf <- tfhub::tf",
      "x <- tf$constant(1)",
      "class <- function(e) base::class(e)[[1]]",
      "use <- function(i) tryCatch(tf$constant(i)$numpy(), error = class)",
      "cat(unlist(parallel::mclapply(1:2, use, mc.cores = 2)), as.numeric(x))"
    )
  )
  expect_equal(found, "tfhub_error_forked tfhub_error_forked 1")
})
