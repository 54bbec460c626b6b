matrix_r <- matrix(c(1, -2, 3, 4.5, 5, 6), 2)

expect_values <- function(expr, r, dtype) {
  found <- eval(expr, list(y = tf$constant(as.array(r), dtype)))
  if (inherits(found, "python.builtin.object")) {
    found <- as.array(found)
  }
  wanted <- eval(expr, list(y = r))
  label <- deparse(expr)[[1]]
  expect_equal(
    as.vector(found),
    as.vector(wanted),
    tolerance = 1e-6,
    label = label
  )
  expect_length(dim(found), max(length(dim(wanted)), 1))
}

test_that("arithmetic, mathematics and summaries are R's", {
  skip_with_r_tensorflow()
  for (expr in expression(
    y * 2,
    2 * y,
    y + y,
    1 - y,
    -y,
    +y,
    y / 3,
    y %/% 2,
    y %% 2,
    y^2,
    abs(y)^0.5,
    2^y,
    y > 1,
    1 <= y,
    y == 3,
    y != 3,
    y > 0 & y < 4,
    y > 5 | y < 0,
    !(y > 0),
    y * matrix(1:6, 2),
    matrix(1:6, 2) - y,
    abs(y),
    sign(y),
    floor(y),
    ceiling(y),
    trunc(y),
    round(y),
    round(y / 3, 2),
    exp(y),
    expm1(y),
    log(abs(y)),
    log(abs(y), 2),
    log2(abs(y)),
    log10(abs(y)),
    log1p(abs(y)),
    sqrt(abs(y)),
    cos(y),
    cospi(y),
    tanh(y),
    lgamma(abs(y)),
    cumsum(y),
    cumprod(y),
    t(y),
    aperm(y)
  )) {
    expect_values(expr, matrix_r, "float64")
  }
  for (expr in expression(
    sum(y),
    prod(y),
    max(y),
    range(y),
    mean(y),
    sum(y, 1, y),
    max(y, 100),
    sum(y[1, ], na.rm = TRUE)
  )) {
    expect_values(expr, matrix_r, "float64")
  }
  expect_identical(length(tf$constant(matrix_r)), 6L)
  expect_identical(seq_along(tf$constant(matrix_r)), 1:6)
  expect_identical(nrow(tf$constant(matrix_r)), 2L)
})

test_that("integers and truth are counted as R counts them", {
  skip_with_r_tensorflow()
  for (expr in expression(
    y * 2,
    y * 0.5,
    y / 2L,
    y^2L,
    y^-1,
    y - 250L,
    y %/% 2L,
    sqrt(y),
    sum(y),
    prod(y),
    mean(y),
    range(y),
    floor(y),
    y > 100.5,
    y == 200,
    y + 3e9
  )) {
    for (dtype in c("int32", "int64", "uint8")) {
      expect_values(expr, c(200, 101), dtype)
    }
  }
  for (expr in expression(sum(y), mean(y), y + 1, -y, y == TRUE, y * 0.5, !y)) {
    expect_values(expr, c(TRUE, FALSE, TRUE), "bool")
  }
  large <- tf$constant(array(c(2e9, 2e9)), "int32")
  expect_equal(as.vector(sum(large)), 4e9)
})

test_that("numbers take the dtype of the tensor, and tensors the wider one", {
  skip_with_r_tensorflow()
  single <- tf$constant(matrix_r, "float32")
  expect_equal((single * 0.5)$dtype$name, "float32")
  expect_equal((tf$constant(1:3) * 2)$dtype$name, "int32")
  expect_equal((single + tf$constant(matrix_r))$dtype$name, "float64")
  half <- tf$constant(array(1:2), "bfloat16")
  expect_equal(as.vector(half + tf$constant(0.5)), c(1.5, 2.5))
  noise <- tf$random$truncated_normal(shape(2, 3)) * tf$constant(0.5)
  expect_equal(dim(noise), c(2, 3))
})

test_that("text is compared and put together", {
  skip_with_r_tensorflow()
  y <- tf$constant(c("a", "\u00e9"))
  expect_equal(as.vector(y == "\u00e9"), c(FALSE, TRUE))
  expect_equal(as.vector(y + "x"), c("ax", "\u00e9x"))
})

test_that("summaries go along axes, as with the R package tensorflow", {
  skip_with_r_tensorflow()
  y <- tf$constant(matrix_r)
  expect_equal(as.vector(sum(y, axis = 1)), colSums(matrix_r))
  expect_equal(as.vector(mean(y, axis = 2L)), rowMeans(matrix_r))
  expect_equal(as.vector(max(y, axis = -1)), apply(matrix_r, 1, max))
  expect_equal(dim(sum(y, axis = 1, keepdims = TRUE)), c(1, 3))
  expect_error(sum(y, axis = 0), class = "tfhub_error_argument")
  hole <- tf$constant(c(1, NaN, 3))
  expect_equal(as.vector(is.na(hole)), c(FALSE, TRUE, FALSE))
  expect_true(is.nan(as.vector(max(hole))))
  expect_equal(as.vector(mean(hole, na.rm = TRUE)), 2)
})

test_that("what differs between R and TensorFlow, or is in R alone, is an error", {
  skip_with_r_tensorflow()
  y <- tf$constant(matrix_r)
  expect_snapshot(error = TRUE, {
    y * c(1, 2)
    c(1, 2, 3) + y
    y * NULL
    y * "a"
    y + NA
    gamma(y)
    tf$constant("a") < "b"
    t(tf$constant(array(1:8, c(2, 2, 2))))
  })
})

test_that("dimensions that a tensor does not have are refused before it is asked", {
  skip_with_r_tensorflow()
  y <- tf$constant(matrix(1:6, 2), "float32")
  expect_equal(as.array(sum(y, NULL)), as.array(sum(y)))
  expect_equal(dim(aperm(y, c(2, 1))), c(3, 2))
  ragged <- tf$ragged$constant(list(list(1, 2), list(3)))
  expect_snapshot(error = TRUE, {
    mean(y, axis = 3)
    sum(y, axis = 0)
    round(y, "1")
    aperm(y, 3:1)
    aperm(y, c(1, 1))
    t(ragged)
    aperm(tf$sparse$from_dense(diag(2)))
  })
})
