library(tfhub)

keras <- tf$keras
model <- keras$Sequential() %>%
  layer_hub(
    handle = "https://tfhub.dev/google/nnlm-en-dim128/1",
    input_shape = list(),
    dtype = "string"
  )
result <- model$predict(as.array(c("good film", "bad book")), verbose = 0L)
