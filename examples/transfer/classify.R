# Transfer learning on images with a hub layer: what classify.py does, from R, with one
# draw of ten images a digit. With Keras 3, and Keras 2 under `TF_USE_LEGACY_KERAS=1`.

library(tfhub)

handle <- "out/hub/digits/features/1"
digits <- reticulate::import("sklearn.datasets")$load_digits()
images <- digits$images / 16
dim(images) <- c(dim(images), 1)
new <- which(digits$target >= 5)
images <- images[new, , , , drop = FALSE]
labels <- as.integer(digits$target[new]) - 5L

set.seed(1)
few <- unlist(lapply(0:4, function(digit) sample(which(labels == digit), 10)))
others <- setdiff(seq_along(labels), few)
of <- function(rows) images[rows, , , , drop = FALSE]

keras <- reticulate::import("tensorflow", convert = FALSE)$keras
invisible(keras$utils$set_random_seed(1L))

model <- keras$Sequential() |> layer_hub(handle)
invisible(model$add(keras$layers$Dense(5L)))
invisible(model$compile(
  optimizer = keras$optimizers$Adam(0.003),
  loss = keras$losses$SparseCategoricalCrossentropy(from_logits = TRUE)
))
invisible(model$fit(
  of(few),
  as.array(labels[few]),
  epochs = 60L,
  batch_size = 10L,
  verbose = 0L
))

logits <- model$predict(of(others), verbose = 0L)
predicted <- max.col(logits) - 1L
accuracy <- mean(predicted == labels[others])
cat(sprintf("accuracy with the hub layer   %.3f\n", accuracy))
