#!/usr/bin/env bash
# The tests that need what no longer runs on today's TensorFlow, with an environment of
# their own, .build/envs/reference: TensorFlow 2.15.1, the last with Estimators, and
# tensorflow-hub 0.15.0, the last with the TF1 Hub format. The first argument chooses:
#   reference   the tests of .venv that drive the reference library there
#   estimator   the tests of feature columns and Estimators, run there
# Further arguments go to pytest.
set -euo pipefail
cd "$(dirname "$0")/.."
# shellcheck source=tools/lib.sh
. tools/lib.sh
folder=.build/envs/reference
python=$PWD/$folder/bin/python
# setuptools: tensorflow-hub imports pkg_resources, which 81 is the last to have.
requirements=('tensorflow==2.15.1' 'tf-keras==2.15.*' 'tensorflow-hub==0.15.0'
  'setuptools<82')

make_environment() {
  local key
  key=$(hash_of pyproject.toml tools/requirements-dev.txt tools/reference.sh)
  [ "$(cat $folder/.stamp 2>/dev/null)" = "$key" ] && return
  echo "Installing TensorFlow 2.15.1 and the reference library into $folder (minutes, once)"
  # The Python of .venv is 3.10 or 3.11, and TensorFlow 2.15 has no other wheels we test.
  logged reference-venv .venv/bin/python -m venv --clear $folder
  logged reference-pip "$python" -m pip install --quiet --disable-pip-version-check \
    --editable '.[cli,fast,serve]' --requirement tools/requirements-dev.txt \
    "${requirements[@]}"
  echo "$key" >$folder/.stamp
}

what=${1:?reference or estimator}
shift
make_environment
case $what in
  reference)
    TFHUB_REFERENCE_PYTHON=$python .venv/bin/python -m pytest --timeout 600 "$@" \
      tests/python/tf1/test_reference.py tests/python/cache/test_reference_cache.py
    ;;
  estimator)
    # What TensorFlow 2.15 deprecates is no error here.
    "$python" -m pytest --timeout 600 -W default::DeprecationWarning "$@" \
      tests/python/tf1/test_columns.py tests/python/tf1/test_images.py \
      tests/python/tf1/test_estimator.py
    ;;
esac
