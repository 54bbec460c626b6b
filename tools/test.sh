#!/usr/bin/env bash
# Both test suites; ends with the counts of each. Arguments go to pytest.
set -uo pipefail
cd "$(dirname "$0")/.."
. tools/lib.sh
rm -f .build/counts
mkdir -p .build

# Side by side, as each takes minutes and one processor.
timeout 1800 Rscript tools/testthat.R .build/testthat.tsv \
  </dev/null >.build/testthat.log 2>&1 &
r_suite=$!
trap 'kill $r_suite 2>/dev/null' EXIT
echo "Python"
.venv/bin/python -m pytest -m "not slow" --timeout 300 --junit-xml .build/pytest.xml "$@"
python=$?
echo "R"
wait $r_suite
r=$?
cat .build/testthat.log

count_pytest() {
  .venv/bin/python - <<'PYTHON' || echo 0 1
import xml.etree.ElementTree as xml
suite = xml.parse(".build/pytest.xml").getroot()[0]
tests, skipped, failures, errors = (
    int(suite.get(name)) for name in ("tests", "skipped", "failures", "errors"))
print(tests - skipped - failures - errors, failures + errors)
PYTHON
}
read -r passed failed < <(count_pytest)
[ $python -ne 0 ] && [ "$failed" -eq 0 ] && failed=1
count "Python tests" "$passed" "$failed"
echo "Python: $passed passed, $failed failed"

read -r passed failed < <(cat .build/testthat.tsv 2>/dev/null || echo 0 1)
[ $r -ne 0 ] && [ "$failed" -eq 0 ] && failed=1
count "R tests" "$passed" "$failed"
echo "R: $passed passed, $failed failed"

[ $python -eq 0 ] && [ $r -eq 0 ]
