# What R computes of a tensor's values, as R's own.

#' @export
summary.tensorflow.python.types.core.Tensor <- function(object, ...) {
  summary(plain(object, rlang::current_env()), ...)
}

#' @importFrom stats median
#' @export
median.tensorflow.python.types.core.Tensor <- function(x, na.rm = FALSE, ...) {
  median(one_vector(x, rlang::current_env()), na.rm, ...)
}

#' @importFrom stats quantile
#' @export
quantile.tensorflow.python.types.core.Tensor <- function(x, ...) {
  quantile(one_vector(x, rlang::current_env()), ...)
}

#' @export
sort.tensorflow.python.types.core.Tensor <- function(
  x,
  decreasing = FALSE,
  ...
) {
  sort(one_vector(x, rlang::current_env()), decreasing, ...)
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

# A method of a generic of R that takes a tensor's values. Its arguments are the
# generic's; what is plotted is labelled by what the user gave.
method_of_values <- function(generic) {
  body <- rlang::expr({
    of_values(!!generic, match.call(), parent.frame(), rlang::current_env())
  })
  rlang::new_function(formals(args(generic)), body, env = topenv())
}

of_values <- function(generic, as_called, frame, call) {
  name <- deparse1(as_called[[2]])
  x <- eval(as_called[[2]], frame)
  values <- rlang::new_environment(
    rlang::set_names(list(plain(x, call)), name),
    parent = frame
  )
  as_called[[1]] <- generic
  as_called[[2]] <- as.symbol(name)
  eval(as_called, values)
}

#' @rdname tensors
#' @importFrom graphics plot
#' @export
plot.tensorflow.python.types.core.Tensor <- function(x, ...) {
  of_values(plot, match.call(), parent.frame(), rlang::current_env())
}

#' @export
anyDuplicated.tensorflow.python.types.core.Tensor <-
  method_of_values(anyDuplicated)

#' @export
cut.tensorflow.python.types.core.Tensor <-
  method_of_values(cut)

#' @export
determinant.tensorflow.python.types.core.Tensor <-
  method_of_values(determinant)

#' @export
diff.tensorflow.python.types.core.Tensor <-
  method_of_values(diff)

#' @export
duplicated.tensorflow.python.types.core.Tensor <-
  method_of_values(duplicated)

#' @export
rep.tensorflow.python.types.core.Tensor <-
  method_of_values(rep)

#' @export
rowsum.tensorflow.python.types.core.Tensor <-
  method_of_values(rowsum)

#' @export
seq.tensorflow.python.types.core.Tensor <-
  method_of_values(seq)

#' @export
xtfrm.tensorflow.python.types.core.Tensor <-
  method_of_values(xtfrm) # for order()

#' @importFrom graphics barplot
#' @export
barplot.tensorflow.python.types.core.Tensor <-
  method_of_values(barplot)

#' @importFrom graphics boxplot
#' @export
boxplot.tensorflow.python.types.core.Tensor <-
  method_of_values(boxplot)

#' @importFrom graphics contour
#' @export
contour.tensorflow.python.types.core.Tensor <-
  method_of_values(contour)

#' @importFrom graphics image
#' @export
image.tensorflow.python.types.core.Tensor <-
  method_of_values(image)

#' @importFrom graphics lines
#' @export
lines.tensorflow.python.types.core.Tensor <-
  method_of_values(lines)

#' @importFrom graphics pairs
#' @export
pairs.tensorflow.python.types.core.Tensor <-
  method_of_values(pairs)

#' @importFrom graphics persp
#' @export
persp.tensorflow.python.types.core.Tensor <-
  method_of_values(persp)

#' @importFrom graphics points
#' @export
points.tensorflow.python.types.core.Tensor <-
  method_of_values(points)

#' @importFrom graphics hist
#' @export
hist.tensorflow.python.types.core.Tensor <-
  method_of_values(hist)

#' @importFrom grDevices as.raster
#' @export
as.raster.tensorflow.python.types.core.Tensor <-
  method_of_values(as.raster)

#' @importFrom stats density
#' @export
density.tensorflow.python.types.core.Tensor <-
  method_of_values(density)
