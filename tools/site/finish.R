# What is done to every page after pkgdown: a table of contents without a script, links
# between the R and the Python pages, both languages' code side by side.

escape <- function(text) {
  text <- gsub("&", "&amp;", text, fixed = TRUE)
  text <- gsub("<", "&lt;", text, fixed = TRUE)
  gsub(">", "&gt;", text, fixed = TRUE)
}

inline_code <- function(text) {
  gsub("`([^`]+)`", "<code>\\1</code>", escape(text))
}

# An element of a page, to be put into another.
element <- function(html) {
  xml2::xml_find_first(xml2::read_html(html, encoding = "UTF-8"), "//body/*")
}

topic_file <- function(site, topic) {
  if (is.null(topic)) {
    return()
  }
  found <- vapply(site$topics$alias, function(all) topic %in% all, NA)
  if (!any(found)) {
    stop("_pkgdown.yml names an R page that is not there: ", topic)
  }
  site$topics$file_out[found][1]
}

topic_title <- function(topic) paste0(sub("[.]hub_module$", "", topic), "()")

# The path of a page or file as a link on another page; both from the root of the site.
relative <- function(to, page) {
  paste0(strrep("../", lengths(regmatches(page, gregexpr("/", page)))), to)
}

# Bootstrap looks for a heading by the link to it, in which libxml2 writes "ó" as
# "%C3%B3". So places have names without accents, and so have the links to them.
plain_places <- function(html) {
  plain <- function(text) chartr("áéíóúüñ", "aeiouun", text)
  named <- xml2::xml_find_all(html, "//main//*[@id]")
  xml2::xml_set_attr(named, "id", plain(xml2::xml_attr(named, "id")))
  links <- xml2::xml_find_all(html, "//main//a[starts-with(@href, '#')]")
  href <- utils::URLdecode(xml2::xml_attr(links, "href"))
  xml2::xml_set_attr(links, "href", plain(href))
}

# The headings as links, those of the third level within those of the second.
table_of_contents <- function(html) {
  place <- xml2::xml_find_first(html, "//nav[@id='toc']")
  headings <- xml2::xml_find_all(html, "//main//h2[@id] | //main//h3[@id]")
  if (is.na(place)) {
    return()
  }
  if (length(headings) == 0) {
    xml2::xml_remove(place)
    return()
  }
  link <- sprintf(
    "<a class='nav-link' href='#%s'>%s</a>",
    xml2::xml_attr(headings, "id"),
    escape(trimws(xml2::xml_text(headings)))
  )
  level <- ifelse(xml2::xml_name(headings) == "h2", 2, 3)
  below <- cumsum(level == 2)
  groups <- tapply(seq_along(link), below, function(rows) {
    inner <- rows[level[rows] == 3]
    paste0(
      paste(link[setdiff(rows, inner)], collapse = ""),
      if (length(inner)) {
        sprintf(
          "<nav class='nav flex-column'>%s</nav>",
          paste(link[inner], collapse = "")
        )
      }
    )
  })
  list <- sprintf(
    "<nav class='nav flex-column'>%s</nav>",
    paste(groups, collapse = "")
  )
  xml2::xml_add_child(place, element(list))
  body <- xml2::xml_find_first(html, "//body")
  xml2::xml_set_attr(body, "data-bs-spy", "scroll")
  xml2::xml_set_attr(body, "data-bs-target", "#toc")
}

# An R page says which functions it explains, and what does the same in Python.
name_functions <- function(html, page, site, python) {
  row <- which(file.path("reference", site$topics$file_out) == page)
  header <- xml2::xml_find_first(html, "//main//div[@class='page-header']")
  if (length(row) != 1 || is.na(header)) {
    return()
  }
  usage <- xml2::xml_text(xml2::xml_find_all(
    html,
    "//h2[@id='ref-usage']/..//pre"
  ))
  functions <- Filter(
    function(alias) any(grepl(sprintf("(^|\\W)%s[(]", alias), usage)),
    sub("[.]hub_module$", "", site$topics$alias[[row]])
  )
  mine <- Filter(
    function(each) isTRUE(topic_file(site, each$topic) == basename(page)),
    python
  )
  in_r <- sprintf("<code>%s()</code>", functions)
  in_python <- vapply(
    mine,
    function(each) {
      form <- "<a href='../python/%s.html'><code>%s</code></a>"
      sprintf(form, each$name, each$title)
    },
    ""
  )
  if (length(in_r)) {
    line <- paste0(
      "<p class='names'><span data-pagefind-weight='10'>",
      paste(in_r, collapse = " "),
      "</span>",
      if (length(in_python)) " <span>Python:</span> ",
      paste(in_python, collapse = " "),
      "</p>"
    )
    xml2::xml_add_child(header, element(line))
    # What search shows as the title of the page.
    title <- xml2::xml_find_first(header, "./h1")
    names <- paste0(functions, "()", collapse = ", ")
    found <- sprintf("title:%s: %s", names, xml2::xml_text(title))
    xml2::xml_set_attr(title, "data-pagefind-meta", found)
  }
}

# Names of the Python API in running text become links: `hub.load()` everywhere, and on
# its own pages also `load()` and the names of classes.
link_names <- function(html, page, links) {
  inside <- startsWith(page, "python/")
  path <- "//main//code[not(ancestor::pre or ancestor::a or descendant::a)]"
  for (code in xml2::xml_find_all(html, path)) {
    text <- xml2::xml_text(code)
    name <- sub("[(][)]$", "", text)
    bare <- sub("^(hub|tfhub)[.]", "", name)
    is_meant <- bare != name ||
      inside && (text != name || grepl("^[A-Z]", name))
    target <- if (is_meant) links[[bare]]
    if (!is.null(target) && paste0("python/", target) != page) {
      xml2::xml_set_name(code, "a")
      xml2::xml_set_attr(
        code,
        "href",
        relative(paste0("python/", target), page)
      )
      xml2::xml_set_text(code, "")
      xml2::xml_add_child(code, "code", text)
    }
  }
}

# Two neighbouring blocks of code, one in Python and one in R, stand side by side where
# their lines are short enough for half of the page.
side_by_side <- function(html, within = "", width = 54) {
  language <- function(block) {
    class <- xml2::xml_attr(xml2::xml_find_first(block, "./pre"), "class")
    found <- intersect(strsplit(class, " ")[[1]], c("python", "r"))
    c(found, "")[1]
  }
  code <- "//div[contains(@class, 'sourceCode')][following-sibling::*[1][self::div]]"
  blocks <- xml2::xml_find_all(html, paste0("//main", within, code))
  for (first in blocks) {
    second <- xml2::xml_find_first(
      first,
      "./following-sibling::*[1][contains(@class, 'sourceCode')]"
    )
    if (
      is.na(second) ||
        !setequal(c(language(first), language(second)), c("python", "r"))
    ) {
      next
    }
    text <- c(xml2::xml_text(first), xml2::xml_text(second))
    is_long <- any(nchar(unlist(strsplit(text, "\n"))) > width)
    class <- if (is_long) "languages" else "languages beside"
    both <- xml2::xml_add_sibling(
      first,
      "div",
      class = class,
      .where = "before"
    )
    for (block in list(first, second)) {
      name <- c(python = "Python", r = "R")[[language(block)]]
      part <- xml2::xml_add_child(both, "div")
      xml2::xml_add_child(part, "p", name, class = "language")
      xml2::xml_add_child(part, block)
      xml2::xml_remove(block)
    }
  }
}

# Texts are what a search is for, not lists of links and programs.
is_searched <- function(page) {
  grepl("^(index|((reference|python|articles|news)/.*))[.]html$", page) &&
    !grepl("(reference|python|articles)/index[.]", page)
}

# An article says in its header if it is not in English: `lang: es`.
language_of <- function(page, site) {
  article <- which(site$vignettes$file_out == page)
  header <- if (length(article)) {
    file <- file.path(site$src_path, site$vignettes$file_in[article])
    rmarkdown::yaml_front_matter(file)
  }
  if (is.null(header$lang)) "en" else header$lang
}

finish_page <- function(page, site, python, links) {
  path <- file.path(site$dst_path, page)
  html <- xml2::read_html(path, encoding = "UTF-8")
  # pkgdown 2.0 has an empty picture where there is no logo.
  xml2::xml_remove(xml2::xml_find_all(html, "//img[@class='logo' and @src='']"))
  # The name of the source file, hidden, which search would show.
  xml2::xml_remove(xml2::xml_find_all(html, "//div[@class='d-none name']"))
  if (is_searched(page)) {
    main <- xml2::xml_find_first(html, "//main")
    xml2::xml_set_attr(main, "data-pagefind-body", "")
  }
  language <- language_of(page, site)
  xml2::xml_set_attr(xml2::xml_root(html), "lang", language)
  if (language == "es") {
    heading <- xml2::xml_find_first(html, "//nav[@id='toc']/h2")
    xml2::xml_set_text(heading, "En esta página")
  }
  plain_places(html)
  name_functions(html, page, site, python)
  link_names(html, page, links)
  # The chunks of an article run one after the other: there, only what it marks.
  side_by_side(
    html,
    if (startsWith(page, "articles/")) "//div[@class='both']" else ""
  )
  table_of_contents(html)
  writeLines(as.character(html, options = character()), path, useBytes = TRUE)
}

finish <- function(site, python) {
  links <- do.call(c, lapply(python, `[[`, "links"))
  pages <- list.files(site$dst_path, "[.]html$", recursive = TRUE)
  for (page in pages) {
    finish_page(page, site, python, links)
  }
}
