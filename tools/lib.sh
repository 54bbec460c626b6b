# Shell functions that the programs in tools/ and .ci/ share. Source it at the root.
export LC_ALL=C.UTF-8 RETICULATE_PYTHON="$PWD/.venv/bin/python"
export TF_CPP_MIN_LOG_LEVEL="${TF_CPP_MIN_LOG_LEVEL:-2}" KERAS_BACKEND=tensorflow
# Some build machines set no HOME, and R and Keras keep small files there.
export HOME="${HOME:-$(getent passwd "$(id -u)" | cut -d: -f6)}"
export TZ="${TZ:-UTC}" # without systemd R asks in vain, and says so
unset PYTHONPATH PYTHONHOME
logs=.build/logs

# hash_of FILE...: one hash of all of them.
hash_of() { cat "$@" | sha256sum | cut -d' ' -f1; }

# logged NAME COMMAND...: runs it silently; shows the end of its log when it fails.
logged() {
  local log=$logs/$1.log status=0
  shift
  mkdir -p $logs
  "$@" >"$log" 2>&1 </dev/null || status=$?
  if [ $status -ne 0 ]; then
    echo "failed ($status): $*" >&2
    tail -n 60 "$log" >&2
  fi
  return $status
}

# step NAME COMMAND...: as `logged`, and one line with the result; counts in .build/counts.
step() {
  local name=$1 start=$SECONDS
  shift
  if logged "${name// /-}" "$@"; then
    echo "ok    $name ($((SECONDS - start)) s)"
    count "$name" 1 0
  else
    echo "FAIL  $name ($((SECONDS - start)) s)"
    count "$name" 0 1
    return 1
  fi
}

# count NAME PASSED FAILED: a line for `counted` to add up.
count() { mkdir -p .build && printf '%s\t%s\t%s\n' "$1" "$2" "$3" >>.build/counts; }

# counted: the sum of all `count` lines since .build/counts was removed.
counted() {
  awk -F'\t' '{ passed += $2; failed += $3 }
    END { printf "%d passed, %d failed\n", passed, failed }' .build/counts
}
