# What the Python core advises, in the words of R: hub_load() for load(), TRUE for True.

in_r <- function(hint) {
  if (is.null(hint)) {
    return(NULL)
  }
  for (i in seq_len(nrow(words_of_r))) {
    hint <- gsub(words_of_r[i, 1], words_of_r[i, 2], hint, perl = TRUE)
  }
  hint
}

# Patterns and what is said instead, in this order. None fits within a handle or a path.
words_of_r <- rbind(
  # The command line
  c(" \\(tfhub [a-z ]+--(force|replace)\\)", ""),
  c(
    "`?tfhub cache export (\\S+) '?([^'` ]+)['`]?",
    'hub_cache_export("\\1", "\\2")'
  ),
  c(
    "tfhub cache import --handle '?([^' ]+)'? FILE",
    'hub_cache_import(FILE, handle = "\\1")'
  ),
  c(
    "`?tfhub cache import --sha256 (\\S+) FILE`?",
    "hub_cache_import(FILE, sha256 = \"\\1\")"
  ),
  c(
    "`?tfhub cache import --sha256 (\\S+) ([^` ]+)`?",
    'hub_cache_import("\\2", sha256 = "\\1")'
  ),
  c("`?tfhub cache import ([^` ]+)`?", 'hub_cache_import("\\1")'),
  c("\\btfhub cache (adopt|list|verify)\\b", "hub_cache_\\1()"),
  c("\\btfhub pack FOLDER", 'hub_pack("FOLDER")'),
  # Packages that the core can use; the core itself is part of this package
  c(
    "\\bpip install 'tfhub\\[serve\\]'.*pip install (\\S+) (\\S+) (\\S+) (\\S+)",
    'reticulate::py_install(c("\\1", "\\2", "\\3", "\\4"))'
  ),
  c("'tfhub\\[tensorflow\\]'", "tensorflow>=2.15,<2.22"),
  c("'tfhub\\[kaggle\\]'", "kagglehub"),
  c("'tfhub\\[hf\\]'", "huggingface_hub"),
  c("'tfhub\\[gcs\\]'", "gcsfs"),
  c("'tfhub\\[s3\\]'", "s3fs"),
  c("\\bpip install (?:-U )?'?([^' ]+)'?", 'reticulate::py_install("\\1")'),
  # Processes
  c(
    'as multiprocessing.get_context\\("spawn"\\) does',
    "as parallel::makeCluster() does"
  ),
  # Functions
  c("\\bhub\\.KerasLayer\\b", "layer_hub"),
  c("(?<![\\w.])(?:hub\\.)?Module\\b(?:\\(\\)|(?!\\())", "hub_module()"),
  c("(?<![\\w.])(?:hub\\.)?Module\\(", "hub_module("),
  c(
    "(?<![\\w.])(?:hub\\.)?(add_signature|create_module_spec\\w*)\\(",
    "hub_\\1("
  ),
  c("(?<![\\w.])(?:hub\\.)?(export|load|trust|upgrade)\\(", "hub_\\1("),
  c("\\bm\\.(\\w+)\\(", "m$\\1("),
  # Arguments and values
  c("(?<==)\\['([^',]*)'\\]", '"\\1"'),
  c("(?<==)\\[([^\\]]*)\\]", "c(\\1)"),
  c("(?<==)\\{([^,}]*)\\}", "\\1"),
  c("(?<==)True\\b", "TRUE"),
  c("(?<==)False\\b", "FALSE"),
  c("(?<![\\w#.?&/-])([a-z_]+)=(?=[ .,]|$)", "`\\1`"),
  c("(?<![\\w./-])([a-z_]+)=(?=[Tc\"F])", "\\1 = "),
  c("np\\.zeros\\(\\[0, 3\\]\\)", "matrix(0, 0, 3)"),
  c("\\[None, 3\\]", "list(NULL, 3L)"),
  c("`with graph\\.as_default\\(\\):`", "with(graph$as_default(), ...)"),
  # TensorFlow, whose names are as deep as tf$compat$v1$get_variable
  c("(?<![\\w./-])tf\\.(?=\\w)", "tf$"),
  c("(tf\\$(?:\\w+\\$)*\\w+)\\.(?=\\w)", "\\1$"),
  c("(tf\\$(?:\\w+\\$)*\\w+)\\.(?=\\w)", "\\1$")
)
