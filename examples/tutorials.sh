#!/usr/bin/env bash
# Runs the tutorials, novels/ and transfer/, in Python and in R, with both Kerases.
set -euo pipefail
cd "$(dirname "$0")"
root=$PWD/..
cd "$root" && . tools/lib.sh && cd examples
python=$root/.venv/bin/python
(cd novels && Rscript passages.R && "$python" publish.py)
"$python" transfer/publish.py
"$python" dropout_rate.py
for tutorial in novels transfer; do
  for legacy in 0 1; do
    echo "== $tutorial, Keras $((3 - legacy))"
    export TF_USE_LEGACY_KERAS=$legacy
    (cd $tutorial && "$python" classify.py && Rscript classify.R)
  done
done
