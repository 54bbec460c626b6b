#!/usr/bin/env bash
# Builds what is released into dist/: the sdist and the wheel, and the R package with its
# vignettes. Each is then tried where nothing else is: the first two in environments of
# their own, the last in an R library of its own.
set -euo pipefail
cd "$(dirname "$0")/.."
# shellcheck source=tools/lib.sh
. tools/lib.sh
work=$PWD/.build/dist
model=$work/model
rm -rf dist "$work"
mkdir -p dist "$model"
tar -xzf tests/python/data/tf1/fruit_to_pet.tar.gz -C "$model"

# tried_python NAME ARCHIVE: installs it as a user would, and uses it from elsewhere.
tried_python() {
  local bin=$work/$1/bin
  logged "dist-$1" .venv/bin/python -m venv "$work/$1"
  logged "dist-$1" "$bin/python" -m pip install --quiet --disable-pip-version-check "$2"
  (
    cd "$work"
    "$bin/python" -I -c 'import tfhub; print(tfhub.__file__)' | grep -q "^$work/$1/"
    [ "$("$bin/tfhub" --version)" = "tfhub $version" ]
    [ "$("$bin/tfhub" resolve "$model")" = "$model" ]
    "$bin/tfhub" info "$model" >/dev/null
  )
}

# With the Python of the wheel, which has no TensorFlow.
tried_r() {
  local vignettes=(vignettes/*.Rmd)
  mkdir "$work/library"
  logged dist-r R CMD INSTALL --library="$work/library" "$1"
  (
    cd "$work"
    R_LIBS=$work/library RETICULATE_PYTHON=$work/wheel/bin/python Rscript - \
      "$version" "$model" "${#vignettes[@]}" <<'R'
      arguments <- commandArgs(TRUE)
      library(tfhub)
      titles <- vignette(package = "tfhub")$results[, "Item"]
      pages <- system.file("doc", paste0(titles, ".html"), package = "tfhub")
      said <- unlist(lapply(pages, readLines, encoding = "UTF-8"))
      stopifnot(
        packageVersion("tfhub") == arguments[1],
        length(titles) == arguments[3],
        all(nzchar(pages)),
        !any(grepl("Built without a Python", said)),
        hub_resolve(arguments[2]) == arguments[2],
        nrow(hub_signatures(arguments[2])) > 0
      )
R
  )
}

version=$(sed -n 's/^Version: //p' DESCRIPTION)
echo "Building the Python package"
logged dist-python .venv/bin/python -m build --no-isolation --outdir dist
echo "Building the R package with its vignettes (minutes)"
logged dist-build-r tools/build-r.sh
cp ".build/r/tfhub_$version.tar.gz" dist/
echo "Trying each"
tried_python wheel dist/tfhub-*.whl
tried_python sdist dist/tfhub-*.tar.gz
tried_r "dist/tfhub_$version.tar.gz"
ls -l dist
