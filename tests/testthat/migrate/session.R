library(tfhub)
library(reticulate)

module <- hub_load("https://tfhub.dev/google/nnlm-en-dim128/1")
texts <- c("good film", "bad book") # größer
embeddings <- module(texts)

sess <- tf$compat$v1$Session()
sess$run(list(
  tf$compat$v1$global_variables_initializer(),
  tf$compat$v1$tables_initializer()
))
result <- sess$run(embeddings)
sess$close()
