# Which tensors have the methods of tensors: also ragged and sparse ones, whose classes
# have no other in common; and those of the R package tensorflow, where that is loaded.

register_tensors <- function() {
  copy_methods("tfhub", tensor_class, c(ragged_class, sparse_class))
  if (isNamespaceLoaded("tensorflow")) {
    stand_back()
  }
  setHook(packageEvent("tensorflow", "onLoad"), function(...) stand_back())
}

# The class that tensorflow gives to tensors comes before ours. Tensors made before it
# was loaded lack it, and R takes an operator for two objects only where both have the
# same method: so its methods are those of our classes, too.
stand_back <- function() {
  copy_methods(
    "tensorflow",
    "tensorflow.tensor",
    c(tensor_class, ragged_class, sparse_class)
  )
}

copy_methods <- function(package, from, to) {
  home <- asNamespace(package)
  methods <- getNamespaceInfo(home, "S3methods")
  # A list where another package has put a function, as keras3 does to tensorflow.
  named <- vapply(methods[, 3], is.character, logical(1))
  methods <- methods[named, 1:3, drop = FALSE]
  mode(methods) <- "character"
  known <- vapply(methods[, 1], exists, logical(1), home, mode = "function")
  for (i in which(methods[, 2] == from & known)) {
    for (class in to) {
      # by its name, which R CMD check looks up
      registerS3method(methods[i, 1], class, methods[i, 3], envir = home)
    }
  }
}
