#!/usr/bin/env bash
# R CMD check of the package that tools/build-r.sh built. The argument chooses where:
#   here      as CRAN checks, with all that is installed on this machine
#   bare      where Python has no package at all, and the home folder is empty: what
#             needs no Python is tested, the rest skips; the vignettes are built, too
#   imports   as bare, where R has no more than the packages of Imports: so there is
#             no builder of vignettes, and no testthat
# No error, no warning, and no note but those on suggested packages that are missing.
set -euo pipefail
cd "$(dirname "$0")/.."
# shellcheck source=tools/lib.sh
. tools/lib.sh
what=${1:?here, bare or imports}
output=$PWD/.build/r/$what
options=(--no-manual --output="$output")
notes='^\* checking package dependencies'
rm -rf "$output" && mkdir -p "$output"
export _R_CHECK_FORCE_SUGGESTS_=false _R_CHECK_LIMIT_CORES_=true
for kind in EXAMPLE TEST VIGNETTE; do # processor time by time: how many cores were used
  export "_R_CHECK_${kind}_TIMING_CPU_TO_ELAPSED_THRESHOLD_=2.5"
done

# As CRAN checks, without CRAN: a list of its packages without any stands for its own.
# What Python means to remove from the temporary folder at its end stays there, as R ends
# without ending Python: AutoGraph's files, and modules that a Keras file holds. The
# cache is in that folder by default.
as_cran_does() {
  mkdir -p .build/cran/web/packages
  Rscript -e 'saveRDS(
    data.frame(Package = character(), Maintainer = character()),
    ".build/cran/web/packages/packages.rds"
  )'
  export R_CRAN_WEB="file://$PWD/.build/cran"
  export _R_CHECK_CRAN_INCOMING_=false _R_CHECK_CRAN_INCOMING_REMOTE_=false
  export _R_CHECK_SYSTEM_CLOCK_=false
  export _R_CHECK_THINGS_IN_TEMP_DIR_EXCLUDE_='^(__autograph_|tfhub-embedded-|tfhub_modules$)'
  # The vignettes have just been built; without Python they are built again.
  options+=(--as-cran --ignore-vignettes)
  # Nor are the tests run again here where .ci/run has just run them.
  [ -z "${TESTED:-}" ] || options+=(--no-tests)
}

# A Python without packages comes first, and nothing names another.
without_python() {
  .venv/bin/python -m venv --clear --without-pip "$output/python"
  unset RETICULATE_PYTHON VIRTUAL_ENV
  export PATH="$output/python/bin:/usr/bin:/bin" NOT_CRAN=true # snapshots, too
  export HOME="$output/home"
  mkdir "$HOME"
}

with_imports_only() {
  local library=$output/library
  mkdir "$library"
  Rscript - "$library" <<'R'
    here <- installed.packages()
    imports <- read.dcf("DESCRIPTION", "Imports")
    imports <- trimws(sub("\\(.*", "", strsplit(imports, ",")[[1]]))
    needed <- tools::package_dependencies(imports, here, recursive = TRUE)
    needed <- setdiff(
      c(imports, unlist(needed)),
      rownames(installed.packages(.Library, priority = "high"))
    )
    linked <- file.symlink(
      file.path(here[needed, "LibPath"], needed),
      file.path(commandArgs(TRUE), needed)
    )
    stopifnot(linked)
R
  export R_LIBS_SITE=$library R_LIBS_USER=$library R_LIBS=
  options+=(--ignore-vignettes)
  notes+='|^\* checking Rd cross-references' # those to recipes
}

case $what in
  here) as_cran_does ;;
  bare) without_python ;;
  imports) with_imports_only && without_python ;;
esac
R CMD check "${options[@]}" .build/r/tfhub_*.tar.gz
report=$output/tfhub.Rcheck/00check.log
! grep -E '(ERROR|WARNING)$' "$report" &&
  ! { grep -E '^\*.*NOTE$' "$report" | grep -Ev "$notes"; } &&
  { [ "$what" = here ] || ! ls -A "$HOME" | grep .; }
