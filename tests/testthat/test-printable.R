test_that("what a terminal obeys is escaped, and nothing else is changed", {
  odd <- c(
    "\u202e",
    "\033]0;x\a",
    "a\nb",
    "\u2028",
    "\u0085",
    "\U000e0041",
    "\r"
  )
  expect_equal(
    printable(odd),
    c(
      "\\u202e",
      "\\x1b]0;x\\x07",
      "a\\nb",
      "\\u2028",
      "\\x85",
      "\\U000e0041",
      "\\r"
    )
  )
  plain <- c("x", "", "gr\u00f6\u00dfe", "\u732b", "a b", "__call__", "[?, 3]")
  expect_equal(printable(plain), plain)
  expect_equal(printable(NA), NA_character_)
  expect_equal(printable(character()), character())
  expect_equal(printable(rawToChar(as.raw(c(0x61, 0xff)))), "a<ff>")
  expect_equal(nchar(printable(strrep("\u00f6", 1e6))), 2000)
})

# A SavedModel with odd text in every kind of name.
hostile_model <- function(env = parent.frame()) {
  skip_without_tensorflow()
  folder <- withr::local_tempdir(.local_envir = env)
  python <- reticulate::py_run_string(
    "
def write(folder, many=0):
    from tfhub.formats import protos
    odd = '\\x1b]0;x\\x07\\x1b[2J\\u202e\\nforged: line'
    model = protos.SavedModel()
    graph = model.meta_graphs.add()
    graph.meta_info_def.tags.extend(['serve'])
    graph.meta_info_def.tensorflow_version = odd
    graph.graph_def.node.add(name=odd, op=odd)
    names = [odd] + [f's{i}' for i in range(many)]
    for name in names:
        signature = graph.signature_def.add(key=name).value
        signature.inputs.add(key=odd).value.dtype = 1
        signature.outputs.add(key=odd).value.dtype = 1
    objects = graph.object_graph_def
    root, node = objects.nodes.add(), objects.nodes.add()
    root.children.add(node_id=1, local_name=odd)
    node.function.concrete_functions.append('f')
    form = objects.concrete_functions.add(key='f').value
    value = form.canonicalized_input_signature.tuple_value.values
    value.add().tuple_value.SetInParent()
    field = value.add().dict_value.fields.add(key=odd)
    field.value.tensor_spec_value.dtype = 1
    form.output_signature.string_value = odd
    with open(folder + '/saved_model.pb', 'wb') as file:
        file.write(model.SerializeToString())
",
    local = TRUE
  )
  python$write(folder, as.integer(3000))
  folder
}

test_that("no name of a model reaches the terminal raw", {
  folder <- hostile_model()
  writeLines("x", file.path(folder, "a\033[2J\nforged: line"))
  info <- hub_info(folder)
  printed <- c(
    utils::capture.output(print(info)),
    utils::capture.output(print(summary(info))),
    format(info)
  )
  expect_no_match(printed, "[\u001b\u202e\u0007]")
  expect_no_match(printed, "^forged")
  expect_match(printed, "\\x1b]0;x\\x07", fixed = TRUE, all = FALSE)
  expect_match(printed, "and 2,951 more signatures", all = FALSE)
  expect_lt(length(printed), 1000)
  # The tables have the names as they are, to be used in calls.
  expect_match(hub_signatures(info)$name, "\033", fixed = TRUE, all = FALSE)
  error <- expect_error(hub_load(folder), class = "tfhub_error")
  expect_no_match(conditionMessage(error), "[\u001b\u202e\u0007]")
  expect_no_match(strsplit(conditionMessage(error), "\n")[[1]], "^forged")
})

test_that("no table prints a text out of a file raw", {
  folder <- hostile_model()
  writeLines("x", file.path(folder, "a\033[2J\nforged: line"))
  info <- hub_info(folder)
  weights <- info$weights
  weights[1, ] <- list("\u2066w\u202e", "float32", "[]", 1, TRUE)
  tables <- list(
    hub_signatures(info),
    hub_signatures(info)[1, "name", drop = FALSE],
    subset(info$signatures, role == "input"),
    info$graphs,
    info$functions,
    info$files,
    weights
  )
  for (table in tables) {
    printed <- utils::capture.output(out <- withVisible(print(table)))
    expect_identical(out$value, table)
    expect_false(out$visible)
    expect_no_match(printed, "[\u001b\u202e\u2066\u0007]")
    expect_no_match(printed, "^forged")
    structure <- utils::capture.output(utils::str(table))
    expect_no_match(structure, "[\u001b\u202e\u2066\u0007]")
  }
  # R writes each backslash twice.
  expect_match(printed, "\\\\u2066w\\\\u202e", fixed = TRUE, all = FALSE)
})

test_that("a table of the cache prints lists, times and texts", {
  skip_without_tensorflow()
  table <- as_cache_table(reticulate::r_to_py(list(
    handle = list("a\u202eb", "c"),
    size = list(1, 2),
    used = list(0, NaN),
    extra = list(list("x\u2066", "y"), list())
  )))
  printed <- utils::capture.output(print(table))
  expect_no_match(printed, "[\u202e\u2066]")
  expect_match(printed, "a\\\\u202eb", fixed = TRUE, all = FALSE)
  expect_match(printed, "x\\\\u2066, y", fixed = TRUE, all = FALSE)
  expect_length(printed, 3)
  rownames(table) <- c("r\u202e", "s")
  names(table)[[2]] <- "n\u202e"
  table$factor <- factor(c("f\u202e", "g"))
  expect_no_match(utils::capture.output(print(table)), "\u202e")
  expect_identical(table$handle, c("a\u202eb", "c"))
  none <- utils::capture.output(print(table[0, ]))
  expect_no_match(none, "\u202e")
})

test_that("a function of 170 outputs stays readable", {
  outputs <- paste0(
    "{",
    toString(paste0("out_", 1:170, ": float32[?, 3]")),
    "}"
  )
  cut <- shorten_forms(c(outputs, "float32[?, 3]", NA), 100)
  expect_identical(
    cut[[1]],
    paste0(
      "{",
      toString(paste0("out_", 1:4, ": float32[?, 3]")),
      ", ... and 166 more}"
    )
  )
  expect_identical(cut[-1], c("float32[?, 3]", NA))
  arguments <- toString(paste0("x", 1:9, ": float32[?, 3]"))
  expect_identical(
    shorten_forms(arguments, 40),
    "x1: float32[?, 3], x2: float32[?, 3], ... and 7 more"
  )
  expect_identical(shorten_forms(strrep("x", 500), 100), strrep("x", 500))
  table <- as_hub_table(list(name = "f", output = outputs))
  expect_lte(max(nchar(capture.output(print(table)))), 100)
  expect_identical(table$output, outputs)
})

test_that("lines keep options(width)", {
  line <- "  f(x: float32[?, 3], y: int64[?]) -> {cats: float32[?, 3], dogs: int64[?]}"
  for (width in c(40, 60, 80)) {
    folded <- fold_lines(c("a", line, "b"), width)
    expect_lte(max(nchar(folded)), width)
    expect_identical(
      gsub("\\s+", " ", paste(folded, collapse = " ")),
      gsub("\\s+", " ", paste("a", line, "b"))
    )
  }
  expect_identical(fold_lines(strrep("x", 100), 80), strrep("x", 100))
  withr::local_options(width = 50)
  m <- fruit()
  for (what in list(m, hub_info(hub_example_model()), summary(m), m$embed)) {
    lines <- grep(
      " ?/",
      capture.output(print(what)),
      invert = TRUE,
      value = TRUE
    )
    expect_lte(max(nchar(lines)), 50)
  }
})
