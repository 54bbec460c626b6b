# What every exported function says of a wrong call: a condition of class
# `tfhub_error`, in R's words.

# Not those of other packages, nor classes.
ours <- function() {
  names <- grep(
    "^[.]__C__",
    getNamespaceExports("tfhub"),
    value = TRUE,
    invert = TRUE
  )
  names <- setdiff(names, c("%>%", "tf", "shape"))
  setdiff(sort(names), c("install_tensorflow", "install_tfhub"))
}

required <- function(fun) {
  args <- formals(fun)
  bare <- vapply(args, rlang::is_missing, NA)
  setdiff(names(args)[bare], "...")
}

# The error of a call, or NULL.
error_of <- function(fun, args) {
  tryCatch(
    {
      suppressWarnings(suppressMessages(do.call(fun, args, quote = TRUE)))
      NULL
    },
    error = identity
  )
}

test_that("an argument that is missing is said by each exported function", {
  skip_if_not_installed("recipes")
  for (name in ours()) {
    fun <- getExportedValue("tfhub", name)
    for (without in required(fun)) {
      if (name == "layer_hub" && without == "object") {
        next # it may be left out
      }
      given <- setdiff(required(fun), without)
      before <- given[
        match(given, required(fun)) < match(without, required(fun))
      ]
      args <- rlang::set_names(rep(list("x"), length(before)), before)
      if (length(before)) {
        skip_without_tensorflow()
      }
      error <- error_of(fun, args)
      expect_s3_class(error, "tfhub_error")
      if (length(before) == 0) {
        expect_s3_class(error, "tfhub_error_argument")
        expect_match(
          conditionMessage(error),
          sprintf("`%s` must be given", without),
          fixed = TRUE,
          label = name
        )
      }
    }
  }
})

test_that("what is of a wrong kind is an error of ours, or is taken", {
  skip_without_tensorflow()
  skip_if_not_installed("recipes")
  local_cache()
  withr::local_dir(withr::local_tempdir())
  withr::local_envvar(TFHUB_OFFLINE = "1")
  file <- file("some/path")
  withr::defer(close(file))
  wrong <- list(
    NULL,
    NA,
    -1.5,
    1:3,
    character(),
    c("a", NA),
    "{no}: {.fn cli} <markup>",
    factor("a"),
    file,
    list(1, "b"),
    quote(x),
    globalenv(),
    Sys.Date(),
    data.frame(a = 1)
  )
  for (name in ours()) {
    fun <- getExportedValue("tfhub", name)
    for (arg in setdiff(names(formals(fun)), "...")) {
      others <- setdiff(required(fun), arg)
      for (value in wrong) {
        args <- rlang::set_names(rep(list("x"), length(others)), others)
        args[arg] <- list(value)
        error <- error_of(fun, args)
        if (!is.null(error)) {
          label <- sprintf("%s(%s = <%s>)", name, arg, class(value)[[1]])
          expect_true(inherits(error, "tfhub_error"), label = label)
        }
      }
    }
  }
})

test_that("dots that nothing takes are said", {
  m <- fruit()
  spec <- hub_create_module_spec(two_layers)
  y <- m(apples)
  calls <- list(
    function(...) predict(m, apples, ...),
    function(...) predict(m$embed, "a", ...),
    function(...) hub_export(m, tempfile(), ...),
    function(...) hub_export(spec, tempfile(), ...),
    function(...) hub_export(reticulate::import("sys"), tempfile(), ...)
  )
  if (!"tensorflow" %in% loadedNamespaces()) {
    calls <- c(calls, function(...) mean(y, ...))
  }
  for (call in calls) {
    expect_error(call("x"), class = "tfhub_error_argument")
    expect_error(call(siganture = "x"), class = "tfhub_error_argument")
  }
  expect_snapshot(error = TRUE, {
    predict(m, apples, siganture = "shout")
    predict(m, apples, "shout")
    predict(m$embed, "a", something = 1)
  })
})

test_that("methods of a loaded object raise what other calls raise", {
  skip_without_tensorflow()
  m <- hub_module(hub_create_module_spec(two_layers))
  expect_error(
    m$get_input_info_dict("none"),
    class = "tfhub_error_signature_not_found"
  )
  error <- expect_error(m$get_attached_message(), class = "tfhub_error_python")
  expect_s3_class(error, "tfhub_error")
  method <- m$get_signature_names
  expect_equal(method(), "default")
  expect_s3_class(method, "python.builtin.method")
  expect_true(reticulate::import_builtins()$callable(method))
})

test_that("Keras and other Python speak R's words, too", {
  skip_without_tensorflow()
  expect_equal(
    reticulate::py_eval(
      "str(__import__('tfhub').errors.HubError(
      __import__('tfhub').words.call('trust', None)))"
    ),
    "hub_trust(NULL)"
  )
})

# The texts in calls of abort_hub() outside of inline(), which has cli's markup.
plain_texts <- function(x, within = FALSE) {
  if (is.character(x)) {
    return(if (within) x)
  }
  if (!is.call(x) || rlang::is_call(x, c("inline", "inline_each"))) {
    return(NULL)
  }
  within <- within || rlang::is_call(x, "abort_hub")
  parts <- Filter(Negate(rlang::is_missing), as.list(x))
  unlist(lapply(parts, plain_texts, within))
}

test_that("errors of ours have no code outside of cli's markup", {
  home <- asNamespace("tfhub")
  for (name in ls(home, all.names = TRUE)) {
    if (is.function(home[[name]])) {
      found <- plain_texts(body(home[[name]]))
      code <- grep("`|[a-z_]\\([^ ]*\\)", unname(found), value = TRUE)
      expect_equal(code, character(), label = name)
    }
  }
})
