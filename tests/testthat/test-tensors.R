test_that("tensors become R values", {
  skip_with_r_tensorflow()
  values <- matrix(c(1, 2, 3, 4, 5, 6), 2)
  x <- tf$constant(values, "float32")
  expect_identical(as.array(x), values)
  expect_identical(as.matrix(x), values)
  expect_identical(as.numeric(x), c(1, 2, 3, 4, 5, 6))
  expect_identical(as.integer(x), 1:6)
  expect_identical(as.vector(x, "character"), as.character(1:6))
  expect_identical(dim(x), 2:3)
  expect_equal(apply(x, 1, sum), rowSums(values))
  expect_identical(as.logical(tf$constant(c(TRUE, FALSE))), c(TRUE, FALSE))
  expect_identical(as.numeric(tf$Variable(c(1, 2))), c(1, 2))
})

test_that("vectors and single values have no more dimensions than they have", {
  skip_with_r_tensorflow()
  x <- tf$constant(array(1:3))
  expect_identical(as.array(x), array(1:3))
  expect_identical(as.matrix(x), matrix(1:3))
  expect_identical(as.array(tf$constant(3)), array(3))
  expect_identical(dim(x), 3L)
  expect_null(dim(tf$constant(3)))
})

test_that("text is decoded", {
  skip_with_r_tensorflow()
  text <- matrix(c("a", "\u00e9", "\U1f353", ""), 2)
  x <- tf$constant(text)
  expect_identical(as.matrix(x), text)
  expect_identical(as.character(x), as.vector(text))
  expect_identical(as.character(tf$constant("\u00e9")), "\u00e9")
})

test_that("what R's numbers cannot hold is warned of", {
  skip_with_r_tensorflow()
  x <- tf$bitcast(tf$constant(c(2^53, 1), "float64"), "int64")
  expect_warning(as.numeric(x), class = "tfhub_warning_inexact")
  expect_snapshot(as.numeric(x))
  expect_identical(
    as.character(tf$bitcast(tf$constant(c(-2, 1), "float64"), "int64")),
    c("-4611686018427387904", "4607182418800017408")
  )
  expect_no_warning(as.numeric(tf$constant(array(1:2), "int64")))
})

test_that("a tensor of a graph has a shape, and no value", {
  skip_with_r_tensorflow()
  in_graph({
    x <- v1()$placeholder("float32", shape(NULL, 3))
    expect_identical(dim(x), c(NA, 3L))
    expect_null(dim(v1()$placeholder("float32")))
    expect_snapshot(error = TRUE, as.numeric(x))
    expect_error(as.matrix(x), class = "tfhub_error_graph")
  })
})

test_that("functions of R that compute its own values take them from a tensor", {
  skip_with_r_tensorflow()
  values <- matrix(c(1, 2, 3, 4, 5, 7), 2)
  x <- tf$constant(values, "float32")
  y <- tf$constant(c(3, 1, 2))
  expect_equal(as.data.frame(x), as.data.frame(values))
  expect_equal(as.data.frame(y), data.frame(y = c(3, 1, 2)))
  expect_equal(data.frame(a = y), data.frame(a = c(3, 1, 2)))
  expect_equal(as.list(y), list(3, 1, 2))
  expect_equal(sapply(x, identity), as.vector(values))
  expect_equal(median(x), 3.5)
  expect_equal(quantile(x), quantile(as.vector(values)))
  expect_equal(sort(y, decreasing = TRUE), 3:1)
  expect_equal(unique(x), values)
  expect_equal(summary(y), summary(c(3, 1, 2)))
  expect_equal(sd(x), sd(values))
  withr::local_pdf(NULL)
  expect_no_error(plot(x))
  expect_no_error(plot(y))
  expect_equal(hist(y)$counts, hist(c(3, 1, 2))$counts)
})

test_that("a tensor of another session says so, and what to save", {
  skip_with_r_tensorflow()
  file <- withr::local_tempfile()
  saveRDS(tf$constant(apples), file)
  y <- readRDS(file)
  m <- fruit()
  expect_snapshot(y)
  expect_output(str(y), "a tensor of another R session", fixed = TRUE)
  expect_match(format(y), "a tensor of another R session", fixed = TRUE)
  expect_snapshot(error = TRUE, as.array(y))
  for (expr in expression(
    as.numeric(y),
    as.character(y),
    as.data.frame(y),
    as.list(y),
    y[1, ],
    y[[1]],
    y * 2,
    2 * y,
    -y,
    y + tf$constant(1),
    tf$constant(1) == y,
    sqrt(y),
    sum(y),
    sum(tf$constant(1), y),
    mean(y),
    is.na(y),
    t(y),
    head(y),
    tail(y),
    rev(y),
    y$numpy(),
    y$shape,
    plot(y),
    m(y),
    predict(m, y),
    m(list(y))
  )) {
    expect_error(
      eval(expr),
      class = "tfhub_error_not_saved",
      label = deparse(expr)
    )
  }
  expect_null(dim(y))
  expect_length(y, 0)
})
