# The only place that knows how R's values and Python's arrays become each other.
#
# What goes to Python is left as exact as it is in R: doubles as float64, without a
# copy. The Python core then brings it to the dtype and rank that the model wants. The
# one thing it cannot see is R's own: a vector of length 1 is a scalar too. It goes as a
# scalar, which Python raises to a batch of one where the model wants a batch.

# `where` names the value in errors: "The input", "Input `apples`".
to_python <- function(x, where, call) {
  if (is.null(x) || inherits(x, python_classes)) {
    return(if (is_tensor(x)) alive(x, call) else x)
  }
  refuse_class(x, where, call)
  if (is.data.frame(x)) {
    columns_to_python(x, where, call)
  } else if (is.atomic(x)) {
    vector_to_python(x, where, call)
  } else if (is.list(x)) {
    list_to_python(x, where, call)
  } else if (inherits(x, "Matrix")) {
    matrix_to_python(x, where, call)
  } else {
    hint <- c("Give numbers, text, or a list of those.", as_text_hint(x, "x"))
    abort_class(x, hint, where, call)
  }
}

python_classes <- c("python.builtin.object", "hub_module", "hub_function")

vector_to_python <- function(x, where, call) {
  if (inherits(x, "integer64")) {
    return(integer64_to_python(x, where, call))
  }
  if (is.factor(x)) {
    x <- restore_dim(as.character(x), x)
  }
  refuse_na(x, where, call)
  if (is.object(x)) {
    x <- restore_dim(as.vector(unclass(x)), x)
  }
  if (is.raw(x)) {
    bridge_raw(call)$from_raw(as.vector(x), python_shape(x))
  } else if (is.character(x)) {
    text_to_python(x, where, call)
  } else {
    with_rank(x)
  }
}

# A vector is an array of rank 1, but one of length 1 may be a scalar.
with_rank <- function(x) {
  if (is.null(dim(x)) && length(x) != 1) as.array(x) else x
}

python_shape <- function(x) {
  as.list(dim(x) %||% if (length(x) != 1) length(x))
}

text_to_python <- function(x, where, call) {
  shape <- python_shape(x)
  x <- restore_dim(to_utf8(x, where, call), x)
  if (any(Encoding(x) == "bytes")) {
    bridge_raw(call)$from_bytes(lapply(x, charToRaw), shape)
  } else {
    with_rank(x)
  }
}

# bit64 keeps the 64 bits of an integer in those of a double.
integer64_to_python <- function(x, where, call) {
  bits <- as.array(as.vector(unclass(x)))
  refuse_na(x, where, call, na = bits == 0 & 1 / bits < 0)
  bridge_raw(call)$from_integer64(bits, python_shape(x))
}

# Matrices of the package Matrix.
matrix_to_python <- function(x, where, call) {
  if (!inherits(x, "sparseMatrix")) {
    return(to_python(as.matrix(x), where, call))
  }
  # By columns: `i` are the rows, from 0, and `p` is where in them each column begins.
  x <- methods::as(methods::as(x, "generalMatrix"), "CsparseMatrix")
  values <- if (methods::.hasSlot(x, "x")) x@x else rep(TRUE, length(x@i))
  refuse_na(values, where, call)
  bridge_raw(call)$from_sparse(
    as.array(x@i),
    as.array(rep(seq_len(ncol(x)) - 1L, diff(x@p))),
    as.array(values),
    as.list(dim(x))
  )
}

list_to_python <- function(x, where, call) {
  names <- names(x)
  if (is.null(names)) {
    labels <- sprintf("Element %d of %s", seq_along(x), lower_first(where))
  } else {
    check_input_names(names, where, call)
    labels <- sprintf(
      "Element `%s` of %s",
      printable(names, 200),
      lower_first(where)
    )
  }
  Map(function(value, label) to_python(value, label, call), unclass(x), labels)
}

# Each column is a batch, also that of a data frame with one row.
columns_to_python <- function(x, where, call) {
  check_input_names(names(x), where, call)
  columns <- lapply(names(x), function(name) {
    label <- sprintf(
      "Column `%s` of %s",
      printable(name, 200),
      lower_first(where)
    )
    column <- x[[name]]
    is_vector <- is.atomic(column) && is.null(dim(column))
    if (is_vector && length(column) == 1) {
      dim(column) <- 1L
    }
    to_python(column, label, call)
  })
  bridge_raw(call)$frame(rlang::set_names(columns, names(x)))
}

# Arguments of a call: unnamed ones by position, the others by keyword.
arguments_to_python <- function(args, call) {
  names <- rlang::names2(args)
  values <- lapply(seq_along(args), function(i) {
    name <- names[[i]]
    where <- if (nzchar(name)) {
      sprintf("Input `%s`", printable(name, 200))
    } else {
      "The input"
    }
    to_python(args[[i]], where, call)
  })
  names(values) <- names # an empty list has names, too, and so arrives as a dict
  named <- nzchar(names)
  list(positional = unname(values[!named]), keyword = values[named])
}

# Without names an empty list would arrive as a list.
as_dict <- function(x) {
  rlang::set_names(x, rlang::names2(x))
}

# numpy's arrays of rank 1 become plain vectors.
from_python <- function(x) {
  if (is.list(x) && !is.object(x)) {
    lapply(x, from_python)
  } else if (inherits(x, "tfhub.runtime.r_arrays.Text")) {
    shape <- as.integer(x$shape)
    text <- strsplit(x$joined, "\037", fixed = TRUE)[[1]]
    if (length(shape) > 1) array(text, shape) else text
  } else if (is.atomic(x) && length(dim(x)) == 1) {
    as.vector(x)
  } else {
    x
  }
}

# What r_arrays.py's for_r() returns.
from_bridge <- function(result, call) {
  names <- as.character(result[[2]])
  if (length(names)) {
    named <- names[nzchar(names)]
    which <- if (length(named)) {
      sprintf(" of %s", toString(printable(named, 200)))
    } else {
      ""
    }
    abort_hub(
      sprintf("Integers%s are beyond 2^53, which doubles cannot hold.", which),
      hint = inline_each(
        "Set {.code int64 = \"character\"} to have them as text.",
        "Call the module, {.code m(x)}, for tensors, which hold them."
      ),
      class = c("tfhub_error_inexact", "tfhub_error_output"),
      call = call
    )
  }
  from_python(result[[1]])
}

refuse_na <- function(x, where, call, na = is_missing(x)) {
  at <- which(na)
  if (length(at)) {
    first <- if (length(dim(x)) > 1) arrayInd(at[[1]], dim(x)) else at[[1]]
    more <- length(at) - 1
    abort_hub(
      sprintf(
        "%s has NA at position %s%s, and a tensor of this type has no NA.",
        where,
        paste0("[", toString(first), "]"),
        if (more) sprintf(" and %d more", more) else ""
      ),
      hint = "Remove or replace it. In numbers of type double NA becomes NaN.",
      class = c("tfhub_error_na", "tfhub_error_input"),
      call = call
    )
  }
}

# Doubles and complex numbers have NaN.
is_missing <- function(x) {
  if (!typeof(x) %in% c("double", "complex", "raw") && anyNA(x)) {
    is.na(x)
  } else {
    logical()
  }
}

# Numbers whose meaning is in their class would arrive as something else; that of a
# connection is the number of a file.
refuse_class <- function(x, where, call) {
  advice <- c(
    Date = "Give {.code as.numeric(x)}, days since 1970, or {.code format(x)}.",
    POSIXt = "Give {.code as.numeric(x)}, seconds since 1970, or {.code format(x)}.",
    difftime = "Give {.code as.numeric(x, units = \"secs\")}.",
    connection = "{.code summary(x)$description} has its path."
  )
  known <- inherits(x, names(advice), which = TRUE) > 0
  if (any(known)) {
    abort_class(x, inline(advice[known][[1]]), where, call)
  }
}

abort_class <- function(x, advice, where, call) {
  abort_hub(
    sprintf(
      "%s is of class %s, which no tensor has.",
      where,
      printable(class(x)[[1]], 200)
    ),
    hint = advice,
    class = "tfhub_error_input",
    call = call
  )
}

# What is marked as bytes stays as it is.
to_utf8 <- function(x, where, call) {
  x <- mark_utf8(as.vector(x))
  bad <- which(!validEnc(x) | is_unknown(x))
  if (length(bad)) {
    abort_hub(
      sprintf(
        "%s has text in an unknown encoding at position [%d].",
        where,
        bad[[1]]
      ),
      hint = inline_each(
        "Declare its encoding: {.code iconv(x, \"latin1\", \"UTF-8\")}.",
        "To give its bytes as they are, mark them: {.code Encoding(x) <- \"bytes\"}."
      ),
      class = "tfhub_error_input",
      call = call
    )
  }
  enc2utf8(x)
}

# In the locale C, which R has where LANG is not set, text beyond ASCII is of no
# encoding, and enc2utf8() writes its bytes out, as in "<c3><b6>". What fits UTF-8 is
# taken for that there.
mark_utf8 <- function(x) {
  unknown <- which(is_unknown(x))
  fits <- unknown[validUTF8(x[unknown])]
  marked <- x[fits]
  Encoding(marked) <- "UTF-8"
  x[fits] <- marked
  x
}

is_unknown <- function(x) {
  is_c_locale() & Encoding(x) == "unknown" & is_beyond_ascii(x)
}

is_beyond_ascii <- function(x) {
  grepl("[^ -~\\s]", x, perl = TRUE, useBytes = TRUE)
}

is_c_locale <- function() {
  Sys.getlocale("LC_CTYPE") %in% c("C", "POSIX")
}

check_input_names <- function(names, where, call) {
  if (any(names == "") || anyDuplicated(names)) {
    abort_hub(
      sprintf(
        "%s must have a name of its own for each element; its names are %s.",
        where,
        toString(encodeString(names, quote = "\""))
      ),
      hint = "Inputs go to the model by name; a list without any names goes as a list.",
      class = "tfhub_error_input",
      call = call
    )
  }
}

restore_dim <- function(x, like) {
  dim(x) <- dim(like)
  x
}

lower_first <- function(x) {
  sub("^(.)", "\\L\\1", x, perl = TRUE)
}
