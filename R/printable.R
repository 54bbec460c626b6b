# Text out of a file, as a terminal may have it: see `shown()` in Python.

# Each text on one line: what a terminal obeys, and what turns or hides text, is written
# as R escapes it. Texts longer than `most` characters are cut.
printable <- function(x, most = 2000) {
  x <- as_utf8(as.character(x))
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

# What no encoding makes text of becomes `<ff>`; R has none for what is marked as bytes.
as_utf8 <- function(x) {
  bytes <- which(is_bytes(x))
  marked <- x[bytes]
  Encoding(marked) <- "unknown"
  x[bytes] <- marked
  x <- enc2utf8(x)
  valid <- validUTF8(x)
  x[!valid] <- iconv(x[!valid], "UTF-8", "UTF-8", sub = "byte")
  x
}

is_bytes <- function(x) {
  Encoding(x) == "bytes"
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

# Arguments or results of functions that have many parts, such as 170 outputs, with the
# first of them: see `shortened()` in Python.
shorten_forms <- function(x, most = 300) {
  long <- !is.na(x) & nchar(x, "bytes") > most
  x[long] <- vapply(x[long], shorten_form, "", most, USE.NAMES = FALSE)
  x
}

shorten_form <- function(x, most) {
  x <- enc2utf8(x)
  if (!validUTF8(x)) {
    return(x)
  }
  looked_at <- substr(x, 1, 50000)
  # Where a part ends, but not a dimension of a shape.
  parts <- gregexpr(", (?![^][]{0,1000}\\])", looked_at, perl = TRUE)[[1]]
  cut <- max(0, parts[parts <= most])
  if (cut == 0 || nchar(x) <= most) {
    return(x)
  }
  more <- if (looked_at == x) sum(parts >= cut) else "many"
  end <- substring(x, nchar(x))
  paste0(
    substr(x, 1, cut - 1),
    sprintf(", ... and %s more", more),
    if (end %in% c(")", "}") || (end == "]" && startsWith(x, "["))) end
  )
}

# Lines no longer than the user has set with `options(width)`, where they have blanks:
# a path or a handle stays whole, to be copied.
fold_lines <- function(lines, width = getOption("width")) {
  unlist(lapply(lines, function(line) {
    if (is.na(line) || nchar(line, "width") <= width || nchar(line) > 20000) {
      return(line)
    }
    indent <- nchar(sub("[^ ].*", "", line))
    # A tensor with its name stays on one line.
    whole <- gsub(": (?=[a-z0-9]+\\[)", ":\u00a0", line, perl = TRUE)
    whole <- gsub(", (?=[^][]{0,1000}\\])", ",\u00a0", whole, perl = TRUE)
    folded <- strwrap(whole, width + 1, indent = indent, exdent = indent + 4)
    gsub("\u00a0", " ", folded, fixed = TRUE)
  }))
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
  class(shown) <- setdiff(class(x), c("hub_table", "hub_cache_list"))
  fit <- function(column) {
    if (is.list(column)) {
      I(lapply(column, fit))
    } else if (is.factor(column)) {
      levels(column) <- make.unique(printable(levels(column)))
      column
    } else if (is.character(column)) {
      printable(shorten_forms(column, max(40, getOption("width") - 20)))
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
