mnist <- list(
  train = list(x = array(0:255, c(20, 28, 28)), y = array(rep(0:9, 2))),
  test = list(x = array(0:255, c(20, 28, 28)), y = array(rep(0:9, 2)))
)
input <- layer_input(shape(28, 28), dtype = "int32")
output <- input %>%
  layer_flatten() %>%
  layer_lambda(tensorflow::tf_function(function(x) {
    tf$cast(x, tf$float32) / 255
  })) %>%
  layer_dense(units = 10, activation = "softmax")

model <- keras_model(input, output)

model %>%
  compile(
    loss = "sparse_categorical_crossentropy",
    optimizer = "adam",
    metrics = "acc"
  )

model %>%
  fit(x = mnist$train$x, y = mnist$train$y, validation_split = 0.2, epochs = 1)

save_model_tf(model, "my_module/", include_optimizer = FALSE)
module <- hub_load("my_module/")

predictions <- module(mnist$test$x) %>%
  tf$argmax(axis = 1L)

print(mean(as.integer(predictions) == mnist$test$y) <= 1)
