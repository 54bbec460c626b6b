# What crossing from R costs: loading the package, a small call, a large matrix, text
# there and back, predict().
#
# Both sides take turns in every round, and the least of each is compared.

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
module.echo = tf.function(lambda x: x, input_signature=[text])
weights = tf.Variable(tf.random.stateless_normal([20, 8], [1, 2]))
rows = tf.TensorSpec([None, 20], tf.float32)
module.__call__ = tf.function(lambda x: tf.nn.relu(x @ weights), input_signature=[rows])
module.weights = weights
tf.saved_model.save(module, folder)

def nothing(x):
    pass

def small_calls(model, x, count):
    x = np.ascontiguousarray(x, 'float32')
    start = time.perf_counter()
    for _ in range(count):
        model(x)
    return (time.perf_counter() - start) / count

def apply_to_each(model, matrices):
    start = time.perf_counter()
    kept = [
        model.same(tf.constant(np.ascontiguousarray(x, 'float32'))) for x in matrices
    ]
    spent = time.perf_counter() - start
    del kept
    return spent / len(matrices)

def core_predict(predict, model, x):
    start = time.perf_counter()
    predict(model, x)
    return time.perf_counter() - start
"
)
main <- reticulate::import_main(convert = TRUE)
m <- hub_load(main$folder)
python_model <- reticulate::r_to_py(m)

seconds <- function(code) {
  system.time(code, gcFirst = FALSE)[["elapsed"]]
}

# The least of each of the named measurements, which are calls.
least <- function(rounds, ...) {
  contenders <- list(...)
  apply(
    replicate(rounds, vapply(contenders, function(f) f(), numeric(1))),
    1,
    min
  )
}

report <- function(what, value, limit) {
  cat(sprintf("%-58s %12s   limit %s\n", what, value, limit))
}

# Loading the package
in_r <- function(code) {
  force(code)
  function() {
    rscript <- file.path(R.home("bin"), "Rscript")
    seconds(system2(rscript, c("-e", shQuote(code))))
  }
}
times <- least(
  11,
  reticulate = in_r("library(reticulate)"),
  tfhub = in_r("library(tfhub)")
)
extra <- times[["tfhub"]] - times[["reticulate"]]
report(
  "library(tfhub), beside library(reticulate)",
  sprintf("%.3f s", extra),
  "0.1 s"
)
code <- "library(tfhub); quit(status = reticulate::py_available(FALSE))"
started <- system2(file.path(R.home("bin"), "Rscript"), c("-e", shQuote(code)))
report("Python started by it", if (started) "yes" else "no", "no")

# A small call
x <- matrix(seq(0, 1, length.out = 20), 1)
nothing <- main$nothing
in_loop <- function(f, count = 200) {
  seconds(
    for (i in seq_len(count)) {
      f(x)
    }
  ) /
    count
}
times <- least(
  25,
  ours = function() in_loop(m),
  crossing = function() in_loop(nothing),
  python = function() main$small_calls(python_model, x, 200L)
)
cat(sprintf("a small call takes %.0f us in Python\n", 1e6 * times[["python"]]))
ratio <- (times[["ours"]] - times[["crossing"]]) / times[["python"]]
report("the same from R, less a crossing", sprintf("%.2fx", ratio), "2x")

# Matrices as the input of a model that gives them back. Each is another one: how fast
# numpy turns one round depends on where in memory it happens to be. Both sides keep the
# results and then drop them.
matrices <- replicate(20, matrix(rnorm(1e6), 1000), simplify = FALSE)
in_python <- reticulate::r_to_py(matrices)
same <- m$same
apply_to_each <- function() {
  spent <- seconds(kept <- lapply(matrices, same))
  rm(kept)
  gc()
  spent / length(matrices)
}
x <- matrices[[1]]
stopifnot(all.equal(as.matrix(same(x)), x, tolerance = 1e-6))
times <- least(
  15,
  ours = apply_to_each,
  python = function() main$apply_to_each(python_model, in_python)
)
cat(sprintf(
  "Python takes %.1f ms by tf.constant()\n",
  1000 * times[["python"]]
))
ratio <- times[["ours"]] / times[["python"]]
report("a 1e6-element matrix from R", sprintf("%.2fx", ratio), "1.3x")

# Text
words <- sprintf("%s %d", rep(c("apple", "größe", "日本", "x"), 25000), 1:1e5)
tensor <- m$echo(words)
stopifnot(identical(as.character(tensor), words))
times <- least(
  15,
  there = function() seconds(m$echo(words)),
  back = function() seconds(as.character(tensor))
)
report("1e5 strings to a tensor", sprintf("%.3f s", times[["there"]]), "0.1 s")
report("1e5 strings back to R", sprintf("%.3f s", times[["back"]]), "0.1 s")

# All of predict()
core <- reticulate::import("tfhub", convert = FALSE)
x <- matrix(rnorm(2e6), ncol = 20)
times <- least(
  7,
  ours = function() seconds(predict(m, x)),
  core = function() main$core_predict(core$predict, python_model, x)
)
cat(sprintf("the core's predict() of 1e5 rows takes %.2f s\n", times[["core"]]))
added <- 100 * (times[["ours"]] / times[["core"]] - 1)
report("predict() of R adds", sprintf("%.1f %%", added), "5 %")
