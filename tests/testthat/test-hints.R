test_that("what Python advises is said in R", {
  in_words <- rbind(
    c("Name one with signature=.", "Name one with `signature`."),
    c(
      "Use as_dict=True to get them all.",
      "Use as_dict = TRUE to get them all."
    ),
    c(
      "Give tags=['serve', 'train'], for example.",
      "Give tags = c('serve', 'train'), for example."
    ),
    c('Module(..., tags={"train"})', 'hub_module(..., tags = "train")'),
    c(
      "What load() or Module() returned.",
      "What hub_load() or hub_module() returned."
    ),
    c(
      "It has a function of that name: m.shout(...).",
      "It has a function of that name: m$shout(...)."
    ),
    c(
      "Use hub.load(), or create_module_spec().",
      "Use hub_load(), or hub_create_module_spec()."
    ),
    c("Use tf.compat.v1.get_variable.", "Use tf$compat$v1$get_variable."),
    c(
      "tf.TensorSpec([None, 3], tf.float32).",
      "tf$TensorSpec(list(NULL, 3L), tf$float32)."
    ),
    c(
      "Call hub.trust('abc'), or set safe_mode=False.",
      "Call hub_trust('abc'), or set safe_mode = FALSE."
    ),
    c(
      "Set overwrite=True (tfhub cache export --force).",
      "Set overwrite = TRUE."
    ),
    c(
      "There `tfhub cache export a.tar https://a.b/c?d=e`",
      'There hub_cache_export("a.tar", "https://a.b/c?d=e")'
    ),
    c(
      "tfhub cache import --handle 'https://a.b/c?d=e' FILE",
      'hub_cache_import(FILE, handle = "https://a.b/c?d=e")'
    ),
    c(
      "Here `tfhub cache import models.tar`.",
      'Here hub_cache_import("models.tar").'
    ),
    c(
      "Here `tfhub cache import --sha256 SHA256 models.tar`.",
      'Here hub_cache_import("models.tar", sha256 = "SHA256").'
    ),
    c(
      "Trust it: `tfhub cache import --sha256 SHA256 FILE`. Or not.",
      'Trust it: hub_cache_import(FILE, sha256 = "SHA256"). Or not.'
    ),
    c(
      "Set replace=True (tfhub cache import --replace).",
      "Set replace = TRUE."
    ),
    c("See tfhub cache list.", "See hub_cache_list()."),
    c("pip install 'tfhub[hf]'", 'reticulate::py_install("huggingface_hub")'),
    c(
      "pip install 'tf-keras==2.21.*'",
      'reticulate::py_install("tf-keras==2.21.*")'
    ),
    c(
      "Upgrade it with: pip install -U 'tfhub[tensorflow]'",
      sprintf(
        "Upgrade it with: reticulate::py_install(\"tensorflow%s\")",
        tensorflow_bounds
      )
    )
  )
  expect_equal(in_r(in_words[, 1]), in_words[, 2])
  expect_equal(in_r(in_words[, 2]), in_words[, 2])
  expect_null(in_r(NULL))
})

test_that("handles, paths and variables of the environment stay as they are", {
  kept <- c(
    "It holds https://hub.load/tf.model/1?tags=, and /data/tf.models/m.x.",
    "Set TF_USE_LEGACY_KERAS=1 before TensorFlow is imported.",
    "Leave #sha256= out, or name an archive.",
    "For example: hub.example.com=Bearer TOKEN"
  )
  expect_equal(in_r(kept), kept)
})

test_that("no advice of the core is left in Python's words", {
  skip_without_tensorflow()
  folder <- system.file("python", "tfhub", package = "tfhub")
  files <- list.files(folder, "\\.py$", recursive = TRUE, full.names = TRUE)
  advice <- reticulate::py_run_string(
    '
def advice(files):
    """The hints in them, with an x in place of what is computed."""
    import ast

    def texts(node):
        if isinstance(node, ast.JoinedStr):
            values = (getattr(part, "value", "x") for part in node.values)
            yield "".join(v if isinstance(v, str) else "x" for v in values)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value
        elif isinstance(node, (ast.IfExp, ast.BinOp, ast.Tuple, ast.List)):
            for child in ast.iter_child_nodes(node):
                yield from texts(child)

    found = set()
    for file in files:
        with open(file, encoding="utf-8") as stream:
            tree = ast.parse(stream.read())
        for node in ast.walk(tree):
            is_hint = isinstance(node, ast.keyword) and node.arg == "hint"
            if isinstance(node, ast.Assign):
                is_hint = getattr(node.targets[0], "id", None) == "hint"
            if is_hint:
                found |= set(texts(node.value))
    return sorted(found)
',
    local = TRUE
  )$advice
  hints <- unlist(advice(grep(
    "/(testing|cli)",
    files,
    value = TRUE,
    invert = TRUE
  )))
  expect_gt(length(hints), 100)
  python <- paste(
    "\\b(True|False|None)\\b|\\bhub\\.\\w+\\(|\\btf\\.|[a-z]=(?![=\\w/])",
    "tfhub cache|pip install",
    sep = "|"
  )
  expect_equal(
    grep(python, in_r(hints), value = TRUE, perl = TRUE),
    character()
  )
})
