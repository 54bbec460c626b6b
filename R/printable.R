# Text out of a file, as a terminal may have it: see `shown()` in Python.

# Each text on one line: what a terminal obeys, and what turns or hides text, is written
# as R escapes it. Texts longer than `most` characters are cut.
printable <- function(x, most = 2000) {
  x <- enc2utf8(as.character(x))
  valid <- validUTF8(x)
  x[!valid] <- iconv(x[!valid], "UTF-8", "UTF-8", sub = "byte")
  long <- nchar(x, "bytes") > most & !is.na(x)
  long[long] <- nchar(x[long]) > most
  x[long] <- paste0(substr(x[long], 1, most - 3), "...")
  odd <- !is.na(x) & grepl(not_printable, x, perl = TRUE)
  if (any(odd)) {
    found <- gregexpr(not_printable, x[odd], perl = TRUE)
    regmatches(x[odd], found) <- lapply(regmatches(x[odd], found), escaped)
  }
  x
}

# Controls, formats, surrogates, what is not assigned, and all blanks but the space.
not_printable <- paste0(
  "(*UCP)[\\p{C}\\p{Zl}\\p{Zp}",
  "\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000]"
)

escaped <- function(chars) {
  known <- c("\n" = "\\n", "\r" = "\\r", "\t" = "\\t")
  code <- vapply(chars, utf8ToInt, integer(1), USE.NAMES = FALSE)
  form <- ifelse(
    code < 256,
    "\\x%02x",
    ifelse(code < 65536, "\\u%04x", "\\U%08x")
  )
  ifelse(chars %in% names(known), known[chars], sprintf(form, code))
}

# A data frame with text out of files. Its columns have that text as it is, to be used
# in calls; what is printed is fit for a terminal.
as_hub_table <- function(columns) {
  table <- as.data.frame(columns, stringsAsFactors = FALSE)
  class(table) <- c("hub_table", class(table))
  table
}

#' @export
print.hub_table <- function(x, ...) {
  print(printable_table(x), ...)
  invisible(x)
}

#' @export
str.hub_table <- function(object, ...) {
  utils::str(printable_table(object), ...)
}

# The same as a plain data frame, each text of which is fit for a terminal.
printable_table <- function(x) {
  shown <- x
  class(shown) <- setdiff(class(x), "hub_table")
  fit <- function(column) {
    if (is.list(column)) {
      I(lapply(column, fit))
    } else if (is.factor(column)) {
      levels(column) <- make.unique(printable(levels(column)))
      column
    } else if (is.character(column)) {
      printable(column)
    } else {
      column
    }
  }
  shown[] <- lapply(shown, fit)
  names(shown) <- printable(names(shown))
  if (is.character(attr(x, "row.names"))) {
    rownames(shown) <- make.unique(printable(rownames(shown)))
  }
  shown
}
