library(tfhub)
suppressPackageStartupMessages(library(recipes))

df <- tibble::tibble(text = c("good film", "bad book"), y = 0)
rec <- recipe(y ~ text, df) %>%
  step_pretrained_text_embedding(
    text,
    handle = "https://tfhub.dev/google/nnlm-en-dim128/1"
  ) %>%
  prep()
result <- as.matrix(bake(rec, df)[, c("embedding_text_1", "embedding_text_2")])
