#!/usr/bin/env bash
# Readies this machine for `make demo` and `make test`: Debian packages, .venv, and the
# R package in R's library. Does only what is missing, and says nothing when nothing is.
# Arguments are further Debian packages.
# PYTHON=/path/to/python chooses the interpreter of a new .venv.
set -euo pipefail
cd "$(dirname "$0")/.."
# shellcheck source=tools/lib.sh
. tools/lib.sh

programs=(chromium curl fonts-dejavu-core pandoc qpdf r-base-core tidy)
r_packages=(cli janeaustenr knitr lintr magrittr processx recipes reticulate rlang rmarkdown
  roxygen2 rsample testthat tibble withr)

# TensorFlow 2.21 needs Python 3.10, Debian 12's reticulate cannot start 3.12, and R embeds
# the shared library.
fits() {
  "$1" -c '
import ensurepip, os, sys, sysconfig, venv
library = os.path.join(*map(sysconfig.get_config_var, ("LIBDIR", "INSTSONAME")))
sys.exit(not ((3, 10) <= sys.version_info < (3, 12)
              and ".so" in library and os.path.exists(library)))' >/dev/null 2>&1
}

find_python() {
  local name
  for name in ${PYTHON:-python3 python3.11 python3.10 /usr/bin/python3}; do
    if fits "$name"; then
      command -v "$name"
      return
    fi
  done
  return 1
}

install_debian_packages() {
  # On another system R and its packages are the user's to install.
  command -v dpkg-query >/dev/null || return 0
  local wanted=("${programs[@]}" "${r_packages[@]/#/r-cran-}" "$@")
  local missing=() name
  if [ ! -x .venv/bin/python ] && [ -z "${PYTHON:-}" ] && ! find_python >/dev/null; then
    wanted+=(python3 python3-venv "$(debian_libpython)")
  fi
  for name in "${wanted[@]}"; do
    case $(dpkg-query -W -f '${db:Status-Abbrev}' "$name" 2>/dev/null) in
      ii*) ;;
      *) missing+=("$name") ;;
    esac
  done
  [ ${#missing[@]} -eq 0 ] && return
  if [ "$(id -u)" -ne 0 ]; then
    echo "Some Debian packages are missing. Install them, then run make again:" >&2
    echo "sudo sh -c 'apt-get update && apt-get install -y --no-install-recommends ${missing[*]}'" >&2
    exit 1
  fi
  echo "Installing ${#missing[@]} Debian packages: ${missing[*]}"
  export DEBIAN_FRONTEND=noninteractive
  logged apt sh -c 'apt-get update && apt-get install -y --no-install-recommends "$@"' \
    apt "${missing[@]}"
}

debian_libpython() {
  /usr/bin/python3 -c 'import sys; print("libpython%d.%d" % sys.version_info[:2])' \
    2>/dev/null || echo libpython3.11
}

make_venv() {
  local key python
  key=$(hash_of pyproject.toml tools/requirements-*.txt inst/python/tfhub/_version.py)
  if [ -x .venv/bin/python ] && [ "$(cat .venv/.stamp 2>/dev/null)" = "$key" ]; then
    return
  fi
  if ! .venv/bin/python -m pip --version >/dev/null 2>&1; then
    if ! python=$(find_python); then
      echo "No Python 3.10 or 3.11 with venv and a shared libpython was found." >&2
      echo "Name one with: make PYTHON=/path/to/python3" >&2
      exit 1
    fi
    echo "Making .venv with $python"
    logged venv "$python" -m venv --clear .venv
  fi
  echo "Installing TensorFlow 2.21, tfhub and the tools into .venv (minutes, once)"
  logged pip .venv/bin/python -m pip install --quiet --disable-pip-version-check \
    --editable '.[cli,fast,gcs,hf,kaggle,s3,serve]' --requirement tools/requirements-dev.txt \
    --requirement tools/requirements-stores.txt \
    --requirement tools/requirements-tensorflow.txt
  # The extra keras2 by hand: tf-keras asks for the package `tensorflow`, which would
  # come on top of tensorflow-cpu.
  logged pip .venv/bin/python -m pip install --quiet --disable-pip-version-check \
    --no-deps 'tf-keras==2.21.*'
  echo "$key" >.venv/.stamp
}

install_r_package() {
  local key library stamp=.build/r/stamp
  # shellcheck disable=SC2046
  key=$(hash_of DESCRIPTION NAMESPACE $(find R inst man -type f ! -name '*.pyc' | sort))
  if [ -f $stamp ]; then
    { read -r old && read -r library; } <$stamp
    # An installed package newer than the stamp came from elsewhere.
    if [ "$old" = "$key" ] && [ -f "$library/tfhub/DESCRIPTION" ] &&
      [ ! "$library/tfhub/DESCRIPTION" -nt $stamp ]; then
      return
    fi
  fi
  library=$(Rscript -e '
    library <- .libPaths()[1]
    if (file.access(library, 2) != 0) {
      library <- path.expand(strsplit(Sys.getenv("R_LIBS_USER"), ":")[[1]][1])
      dir.create(library, recursive = TRUE, showWarnings = FALSE)
    }
    cat(library)')
  echo "Installing the R package tfhub into $library"
  logged r-install tools/build-r.sh --no-build-vignettes
  logged r-install R CMD INSTALL --library="$library" .build/r/tfhub_*.tar.gz
  printf '%s\n%s\n' "$key" "$library" >$stamp
}

install_debian_packages "$@"
make_venv
install_r_package
