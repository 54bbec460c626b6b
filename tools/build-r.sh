#!/usr/bin/env bash
# Builds .build/r/tfhub_<version>.tar.gz; the arguments go to R CMD build. It builds from
# a copy of the package's own files, as R CMD build would first copy .venv and .build/.
set -euo pipefail
cd "$(dirname "$0")/.."
rm -rf .build/r/source .build/r/tfhub_*.tar.gz
mkdir -p .build/r/source
for part in .Rbuildignore DESCRIPTION NAMESPACE LICENSE.md NEWS.md README.md R inst man \
  tests vignettes; do
  [ -e $part ] && cp -R $part .build/r/source/
done
find .build/r/source -name __pycache__ -prune -exec rm -r {} +
cd .build/r
R CMD build "$@" source
