#!/usr/bin/env bash
# Everything that can be judged without running the test suites; one line a check.
set -uo pipefail
cd "$(dirname "$0")/.."
. tools/lib.sh
export PATH="$PWD/.venv/bin:$PATH"
status=0

# roxygen writes into a copy, which must come out as what is committed.
man_is_fresh() {
  rm -rf .build/man && mkdir -p .build/man &&
    cp -R DESCRIPTION NAMESPACE R inst man .build/man/ &&
    (cd .build/man && Rscript -e 'roxygen2::roxygenise()') &&
    diff -u NAMESPACE .build/man/NAMESPACE && diff -ru man .build/man/man ||
    { echo "man/ or NAMESPACE is stale: run make format"; return 1; }
}

lint_r() {
  Rscript -e '
    lints <- c(
      lintr::lint_package(),
      do.call(c, lapply(c("bench", "examples", "tools"), lintr::lint_dir))
    )
    print(lints)
    quit(status = as.integer(length(lints) > 0))'
}

for check in \
  "ruff check|ruff check --extend-exclude .build ." \
  "ruff format|ruff format --check --extend-exclude .build ." \
  "mypy|mypy" \
  "air format|air format --check ." \
  "layers|python -m pytest tests/python/test_house.py" \
  "man|man_is_fresh" \
  "lintr|lint_r" \
  "R CMD build|tools/build-r.sh"; do
  # shellcheck disable=SC2086
  step "${check%%|*}" ${check#*|} || status=1
done

# What was built is checked in three places, side by side.
checks=()
step "R CMD check" tools/check-r.sh here & checks+=($!)
step "R CMD check without Python" tools/check-r.sh bare & checks+=($!)
step "R CMD check with Imports only" tools/check-r.sh imports & checks+=($!)
for check in "${checks[@]}"; do
  wait "$check" || status=1
done
exit $status
