#!/usr/bin/env bash
# The demo: trains the model unless that is done, then uses it from R by its URL.
# Standard error, where TensorFlow says a lot, is shown only when something fails.
set -euo pipefail
cd "$(dirname "$0")/../.."
. tools/lib.sh
mkdir -p $logs
trap '[ $? -eq 0 ] || tail -n 60 '"$PWD/$logs/demo.log"' >&2' EXIT

# The same program gives the same model: it need not run twice.
key=$(hash_of examples/digits/train.py)
if [ "$(cat examples/digits/out/trained 2>/dev/null)" != "$key" ]; then
  rm -rf examples/digits/out
  .venv/bin/python examples/digits/train.py 2>$logs/demo.log
  echo "$key" >examples/digits/out/trained
fi
(cd examples/digits && Rscript demo.R) 2>$logs/demo.log
