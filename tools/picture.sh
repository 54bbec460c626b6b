#!/usr/bin/env bash
# Takes the picture of a model's page that README.md shows: the page of the demo's
# model, as Chromium draws it. Run make demo first.
set -euo pipefail
cd "$(dirname "$0")/.."
work=$(mktemp -d)
PYTHONPATH=inst/python .venv/bin/python -m tfhub serve examples/digits/out/hub >"$work/said" &
server=$!
trap 'kill $server 2>/dev/null; wait; rm -rf "$work"' EXIT
until grep -q http "$work/said"; do
  kill -0 $server
  sleep 0.1
done
mkdir -p man/figures
chromium --headless --no-sandbox --disable-gpu --no-first-run --hide-scrollbars \
  --disable-background-networking --disable-component-update --disable-sync \
  --user-data-dir="$work/profile" --window-size=1100,960 \
  --screenshot=man/figures/model-page.png \
  http://127.0.0.1:8501/tfhub/digits/1 2>"$work/log" || { cat "$work/log" >&2; exit 1; }
ls -l man/figures/model-page.png
