#!/bin/bash
# SPDX-License-Identifier: MIT
# How the cost of a step grows with the batch, the width of the network, the number of samples and of threads. Writes
# bench/results/growth.tsv: net, what grows, its value, threads, ms a step (median, min, max), samples/s, GF/s, MB.
#   BUILD=FOLDER  NN_DATA=FOLDER (or glyphs)  NETS="s0 s1 s4"  LIMIT=2: seconds that a step may take by its arithmetic
set -eu -o pipefail
here=$(cd "$(dirname "$0")" && pwd)
build=${BUILD:?folder of the built programs}
data=${NN_DATA:-glyphs}
nets=${NETS:-s0 s1 s4}
limit=${LIMIT:-2}
out=${OUT:-$here/results}
threads=${THREADS:-$(nproc)}
mkdir -p "$out"
peak=$("$build/nn-bench" --machine --threads 1 | awk -F'\t' '$1 == "gflops 1" { print $2 }')
printf 'net\tgrows\tvalue\tthreads\tms\tms_min\tms_max\tsamples_per_s\tgflops\tmb\n' | tee "$out/growth.tsv"

# point NET WHAT VALUE THREADS OPTION...
point() {
  local net=$1 what=$2 value=$3 with=$4 work
  shift 4
  work=$("$build/nn-bench" --net "$net" --work "$@" | awk -F'\t' 'END { print $3 }')
  if awk -v w="$work" -v p="$peak" -v l="$limit" 'BEGIN { exit !(w / 1e3 / p > l) }'; then
    printf '%s\t%s\t%s\t%s\t-\t-\t-\t-\t-\t-\n' "$net" "$what" "$value" "$with" | tee -a "$out/growth.tsv"
    return
  fi
  "$build/nn-bench" --net "$net" --data "$data" --threads "$with" --tiles "$((with > 4 ? with : 4))" --seconds 0.2 --repeat 3 --no-epoch "$@" |
    awk -F'\t' -v OFS='\t' -v net="$net" -v what="$what" -v value="$value" -v with="$with" -v work="$work" \
      '{ print net, what, value, with, $8, $7, $9, $10, sprintf("%.1f", work / $8), $13 }' | tee -a "$out/growth.tsv"
}

for net in $nets; do
  for batch in 1 4 16 64 256 1024 4096; do point "$net" batch $batch "$threads" --batch $batch; done
  for width in 1 2 4 8 16; do point "$net" width $width "$threads" --width $width; done
  for samples in 1 10; do point "$net" samples $samples "$threads" --samples $samples; done
  for ((n = 1; n <= threads; n++)); do point "$net" threads $n $n; done
done
