# Uses the model of train.py from R by its URL: serves it on loopback, loads it,
# classifies the held-out images, and loads it once more from the cache.

library(tfhub)

out <- "out"
cache <- file.path(out, "cache")
unlink(cache, recursive = TRUE)
Sys.setenv(TFHUB_CACHE_DIR = normalizePath(cache, mustWork = FALSE))

section <- function(title) cat("\n== ", title, "\n", sep = "")

seconds <- function(expr) system.time(expr)[["elapsed"]]

# A row of pixels, from left to right and from top to bottom, for each image.
as_images <- function(pixels) {
  images <- aperm(array(t(pixels), c(8, 8, nrow(pixels))), 3:1)
  array(images, c(dim(images), 1))
}

draw <- function(images, truth, predicted, file, count = 40) {
  # All the errors, among the first of the others.
  wrong <- which(predicted != truth)
  right <- setdiff(seq_along(truth), wrong)
  shown <- sort(head(c(wrong, right), count))
  png(file, width = 1000, height = 720, res = 110, type = "cairo")
  on.exit(dev.off())
  par(mfrow = c(5, 8), mar = c(0.3, 0.3, 1.9, 0.3), oma = c(0.5, 0.5, 2.5, 0.5))
  for (i in shown) {
    image(
      t(images[i, 8:1, , 1]),
      col = grey.colors(17, start = 1, end = 0),
      zlim = c(0, 1),
      axes = FALSE
    )
    error <- i %in% wrong
    box(col = if (error) "firebrick" else "grey80", lwd = if (error) 3 else 1)
    label <- if (error) {
      sprintf("%d, not %d", predicted[i], truth[i])
    } else {
      predicted[i]
    }
    title(
      label,
      line = 0.4,
      cex.main = 1.2,
      col.main = if (error) "firebrick" else "black"
    )
  }
  mtext(
    sprintf(
      "Held-out digits as the model reads them: %d of %d right",
      length(right),
      length(truth)
    ),
    outer = TRUE,
    line = 0.7,
    font = 2
  )
}

held_out <- read.csv(file.path(out, "held_out.csv"))
truth <- held_out$label
images <- as_images(as.matrix(held_out[-1]))

server <- hub_serve(file.path(out, "hub"))
url <- paste0(server$url, "/tfhub/digits/1")

section("Load the model by its URL")
took <- seconds(model <- hub_load(url))
print(model)

section("Classify the held-out images")
logits <- predict(model, images, signature = "image_classification")
predicted <- max.col(logits, ties.method = "first") - 1
accuracy <- mean(predicted == truth)
print(table(truth = truth, predicted = factor(predicted, 0:9)))
cat(sprintf("\n%d images, accuracy %.4f\n", length(truth), accuracy))
picture <- file.path(out, "digits.png")
draw(images, truth, predicted, picture)
cat("A picture of some: examples/digits/", picture, "\n", sep = "")

section("Load it again: the server is gone, the cache has it")
server$stop()
again <- seconds(model <- hub_load(url))
same <- identical(
  predict(model, images, signature = "image_classification"),
  logits
)
cat(sprintf(
  "First load %.1f s, second %.1f s, from %s\n",
  took,
  again,
  file.path("examples/digits/out/cache", basename(hub_resolve(url)))
))

if (!same) {
  stop("The model from the cache gave other results.")
}
if (accuracy <= 0.97) {
  stop("The accuracy is not above 0.97.")
}
