# Which lines of R/ the tests run, by file; fails below 95 %. Needs the package covr.
# The tests run from the source tree, as some read the data of the Python tests.
least <- 95
tests <- normalizePath("tests/testthat")
code <- sprintf(
  "testthat::test_dir(
    %s, package = 'tfhub', load_package = 'installed', reporter = 'summary',
    stop_on_failure = TRUE
  )",
  deparse(tests)
)
Sys.setenv(NOT_CRAN = "true")
coverage <- covr::package_coverage(type = "none", code = code, quiet = FALSE)
print(coverage)
missed <- covr::zero_coverage(coverage)
cat(sprintf("%s:%d\n", missed$filename, missed$line), sep = "")
quit(status = as.integer(covr::percent_coverage(coverage) < least))
