# What crossing from R costs: a matrix to a tensor, and text back.
#
# Both sides keep 20 results and then drop them; medians of interleaved rounds.

library(tfhub)
reticulate::py_run_string(
  "
import os, time, tempfile
os.environ.setdefault('TF_CPP_MIN_LOG_LEVEL', '3')
import numpy as np, tensorflow as tf

folder = tempfile.mkdtemp()
module = tf.Module()
spec = tf.TensorSpec([None, None], tf.float32)
module.same = tf.function(lambda x: x, input_signature=[spec])
text = tf.TensorSpec([None], tf.string)
module.__call__ = tf.function(lambda x: x, input_signature=[text])
tf.saved_model.save(module, folder)

def to_tensor(x):
    start = time.perf_counter()
    kept = [tf.constant(np.ascontiguousarray(x, 'float32')) for _ in range(20)]
    spent = time.perf_counter() - start
    del kept
    return spent / 20
"
)
main <- reticulate::import_main(convert = TRUE)
m <- hub_load(main$folder)

matrix_to_tensor <- function(x) {
  kept <- vector("list", 20)
  time <- system.time(
    for (i in 1:20) {
      kept[[i]] <- m$same(x)
    },
    gcFirst = FALSE
  )
  rm(kept)
  gc()
  time[["elapsed"]] / 20
}

report <- function(what, value, limit) {
  cat(sprintf("%-58s %12s   limit %s\n", what, value, limit))
}

x <- matrix(rnorm(1e6), 1000)
stopifnot(all.equal(m$same(x)$numpy(), x, tolerance = 1e-6))
rounds <- replicate(15, c(r = matrix_to_tensor(x), python = main$to_tensor(x)))
medians <- apply(rounds, 1, median)
cat(sprintf("Python's tf.constant takes %.1f ms\n", 1000 * medians[["python"]]))
report(
  "a 1e6-element matrix from R",
  sprintf("%.2fx", medians[["r"]] / medians[["python"]]),
  "1.3x"
)

words <- rep(c("apple", "größe", "日本", "x"), 25000)
invisible(predict(m, words, batch_size = 1e5))
back <- NULL
there_and_back <- replicate(9, {
  system.time(back <<- predict(m, words, batch_size = 1e5))[["elapsed"]]
})
stopifnot(identical(back, words))
tensor <- m(words)
back_only <- replicate(9, {
  system.time(predict(m, tensor, batch_size = 1e5))[["elapsed"]]
})
report("1e5 strings back to R", sprintf("%.3f s", median(back_only)), "0.15 s")
cat(sprintf("there and back again: %.3f s\n", median(there_and_back)))
