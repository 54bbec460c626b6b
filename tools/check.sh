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

# As CRAN checks, without CRAN: a list of its packages without any stands for its own.
# What Python means to remove from the temporary folder at its end stays there, as R ends
# without ending Python: AutoGraph's files, and modules that a Keras file holds. The
# cache is in that folder by default. No error, no warning, and no note but the one on
# suggested packages that Debian lacks.
r_cmd_check() {
  local report=.build/r/tfhub.Rcheck/00check.log
  mkdir -p .build/cran/web/packages
  Rscript -e 'saveRDS(
    data.frame(Package = character(), Maintainer = character()),
    ".build/cran/web/packages/packages.rds"
  )'
  tools/build-r.sh &&
    (
      export R_CRAN_WEB="file://$PWD/.build/cran" _R_CHECK_FORCE_SUGGESTS_=false
      export _R_CHECK_CRAN_INCOMING_=false _R_CHECK_CRAN_INCOMING_REMOTE_=false
      export _R_CHECK_SYSTEM_CLOCK_=false
      export _R_CHECK_THINGS_IN_TEMP_DIR_EXCLUDE_='^(__autograph_|tfhub-embedded-|tfhub_modules$)'
      cd .build/r && R CMD check --as-cran --no-manual tfhub_*.tar.gz
    ) &&
    ! grep -E '(ERROR|WARNING)$' $report &&
    ! grep -E '^\*.*NOTE$' $report | grep -v '^\* checking package dependencies'
}

for check in \
  "ruff check|ruff check --extend-exclude .build ." \
  "ruff format|ruff format --check --extend-exclude .build ." \
  "mypy|mypy" \
  "air format|air format --check ." \
  "layers|python -m pytest tests/python/test_house.py" \
  "man|man_is_fresh" \
  "lintr|lint_r" \
  "R CMD check|r_cmd_check"; do
  # shellcheck disable=SC2086
  step "${check%%|*}" ${check#*|} || status=1
done
exit $status
