#!/usr/bin/env bash
# Runs the programs of bench/, each of which prints its own ratios.
set -uo pipefail
cd "$(dirname "$0")/.."
. tools/lib.sh
status=0
shopt -s nullglob
for program in bench/*.py bench/*.R; do
  case $(basename "$program") in
    _*) continue ;; # shared by the others
    *.py) run=(.venv/bin/python) ;;
    *.R) run=(Rscript) ;;
  esac
  echo "== $program"
  "${run[@]}" "$program" </dev/null || status=1
done
exit $status
