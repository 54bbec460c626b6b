library(testthat)
library(tfhub)

test_check("tfhub")
