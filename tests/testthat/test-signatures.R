test_that("$ takes functions first, [[ signatures first", {
  m <- fruit()
  expect_s3_class(m$embed, c("hub_function", "function"), exact = TRUE)
  expect_equal(m$embed(c("a", "bcd"))$numpy(), cbind(c(1, 3), c(1, 3)))
  expect_false(function_what(m$fruit_to_pet)$signature)
  expect_true(function_what(m[["fruit_to_pet"]])$signature)
  expect_true(function_what(m$serving_default)$signature)
  expect_false(function_what(m[["embed"]])$signature)
})

test_that("a signature gives all its outputs, or one", {
  m <- fruit()
  f <- m[["fruit_to_pet"]]
  input <- list(apples = apples, oranges = 1:2)
  expect_named(f(input), c("cats", "default", "dogs"))
  expect_equal(f(input, as_dict = FALSE)$numpy(), array(c(13, 32)))
  expect_named(f(apples = apples, oranges = 1:2), names(f(input)))
})

test_that("getElement() takes them as [[ does", {
  m <- fruit()
  expect_equal(getElement(m, "embed")("ab")$numpy(), cbind(2, 2))
  expect_named(getElement(m$signatures, "shout")("ab"), "default")
  expect_error(stats::update(m), class = "tfhub_error_signature_not_found")
})

test_that("$signatures lists them", {
  m <- fruit()
  expect_named(m$signatures, c("fruit_to_pet", "serving_default", "shout"))
  expect_named(m$signatures$shout("a"), "default")
})

test_that("other attributes of the object are there", {
  m <- fruit()
  expect_equal(as.vector(m$scale$numpy()), 2)
})

test_that("TensorFlow's lists are lists", {
  m <- hub_load(local_model(
    "def __init__(self): self.parts = [tf.Variable(1.), tf.Variable(2.)]"
  ))
  expect_equal(lapply(m$parts, function(part) part$numpy()), list(1, 2))
})

test_that("an unknown name is answered with the known ones", {
  m <- fruit()
  expect_snapshot(error = TRUE, transform = scrub, {
    m$eat
    m[["eat"]]
    m[[1]]
    m$embed(c("a", NA))
    m$embed(1:2)
  })
  expect_error(m[["eat"]], class = "tfhub_error_signature_not_found")
  expect_error(m$eat, class = "tfhub_error_member")
})

test_that("functions and signatures are printed", {
  m <- fruit()
  expect_snapshot(transform = scrub, {
    m$embed
    m[["fruit_to_pet"]]
  })
  expect_output(str(m$embed), "<hub_function> embed", fixed = TRUE)
})

test_that("Python code gets the Python function", {
  m <- fruit()
  tf <- reticulate::import("tensorflow")
  data <- tf$data$Dataset$from_tensors(tf$constant(c("a", "b")))
  shouted <- data$map(m$shout)
  item <- reticulate::iter_next(reticulate::as_iterator(shouted))
  expect_equal(
    as.character(unlist(lapply(item$default$numpy(), as.character))),
    c("A", "B")
  )
  signed <- reticulate::r_to_py(m[["shout"]])
  expect_s3_class(signed, "python.builtin.object")
})

test_that("hub_signatures() gives a table for a module, a handle, a description", {
  m <- fruit()
  table <- hub_signatures(m)
  expect_equal(
    as.data.frame(table[table$signature == "fruit_to_pet", ]),
    data.frame(
      signature = "fruit_to_pet",
      role = rep(c("input", "output"), c(2, 3)),
      name = c("apples", "oranges", "cats", "default", "dogs"),
      dtype = c("float32", "int64", "float32", "float32", "int64"),
      shape = c("[?, 3]", "[?]", "[?, 3]", "[?]", "[?]")
    )
  )
  expect_equal(hub_signatures(hub_example_model()), table)
  expect_equal(hub_signatures(hub_info(hub_example_model())), table)
  expect_snapshot(hub_signatures(1), error = TRUE)
})

test_that("hub_signatures() has those of the graph that was loaded", {
  handle <- conformance("batch_norm_variants")$folder
  expect_equal(unique(hub_signatures(handle)$signature), "default")
  trained <- hub_module(handle, tags = "train")
  expect_equal(hub_signatures(trained), hub_signatures(handle))
  expect_equal(
    hub_signatures(hub_load_module_spec(handle)),
    hub_signatures(handle)
  )
  none <- hub_load(local_model("x = None"))
  expect_equal(nrow(hub_signatures(none)), 0)
})

test_that("a list of signatures says what there is, where it lacks a name", {
  m <- fruit()
  signatures <- m$signatures
  expect_type(signatures, "list")
  expect_equal(lapply(signatures, class), lapply(as.list(signatures), class))
  expect_s3_class(signatures[[2]], "hub_function")
  expect_named(signatures["shout"], "shout")
  expect_error(signatures$shuot, class = "tfhub_error_signature_not_found")
  expect_error(signatures[["x"]], class = "tfhub_error_signature_not_found")
  expect_error(signatures$sho, class = "tfhub_error_signature_not_found")
  expect_output(print(signatures), "$shout", fixed = TRUE)
  expect_no_match(capture.output(print(signatures)), "attr(", fixed = TRUE)
  expect_output(str(signatures), "List of 3")
  file <- withr::local_tempfile()
  saveRDS(signatures, file)
  expect_equal(predict(readRDS(file)$shout, "a"), predict(m[["shout"]], "a"))
})

test_that("what R does to lists, and not to functions, is an error of ours", {
  m <- fruit()
  expect_error(m[1], class = "tfhub_error_member")
  expect_error(m$rate <- 1, class = "tfhub_error_member")
  expect_error(m[["rate"]] <- 1, class = "tfhub_error_member")
  frame <- data.frame(id = 1:2, module = I(list(m, m[["shout"]])))
  expect_output(print(frame), "<hub_module> ", fixed = TRUE)
})
