#!/bin/bash
# SPDX-License-Identifier: MIT
# The whole experiments, from an empty folder with the data in the cache to tables, pictures and predictions, by our tools
# and by the scripts of the tutorials, in turns on the same processors: wall time, processor time, memory, and lines. The
# scripts in tutorials/ are written as such tutorials are: DataLoader and a loop by hand in PyTorch, fit() in Keras, and
# pictures by matplotlib; s0.sh to s4.sh are what one types for the same with our tools.
#   BUILD=build NN_DATA=FOLDER TORCH_PYTHON=... KERAS_PYTHON=... [EXPERIMENTS="s0 s1 s2 s4"] [ROUNDS=1] [OUT=/tmp/experiments]
#     [PROCESSORS=0,1] bash bench/experiments/run.sh
# NN_DATA holds mnist/ and fashion-mnist/ with the four .gz files of each. Prints and writes OUT/table.tsv: seconds, processor
# seconds and the largest process' memory, of the median round by wall time; the outputs of all are in OUT/NAME.ROUND.
set -eu -o pipefail
here=$(cd "$(dirname "$0")" && pwd)
export NN_SHARE=${NN_SHARE:-$here/../../share} NN_DATA=$(cd "${NN_DATA:?}" && pwd)
PATH=$(cd "${BUILD:-$here/../../build}" && pwd):$PATH
export NN_MIRROR=file://$NN_DATA SEED=1 TF_CPP_MIN_LOG_LEVEL=2 CUDA_VISIBLE_DEVICES=
out=${OUT:-/tmp/experiments} rounds=${ROUNDS:-1}
mkdir -p "$out"
: > "$out/all.tsv"
lines() { grep -cvE '^ *(#|$|""")' "$1"; }
for round in $(seq "$rounds"); do
  for experiment in ${EXPERIMENTS:-s0 s1 s2 s4}; do
    for who in ours-pytorch pytorch ours-keras keras; do
      folder=$out/$experiment.$who.$round
      rm -rf "$folder"; mkdir -p "$folder"
      case $who in
        ours-*) script=$here/$experiment.sh; run=(env LIKE=${who#ours-} bash -eu -o pipefail "$script") ;;
        pytorch)
          [ -n "${TORCH_PYTHON:-}" ] || continue
          script=$here/tutorials/${experiment}_torch.py; run=("$TORCH_PYTHON" "$script")
          for set in MNIST:mnist FashionMNIST:fashion-mnist; do
            mkdir -p "$folder/data/${set%:*}/raw"
            for f in "$NN_DATA/${set#*:}"/*.gz; do gzip -dc "$f" > "$folder/data/${set%:*}/raw/$(basename "$f" .gz)"; done
          done ;;
        keras)
          [ -n "${KERAS_PYTHON:-}" ] || continue
          script=$here/tutorials/${experiment}_keras.py
          export KERAS_HOME=$folder/keras
          mkdir -p "$KERAS_HOME/datasets/fashion-mnist" && cp "$NN_DATA"/fashion-mnist/*.gz "$KERAS_HOME/datasets/fashion-mnist/"
          run=("$KERAS_PYTHON" "$here/tutorials/cached.py" "$script") ;;
      esac
      [ -e "$script" ] || continue
      echo "$experiment $who, round $round" >&2
      (cd "$folder" && taskset -c "${PROCESSORS:-0-$(($(nproc) - 1))}" /usr/bin/time -o time -f '%e %U %S %M' "${run[@]}" > said 2>&1) ||
        { tail -n 5 "$folder/said"; exit 1; }
      awk -v OFS='\t' -v e="$experiment" -v w="$who" -v r="$round" -v n="$(lines "$script")" \
        '{ print e, w, r, $1, $2 + $3, $4 / 1024, n }' "$folder/time" >> "$out/all.tsv"
    done
  done
done
# The median round of each.
sort -t '	' -k1,1 -k2,2 -k4,4n "$out/all.tsv" | awk -F '\t' -v OFS='\t' '
  function end() { if (n) { split(row[int((n + 1) / 2)], f, "\t"); printf "%s\t%s\t%.1f\t%.1f\t%.0f\t%d\n", f[1], f[2], f[4], f[5], f[6], f[7] } }
  BEGIN { print "experiment", "by", "seconds", "processor_seconds", "MiB", "lines" }
  $1 FS $2 != last { end(); n = 0; last = $1 FS $2 } { row[++n] = $0 } END { end() }' | tee "$out/table.tsv"
