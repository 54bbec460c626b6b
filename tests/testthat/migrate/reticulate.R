tf <- reticulate::import("tensorflow")
hub <- reticulate::import("tensorflow_hub")

embed <- hub$load("https://tfhub.dev/google/nnlm-en-dim128/1")
result <- embed$signatures[["default"]](tf$constant(c(
  "good film",
  "bad book"
)))[["default"]]$numpy()
