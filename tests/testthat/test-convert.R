# What Python sees of a value, as text.
seen <- function(x) {
  skip_without_tensorflow()
  show <- reticulate::py_eval(
    "lambda x: ' '.join([type(x).__name__, str(getattr(x, 'dtype', '')),
      str(getattr(x, 'shape', '')), repr(getattr(x, 'tolist', lambda: x)())])"
  )
  show(to_python(x, "The input", quote(m(x))))
}

test_that("vectors become arrays, and those of length 1 scalars", {
  expect_equal(seen(c(1, NA)), "ndarray float64 (2,) [1.0, nan]")
  expect_equal(seen(1:2), "ndarray int32 (2,) [1, 2]")
  expect_equal(seen(c(TRUE, FALSE)), "ndarray bool (2,) [True, False]")
  expect_equal(seen(c(a = 1, b = 2)), "ndarray float64 (2,) [1.0, 2.0]")
  expect_equal(seen(numeric()), "ndarray float64 (0,) []")
  expect_equal(seen(character()), "ndarray object (0,) []")
  expect_match(seen(1), "^float .*1.0$")
  expect_match(seen(1L), "^int .*1$")
  expect_match(seen(TRUE), "^bool .*True$")
  expect_match(seen("a"), "^str .*'a'$")
  expect_match(seen(NULL), "^NoneType")
})

test_that("arrays keep their shape", {
  expect_equal(seen(array(1)), "ndarray float64 (1,) [1.0]")
  expect_equal(seen(array("a")), "ndarray object (1,) ['a']")
  expect_equal(
    seen(matrix(1:4, 2)),
    "ndarray int32 (2, 2) [[1, 3], [2, 4]]"
  )
  expect_match(seen(array(0, c(1, 2, 3))), "(1, 2, 3)", fixed = TRUE)
})

test_that("a matrix of doubles is not copied", {
  skip_without_tensorflow()
  x <- matrix(1, 300, 300)
  owns <- reticulate::py_eval("lambda x: x.flags.owndata")
  expect_false(owns(to_python(x, "The input", NULL)))
})

test_that("text arrives as UTF-8, whatever its encoding in R", {
  latin1 <- iconv("é", "UTF-8", "latin1")
  expect_equal(Encoding(latin1), "latin1")
  expect_equal(seen(c(latin1, "日本")), "ndarray object (2,) ['é', '日本']")
  expect_match(seen(latin1), "'é'")
  bytes <- c("\xff\xfe", "é")
  expect_error(
    to_python(bytes, "The input", NULL),
    "position [1]",
    fixed = TRUE,
    class = "tfhub_error_input"
  )
  expect_snapshot(error = TRUE, {
    to_python(c("a", "\xff\xfe"), "The input", quote(m()))
  })
  Encoding(bytes)[1] <- "bytes"
  expect_equal(
    seen(matrix(bytes, 1)),
    "ndarray object (1, 2) [[b'\\xff\\xfe', b'\\xc3\\xa9']]"
  )
})

test_that("factors become their labels", {
  expect_equal(
    seen(factor(c("b", "a", "b"))),
    "ndarray object (3,) ['b', 'a', 'b']"
  )
})

test_that("the class of numbers and text is dropped", {
  expect_equal(seen(I(c("a", "b"))), seen(c("a", "b")))
  expect_equal(seen(table(c("x", "y", "y"))), seen(1:2))
  expect_equal(seen(ts(matrix(1:4, 2))), seen(matrix(1:4, 2)))
  expect_equal(seen(structure(1, class = "degrees")), seen(1))
  expect_equal(seen(factor("b")), seen("b"))
})

test_that("integer64 keeps its bits", {
  skip_if_not_installed("bit64")
  x <- bit64::as.integer64(c("9007199254740993", "-9223372036854775807", "0"))
  expect_equal(
    seen(x),
    "ndarray int64 (3,) [9007199254740993, -9223372036854775807, 0]"
  )
  expect_equal(seen(x[2]), "ndarray int64 () -9223372036854775807")
  dim(x) <- c(3, 1)
  expect_match(seen(x), "(3, 1)", fixed = TRUE)
  expect_equal(seen(bit64::integer64()), "ndarray int64 (0,) []")
  expect_error(
    to_python(bit64::as.integer64(c(1, NA)), "The input", NULL),
    "NA at position [2]",
    fixed = TRUE,
    class = "tfhub_error_na"
  )
})

test_that("matrices of the package Matrix are sparse tensors or matrices", {
  skip_without_tensorflow()
  skip_if_not_installed("Matrix")
  dense <- matrix(c(0, 0, 3, 0, 5, 0), 2)
  cells <- reticulate::py_eval(
    "lambda x: str((x.indices.numpy().tolist(), x.values.numpy().tolist(),
      x.shape.as_list()))"
  )
  seen <- function(x) cells(to_python(x, "The input", NULL))
  wanted <- "([[0, 1], [0, 2]], [3.0, 5.0], [2, 3])"
  x <- Matrix::Matrix(dense, sparse = TRUE)
  for (class in c("CsparseMatrix", "TsparseMatrix", "RsparseMatrix")) {
    expect_equal(seen(methods::as(x, class)), wanted)
  }
  twice <- methods::new(
    "dgTMatrix",
    i = c(0L, 0L, 0L),
    j = c(1L, 1L, 2L),
    x = c(1, 2, 5),
    Dim = 2:3
  )
  expect_equal(seen(twice), wanted)
  expect_match(seen(x != 0), "[True, True]", fixed = TRUE)
  expect_match(seen(Matrix::Diagonal(2)), "[1.0, 1.0]", fixed = TRUE)
  symmetric <- Matrix::forceSymmetric(Matrix::Matrix(
    c(0, 1, 1, 0),
    2,
    sparse = TRUE
  ))
  expect_match(seen(symmetric), "[[0, 1], [1, 0]]", fixed = TRUE)
  expect_equal(
    to_python(Matrix::Matrix(dense, sparse = FALSE), "x", NULL),
    dense
  )
  flags <- x != 0
  flags@x[1] <- NA
  expect_error(to_python(flags, "The input", NULL), class = "tfhub_error_na")
})

test_that("raw becomes uint8", {
  expect_equal(seen(as.raw(1:3)), "ndarray uint8 (3,) [1, 2, 3]")
  expect_equal(
    seen(matrix(as.raw(1:4), 2)),
    "ndarray uint8 (2, 2) [[1, 3], [2, 4]]"
  )
})

test_that("lists go by name or by position, data frames by column", {
  expect_match(seen(list(b = 1, a = "x")), "{'b': 1.0, 'a': 'x'}", fixed = TRUE)
  expect_match(seen(list(1, "x")), "[1.0, 'x']", fixed = TRUE)
  frame <- data.frame(n = 1L, s = factor("u"))
  expect_equal(
    seen(frame),
    "Frame   {'n': array([1], dtype=int32), 's': array(['u'], dtype=object)}"
  )
  skip_if_not_installed("tibble")
  expect_equal(seen(tibble::as_tibble(frame)), seen(frame))
})

test_that("Python objects pass as they are", {
  skip_without_tensorflow()
  tensor <- reticulate::import("tensorflow")$constant(1)
  expect_identical(to_python(tensor, "The input", NULL), tensor)
})

test_that("NA names its position, and doubles keep it as NaN", {
  expect_snapshot(error = TRUE, {
    to_python(c("a", NA), "The input", quote(m()))
    to_python(c(TRUE, NA, NA), "The input", quote(m()))
    to_python(matrix(c(1L, 2L, NA, 4L), 2), "The input", quote(m()))
    to_python(factor(c("a", NA)), "The input", quote(m()))
    to_python(list(a = list(1, NA)), "The input", quote(m()))
    to_python(data.frame(a = c("x", NA)), "Input `x`", quote(m()))
  })
  expect_error(to_python(NA, "The input", NULL), class = "tfhub_error_na")
  expect_error(to_python(NA, "The input", NULL), class = "tfhub_error_input")
  expect_identical(to_python(NA_real_, "The input", NULL), NA_real_)
})

test_that("classes that no tensor has are refused", {
  time <- as.POSIXct(0, origin = "1970-01-01")
  connection <- file("image.png")
  withr::defer(close(connection))
  expect_snapshot(error = TRUE, {
    to_python(Sys.Date(), "The input", quote(m()))
    to_python(list(when = time), "The input", quote(m()))
    to_python(time - time, "The input", quote(m()))
    to_python(quote(x), "The input", quote(m()))
    to_python(list(globalenv()), "The input", quote(m()))
    to_python(connection, "The input", quote(m()))
  })
})

test_that("names must be all there, and different", {
  expect_snapshot(error = TRUE, {
    to_python(list(a = 1, 2), "The input", quote(m()))
    to_python(list(a = 1, a = 2), "The input", quote(m()))
  })
})

test_that("arrays of rank 1 come back as vectors", {
  expect_identical(from_python(array(1:2)), 1:2)
  expect_identical(
    from_python(list(a = array("x"), b = list(array(TRUE)))),
    list(a = "x", b = list(TRUE))
  )
  expect_identical(from_python(matrix(1:2)), matrix(1:2))
  expect_null(from_python(NULL))
})

test_that("every row of the vignette's table of inputs holds", {
  skip_without_tensorflow()
  rows <- conversion_rows("to")
  expect_gt(nrow(rows), 80)
  wanted <- unique(rows$wanted)
  m <- local_echoes(wanted)
  tf <- reticulate::import("tensorflow", convert = FALSE)
  for (i in seq_len(nrow(rows))) {
    row <- rows[i, ]
    package <- regmatches(
      row$given,
      regexpr("\\w+(?=::)", row$given, perl = TRUE)
    )
    if (length(package) && !rlang::is_installed(package)) {
      next
    }
    echo <- m[[paste0("f", match(row$wanted, wanted))]]
    got <- or_error(shown(echo(eval(parse(text = row$given)))), row$result)
    expect_row(rows, i, got, row$result)
  }
})

test_that("in the locale C text is taken for UTF-8, where it is that", {
  skip_without_packages()
  said <- run_r(
    c(
      "text <- c('sch\\xc3\\xb6n', 'a')",
      "cat(Encoding(tfhub:::to_utf8(text, 'x', NULL)), Encoding(text), '\n')",
      "say <- function(e) cat(conditionMessage(e), '\n')",
      "tryCatch(tfhub:::to_utf8('sch\\xf6n', 'x', NULL), error = say)",
      "m <- tfhub::hub_load(tfhub::hub_example_model())",
      "cat(utf8ToInt(predict(m, text, signature = 'shout')[[1]][[1]]), '\n')",
      "tryCatch(tfhub::hub_load('sch\\xc3\\xb6n'), error = say)"
    ),
    env = c(LC_ALL = "C", LANG = "C")
  )
  said <- trimws(said[nzchar(said)])
  expect_equal(said[[1]], "UTF-8 unknown unknown unknown")
  expect_match(said[[2]], "unknown encoding at position [1]", fixed = TRUE)
  expect_equal(said[[5]], paste(utf8ToInt("SCH\u00d6N"), collapse = " "))
  expect_match(said[[6]], "is beyond ASCII", fixed = TRUE)
  expect_match(said[[7]], "LANG=C.UTF-8", fixed = TRUE)
})
