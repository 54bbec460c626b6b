# Links of a page to files of the project become links to pages that show those files.
# The site lies as the project does: the README at its root, articles one folder down.

# `path`, without what leads up and down again.
plain_path <- function(path) {
  parts <- character()
  for (part in strsplit(path, "/")[[1]]) {
    if (part == "..") {
      parts <- utils::head(parts, -1)
    } else if (!part %in% c("", ".")) {
      parts <- c(parts, part)
    }
  }
  paste(parts, collapse = "/")
}

show_source <- function(site, path, root) {
  languages <- c(
    py = "python",
    R = "r",
    sh = "bash",
    yml = "yaml",
    toml = "toml"
  )
  language <- languages[tools::file_ext(path)]
  lines <- readLines(file.path(root, path), encoding = "UTF-8", warn = FALSE)
  file <- tempfile(fileext = ".md")
  fence <- "``````"
  start <- paste0(fence, if (is.na(language)) "text" else language)
  writeLines(c(start, lines, fence), file, useBytes = TRUE)
  data <- list(pagetitle = path, body = pandoc(file))
  page <- paste0(path, ".html")
  dir.create(
    file.path(site$dst_path, dirname(page)),
    recursive = TRUE,
    showWarnings = FALSE
  )
  pkgdown::render_page(site, "title-body", data, page)
  page
}

show_folder <- function(site, path, root) {
  files <- list.files(file.path(root, path), "[.](py|R|sh|md)$")
  for (file in files) {
    show_source(site, file.path(path, file), root)
  }
  items <- sprintf("<li><a href='%s.html'>%s</a></li>", files, files)
  body <- sprintf("<ul>%s</ul>", paste(items, collapse = ""))
  page <- file.path(path, "index.html")
  pkgdown::render_page(
    site,
    "title-body",
    list(pagetitle = path, body = body),
    page
  )
  page
}

# The page for a path of the project, made if need be; NULL for what is not there.
source_page <- function(site, path, root) {
  if (path == "NEWS.html") {
    "news/index.html"
  } else if (dir.exists(file.path(root, path))) {
    show_folder(site, path, root)
  } else if (file.exists(file.path(root, path))) {
    show_source(site, path, root)
  }
}

link_sources <- function(site, root = getwd()) {
  for (page in list.files(site$dst_path, "[.]html$", recursive = TRUE)) {
    file <- file.path(site$dst_path, page)
    html <- xml2::read_html(file, encoding = "UTF-8")
    changed <- FALSE
    for (link in xml2::xml_find_all(html, "//main//a[@href]")) {
      href <- xml2::xml_attr(link, "href")
      if (!nzchar(href) || grepl("^(#|[a-z]+:)", href)) {
        next
      }
      path <- plain_path(file.path(dirname(page), sub("#.*$", "", href)))
      if (file.exists(file.path(site$dst_path, path))) {
        next
      }
      target <- source_page(site, path, root)
      if (!is.null(target)) {
        xml2::xml_set_attr(link, "href", relative(target, page))
        changed <- TRUE
      }
    }
    if (changed) {
      writeLines(
        as.character(html, options = character()),
        file,
        useBytes = TRUE
      )
    }
  }
}
