image_spec <- function(shape) {
  skip_without_tensorflow()
  hub_create_module_spec(function() {
    images <- v1()$placeholder("float32", shape)
    hub_add_signature(inputs = list(images = images), outputs = images)
    pixels <- v1()$placeholder("float32", list(NULL, 8L, 6L, 1L))
    hub_add_signature("other", inputs = list(pixels = pixels), outputs = pixels)
  })
}

test_that("the size and channels are in the shape of the input", {
  spec <- image_spec(list(NULL, 16L, 12L, 3L))
  expect_identical(hub_expected_image_size(spec), c(16L, 12L))
  expect_identical(hub_num_image_channels(spec), 3L)
  expect_identical(hub_expected_image_size(spec, "other", "pixels"), c(8L, 6L))
  expect_identical(hub_num_image_channels(spec, "other", "pixels"), 1L)
})

test_that("a module, a handle and a loaded model will do, too", {
  path <- hub_export(
    image_spec(list(NULL, 16L, 12L, 3L)),
    withr::local_tempfile()
  )
  for (module in list(path, hub_module(path), hub_load(path))) {
    expect_identical(hub_expected_image_size(module), c(16L, 12L))
    expect_identical(hub_num_image_channels(module), 3L)
  }
  in_graph(expect_equal(hub_expected_image_size(hub_module(path)), c(16, 12)))
})

test_that("an attached size counts before the shape", {
  skip_without_tensorflow()
  sizes <- list(
    c(5, 7),
    core()$ImageModuleInfo(
      default_image_size = list(height = 5L, width = 7L)
    )
  )
  for (size in sizes) {
    spec <- hub_create_module_spec(function() {
      images <- v1()$placeholder("float32", list(NULL, NULL, NULL, 1L))
      expect_invisible(hub_attach_image_module_info(size))
      hub_add_signature(inputs = list(images = images), outputs = images)
    })
    expect_identical(hub_expected_image_size(spec), c(5L, 7L))
    path <- hub_export(spec, withr::local_tempfile())
    expect_identical(hub_expected_image_size(path), c(5L, 7L))
  }
})

test_that("a size that is none is refused", {
  skip_without_tensorflow()
  expect_snapshot(error = TRUE, {
    hub_attach_image_module_info(5)
    hub_attach_image_module_info(c(5, 0))
    hub_attach_image_module_info(c(5, 1.5))
    hub_attach_image_module_info("224x224")
  })
})

test_that("what is not known is said", {
  spec <- image_spec(list(NULL, NULL, NULL, NULL))
  expect_snapshot(error = TRUE, {
    hub_expected_image_size(spec)
    hub_num_image_channels(spec)
    hub_num_image_channels(spec, "other")
    hub_num_image_channels(spec, "none")
    hub_expected_image_size(spec, 1)
    hub_expected_image_size(1)
  })
})

# Files of one colour each, of 6 x 4 pixels.
image_files <- function(env = parent.frame()) {
  skip_without_tensorflow()
  folder <- withr::local_tempdir(.local_envir = env)
  tf <- reticulate::import("tensorflow", convert = FALSE)
  vapply(c(grey = 51L, white = 255L), FUN.VALUE = "", function(value) {
    file <- file.path(folder, paste0(value, ".png"))
    pixels <- tf$fill(c(6L, 4L, 3L), tf$constant(value, "uint8"))
    tf$io$write_file(file, tf$io$encode_png(pixels))
    file
  })
}

test_that("files of images become an array, in their order", {
  files <- image_files()
  images <- hub_read_images(files)
  expect_identical(dim(images), c(2L, 6L, 4L, 3L))
  expect_type(images, "double")
  expect_equal(c(images[1, , , ]), rep(0.2, 72), tolerance = 1e-6)
  expect_equal(c(images[2, , , ]), rep(1, 72))
  expect_identical(hub_read_images(rev(files)), images[2:1, , , , drop = FALSE])
  expect_identical(
    hub_read_images(files, scale = FALSE)[, 1, 1, 1],
    c(51, 255)
  )
})

test_that("they are resized, and converted, as TensorFlow does", {
  folder <- withr::local_tempdir()
  file <- file.path(folder, "x.png")
  skip_without_tensorflow()
  tf <- reticulate::import("tensorflow")
  pixels <- array(as.integer(0:251), c(12, 7, 3))
  tf$io$write_file(file, tf$io$encode_png(tf$constant(pixels, "uint8")))
  wanted <- tf$image$resize(
    tf$constant(pixels / 255, "float32"),
    c(5L, 4L),
    antialias = TRUE
  )
  read <- hub_read_images(file, c(5, 4))
  expect_equal(read[1, , , ], as.array(wanted), tolerance = 1e-6)
  grey <- hub_read_images(file, 3, channels = 1)
  expect_identical(dim(grey), c(1L, 3L, 3L, 1L))
  withr::local_envvar(HOME = folder)
  skip_if_not(path.expand("~") == folder)
  expect_identical(hub_read_images("~/x.png", c(5, 4)), read)
})

test_that("a model of TensorFlow 2 says its size, and is applied to files", {
  files <- image_files()
  keras <- reticulate::import("tensorflow")$keras
  network <- keras$Sequential(list(
    keras$Input(list(3L, 2L, 3L)),
    keras$layers$GlobalMaxPooling2D()
  ))
  handle <- hub_export(network, withr::local_tempfile())
  m <- hub_load(handle)
  for (module in list(handle, m)) {
    expect_identical(hub_expected_image_size(module), c(3L, 2L))
    expect_identical(
      hub_expected_image_size(module, "serving_default"),
      c(3L, 2L)
    )
    expect_identical(hub_num_image_channels(module), 3L)
    expect_identical(dim(hub_read_images(files, module)), c(2L, 3L, 2L, 3L))
  }
  means <- predict(m, hub_read_images(files, m))
  expect_equal(means[, 1], c(0.2, 1), tolerance = 1e-6)
  spec <- image_spec(list(NULL, 16L, 12L, 3L))
  expect_identical(dim(hub_read_images(files, spec)), c(2L, 16L, 12L, 3L))
})

test_that("files that cannot be read are named, and the next step is said", {
  files <- image_files()
  withr::local_dir(dirname(files[[1]]))
  writeLines("hello", "text.txt")
  writeBin(readBin("51.png", "raw", 40), "cut.png")
  writeBin(
    c(readBin("51.png", "raw", 16), as.raw(rep(c(0, 0, 255, 255), 2))),
    "huge.png"
  )
  dir.create("folder")
  bad <- c("text.txt", "cut.png", "huge.png", "folder", "no.png")
  tf <- reticulate::import("tensorflow", convert = FALSE)
  pixels <- tf$fill(c(2L, 3L, 1L), tf$constant(0L, "uint8"))
  tf$io$write_file("small.png", tf$io$encode_png(pixels))
  local <- function(lines) {
    lines <- sub(
      "(cut.png cannot be decoded: ).*",
      "\\1<as TensorFlow says>",
      lines
    )
    sub("/.* exists", "<folder> exists", lines)
  }
  expect_snapshot(error = TRUE, transform = local, {
    hub_read_images(c("51.png", bad, "https://user:secret@example.com/x.png"))
    hub_read_images("no.png")
    hub_read_images(c("51.png", "255.png", "small.png"))
    hub_read_images("51.png", "nothing")
    hub_read_images("51.png", 0)
    hub_read_images("51.png", c(1, 2, 3))
    hub_read_images("51.png", 2.5)
    hub_read_images("51.png", 20000)
    hub_read_images("51.png", channels = 2)
    hub_read_images("51.png", scale = NA)
    hub_read_images(character())
    hub_read_images(1)
    hub_read_images(matrix(0, 6, 4))
  })
  expect_error(hub_read_images(bad), class = "tfhub_error_image_file")
})

test_that("a model that takes no images, or any, says so", {
  m <- fruit()
  expect_snapshot(
    error = TRUE,
    transform = function(lines) sub("/.*tfhub-example", "<path>", lines),
    {
      hub_expected_image_size(m)
      hub_expected_image_size(m, input_name = "y")
      hub_num_image_channels(m, "nothing")
    }
  )
})
