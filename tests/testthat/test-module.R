test_that("a module is applied through its own call", {
  m <- fruit()
  expect_equal(m(apples)$numpy(), cbind(c(12, 30), c(4, 10)))
  expect_equal(
    m(apples, training = TRUE)$numpy(),
    cbind(c(13, 31), c(5, 11))
  )
  whole <- apples
  storage.mode(whole) <- "integer"
  expect_equal(m(whole)$numpy(), m(apples)$numpy())
})

test_that("what comes back is a tensor that TensorFlow takes", {
  m <- fruit()
  y <- m(apples)
  tf <- reticulate::import("tensorflow")
  expect_equal(tf$argmax(y, axis = 1L)$numpy(), array(c(0, 0)))
  expect_equal(m(tf$constant(apples, tf$float32))$numpy(), y$numpy())
})

test_that("a signature takes its inputs by name, in any order", {
  m <- fruit()
  input <- list(oranges = c(10, 20), apples = apples)
  all <- m(input, signature = "fruit_to_pet", as_dict = TRUE)
  expect_named(all, c("cats", "default", "dogs"))
  expect_equal(all$cats$numpy(), 2 * apples)
  expect_equal(all$dogs$numpy(), array(c(11, 21)))
  only <- m(rev(input), signature = "fruit_to_pet")
  expect_equal(only$numpy(), array(c(22, 50)))
  words <- m(apples = apples, oranges = 1:2, signature = "fruit_to_pet")
  expect_equal(words$numpy(), array(c(13, 32)))
})

test_that("a vector of length 1 is a batch of one where a batch is wanted", {
  m <- fruit()
  expect_equal(m$embed("é")$numpy(), cbind(2, 1))
  one <- list(apples = apples[1, , drop = FALSE], oranges = 1)
  expect_equal(
    m(one, signature = "fruit_to_pet", as_dict = TRUE)$dogs$numpy(),
    array(2)
  )
  scalar <- hub_load(local_model(
    "@tf.function(input_signature=[tf.TensorSpec([], tf.int32)])
def __call__(self, x): return x + 1"
  ))
  expect_equal(scalar(2)$shape$rank, 0)
  expect_equal(as.vector(scalar(2)$numpy()), 3)
})

test_that("a data frame is a dict of its columns, one row too", {
  m <- hub_load(local_model(
    "@tf.function(input_signature=[{
  'n': tf.TensorSpec([None], tf.float32),
  'w': tf.TensorSpec([None], tf.string)}])
def __call__(self, x): return x['n'] + tf.strings.to_number(x['w'])"
  ))
  frame <- data.frame(w = c("1", "2"), n = 3:4)
  expect_equal(m(frame)$numpy(), array(c(4, 6)))
  expect_equal(m(frame[1, ])$numpy(), array(4))
  skip_if_not_installed("tibble")
  expect_equal(m(tibble::as_tibble(frame))$numpy(), array(c(4, 6)))
})

test_that("inputs that do not fit are shown beside what is wanted", {
  m <- fruit()
  expect_snapshot(error = TRUE, transform = scrub, {
    m(1:3)
    m("text")
    m(matrix(1, 2, 4), training = TRUE)
    m()
    m(list(apples = apples), signature = "fruit_to_pet")
    m(list(apples = apples, oranges = 1, pears = 2), signature = "fruit_to_pet")
    m(list(apples = apples, oranges = c(1, 2.5)), signature = "fruit_to_pet")
    m(list(apples = apples, oranges = c(1L, NA)), signature = "fruit_to_pet")
    m(apples, signature = "pet_to_fruit")
    m(apples, signature = 1)
    m(apples, as_dict = NA)
  })
  expect_error(m(1:3), class = "tfhub_error_input")
  expect_error(
    m(apples, signature = "x"),
    class = "tfhub_error_signature_not_found"
  )
})

test_that("print() shows what there is", {
  m <- fruit()
  expect_snapshot(m, transform = scrub)
  expect_output(str(m), "<hub_module>", fixed = TRUE)
})

test_that("a module is a function, with names to complete", {
  m <- fruit()
  expect_true(is.function(m))
  expect_equal(
    lapply(list(apples), m)[[1]]$numpy(),
    m(apples)$numpy()
  )
  expect_equal(
    names(m),
    c("embed", "fruit_to_pet", "infer", "shout", "serving_default")
  )
  expect_equal(
    utils::.DollarNames(m, "^s"),
    c("shout", "serving_default", "signatures")
  )
})

test_that("slots and fields that are functions take a module", {
  m <- fruit()
  here <- environment()
  Slotted <- setClass("Slotted", slots = c(apply = "function"), where = here)
  expect_equal(Slotted(apply = m)@apply(apples)$numpy(), m(apples)$numpy())
  Fielded <- setRefClass("Fielded", list(apply = "function"), where = here)
  expect_equal(Fielded$new(apply = m)$apply(apples)$numpy(), m(apples)$numpy())
})

test_that("as.list() gives the functions and signatures", {
  m <- fruit()
  parts <- as.list(m)
  expect_named(parts, names(m))
  expect_equal(parts$embed("ab")$numpy(), cbind(2, 2))
  expect_true(function_what(parts$fruit_to_pet)$signature)
})

test_that("a module without a call uses its default signature", {
  m <- hub_load(local_model(
    "@tf.function(input_signature=[tf.TensorSpec([None], tf.float32)])
def twice(self, x): return {'y': 2 * x}
def to_sign(self): return {'default': self.twice}"
  ))
  expect_equal(m(c(1, 2))$numpy(), array(c(2, 4)))
  expect_match(format(m), "that of the signature default", all = FALSE)
})

test_that("Python code gets the Python object", {
  m <- fruit()
  call <- reticulate::py_eval("lambda f, x: f(x)")
  tf <- reticulate::import("tensorflow")
  x <- tf$constant(apples, tf$float32)
  expect_equal(call(m, x)$numpy(), m(apples)$numpy())
})

test_that("a module lives on in another process", {
  m <- fruit()
  file <- withr::local_tempfile(fileext = ".rds")
  tagged <- hub_load(hub_example_model(), tags = "serve")
  saveRDS(list(m = m, tagged = tagged, embed = m$embed), file)
  said <- run_r(
    c(
      "x <- readRDS(commandArgs(TRUE))",
      "library(tfhub)",
      "cat(format(x$m)[[3]], '\n')",
      "cat(reticulate::py_available(), '\n')",
      "cat(x$m(matrix(1:3, 1))$numpy(), '\n')",
      "cat(predict(x$tagged, matrix(1:3, 1)), '\n')",
      "cat(x$embed('abc')$numpy(), '\n')"
    ),
    file
  )
  expect_equal(
    trimws(said),
    c("Tags: serve", "FALSE", "12 4", "12 4", "3 3")
  )
})

test_that("load options that were not saved are missed aloud", {
  skip_without_tensorflow()
  tf <- reticulate::import("tensorflow")
  options <- tf$saved_model$LoadOptions()
  m <- hub_load(hub_example_model(), options = options)
  again <- unserialize(serialize(m, NULL))
  expect_warning(y <- again(apples), "options")
  expect_equal(y$numpy(), m(apples)$numpy())
  listed <- hub_load(hub_example_model(), options = list())
  expect_silent(unserialize(serialize(listed, NULL))(apples))
})

test_that("the packages tensorflow and tfhub work together", {
  skip_if_not_installed("tensorflow")
  m <- fruit()
  x <- tensorflow::as_tensor(apples, "float32")
  expect_equal(as.array(m(x)), m(apples)$numpy())
})

test_that("a login is not saved with a module, and is asked for elsewhere", {
  host <- local_host()
  url <- reticulate::py_to_r(host$add("/m", hub_example_model()))
  secret <- sub("://", "://me:SECRET@", paste0(url, "?sig=SECRET&format=x"))
  module <- hub_load(secret)
  expect_match(format(module)[[1]], "http://***@", fixed = TRUE)
  file <- withr::local_tempfile()
  saveRDS(module, file, compress = FALSE)
  bytes <- readBin(file, "raw", file.size(file))
  expect_length(grepRaw("SECRET", bytes, fixed = TRUE), 0)

  # In this process the login is known.
  again <- readRDS(file)
  expect_no_warning(values <- predict(again, apples))
  expect_equal(values, predict(module, apples))

  # Elsewhere it is said, once, and the handle without it is asked for.
  travelling <- reticulate::import("tfhub.travelling", convert = FALSE)
  known <- travelling$`_given`$copy()
  withr::defer(travelling$`_given`$update(known))
  travelling$`_given`$clear()
  elsewhere <- readRDS(file)
  expect_warning(predict(elsewhere, apples), "was not saved with it")
  last <- utils::tail(requests_of(host), 1)
  expect_match(last, "/m?format=x", fixed = TRUE)
  expect_no_warning(predict(elsewhere, apples))
})

test_that("common mistakes with images and data frames have their remedy", {
  m <- hub_load(local_model(
    "@tf.function(input_signature=[tf.TensorSpec([None, 8, 6, 3], tf.float32)])
def __call__(self, x): return x"
  ))
  images <- array(0.5, c(2, 8, 6, 3))
  small <- array(0.5, c(4, 4, 3))
  numbers <- data.frame(a = 1:2, b = 3:4, c = 5:6)
  kind <- factor(c("x", "y"))
  f <- fruit()
  expect_snapshot(error = TRUE, transform = scrub, {
    m(images[1, , , ])
    m("photo.jpg")
    m(list(images[1, , , ], small))
    m(images[, 1:4, , ])
    m(array(0.5, c(2, 8, 6, 1)))
    f(unlist(numbers[1, ]))
    f(cbind(numbers, kind))
    predict(f, cbind(numbers, y = 0:1))
  })
})
