# Declares what Python must have; the first use starts it, never library(tfhub).
.onLoad <- function(libname, pkgname) {
  declare_python()
  register_tensors()
}
