comments <- data.frame(
  id = 1:40,
  comment_text = c("good cat", "bad dog"),
  matrix(rep(0:1, 120), 40)
)
ind_train <- sample.int(nrow(comments), 0.8 * nrow(comments))
train <- comments[ind_train, ]
test <- comments[-ind_train, ]
embeddings <- layer_hub(
  handle = "https://tfhub.dev/google/tf2-preview/gnews-swivel-20dim/1",
  trainable = FALSE
)

input <- layer_input(shape = shape(), dtype = "string")

output <- input %>%
  embeddings() %>%
  layer_dense(units = 32, activation = "relu") %>%
  layer_dense(units = 6, activation = "sigmoid")

model <- keras_model(input, output)

model %>%
  compile(
    loss = "binary_crossentropy",
    optimizer = "adam",
    metrics = "accuracy"
  )
model %>%
  fit(
    x = train$comment_text,
    y = as.matrix(train[, -c(1:2)]),
    validation_split = 0.2
  )

print(names(
  model %>%
    evaluate(
      x = test$comment_text,
      y = as.matrix(test[, -c(1, 2)]),
      verbose = 0
    )
))
