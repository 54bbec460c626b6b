# With the R package tensorflow, in a process of its own, and without it.
computed <- function(packages, before = character()) {
  in_new_r(
    packages,
    values = apples,
    before = before,
    function(values, before) {
      y <- tfhub::tf$constant(values, "float32")
      for (package in before) {
        suppressMessages(library(package, character.only = TRUE))
      }
      z <- tfhub::tf$constant(array(1:3))
      code <- expression(
        y[1, ],
        y[, 1],
        y[2, 3],
        y[1:2, ],
        y[, 2:3],
        y[, c(1, 3)],
        y[1, , drop = FALSE],
        y[],
        z[1],
        z[2:3],
        head(y, 1),
        tail(y, 1),
        y * 2,
        2 * y,
        y - 1,
        -y,
        y / 3,
        y %/% 2,
        y %% 2,
        y^2,
        y^0.5,
        y > 1,
        y == 3,
        y > 1 & y < 4,
        !(y > 0),
        z * 2L,
        z / 2L,
        z^2L,
        abs(y),
        sqrt(y),
        exp(y),
        log(y),
        log(y, 2),
        round(y),
        tanh(y),
        cumsum(y),
        sum(y),
        prod(y),
        max(y),
        range(y),
        mean(y),
        sum(y, axis = 1L),
        mean(y, axis = -1L),
        sum(y, y),
        any(y > 5),
        all(y > 0, y < 7),
        anyNA(y),
        order(y[, 1], decreasing = TRUE),
        rep(z, 2),
        diff(z),
        duplicated(z),
        names(y),
        isTRUE(all.equal(y, y)),
        t(y),
        t(z),
        aperm(y),
        length(y),
        seq_along(y),
        dim(y),
        rev(z),
        median(y),
        as.data.frame(y),
        is.nan(y),
        y * tfhub::tf$constant(2),
        tfhub::tf$constant(2) * y
      )
      found <- lapply(code, function(each) {
        value <- eval(each)
        if (inherits(value, "python.builtin.object")) {
          value <- as.vector(as.array(value))
        }
        unname(value)
      })
      names(found) <- vapply(code, deparse1, "")
      found
    }
  )
}

test_that("what both give has one value, with the R package tensorflow and without", {
  skip_without_packages("tensorflow")
  alone <- computed("tfhub")
  expect_equal(computed(c("tensorflow", "tfhub")), alone, tolerance = 1e-6)
  expect_equal(computed(c("tfhub", "tensorflow")), alone, tolerance = 1e-6)
})

test_that("tensors from before the package tensorflow was loaded go with later ones", {
  skip_without_packages("tensorflow")
  alone <- computed("tfhub")
  expect_equal(
    computed("tfhub", before = "tensorflow"),
    alone,
    tolerance = 1e-6
  )
})

test_that("each class of tensors has all methods", {
  methods <- getNamespaceInfo("tfhub", "S3methods")
  generics <- methods[methods[, 2] == tensor_class, 1]
  expect_true(all(c("[", "[[", "Ops", "Math", "Summary") %in% generics))
  for (class in c(ragged_class, sparse_class)) {
    for (generic in generics) {
      method <- getS3method(generic, class, envir = asNamespace("tfhub"))
      expect_identical(
        method,
        getS3method(generic, tensor_class, envir = asNamespace("tfhub")),
        label = paste(generic, class)
      )
    }
  }
})

test_that("methods that another package gave as functions are no hindrance", {
  said <- run_r(
    c(
      "home <- asNamespace('tools')",
      "registerS3method('print', 'of_others', function(x, ...) NULL, envir = home)",
      "stopifnot(is.list(getNamespaceInfo(home, 'S3methods')))",
      "tfhub:::copy_methods('tools', 'Rd', 'not_Rd')",
      "cat(is.function(getS3method('print', 'not_Rd')))"
    )
  )
  expect_equal(said, "TRUE")
})

test_that("the package keras3 may be loaded before", {
  skip_without_packages("keras3")
  value <- in_new_r(
    c("tensorflow", "keras3", "tfhub"),
    function() {
      y <- tfhub::tf$constant(c(1, 3))
      c(
        as.numeric(mean(y)),
        median(y),
        quantile(y)[["75%"]],
        anyNA(y),
        order(y)
      )
    }
  )
  expect_equal(value, c(2, 2, 2.5, 0, 1, 2))
})
