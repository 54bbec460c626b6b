# Runs the R tests against the installed package. Its argument names the file that gets
# the numbers of tests passed and failed.
counts <- commandArgs(trailingOnly = TRUE)[1]
unlink(counts)
Sys.setenv(NOT_CRAN = "true") # or the snapshots are not compared
results <- testthat::test_dir(
  "tests/testthat",
  package = "tfhub",
  load_package = "installed",
  reporter = "summary",
  stop_on_failure = FALSE
)
results <- as.data.frame(results)
failed <- results$failed > 0 | results$error
passed <- !failed & !results$skipped
cat(sum(passed), sum(failed), "\n", file = counts)
quit(status = as.integer(any(failed)))
