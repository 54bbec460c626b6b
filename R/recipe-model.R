# What step_pretrained_text_embedding() asks of a model: rows of numbers for texts.

embed_text <- function(texts, step, call) {
  module <- module_once(step$handle, step$args)
  self <- module_self(module)
  functions <- self$info$functions
  own <- any(functions$name == "__call__" & functions$tags == module_tags(self))
  # Only a signature has names for its outputs whatever the model returns.
  as_dict <- if (own && is.null(step$signature)) NULL else TRUE
  values <- rlang::try_fetch(
    predict(
      module,
      as.array(texts),
      signature = step$signature,
      as_dict = as_dict,
      batch_size = step$batch_size
    ),
    tfhub_error_input = function(error) abort_no_text(self, error, call)
  )
  as_rows(choose_output(values, step, call), length(texts), self, call)
}

# One model serves all recipes of this process that name it.
module_once <- function(handle, args) {
  key <- rlang::hash(list(handle, args))
  if (is.null(the$models[[key]])) {
    the$models[[key]] <- rlang::exec(hub_load, as_given(handle), !!!args)
  }
  the$models[[key]]
}

choose_output <- function(values, step, call) {
  if (!is.list(values) || is.null(names(values))) {
    return(values)
  }
  output <- step$output
  if (is.null(output)) {
    output <- if (length(values) == 1) names(values) else "default"
  }
  if (!output %in% names(values)) {
    abort_hub(
      sprintf(
        "%s has no output named \"%s\"; it has: %s.",
        step$handle,
        printable(output, 200),
        toString(printable(sort(names(values)), 200))
      ),
      hint = inline("Choose one of these by {.arg output} in the step."),
      class = "tfhub_error_output",
      call = call
    )
  }
  values[[output]]
}

as_rows <- function(values, n, self, call) {
  if (is.numeric(values) && is.null(dim(values))) {
    values <- matrix(values)
  }
  if (!is.numeric(values) || length(dim(values)) != 2 || nrow(values) != n) {
    shape <- toString(c("texts", dim(values)[-1]))
    abort_hub(
      sprintf(
        "%s gives %s[%s], and a step needs a row of numbers for each text.",
        self$info$handle,
        if (is.list(values)) "ragged rows" else typeof(values),
        shape
      ),
      hint = c(
        inline("Choose another {.arg output} or {.arg signature} in the step."),
        format_choices(self)
      ),
      class = "tfhub_error_output",
      call = call
    )
  }
  values
}

abort_no_text <- function(self, error, call) {
  abort_hub(
    sprintf("%s does not take a batch of texts like this.", self$info$handle),
    hint = c(
      inline("Choose one that does by {.arg signature} in the step."),
      format_choices(self)
    ),
    class = "tfhub_error_input",
    call = call,
    parent = error
  )
}

# The signatures that take one string tensor, with their outputs.
format_choices <- function(self) {
  all <- self$info$signatures
  all <- all[all$tags == module_tags(self), ]
  lines <- vapply(unique(all$signature), FUN.VALUE = "", function(name) {
    rows <- all[all$signature == name, ]
    inputs <- rows[rows$role == "input", ]
    if (nrow(inputs) != 1 || inputs$dtype != "string") {
      return("")
    }
    outputs <- rows[rows$role == "output", ]
    outputs <- toString(paste0(
      outputs$name,
      ": ",
      outputs$dtype,
      outputs$shape
    ))
    printable(sprintf("\"%s\" (%s)", name, outputs))
  })
  lines <- lines[nzchar(lines)]
  listed <- if (length(lines)) paste(lines, collapse = "; ") else "none"
  paste0("Signatures that take text, with their outputs: ", listed, ".")
}

check_size <- function(rows, step, call) {
  if (ncol(rows) != step$size) {
    abort_hub(
      sprintf(
        "%s gives %d numbers for a text, and gave %d when the recipe was prepped.",
        step$handle,
        ncol(rows),
        step$size
      ),
      hint = inline("It is another model now: {.fn prep} the recipe again."),
      class = "tfhub_error_output",
      call = call
    )
  }
}
