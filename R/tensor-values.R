# What R computes of a tensor's values, as R's own.

#' @importFrom graphics plot
#' @rdname tensors
#' @export
plot.tensorflow.python.types.core.Tensor <- function(x, ...) {
  of_values(plot, x, deparse1(substitute(x)), rlang::current_env(), ...)
}

#' @importFrom graphics hist
#' @export
hist.tensorflow.python.types.core.Tensor <- function(x, ...) {
  name <- deparse1(substitute(x))
  of_values(hist, as.vector(x), name, rlang::current_env(), ...)
}

#' @export
summary.tensorflow.python.types.core.Tensor <- function(object, ...) {
  summary(plain(object, rlang::current_env()), ...)
}

#' @importFrom stats median
#' @export
median.tensorflow.python.types.core.Tensor <- function(x, na.rm = FALSE, ...) {
  median(as.vector(x), na.rm, ...)
}

#' @importFrom stats quantile
#' @export
quantile.tensorflow.python.types.core.Tensor <- function(x, ...) {
  quantile(as.vector(x), ...)
}

#' @export
sort.tensorflow.python.types.core.Tensor <- function(
  x,
  decreasing = FALSE,
  ...
) {
  sort(as.vector(x), decreasing, ...)
}

#' @export
unique.tensorflow.python.types.core.Tensor <- function(
  x,
  incomparables = FALSE,
  ...
) {
  unique(plain(x, rlang::current_env()), incomparables, ...)
}

#' @export
anyNA.tensorflow.python.types.core.Tensor <- function(x, recursive = FALSE) {
  anyNA(one_vector(x, rlang::current_env()))
}

# reticulate's names are the attributes of the Python object, which factor() and
# mapply() would take for those of the elements.
#' @export
names.tensorflow.python.types.core.Tensor <- function(x) NULL

#' @method all.equal tensorflow.python.types.core.Tensor
#' @export
all.equal.tensorflow.python.types.core.Tensor <- function(
  target,
  current,
  ...
) {
  call <- rlang::current_env()
  values <- function(x) if (is_ragged(x)) as.list(x) else plain(x, call)
  all.equal(
    values(target),
    if (is_tensor(current)) values(current) else current,
    ...
  )
}

# Generics of R that take a tensor's values, in whatever package they are.
generics_of_values <- list(
  base = c(
    "anyDuplicated",
    "cut",
    "determinant",
    "diff",
    "duplicated",
    "rep",
    "rowsum",
    "xtfrm" # for order()
  ),
  graphics = c(
    "barplot",
    "boxplot",
    "contour",
    "image",
    "lines",
    "pairs",
    "persp",
    "points"
  ),
  grDevices = "as.raster",
  stats = "density"
)

register_generics_of_values <- function() {
  for (package in names(generics_of_values)) {
    for (name in generics_of_values[[package]]) {
      method <- method_of_values(getExportedValue(package, name))
      for (class in c(tensor_class, ragged_class, sparse_class)) {
        registerS3method(name, class, method, envir = asNamespace(package))
      }
    }
  }
}

# Its first argument has the generic's name for it, by which it may be given.
method_of_values <- function(generic) {
  arguments <- formals(function(x, ...) NULL)
  names(arguments)[[1]] <- names(formals(args(generic)))[[1]]
  first <- as.symbol(names(arguments)[[1]])
  rlang::new_function(
    arguments,
    rlang::expr({
      name <- deparse1(substitute(!!first))
      of_values(!!generic, !!first, name, rlang::current_env(), ...)
    }),
    env = topenv()
  )
}

# Calls `fun` with the values of `x` under the name that the user gave `x`, which
# plots show.
of_values <- function(fun, x, name, call, ...) {
  values <- if (is_tensor(x)) plain(x, call) else x
  frame <- rlang::new_environment(
    rlang::set_names(list(values), name),
    parent = baseenv()
  )
  eval(rlang::call2(fun, as.symbol(name), ...), frame)
}
