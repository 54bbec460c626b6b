# What R computes of a tensor's values is what it computes of its array.
expect_as_of_array <- function(y, ...) {
  a <- as.array(y)
  for (fun in list(...)) {
    expect_equal(
      fun(y),
      fun(a),
      ignore_attr = TRUE,
      label = deparse1(body(fun))
    )
  }
}

test_that("functions of R that ask for values get a tensor's", {
  skip_with_r_tensorflow()
  withr::local_pdf(NULL)
  values <- matrix(c(3, 1, 2, 5, 4, 6, 6, 4, 9), 3)
  expect_as_of_array(
    tf$constant(values, "float32"),
    function(y) diff(y),
    function(y) duplicated(y),
    function(y) anyDuplicated(y),
    function(y) cut(y, 3),
    function(y) rowsum(y, c(1, 2, 1)),
    function(y) order(y[, 1]),
    function(y) order(y[, 2], y[, 1], decreasing = TRUE),
    function(y) rep(y, 2),
    function(y) rep(y[1, ], each = 2),
    function(y) det(y),
    function(y) density(y)$y,
    function(y) boxplot(y)$stats,
    function(y) barplot(height = y),
    function(y) image(y),
    function(y) contour(y),
    function(y) persp(y),
    function(y) pairs(y),
    function(y) as.raster(y / 16),
    function(y) {
      plot(y)
      lines(y)
      points(y)
    },
    function(y) dist(y),
    function(y) prcomp(y)$sdev,
    function(y) scale(y),
    function(y) apply(y, 1, sum),
    function(y) unlist(lapply(split(y, c(1, 2, 1)), as.vector)),
    function(y) mapply(identity, as.list(y)),
    function(y) solve(y),
    function(y) anyNA(y),
    function(y) names(y)
  )
  expect_as_of_array(
    tf$constant(c("b", "a", "b")),
    function(y) factor(y),
    function(y) table(y),
    function(y) order(y),
    function(y) rep(y, 2),
    function(y) duplicated(y),
    function(y) anyNA(y),
    function(y) paste0(y, "!")
  )
})

test_that("a sequence goes up to a tensor's value", {
  skip_with_r_tensorflow()
  three <- tf$constant(3)
  expect_equal(seq(three), 1:3)
  expect_equal(seq(three, 5), 3:5)
  expect_equal(seq(tf$constant(c(5, 6))), 1:2)
})

test_that("plots are labelled by what was plotted", {
  skip_with_r_tensorflow()
  y <- tf$constant(c(1, 2, 4))
  expect_equal(hist(y, plot = FALSE)$xname, "y")
  expect_equal(deparse1(density(y)$call), "density.default(x = y)")
})

test_that("any() and all() are TRUE or FALSE, as if() and stopifnot() ask for", {
  skip_with_r_tensorflow()
  y <- tf$constant(matrix(c(1, 2, 3, 4), 2))
  expect_true(any(y > 3))
  expect_false(all(y > 3))
  expect_true(all(y > 0, y < 5))
  expect_true(any(y > 5, TRUE))
  expect_equal(if (any(y > 3)) "some", "some")
  expect_silent(stopifnot(all(y > 0)))
  expect_equal(as.vector(any(y > 3, axis = 1)), c(FALSE, TRUE))
  expect_equal(dim(all(y > 3, keepdims = TRUE)), c(1, 1))
  in_graph(expect_s3_class(any(tf$constant(c(TRUE, FALSE))), tensor_class))
})

test_that("what is not a number is found", {
  skip_with_r_tensorflow()
  expect_true(anyNA(tf$constant(c(1, NaN))))
  expect_false(anyNA(tf$constant(c(1, Inf))))
  ragged <- tf$ragged$constant(list(list(1, NaN), list(2)))
  expect_true(anyNA(ragged))
})

test_that("tensors are equal by their values", {
  skip_with_r_tensorflow()
  y <- tf$constant(matrix(c(1, 2, 3, 4), 2))
  expect_true(all.equal(y, tf$constant(matrix(c(1, 2, 3, 4), 2))))
  expect_true(all.equal(y, matrix(c(1, 2, 3, 4), 2)))
  expect_equal(all.equal(y, y * 2), "Mean relative difference: 1")
  ragged <- tf$ragged$constant(list(list("a", "b"), list("c")))
  expect_true(all.equal(ragged, ragged))
})

test_that("a ragged tensor says what has its values", {
  skip_with_r_tensorflow()
  ragged <- tf$ragged$constant(list(list(1, 2), list(3)))
  expect_error(order(ragged), class = "tfhub_error_input")
  expect_error(image(ragged), "as.list(y)", fixed = TRUE)
})
