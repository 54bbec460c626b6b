# Writes out/passages.csv: the novels of Jane Austen, which ship in Debian's
# r-cran-janeaustenr, in passages of ten lines, each with its novel and its use.
# `labelled` are ten of each novel, `unlabelled` the most, `held_out` a quarter.

novels <- janeaustenr::austen_books()
novels <- novels[nzchar(novels$text), ]

passages <- do.call(
  rbind,
  lapply(split(novels$text, novels$book), function(lines) {
    group <- (seq_along(lines) - 1) %/% 10
    data.frame(text = vapply(split(lines, group), paste, "", collapse = " "))
  })
)
passages$novel <- sub("\\.[0-9]+$", "", rownames(passages))
# Lower case letters with single spaces between the words: what the module expects.
passages$text <- trimws(gsub("[^a-z]+", " ", tolower(passages$text)))

set.seed(1)
passages <- passages[sample(nrow(passages)), ]
passages$use <- "unlabelled"
passages$use[seq_len(nrow(passages) %/% 4)] <- "held_out"
for (novel in unique(passages$novel)) {
  rest <- which(passages$novel == novel & passages$use == "unlabelled")
  passages$use[rest[1:10]] <- "labelled"
}

dir.create("out", showWarnings = FALSE)
write.csv(
  passages,
  "out/passages.csv",
  row.names = FALSE,
  fileEncoding = "UTF-8"
)
