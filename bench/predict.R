# What predict() of R costs beside the best loop that one writes in Python by hand.
#
# Both give 100,000 short texts to the model of predict.py, in the same process and by
# turns; Python's loop has them as a list already.

library(tfhub)
argument <- commandArgs(trailingOnly = TRUE)
count <- if (length(argument)) as.integer(argument[[1]]) else 100000L
here <- dirname(sub(
  "--file=",
  "",
  grep("--file=", commandArgs(), value = TRUE)
))
program <- reticulate::import_from_path("predict", here)
folder <- tempfile("model")
program$save(folder)
loop <- program$by_hand(folder)
m <- hub_load(folder)

set.seed(0)
words <- matrix(paste0("word", sample(5000, 8 * count, TRUE)), count)
texts <- do.call(paste, asplit(words, 2))
rm(words) # it would only be in the way of R's garbage collection
main <- reticulate::import_main(convert = FALSE)
main$texts <- reticulate::r_to_py(as.list(texts))
main$loop <- loop
in_python <- reticulate::py_run_string(
  "
import time

def timed(size):
    start = time.perf_counter()
    loop(texts, int(size))
    return time.perf_counter() - start
"
)$timed

stopifnot(all.equal(predict(m, texts[1:100]), loop(as.list(texts[1:100]), 32L)))
for (size in c(32, 256, 2048)) {
  rounds <- replicate(9, {
    ours <- system.time(predict(m, texts, batch_size = size), gcFirst = FALSE)
    c(ours = ours[["elapsed"]], hand = in_python(size))
  })
  medians <- apply(rounds, 1, median)
  cat(sprintf(
    "By hand %d texts take %.2f s in batches of %d\n",
    count,
    medians[["hand"]],
    size
  ))
  cat(sprintf(
    "%-58s %12s   limit %s\n",
    sprintf("predict() from R, batches of %d", size),
    sprintf("%.2fx", medians[["ours"]] / medians[["hand"]]),
    if (size == 32) "1.2x" else "none: mostly what R's doubles cost"
  ))
}
