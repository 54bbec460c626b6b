# Builds the site: pkgdown's part, the pages of the Python API in pkgdown's template,
# and what is done to all pages. Arguments: the copy of the package, the folder of the
# Python pages in Markdown, the folder for the site.
arguments <- commandArgs(trailingOnly = TRUE)
source("tools/site/finish.R")
source("tools/site/sources.R")
# Nothing is asked of the internet, at build time or by a page.
options(pkgdown.internet = FALSE)

# pkgdown's option does not reach downlit, which asks CRAN and other packages' sites for
# pages to link to, and stops the build where there is no answer.
no_answers <- list(
  CRAN_urls = function() data.frame(Package = character(), URL = character()),
  fetch_yaml = function(url) NULL
)
for (name in intersect(names(no_answers), ls(asNamespace("downlit")))) {
  utils::assignInNamespace(name, no_answers[[name]], "downlit")
}

dir.create(arguments[3], showWarnings = FALSE, recursive = TRUE)
site <- pkgdown::as_pkgdown(
  arguments[1],
  override = list(destination = normalizePath(arguments[3]))
)
markdown <- arguments[2]
python <- jsonlite::read_json(file.path(markdown, "pages.json"))

pandoc <- function(file) {
  out <- tempfile(fileext = ".html")
  rmarkdown::pandoc_convert(
    normalizePath(file),
    to = "html4",
    from = "gfm",
    output = out,
    options = c("--section-divs", "--wrap=none")
  )
  paste(readLines(out, encoding = "UTF-8"), collapse = "\n")
}

python_page <- function(name, title, topic = NULL) {
  data <- list(
    pagetitle = title,
    body = pandoc(file.path(markdown, paste0(name, ".md"))),
    opengraph = list(description = paste("The Python package tfhub:", title)),
    topic = if (!is.null(topic)) {
      list(path = topic_file(site, topic), name = topic_title(topic))
    }
  )
  pkgdown::render_page(site, "python", data, sprintf("python/%s.html", name))
}

# The list of the Python pages looks as that of the R ones.
python_index <- function() {
  groups <- vapply(python, `[[`, "", "group")
  rows <- lapply(unique(groups), function(group) {
    list(
      title = group,
      slug = gsub("[^a-z]+", "-", tolower(group)),
      topics = lapply(python[groups == group], function(page) {
        list(
          path = paste0(page$name, ".html"),
          aliases = page$title,
          title = inline_code(page$summary)
        )
      })
    )
  })
  rows[[length(rows) + 1]] <- list(
    title = "Without programming",
    slug = "command-line",
    topics = list(list(
      path = "command-line.html",
      aliases = "tfhub",
      title = "The command line"
    ))
  )
  data <- list(pagetitle = "Python reference", rows = rows, has_icons = FALSE)
  pkgdown::render_page(site, "reference-index", data, "python/index.html")
}

pkgdown::check_pkgdown(site)
pkgdown::build_site(
  site,
  devel = FALSE,
  install = FALSE,
  new_process = FALSE,
  preview = FALSE
)
dir.create(file.path(site$dst_path, "python"), showWarnings = FALSE)
for (page in python) {
  python_page(page$name, page$title, page$topic)
}
python_page("command-line", "The command line")
python_index()
link_sources(site)
finish(site, python)
