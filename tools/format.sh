#!/usr/bin/env bash
# Puts the code into its form, and writes man/ and NAMESPACE from the roxygen comments.
set -euo pipefail
cd "$(dirname "$0")/.."
. tools/lib.sh
.venv/bin/ruff check --fix --quiet .
.venv/bin/ruff format --quiet .
.venv/bin/air format .
logged roxygen Rscript -e 'roxygen2::roxygenise()'
