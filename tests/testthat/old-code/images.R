cifar <- list(
  train = list(
    x = array(runif(10 * 32 * 32 * 3) * 255, c(10, 32, 32, 3)),
    y = matrix(0:9)
  )
)
feature_model <- "https://tfhub.dev/google/tf2-preview/mobilenet_v2/feature_vector/2"

input <- layer_input(shape = c(32, 32, 3))
resize_and_scale <- function(x) {
  tf$image$resize(x / 255, size = shape(224, 224))
}

output <- input %>%
  layer_lambda(f = resize_and_scale) %>%
  layer_hub(handle = feature_model) %>%
  layer_dense(units = 10, activation = "softmax")

model <- keras_model(input, output)

model %>%
  compile(
    loss = "sparse_categorical_crossentropy",
    optimizer = "adam",
    metrics = "accuracy"
  )
model %>%
  fit(
    x = cifar$train$x,
    y = cifar$train$y,
    validation_split = 0.2,
    batch_size = 128
  )
print(names(
  model %>% evaluate(x = cifar$train$x, y = cifar$train$y, verbose = 0)
))

feature_extractor_layer <- layer_hub(handle = feature_model)
input <- layer_input(shape = c(224, 224, 3))
output <- input %>%
  feature_extractor_layer() %>%
  layer_dense(units = 3, activation = "softmax")
model <- keras_model(input, output)
save_model_tf(model, "model")
reloaded_model <- load_model_tf("model")
img <- array(runif(224 * 224 * 3), c(1, 224, 224, 3))
print(all.equal(
  predict(model, img, verbose = 0),
  predict(reloaded_model, img, verbose = 0)
))
