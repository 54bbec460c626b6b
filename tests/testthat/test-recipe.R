# Gives the bytes of a text, and how many of them are "a".
local_text_model <- function(env = parent.frame()) {
  local_model(
    "@tf.function(input_signature=[tf.TensorSpec([None], tf.string)])
def __call__(self, text):
  a = tf.strings.length(tf.strings.regex_replace(text, '[^a]', ''))
  return tf.cast(tf.stack([tf.strings.length(text), a], axis=1), tf.float32)",
    env = env
  )
}

reviews <- function() {
  data.frame(
    stars = c(5, 1, 4),
    text = c("banana", "fig", "pear"),
    title = factor(c("b", "a", "b"))
  )
}

text_recipe <- function(model, ..., data = reviews()) {
  recipe <- recipes::recipe(stars ~ ., data = data)
  step_pretrained_text_embedding(recipe, text, handle = model, ...)
}

numbers <- data.frame(
  embedding_text_1 = c(6, 3, 4),
  embedding_text_2 = c(3, 0, 1)
)

test_that("texts become numbers, in a tibble", {
  skip_if_not_installed("recipes")
  recipe <- recipes::prep(text_recipe(local_text_model()))
  baked <- recipes::bake(recipe, new_data = NULL)
  expect_s3_class(baked, "tbl_df")
  expect_named(
    baked,
    c("title", "stars", "embedding_text_1", "embedding_text_2")
  )
  expect_equal(as.data.frame(baked[3:4]), numbers)
  new <- data.frame(text = c("kiwi", "ananas"), title = factor("a"))
  expect_equal(recipes::bake(recipe, new)$embedding_text_2, c(0, 3))
  expect_equal(nrow(recipes::bake(recipe, new[0, ])), 0)
  expect_named(recipes::bake(recipe, new[0, ]), names(baked)[-2])
})

test_that("the old package's call works to the letter", {
  skip_if_not_installed("recipes")
  rec <- recipes::recipe(stars ~ text, reviews())
  rec <- step_pretrained_text_embedding(
    rec,
    text,
    role = "predictor",
    trained = FALSE,
    skip = FALSE,
    handle = local_text_model(),
    args = NULL,
    id = recipes::rand_id("pretrained_text_embedding")
  )
  rec <- recipes::prep(rec)
  expect_equal(ncol(recipes::juice(rec)), 3)
})

test_that("new columns are predictors, of several texts and of factors", {
  skip_if_not_installed("recipes")
  recipe <- recipes::recipe(stars ~ ., data = reviews())
  recipe <- step_pretrained_text_embedding(
    recipe,
    recipes::all_nominal_predictors(),
    handle = local_text_model(),
    prefix = "e",
    id = "id"
  )
  untrained <- recipes::tidy(recipe, number = 1)
  expect_equal(untrained$terms, "recipes::all_nominal_predictors()")
  recipe <- recipes::prep(recipe)
  roles <- summary(recipe)
  new <- c("e_text_1", "e_text_2", "e_title_1", "e_title_2")
  expect_setequal(roles$variable[roles$role == "predictor"], new)
  expect_equal(recipes::juice(recipe)$e_title_2, c(0, 1, 0))
  tidied <- recipes::tidy(recipe, number = 1)
  expect_s3_class(tidied, "tbl_df")
  expect_named(tidied, c("terms", "handle", "id"))
  expect_setequal(tidied$terms, c("text", "title"))
  expect_equal(unique(tidied$id), "id")
})

test_that("columns with text can stay, and new texts stay text for the model", {
  skip_if_not_installed("recipes")
  recipe <- text_recipe(local_text_model(), keep_original_cols = TRUE)
  recipe <- recipes::prep(recipe)
  baked <- recipes::bake(
    recipe,
    data.frame(text = "papaya", title = factor("b"))
  )
  expect_equal(baked$embedding_text_2, 3)
  expect_equal(as.character(recipes::juice(recipe)$text), reviews()$text)
})

test_that("a missing text is an error, a row of NA, or empty", {
  skip_if_not_installed("recipes")
  model <- local_text_model()
  data <- reviews()
  data$text[2:3] <- NA
  bake <- function(na) {
    recipe <- recipes::prep(text_recipe(model, na = na, data = data))
    recipes::bake(recipe, data)$embedding_text_1
  }
  expect_equal(bake("missing"), c(6, NA, NA))
  expect_equal(bake("empty"), c(6, 0, 0))
  expect_snapshot(bake("error"), error = TRUE)
  recipe <- recipes::prep(text_recipe(model, na = "missing"))
  none <- data.frame(text = NA_character_, title = factor("a"))
  expect_equal(recipes::bake(recipe, none)$embedding_text_1, NA_real_)
  recipe <- recipes::prep(text_recipe(model))
  expect_error(recipes::bake(recipe, none), class = "tfhub_error_na")
})

test_that("the batch size makes no difference, and repeated texts are as others", {
  skip_if_not_installed("recipes")
  data <- reviews()[c(1:3, 3:1, 2), ]
  model <- local_text_model()
  baked <- lapply(c(1, 2, 32), function(size) {
    recipe <- text_recipe(model, batch_size = size, data = data)
    recipes::juice(recipes::prep(recipe))
  })
  expect_equal(baked[[1]]$embedding_text_1, c(6, 3, 4, 4, 3, 6, 3))
  expect_equal(baked[[1]], baked[[2]])
  expect_equal(baked[[1]], baked[[3]])
})

test_that("an empty selection does nothing, and asks for no model", {
  skip_if_not_installed("recipes")
  recipe <- recipes::recipe(stars ~ ., data = reviews())
  recipe <- step_pretrained_text_embedding(
    recipe,
    recipes::has_role("nothing"),
    handle = "no model"
  )
  recipe <- recipes::prep(recipe)
  expect_named(recipes::juice(recipe), c("text", "title", "stars"))
  expect_equal(nrow(recipes::tidy(recipe, number = 1)), 0)
})

test_that("skip, required packages", {
  skip_if_not_installed("recipes")
  recipe <- recipes::prep(text_recipe(local_text_model(), skip = TRUE))
  expect_named(
    recipes::bake(recipe, reviews()),
    c("text", "title", "stars")
  )
  expect_true("tfhub" %in% recipes::required_pkgs(recipe))
})

test_that("the model, signature and output can be tuned", {
  skip_if_not_installed("recipes")
  tune <- function() rlang::call2("tune")
  recipe <- text_recipe(tune(), output = tune(), id = "id")
  wanted <- recipes::tunable(recipe)
  expect_s3_class(wanted, "tbl_df")
  expect_equal(wanted$name, c("handle", "signature", "output"))
  expect_equal(unique(wanted$component_id), "id")
  arguments <- recipes::tune_args(recipe)
  expect_equal(arguments$name, c("handle", "output"))
  expect_equal(arguments$tunable, c(TRUE, TRUE))
})

test_that("it is printed", {
  skip_if_not_installed("recipes")
  # recipes prints to the output, since 1.0.5 by messages.
  printed <- function(step) {
    output <- capture.output(
      messages <- capture.output(print(step), type = "message")
    )
    paste(c(output, messages), collapse = " ")
  }
  recipe <- text_recipe(local_text_model())
  title <- "Pretrained text embedding of.*text"
  expect_match(printed(recipe$steps[[1]]), title)
  expect_match(printed(recipes::prep(recipe)$steps[[1]]), title)
})

test_that("what is wrong is said, with the remedy", {
  skip_if_not_installed("recipes")
  model <- local_text_model()
  prepped <- recipes::prep(text_recipe(model))
  prep <- function(...) recipes::prep(text_recipe(model, ...))
  data <- cbind(reviews(), embedding_text_1 = 1)
  expect_snapshot(error = TRUE, transform = scrub, {
    step_pretrained_text_embedding(recipes::recipe(~., reviews()), text)
    prep(na = "drop")
    prep(prefx = "z")
    prep(prefix = NULL)
    prep(batch_size = 0)
    prep(args = list(1))
    prep(data = transform(reviews(), text = 1:3))
    recipes::bake(prepped, data.frame(text = 1, title = factor("a")))
  })
  # Later recipes check it themselves.
  expect_error(prep(keep_original_cols = NA), "keep_original_cols")
  expect_error(prep(data = data), "embedding_text_1")
  expect_error(recipes::bake(prepped, data.frame(title = factor("a"))), "text")
  expect_error(
    prep(args = list(tags = "no")),
    class = "tfhub_error_tags"
  )
})

test_that("the recipe does not hold the model, and works in a new process", {
  skip_if_not_installed("recipes")
  model <- local_text_model()
  withr::local_dir(dirname(model))
  recipe <- recipes::prep(text_recipe(basename(model)))
  file <- withr::local_tempfile(fileext = ".rds")
  saveRDS(recipe, file)
  expect_lt(file.size(file), 50000)
  elsewhere <- withr::local_tempdir()
  withr::local_dir(elsewhere)
  said <- run_r(
    c(
      "library(tfhub)",
      "recipe <- readRDS(commandArgs(TRUE))",
      "new <- data.frame(text = c('ananas', 'fig'), title = factor('a'))",
      "cat(recipes::bake(recipe, new)$embedding_text_2, '\n')",
      "cat(recipes::bake(recipe, new)$embedding_text_1, '\n')",
      "cat(length(tfhub:::the$models))"
    ),
    file
  )
  expect_equal(said, c("3 0 ", "6 3 ", "1"))
})

test_that("tfhub loads without recipes", {
  said <- run_r("library(tfhub); cat(isNamespaceLoaded('recipes'))")
  expect_equal(said, "FALSE")
})

test_that("it is part of a workflow, which works in a new process", {
  skip_without_packages("parsnip", "recipes", "workflows")
  reviews <- data.frame(
    stars = c(5, 1, 4, 2, 3),
    text = c("banana", "fig", "pear", "ananas", "papaya")
  )
  model <- local_text_model()
  predicted <- in_new_r(
    c("recipes", "workflows", "tfhub"),
    reviews = reviews,
    model = model,
    function(reviews, model) {
      recipe <- recipe(stars ~ text, data = reviews) |>
        step_pretrained_text_embedding(text, handle = model)
      flow <- workflow(recipe, parsnip::linear_reg())
      fit <- parsnip::fit(flow, reviews)
      file <- file.path(dirname(model), "fit.rds")
      saveRDS(fit, file)
      list(fit = file, rows = predict(fit, reviews))
    }
  )
  expect_s3_class(predicted$rows, "tbl_df")
  by_hand <- cbind(nchar(reviews$text), c(3, 0, 1, 3, 3))
  expect_equal(
    predicted$rows$.pred,
    unname(stats::fitted(stats::lm(reviews$stars ~ by_hand)))
  )
  again <- in_new_r(
    c("workflows", "tfhub"),
    file = predicted$fit,
    new = reviews["text"],
    function(file, new) predict(readRDS(file), new)
  )
  expect_equal(again, predicted$rows)
})

test_that("a step has its handle without a login, and loads the model with it", {
  skip_if_not_installed("recipes")
  host <- local_host()
  url <- reticulate::py_to_r(host$add("/text", local_text_model()))
  secret <- sub("://", "://me:SECRET@", paste0(url, "?sig=SECRET"))
  expect_warning(
    recipe <- text_recipe(secret),
    "without its login or signature"
  )
  expect_equal(recipe$steps[[1]]$handle, url)
  prepped <- expect_no_warning(recipes::prep(recipe))
  expect_equal(recipes::tidy(prepped, 1)$handle[[1]], url)
  bytes <- serialize(prepped$steps[[1]]$handle, NULL)
  expect_length(grepRaw("SECRET", bytes, fixed = TRUE), 0)
  headers <- reticulate::py_to_r(host$headers)
  expect_match(headers[[1]]$Authorization, "^Basic ")
  other <- sub("sig=", "sig=2", secret)
  updated <- suppressWarnings(stats::update(recipe$steps[[1]], handle = other))
  expect_equal(updated$handle, url)
})
