# The only place that knows how R's values and Python's arrays become each other.
#
# What goes to Python is left as exact as it is in R: doubles as float64, without a
# copy. The Python core then brings it to the dtype and rank that the model wants. The
# one thing it cannot see is R's own: a vector of length 1 is a scalar too. It goes as a
# scalar, which Python raises to a batch of one where the model wants a batch.

# `where` names the value in errors: "The input", "Input `apples`".
to_python <- function(x, where, call) {
  if (is.null(x) || inherits(x, python_classes)) {
    return(x)
  }
  refuse_class(x, where, call)
  if (is.data.frame(x)) {
    return(columns_to_python(x, where, call))
  }
  if (is.factor(x)) {
    x <- restore_dim(as.character(x), x)
  }
  if (is.list(x)) {
    return(list_to_python(x, where, call))
  }
  if (is.atomic(x)) vector_to_python(x, where, call) else x
}

python_classes <- c("python.builtin.object", "hub_module", "hub_function")

vector_to_python <- function(x, where, call) {
  refuse_na(x, where, call)
  if (is.character(x)) {
    x <- restore_dim(to_utf8(x, where, call), x)
  }
  if (is.raw(x)) {
    shape <- as.list(dim(x) %||% length(x))
    return(bridge_raw(call)$from_raw(as.vector(x), shape))
  }
  if (is.null(dim(x)) && length(x) != 1) as.array(x) else x
}

list_to_python <- function(x, where, call) {
  names <- names(x)
  if (is.null(names)) {
    labels <- sprintf("Element %d of %s", seq_along(x), lower_first(where))
  } else {
    check_input_names(names, where, call)
    labels <- sprintf("Element `%s` of %s", names, lower_first(where))
  }
  Map(function(value, label) to_python(value, label, call), unclass(x), labels)
}

# Each column is a batch, also that of a data frame with one row.
columns_to_python <- function(x, where, call) {
  check_input_names(names(x), where, call)
  columns <- lapply(names(x), function(name) {
    label <- sprintf("Column `%s` of %s", name, lower_first(where))
    value <- to_python(x[[name]], label, call)
    if (is.atomic(value) && is.null(dim(value))) as.array(value) else value
  })
  rlang::set_names(columns, names(x))
}

# Arguments of a call: unnamed ones by position, the others by keyword.
arguments_to_python <- function(args, call) {
  names <- rlang::names2(args)
  where <- ifelse(names == "", "The input", sprintf("Input `%s`", names))
  values <- Map(function(x, w) to_python(x, w, call), unname(args), where)
  list(
    positional = unname(values[names == ""]),
    keyword = as_dict(rlang::set_names(values, names)[names != ""])
  )
}

# Without names an empty list would arrive as a list.
as_dict <- function(x) {
  rlang::set_names(x, rlang::names2(x))
}

# numpy's arrays of rank 1 become plain vectors.
from_python <- function(x) {
  if (is.list(x) && !is.object(x)) {
    lapply(x, from_python)
  } else if (is.atomic(x) && length(dim(x)) == 1) {
    as.vector(x)
  } else {
    x
  }
}

refuse_na <- function(x, where, call) {
  if (typeof(x) %in% c("character", "logical", "integer") && anyNA(x)) {
    at <- which(is.na(x))
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

# Numbers whose meaning is in their class would arrive as something else.
refuse_class <- function(x, where, call) {
  advice <- c(
    Date = "Give as.numeric(x), days since 1970, or format(x).",
    POSIXt = "Give as.numeric(x), seconds since 1970, or format(x).",
    difftime = "Give as.numeric(x, units = ...).",
    integer64 = "Give as.numeric(x), exact up to 2^53, or as.character(x)."
  )
  known <- inherits(x, names(advice), which = TRUE) > 0
  if (any(known)) {
    class <- class(x)[[1]]
    abort_hub(
      sprintf("%s is of class %s, which no tensor has.", where, class),
      hint = advice[known][[1]],
      class = "tfhub_error_input",
      call = call
    )
  }
}

to_utf8 <- function(x, where, call) {
  bad <- which(!validEnc(x))
  if (length(bad)) {
    abort_hub(
      sprintf(
        "%s has text in an unknown encoding at position [%d].",
        where,
        bad[[1]]
      ),
      hint = "Declare its encoding, as in iconv(x, \"latin1\", \"UTF-8\").",
      class = "tfhub_error_input",
      call = call
    )
  }
  enc2utf8(as.vector(x))
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
