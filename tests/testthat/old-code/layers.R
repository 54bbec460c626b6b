model <- keras_model_sequential() %>%
  layer_hub(
    handle = "https://tfhub.dev/google/tf2-preview/mobilenet_v2/feature_vector/4",
    input_shape = c(224, 224, 3)
  ) %>%
  layer_dense(1)

a <- tf$constant(
  array(0, dim = as.integer(c(1, 224, 224, 3))),
  dtype = "float32"
)

res <- as.numeric(model(a))
print(is.numeric(res))

input <- layer_input(shape = c(224, 224, 3))

output <- input %>%
  layer_hub(
    handle = "https://tfhub.dev/google/tf2-preview/mobilenet_v2/feature_vector/4"
  ) %>%
  layer_dense(1)

model <- keras_model(input, output)
print(is.numeric(as.numeric(model(a))))

features <- layer_hub(
  handle = "https://tfhub.dev/google/tf2-preview/mobilenet_v2/feature_vector/4"
)

output <- input %>%
  features() %>%
  layer_dense(1)

model <- keras_model(input, output)
print(is.numeric(as.numeric(model(a))))
