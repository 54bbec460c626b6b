# What print() of hub_cache_list() says: a line for each model, as wide as the screen.

#' @export
print.hub_cache_list <- function(x, n = 100, ...) {
  if (!all(c("handle", "path", "state", "size", "used") %in% names(x))) {
    return(NextMethod()) # the user has chosen columns
  }
  check_whole(n, 1)
  cat(format_cache_list(x, n), sep = "\n")
  invisible(x)
}

format_cache_list <- function(x, n) {
  count <- count_of(nrow(x), "model")
  if (nrow(x) == 0) {
    return(sprintf("<hub_cache_list> %s", count))
  }
  shown <- utils::head(seq_len(nrow(x)), n)
  handle <- x$handle[shown]
  unknown <- !nzchar(handle)
  handle[unknown] <- basename(x$path[shown][unknown])
  size <- vapply(x$size[shown], format_size, "")
  used <- format(x$used[shown], "%Y-%m-%d")
  used[is.na(used)] <- ""
  rest <- cbind(
    format(c("state", printable(x$state[shown], 20))),
    format(c("size", size), justify = "right"),
    format(c("used", used))
  )
  rest <- paste(rest[, 1], rest[, 2], rest[, 3], sep = "  ")
  room <- max(20, getOption("width") - 4 - max(nchar(rest, "width")))
  handle <- format(c("handle", cut_middle(printable(handle), room)))
  c(
    sprintf("<hub_cache_list> %s, %s", count, format_size(sum(x$size))),
    trimws(paste0("  ", handle, "  ", rest), "right", "[ ]"),
    and_more(nrow(x) - n, "models"),
    strwrap(
      paste("Columns:", toString(printable(names(x)))),
      getOption("width"),
      exdent = 2
    )
  )
}

# Texts of no more columns of the screen than there is room; both ends stay.
cut_middle <- function(x, room) {
  long <- nchar(x, "width") > room
  x[long] <- vapply(x[long], USE.NAMES = FALSE, FUN.VALUE = "", function(text) {
    end <- (room - 3) %/% 2
    last <- strtrim(reversed(text), end)
    paste0(strtrim(text, room - 3 - end), "...", reversed(last))
  })
  x
}

reversed <- function(text) {
  intToUtf8(rev(utf8ToInt(text)))
}
