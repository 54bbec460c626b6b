# A matrix, an array and a vector, each in R and as a tensor.
matrix_r <- matrix(c(1, -2, 3, 4.5, 5, 6), 2)
array_r <- array(1:24, 2:4)
vector_r <- c(3, 1, 2)

# What R gives for its own values and what a tensor gives, without dimensions of 1-d.
expect_as_in_r <- function(expr, r, dtype = "float32") {
  tensor <- eval(expr, list(y = tf$constant(as.array(r), dtype)))
  expect_s3_class(tensor, "python.builtin.object")
  found <- as.array(tensor)
  wanted <- eval(expr, list(y = r))
  label <- deparse(expr)[[1]]
  expect_equal(as.vector(found), as.vector(wanted), label = label)
  shape <- function(x) if (length(dim(x)) > 1) dim(x) else length(x)
  expect_equal(shape(found), shape(wanted), label = label)
}

test_that("parts of a tensor are those that R takes of its own values", {
  skip_with_r_tensorflow()
  for (expr in expression(
    y[1, ],
    y[, 1],
    y[2, 3],
    y[1:2, 2:3],
    y[2:1, ],
    y[, c(3, 1, 1)],
    y[, 2:2],
    y[1, , drop = FALSE],
    y[, 2, drop = FALSE],
    y[1, 2, drop = FALSE],
    y[c(TRUE, FALSE), ],
    y[, c(TRUE, FALSE, TRUE)],
    y[, TRUE],
    y[FALSE, ],
    y[0, ],
    y[c(0, 2), ],
    y[0],
    y[0.9],
    y[1, 0],
    y[0, 0],
    y[],
    y[,], # nolint: commas_linter.
    y[1],
    y[6],
    y[5:2],
    y[c(TRUE, FALSE)],
    y[y > 2],
    y[y > 100],
    y[, y[1, ] > 2],
    y[cbind(c(1, 2), c(3, 1))],
    y[[1]],
    y[[5]],
    y[[2, 3]],
    y[1.9, ],
    head(y, 1),
    head(y, -1),
    tail(y, 1),
    rev(y)
  )) {
    expect_as_in_r(expr, matrix_r)
  }
  for (expr in expression(
    y[1, 2, 3],
    y[, 2, ],
    y[2, , 4:3],
    y[,, 1, drop = FALSE], # nolint: commas_linter.
    y[17],
    y[[17]],
    y[y > 20L],
    y[cbind(1, 2, 3)],
    y[1, TRUE, c(TRUE, FALSE)],
    head(y, 1)
  )) {
    expect_as_in_r(expr, array_r, "int32")
  }
  for (expr in expression(
    y[2],
    y[2:3],
    y[c(3, 1)],
    y[y > 1],
    y[y > 2],
    y[[3]],
    head(y, 2),
    tail(y, 2),
    tail(y, -1),
    rev(y)
  )) {
    expect_as_in_r(expr, vector_r)
  }
})

test_that("text, truth and large integers have parts, too", {
  skip_with_r_tensorflow()
  text <- matrix(c("a", "\u00e9", "c", "d"), 2)
  y <- tf$constant(text)
  expect_equal(as.vector(y[2, ]), text[2, ])
  expect_equal(as.vector(y[y == "\u00e9"]), "\u00e9")
  truth <- tf$constant(c(TRUE, FALSE, TRUE))
  expect_equal(as.vector(truth[2:3]), c(FALSE, TRUE))
  expect_equal(as.vector(truth[truth]), c(TRUE, TRUE))
  large <- tf$constant(array(c(2^40, 5)), "int64")
  expect_equal(as.vector(large[1]), 2^40)
  variable <- tf$Variable(vector_r)
  expect_equal(as.vector(variable[2:3]), vector_r[2:3])
})

test_that("a single value is a vector of one", {
  skip_with_r_tensorflow()
  y <- tf$constant(3)
  expect_equal(as.vector(y[1]), 3)
  expect_equal(as.vector(y[[1]]), 3)
  expect_equal(as.vector(head(y)), 3)
  expect_length(y, 1)
})

test_that("an index is an error where TensorFlow means another thing by it", {
  skip_with_r_tensorflow()
  y <- tf$constant(matrix_r)
  z <- tf$constant(vector_r)
  expect_error(y[-1, ], class = "tfhub_error_index")
  expect_snapshot(error = TRUE, {
    y[-1, ]
    z[-1]
    tf$constant(array_r)[, -2, ]
    y[tf$constant(1L), ]
  })
})

test_that("an index that does not fit is an error that says how", {
  skip_with_r_tensorflow()
  y <- tf$constant(matrix_r)
  expect_snapshot(error = TRUE, {
    y[3, ]
    y[7]
    y[1, 2, 3]
    y["a", ]
    y[NA, ]
    y[NULL, ]
    y[c(TRUE, FALSE, TRUE), ]
    y[row = 1, 2]
    y[[1:2]]
    y[1, ] <- 0
    y[[1]] <- 0
  })
})

test_that("rows of ragged tensors have their own lengths", {
  skip_with_r_tensorflow()
  y <- tf$ragged$constant(list(list(1, 2), list(3)))
  expect_equal(as.vector(y[1, ]), c(1, 2))
  expect_equal(as.vector(y[[2]]), 3)
  expect_equal(as.list(y[2:1]), list(3, c(1, 2)))
  expect_equal(as.list(y[c(FALSE, TRUE), ]), list(3))
  expect_equal(as.list(head(y, 1)), list(c(1, 2)))
  expect_equal(as.list(y), list(c(1, 2), 3))
  expect_equal(as.vector(y), c(1, 2, 3))
  expect_length(y, 2)
  expect_equal(dim(y), c(2, NA))
  expect_snapshot(error = TRUE, {
    y[, 1]
    as.array(y)
    y[-1, ]
  })
})

test_that("a sparse tensor is made dense", {
  skip_with_r_tensorflow()
  y <- tf$sparse$from_dense(matrix(c(1, 0, 0, 2), 2))
  expect_equal(as.array(y), matrix(c(1, 0, 0, 2), 2))
  expect_equal(dim(y), c(2, 2))
  expect_snapshot(error = TRUE, {
    y[1, ]
    sum(y)
    y * 2
  })
})

test_that("tensors of a graph have parts by number", {
  skip_with_r_tensorflow()
  in_graph({
    x <- v1()$placeholder("float32", shape(NULL, 3))
    expect_equal(dim(x[, 2:3]), c(NA, 2))
    expect_equal(dim(x[1, ]), 3)
    expect_equal(dim(x * 2 + 1), c(NA, 3))
    expect_equal(length(x), NA_integer_)
    expect_error(head(x), class = "tfhub_error_index")
    expect_error(x[x > 0], class = "tfhub_error_graph")
  })
})

test_that("what is no number of rows, or has no rows, is said", {
  skip_with_r_tensorflow()
  y <- tf$constant(matrix_r)
  sparse <- tf$sparse$from_dense(matrix_r)
  vector <- y[1, ]
  expect_equal(dim(vector[0]), 0L)
  expect_snapshot(error = TRUE, {
    y[[0]]
    head(y, "2")
    head(y, NULL)
    tail(y, 1:2)
    head(sparse)
  })
})
