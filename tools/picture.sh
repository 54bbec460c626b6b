#!/usr/bin/env bash
# Takes the pictures that README.md shows: the page of the demo's model, as Chromium
# draws it, and the plot of its block of R that draws digits. Run make demo first.
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
TFHUB_CACHE_DIR="$work/cache" RETICULATE_PYTHON=$PWD/.venv/bin/python \
  Rscript - 2>"$work/log" >/dev/null <<'R' || { cat "$work/log" >&2; exit 1; }
text <- paste(readLines("README.md"), collapse = "\n")
blocks <- regmatches(text, gregexpr("(?s)```r\n.*?\n```", text, perl = TRUE))[[1]]
blocks <- gsub("^```r\n|\n```$", "", blocks)
last <- grep("image(t(", blocks, fixed = TRUE)
png("man/figures/digits.png", 1000, 140, type = "cairo")
for (block in blocks[seq_len(last)]) eval(parse(text = block))
dev.off()
R
ls -l man/figures/*.png
