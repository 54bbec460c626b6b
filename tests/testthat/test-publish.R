# A folder of models: me/fruit/1.
local_models_folder <- function(env = parent.frame()) {
  skip_without_tensorflow()
  folder <- withr::local_tempdir(.local_envir = env)
  copy_model(file.path(folder, "me", "fruit", "1"))
  folder
}

copy_model <- function(path) {
  dir.create(path, recursive = TRUE)
  files <- list.files(hub_example_model(), full.names = TRUE)
  file.copy(files, path, recursive = TRUE)
  path
}

local_server <- function(..., env = parent.frame()) {
  skip_if_not(
    hub_is_installed(serve = TRUE),
    "the packages of tfhub[serve] are not installed"
  )
  local_cache(env)
  server <- hub_serve(...)
  withr::defer(server$stop(), envir = env)
  server
}

pid_of <- function(server) {
  reticulate::py_to_r(environment(server$stop)$server$process$pid)
}

# Whether a process runs; one that nobody waits for has ended all the same.
is_alive <- function(pid) {
  state <- tryCatch(
    suppressWarnings(readLines(file.path("/proc", pid, "stat"))),
    error = function(e) ") Z"
  )
  !startsWith(sub(".*\\) ", "", state), "Z")
}

expect_ended <- function(pid) {
  end <- Sys.time() + 15
  while (is_alive(pid) && Sys.time() < end) {
    Sys.sleep(0.1)
  }
  expect_false(is_alive(pid))
}

test_that("an archive is loaded as the folder is, and is the same each time", {
  skip_without_tensorflow()
  local_cache()
  folder <- withr::local_tempdir()
  first <- file.path(folder, "a.tar.gz")
  expect_invisible(hub_pack(hub_example_model(), first))
  second <- hub_pack(hub_example_model(), file.path(folder, "b.tgz"))
  expect_equal(tools::md5sum(first)[[1]], tools::md5sum(second)[[1]])
  expect_equal(
    predict(hub_load(first), apples),
    predict(fruit(), apples)
  )
})

test_that("an archive without a name has that of the folder", {
  folder <- local_models_folder()
  archive <- hub_pack(file.path(folder, "me/fruit/1"), folder)
  expect_equal(basename(archive), "fruit_1.tar.gz")
  withr::local_dir(withr::local_tempdir())
  hub_pack(file.path(folder, "me/fruit/1"))
  expect_equal(dir(), "fruit_1.tar.gz")
})

test_that("what cannot be packed is said, and nothing is left of it", {
  folder <- local_models_folder()
  out <- withr::local_tempdir()
  archive <- hub_pack(
    file.path(folder, "me/fruit/1"),
    file.path(out, "m.tar.gz")
  )
  linked <- copy_model(file.path(folder, "linked"))
  file.symlink(archive, file.path(linked, "link"))
  clean <- function(lines) {
    lines <- gsub(folder, "<tmp>/models", lines, fixed = TRUE)
    gsub(out, "<tmp>/out", lines, fixed = TRUE)
  }
  expect_snapshot(error = TRUE, transform = clean, {
    hub_pack(file.path(folder, "me/fruit/1"), archive)
    hub_pack(file.path(folder, "me"), out)
    hub_pack(file.path(folder, "none"), out)
    hub_pack(linked, out)
    hub_pack(linked, linked)
    hub_pack(linked, file.path(out, "m.zip"))
    hub_pack(linked, file.path(out, "none", "m.tgz"))
    hub_pack(1)
    hub_pack(linked, overwrite = NA)
  })
  expect_equal(dir(out, all.files = TRUE, no.. = TRUE), "m.tar.gz")
  hub_pack(file.path(folder, "me/fruit/1"), archive, overwrite = TRUE)
})

test_that("an interrupted packing leaves nothing", {
  skip_on_os("windows")
  skip_if_not_installed("processx")
  folder <- local_models_folder()
  model <- file.path(folder, "me/fruit/1")
  dir.create(file.path(model, "assets"), showWarnings = FALSE)
  noise <- file(file.path(model, "assets", "noise"), "wb")
  writeBin(as.raw(sample(0:255, 6e7, replace = TRUE)), noise)
  close(noise)
  out <- withr::local_tempdir()
  code <- c(
    "library(tfhub)",
    "args <- commandArgs(TRUE)",
    "tryCatch(hub_pack(args[1], args[2]), interrupt = function(i) quit('no', 7))"
  )
  process <- processx::process$new(
    file.path(R.home("bin"), "Rscript"),
    c("-e", paste(code, collapse = "\n"), model, out),
    env = c("current", R_LIBS = paste(.libPaths(), collapse = ":"))
  )
  end <- Sys.time() + 60
  while (length(dir(out, all.files = TRUE, no.. = TRUE)) == 0) {
    expect_lt(Sys.time(), end)
    Sys.sleep(0.02)
  }
  process$interrupt()
  process$wait(30000)
  expect_equal(process$get_exit_status(), 7)
  expect_equal(dir(out, all.files = TRUE, no.. = TRUE), character())
})

test_that("a folder without write permission is said", {
  skip_if_not(dir.exists("/sys"), "no folder that is read-only, also for root")
  folder <- local_models_folder()
  expect_error(
    hub_pack(file.path(folder, "me/fruit/1"), "/sys"),
    "cannot be packed",
    class = "tfhub_error_write"
  )
})

test_that("a model is loaded from the server by its URL", {
  folder <- local_models_folder()
  server <- local_server(folder)
  expect_s3_class(server, "hub_server")
  expect_match(server$url, "^http://127\\.0\\.0\\.1:[0-9]+$")
  expect_equal(server$directory, normalizePath(folder))
  expect_equal(server$handles(), paste0(server$url, "/me/fruit/1"))
  expect_true(server$is_running())
  expect_equal(
    predict(hub_load(server$handles()), apples),
    predict(fruit(), apples)
  )
  copy_model(file.path(folder, "me", "fruit", "2"))
  expect_equal(basename(server$handles()), c("2", "1"))
  expect_equal(
    hub_info(paste0(server$url, "/me/fruit"))$format,
    "TF2 SavedModel"
  )

  expect_invisible(server$stop())
  expect_false(server$is_running())
  expect_error(
    hub_load(paste0(server$url, "/me/fruit/2"), offline = FALSE),
    class = "tfhub_error_download"
  )
  server$stop()
})

test_that("printing says where and what, and of many the first", {
  folder <- local_models_folder()
  server <- local_server(folder)
  clean <- function(lines) {
    lines <- gsub(server$url, "http://<host>", lines, fixed = TRUE)
    gsub(normalizePath(folder), "<tmp>/models", lines, fixed = TRUE)
  }
  expect_snapshot(server, transform = clean)
  for (version in 2:12) {
    path <- file.path(folder, "me", "fruit", version)
    dir.create(path)
    file.create(file.path(path, "saved_model.pb"))
  }
  expect_snapshot(server, transform = clean)
  unlink(file.path(folder, "me"), recursive = TRUE)
  expect_snapshot(server, transform = clean)
  server$stop()
  expect_snapshot(server, transform = clean)
})

test_that("the code to copy has the URL that others know", {
  folder <- local_models_folder()
  server <- local_server(folder, url = "https://hub.example.com/models/")
  page <- readLines(paste0(server$url, "/me/fruit/1"), warn = FALSE)
  code <- "hub_load(&#34;https://hub.example.com/models/me/fruit/1&#34;)"
  expect_true(any(grepl(code, page, fixed = TRUE)))
  links <- unlist(regmatches(page, gregexpr('href="[^"]*"', page)))
  expect_false(any(grepl('href="(/|http)', links)))
})

test_that("the code to copy is R, whatever the model calls its signatures", {
  skip_without_tensorflow()
  skip_if_not_installed("jsonlite")
  usage <- reticulate::import_from_path(
    "tfhub.hosting.usage",
    system.file("python", package = "tfhub"),
    convert = FALSE
  )
  hostile <- c(
    "x\"); system(\"id\"); (\"",
    "a\nb",
    "`; stop(); `",
    "\\",
    "\\\"",
    "if",
    "2nd",
    "\u202egnp",
    "a b",
    "\u65e5\u672c",
    "..1",
    "TRUE",
    "#"
  )
  for (name in hostile) {
    call <- list(inputs = list(name, "y"), signature = name, comment = name)
    code <- reticulate::py_to_r(usage$usage(list(call), "http://h/m"))[["R"]]
    parsed <- as.list(parse(text = code, keep.source = FALSE))
    expect_length(parsed, 3)
    expect_identical(parsed[[2]], quote(m <- hub_load("http://h/m")))
    expect_identical(parsed[[3]][[1]], quote(m))
    expect_identical(enc2utf8(parsed[[3]]$signature), enc2utf8(name))
    expect_identical(
      enc2utf8(names(parsed[[3]][[2]])[-1]),
      enc2utf8(c(name, "y"))
    )
  }
})

test_that("names that cannot be unpacked everywhere are refused", {
  skip_on_os("windows")
  folder <- local_models_folder()
  file.create(file.path(folder, "me/fruit/1/assets", "what?"))
  out <- withr::local_tempdir()
  expect_error(
    hub_pack(file.path(folder, "me/fruit/1"), out),
    "what\\?.*Windows does not have",
    class = "tfhub_error_unsafe_archive"
  )
  expect_length(dir(out), 0)
})

test_that("a fork does not keep the server of an R that was killed", {
  skip_on_os("windows")
  skip_if_not_installed("processx")
  folder <- local_models_folder()
  skip_if_not(hub_is_installed(serve = TRUE))
  code <- c(
    "server <- tfhub::hub_serve(commandArgs(TRUE)[1])",
    "pid <- environment(server$stop)$server$process$pid",
    "fork <- parallel::mcparallel(Sys.sleep(120))",
    "cat(reticulate::py_to_r(pid), fork$pid, '\\n')",
    "tools::pskill(Sys.getpid(), 9)"
  )
  result <- processx::process$new(
    file.path(R.home("bin"), "Rscript"),
    c("-e", paste(code, collapse = "\n"), folder),
    env = c("current", R_LIBS = paste(.libPaths(), collapse = ":")),
    stdout = "|",
    cleanup = FALSE
  )
  said <- character()
  end <- Sys.time() + 60
  while (length(said) == 0 && Sys.time() < end) {
    said <- result$read_output_lines()
    Sys.sleep(0.1)
  }
  pids <- as.integer(strsplit(trimws(said), " ")[[1]])
  withr::defer(tools::pskill(pids[[2]], 9))
  expect_ended(pids[[1]])
  expect_true(is_alive(pids[[2]]))
})

test_that("what cannot be served is said", {
  folder <- local_models_folder()
  server <- local_server(folder)
  port <- as.integer(sub(".*:", "", server$url))
  clean <- function(lines) {
    lines <- gsub(port, "<port>", lines, fixed = TRUE)
    gsub(folder, "<tmp>/models", lines, fixed = TRUE)
  }
  expect_snapshot(error = TRUE, transform = clean, {
    hub_serve(file.path(folder, "none"))
    hub_serve(folder, port = port)
    hub_serve(folder, port = 99999)
    hub_serve(folder, port = 0.5)
    hub_serve(folder, host = 1)
    hub_serve(c("a", "b"))
    hub_serve(folder, url = "hub.example.com")
    hub_serve(folder, url = "https://me:secret@hub.example.com/?a=b")
    hub_serve(folder, url = 1)
  })
  expect_true(server$is_running())
})

test_that("without its packages the server says which", {
  folder <- local_models_folder()
  python <- local_bare_python(c(
    "urllib3",
    "filelock",
    "platformdirs",
    "google"
  ))
  said <- run_r(
    c(
      "e <- tryCatch(",
      "  tfhub::hub_serve(commandArgs(TRUE)), error = identity)",
      "cat(class(e)[[1]], conditionMessage(e))"
    ),
    folder,
    env = c(RETICULATE_PYTHON = python)
  )
  said <- paste(said, collapse = " ")
  expect_match(
    said,
    "^tfhub_error_dependency .*no granian, jinja2, markdown_it"
  )
  expect_match(said, "py_install\\(c\\(\"granian.*\"\\)\\)")
})

test_that("a server that nobody has any more stops", {
  folder <- local_models_folder()
  skip_if_not(
    hub_is_installed(serve = TRUE),
    "the packages of tfhub[serve] are not installed"
  )
  server <- hub_serve(folder)
  pid <- pid_of(server)
  expect_true(is_alive(pid))
  rm(server)
  invisible(gc())
  expect_ended(pid)
})

test_that("the end of R is the end of its server, also when R is killed", {
  skip_on_os("windows")
  skip_if_not_installed("processx")
  folder <- local_models_folder()
  skip_if_not(hub_is_installed(serve = TRUE))
  code <- c(
    "args <- commandArgs(TRUE)",
    "server <- tfhub::hub_serve(args[1])",
    "pid <- environment(server$stop)$server$process$pid",
    "cat(reticulate::py_to_r(pid), '\n')",
    "if (args[2] == 'killed') tools::pskill(Sys.getpid(), 9)",
    "if (args[2] == 'failed') stop('of R')"
  )
  for (how in c("quit", "failed", "killed")) {
    result <- processx::run(
      file.path(R.home("bin"), "Rscript"),
      c("-e", paste(code, collapse = "\n"), folder, how),
      env = c("current", R_LIBS = paste(.libPaths(), collapse = ":")),
      error_on_status = FALSE,
      timeout = 120
    )
    pid <- trimws(result$stdout)
    expect_match(pid, "^[0-9]+$")
    expect_ended(pid)
  }
})

test_that("a server goes neither with a fork nor with a saved object", {
  skip_on_os("windows")
  folder <- local_models_folder()
  server <- local_server(folder)
  # Not here: processx, which runs tests, takes the ends of forks from parallel.
  said <- run_r(
    c(
      "server <- tfhub::hub_serve(commandArgs(TRUE))",
      "stopped <- parallel::mclapply(1:2, function(i) server$stop(), mc.cores = 2)",
      "cat(length(stopped), server$is_running())",
      "server$stop()"
    ),
    folder
  )
  expect_equal(said, "2 TRUE")

  file <- withr::local_tempfile()
  saveRDS(server, file)
  said <- run_r(
    c(
      "server <- readRDS(commandArgs(TRUE))",
      "library(tfhub)",
      "server",
      "server$stop()",
      "e <- tryCatch(server$handles(), error = identity)",
      "cat(class(e)[[1]], conditionMessage(e))"
    ),
    file
  )
  said <- gsub(server$url, "<url>", said, fixed = TRUE)
  expect_equal(said[[1]], "<hub_server> stopped; it was <url>")
  expect_match(
    said[[2]],
    "tfhub_error_not_saved The server <url> was of another"
  )
  expect_true(server$is_running())
})
