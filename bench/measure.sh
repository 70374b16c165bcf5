#!/bin/bash
# SPDX-License-Identifier: MIT
# One measured table of speed: the machine's peaks, our training and evaluation on every network, and with PEERS=1 the
# frameworks in turns with us. Writes bench/results/: machine.tsv, work.tsv, results.tsv, rounds.tsv, evaluation.tsv,
# start.tsv, and of these table.md and table.tsv.
#
#   BUILD=FOLDER     built programs                    NN_DATA=FOLDER   holds mnist/ and fashion-mnist/ (or: glyphs)
#   NETS="s0 s4"     networks, all                     ROUNDS=7         turns of each
#   EPOCH=0          no whole epochs                   OUT=FOLDER       in the place of bench/results
#   START=0          no starts of nn-train             EXTRA=OPTIONS    of nn-bench
#   PATIENCE=SECONDS that each turn may wait for a quiet machine, ours and theirs alike (quiet.sh); none
#   PEERS=1          the frameworks too: PEERS_DIR=FOLDER of their scripts (bench/peers), TORCH_PYTHON=, KERAS_PYTHON= interpreters;
#                    TORCH_MODES="usual best bf16" KERAS_MODES="best bf16" KERAS_JAX_MODES=best JAX_MODES="best bf16"
set -eu -o pipefail
here=$(cd "$(dirname "$0")" && pwd)
. "$here/quiet.sh"
. "$here/alternate.sh"
build=${BUILD:?folder of the built programs}
data=${NN_DATA:-glyphs}
out=${OUT:-$here/results}
nets=${NETS:-s0 s1 s2 s3 s4}
rounds=${ROUNDS:-7}
epoch=${EPOCH:-1}
threads=${THREADS:-$(nproc)}
peers=${PEERS:-0}
peers_dir=${PEERS_DIR:-$here/peers}
rm -rf "$out"
mkdir -p "$out"
has_bf16=0
if "$build/nn-train" --help | grep -q -e '--precision'; then has_bf16=1; fi

# ours NET: lines LABEL<TAB>COMMAND; the first is the one that all are compared with
ours() {
  local base="$build/nn-bench --net $1 --data $data ${EXTRA:-}"
  printf 'ours f32\t%s\n' "$base --threads $threads"
  [ "$has_bf16" = 1 ] && printf 'ours bf16\t%s\n' "$base --threads $threads --precision bf16"
  [ "$threads" -gt 1 ] && printf 'ours f32, 1 thread\t%s\n' "$base --threads 1"
  [ "$has_bf16" = 1 ] && [ "$threads" -gt 1 ] && printf 'ours bf16, 1 thread\t%s\n' "$base --threads 1 --precision bf16"
  return 0
}
rivals() {
  local mode
  for mode in ${TORCH_MODES-usual best bf16}; do
    printf 'torch %s\t%s\n' "$mode" "$TORCH_PYTHON $peers_dir/torch_bench.py --net $1 --mode $mode --data $data"
  done
  for mode in ${KERAS_MODES-best bf16}; do
    printf 'keras-tf %s\t%s\n' "$mode" "$KERAS_PYTHON $peers_dir/keras_bench.py --net $1 --mode $mode --backend tensorflow --data $data"
  done
  for mode in ${KERAS_JAX_MODES-best}; do
    printf 'keras-jax %s\t%s\n' "$mode" "$KERAS_PYTHON $peers_dir/keras_bench.py --net $1 --mode $mode --backend jax --data $data"
  done
  for mode in ${JAX_MODES-best bf16}; do
    printf 'jax %s\t%s\n' "$mode" "$KERAS_PYTHON $peers_dir/jax_bench.py --net $1 --mode $mode --data $data"
  done
}

# evaluation NAME COMMAND: its line that begins with the name.
evaluation() {
  result_of() { line=$("${@:2}" 2>> "$out/logs/evaluation.log" | grep "^$1"); }
  patiently result_of "$@" && echo "$line" >> "$out/evaluation.tsv"
}
evaluations() {
  local net batch round framework batches
  for net in s0 s1 resnet20 mobilenetv2 resnet18; do
    case " $nets " in *" $net "*) ;; *) continue ;; esac
    case $net in resnet18) batches=32 ;; *) batches='128 1000' ;; esac
    for round in 1 2; do
      for batch in $batches; do
        evaluation nn-tools "$build/nn-bench" --net $net --data "$data" --evaluate --batch $batch --threads "$threads"
        [ "$peers" = 1 ] || continue
        local theirs=("$peers_dir/infer_bench.py" --net $net --batch $batch --data "$data" --model "$out/logs/$net.onnx")
        evaluation torch "$TORCH_PYTHON" "${theirs[@]}" --framework torch || true
        for framework in onnx keras $(case $net in s?) echo jax ;; esac); do evaluation $framework "$KERAS_PYTHON" "${theirs[@]}" --framework $framework || true; done
      done
    done
  done
}

# start NET SOURCE OPTIONS: of nn-bench-start.
start() {
  start_of() { line=$("$build/nn-bench-start" "$@"); }
  patiently start_of "${@:3}"
  printf '%s\t%s\t%s\n' "$1" "$2" "$line" >> "$out/start.tsv"
}
# nn-train itself, from its start to its first step: gzip file, uncompressed file, pipe
starts() {
  local scratch net model i batch
  scratch=$(mktemp -d)
  local source=(nn-fetch glyphs)
  for net in s0 s4; do
    case $net in s0) model=fashion-cnn; batch=64; set=fashion-mnist ;; *) model=mlp-tutorial; batch=128; set=mnist ;; esac
    [ "$data" = glyphs ] || source=(nn-convert "$data/$set")
    PATH="$build:$PATH" "${source[0]}" "${source[@]:1}" -q -o "$scratch/whole.h5" || continue
    "$build/nn-prep" --scale 0:1 -q -o "$scratch/gzip.h5" "$scratch/whole.h5"
    "$build/nn-prep" --scale 0:1 -q "$scratch/whole.h5" | cat > "$scratch/plain.h5"
    local train=("$build/nn-train" --model "$model" --batch "$batch" --progress always -o "$scratch/model.h5")
    for i in 1 2 3 4 5; do
      start $net "gzip file" "${train[@]}" "$scratch/gzip.h5"
      start $net "uncompressed file" "${train[@]}" "$scratch/plain.h5"
      start $net "pipe" --stdin "$scratch/plain.h5" "${train[@]}" -
    done
    printf '%s\tuncompressed bytes\t%s\t\n' "$net" "$(stat -c %s "$scratch/plain.h5")" >> "$out/start.tsv"
  done
  rm -rf "$scratch"
}

mkdir -p "$out/logs"
date -u +'date	%Y-%m-%d %H:%M UTC' > "$out/machine.tsv"
machine=("$build/nn-bench" --threads "$threads")
probe=("${machine[@]}" --now)
"${machine[@]}" --machine >> "$out/machine.tsv"
printf 'patience\t%s\n' "$patience" >> "$out/machine.tsv"
if [ "$patience" -gt 0 ]; then listen; fi
"$build/nn-bench" --work > "$out/work.tsv"
cp "$here/goals.tsv" "$out/goals.tsv"
for net in $nets; do
  echo "== $net" >&2
  { ours "$net"; if [ "$peers" = 1 ]; then rivals "$net"; fi; } | alternate "$net" "$rounds" "$epoch" "$out"
  "${machine[@]}" --machine | grep '^gflops' >> "$out/machine.tsv"
done
echo "== evaluation" >&2
evaluations
if [ "${START:-1}" = 1 ]; then
  echo "== start" >&2
  starts
fi
awk -v folder="$out" -f "$here/table.awk" > "$out/table.md"
awk -v folder="$out" -v tsv=1 -f "$here/table.awk" > "$out/table.tsv"
cat "$out/table.md"
