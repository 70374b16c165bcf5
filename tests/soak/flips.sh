#!/bin/bash
# SPDX-License-Identifier: MIT
# One byte of a small file of each kind is changed: nn-info --check sees it, or the tools and h5dump read the same as before.
. "$(dirname "$0")/common.sh"
command -v h5dump > /dev/null || { echo 'skipped: no h5dump'; exit 77; }
nn-fetch iris -q | nn-prep --subset train=6,test=3 --standardize -q -o dataset.h5 2> /dev/null || exit 1
nn-train -q --model 'dense:2 relu dense:3' --epochs 2 --checkpoint checkpoint.h5 dataset.h5 -o model.h5 2> /dev/null || exit 1
nn-eval -q model.h5 dataset.h5 -o metrics.h5 || exit 1
nn-predict -q model.h5 dataset.h5 -o predictions.h5 || exit 1
[ -e checkpoint.h5 ] || { complain 'no checkpoint'; exit 1; }
told() { nn-info --json "$1" 2>&1; }
dumped() { h5dump "$1" 2>&1 | tail -n +2; }
per_file=$(as_many 25 2000)
for kind in dataset model metrics predictions checkpoint; do
  size=$(stat -c %s $kind.h5)
  cp $kind.h5 f.h5
  nn-info --check f.h5 > /dev/null || { complain "$kind.h5 is not good"; exit 1; }
  good_told=$(told f.h5) good_dumped=$(dumped f.h5)
  step=$((size / per_file + 1))
  for ((at = RANDOM % step; at < size; at += step)); do
    cp $kind.h5 f.h5
    byte=$(od -An -tu1 -j $at -N 1 f.h5)
    printf "\\x$(printf %02x $((byte ^ (1 << RANDOM % 8))))" | dd of=f.h5 bs=1 seek=$at conv=notrunc status=none
    tries=$((tries + 1)) status=0
    timeout $limit nn-info --check f.h5 > /dev/null 2> said || status=$?
    if [ $status != 0 ]; then
      judge $status said "$kind, byte $at" || true
    elif [ "$(told f.h5)" = "$good_told" ] && [ "$(dumped f.h5)" = "$good_dumped" ]; then
      seen=$((seen + 1))
    else
      silent=$((silent + 1))
      complain "$kind, byte $at of $size: --check says good, and something reads otherwise"
    fi
  done
done
finish
