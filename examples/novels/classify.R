# Text classification with a hub layer: which novel is a passage from? What classify.py
# does, from R: with Keras 3, and with Keras 2 under `TF_USE_LEGACY_KERAS=1`.

library(tfhub)

handle <- "out/hub/novels/words/1"
passages <- read.csv("out/passages.csv", encoding = "UTF-8")
novels <- sort(unique(passages$novel))
labelled <- passages[passages$use == "labelled", ]
held_out <- passages[passages$use == "held_out", ]
numbers <- function(passages) as.array(match(passages$novel, novels) - 1L)

keras <- reticulate::import("tensorflow", convert = FALSE)$keras
invisible(keras$utils$set_random_seed(1L))

model <- keras$Sequential() |>
  layer_hub(handle, input_shape = list(), dtype = "string")
invisible(model$add(keras$layers$Dropout(0.5)))
invisible(model$add(keras$layers$Dense(length(novels))))
invisible(model$compile(
  optimizer = keras$optimizers$Adam(0.01),
  loss = keras$losses$SparseCategoricalCrossentropy(from_logits = TRUE)
))
invisible(model$fit(
  as.array(labelled$text),
  numbers(labelled),
  epochs = 150L,
  batch_size = 10L,
  verbose = 0L
))

logits <- model$predict(
  as.array(held_out$text),
  batch_size = 256L,
  verbose = 0L
)
predicted <- novels[max.col(logits)]
cat(sprintf(
  "accuracy with the hub layer   %.3f\n",
  mean(predicted == held_out$novel)
))
print(table(novel = held_out$novel, predicted = abbreviate(predicted, 12)))
