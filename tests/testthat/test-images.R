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
