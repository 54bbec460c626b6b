#!/usr/bin/env bash
# Packages of others that say `import tensorflow_hub`, each run with the alias in its
# place, in an environment of their own, .build/envs/alias: their own tests where their
# wheel has them, else tools/alias/test_*.py. Arguments choose packages by name.
set -uo pipefail
cd "$(dirname "$0")/.."
# shellcheck source=tools/lib.sh
. tools/lib.sh
folder=.build/envs/alias status=0
python=$PWD/$folder/bin/python site='import sysconfig; print(sysconfig.get_path("purelib"))'
parts=("$@")

# These are installed without what they ask for; what they need of it is listed. Their
# own pins cannot be met at the same time, or on this TensorFlow.
alone=(tf-models-official==2.20.0 tensorflowjs==4.22.0 mediapipe-model-maker==0.2.1.4
  bertopic==0.17.4 top2vec==1.0.29 spacy-universal-sentence-encoder==0.4.6
  tensorflow-text==2.21.*)
requirements=('tensorflow-cpu==2.21.*' 'tf-keras==2.21.*' 'protobuf>=6.31,<7' pytest
  # setuptools: tf_slim and others import pkg_resources, which 81 is the last to have
  'setuptools<82' apache-beam==2.77.0 langchain-community==0.4.2 spacy
  umap-learn hdbscan gensim scikit-learn pandas plotly wordcloud transformers
  jax flax importlib_resources six gin-config tensorflow-model-optimization
  tensorflow-datasets sentencepiece psutil immutabledict tf-slim opencv-python-headless
  Pillow matplotlib seqeval sacrebleu pycocotools)

# What is not run, and why.
left_out=(
  'tflite-model-maker: its last release (0.4.3) needs Python 3.9 or older, numpy below
     1.23.4 and tensorflow-hub<0.13; its hub loader lives on in mediapipe-model-maker'
  'mediapipe-model-maker: its other parts need tensorflow-addons, which ends with
     TensorFlow 2.15; run is its hub loader'
  'tensorflowjs: tensorflow-decision-forests has no wheel for TensorFlow 2.21, and an
     empty module stands in for it: decision trees are not converted'
  'tf-models-official: what needs Estimators, which ended with TensorFlow 2.15'
  'top2vec: from 1.0.30 on it imports PyTorch, so 1.0.29 is run'
)

make_environment() {
  local key base
  key=$(hash_of pyproject.toml tools/alias.sh)
  [ "$(cat $folder/.stamp 2>/dev/null)" = "$key" ] && return
  echo "Installing the packages into $folder (minutes, once)"
  base=$(.venv/bin/python -c 'import sys; print(sys.executable)')
  logged alias-venv "$base" -m venv --clear $folder &&
    logged alias-pip "$python" -m pip install --quiet --disable-pip-version-check \
      "${requirements[@]}" &&
    logged alias-pip-alone "$python" -m pip install --quiet \
      --disable-pip-version-check --no-deps "${alone[@]}" &&
    logged alias-tfhub "$python" -m pip install --quiet --disable-pip-version-check \
      --editable . && echo "$key" >$folder/.stamp
}

# package NAME FILE...: the tests of a package.
package() {
  local name=$1 part
  shift
  for part in "${parts[@]:-}"; do
    [[ $name == *"$part"* ]] || continue
    step "alias $name" env PYTHONPATH=tools/alias/stand_ins TF_CPP_MIN_LOG_LEVEL=3 \
      "$python" -m pytest -q -c /dev/null --rootdir "$PWD" -p no:cacheprovider \
      "$@" || status=1
    return
  done
}

make_environment || exit
before=$("$python" -m pip check; cd $folder && find . -name __pycache__ -prune -o -type f -print)
logged alias-install "$python" -m tfhub alias install || exit
cat $logs/alias-install.log
models=$("$python" -c "$site")/official
package tf-models-official -p no_estimators -k 'not special_tokens_in_estimator' \
  "$models"/nlp/tools/export_tfhub_lib_test.py "$models"/legacy/bert/export_tfhub_test.py \
  "$models"/nlp/tasks/sentence_prediction_test.py
for name in tensorflowjs mediapipe bertopic top2vec langchain spacy beam; do
  package $name tools/alias/test_$name.py
done
logged alias-remove "$python" -m tfhub alias remove || status=1
after=$("$python" -m pip check; cd $folder && find . -name __pycache__ -prune -o -type f -print)
if [ "$before" != "$after" ]; then
  echo "FAIL  alias: it left a trace"
  diff <(echo "$before") <(echo "$after")
  status=1
fi
echo 'Not run:'
printf '   %s\n' "${left_out[@]}"
exit $status
