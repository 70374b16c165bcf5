#!/bin/bash
# SPDX-License-Identifier: MIT
# A bit of each byte (short: of some bytes) of a small file of each kind is changed: nn-info --check sees it, or the tools
# and h5dump read the same as before.
. "$(dirname "$0")/common.sh"
command -v h5dump > /dev/null || { echo 'skipped: no h5dump'; exit 77; }
flips=${NN_BIN}/nn-soak-flips
[ -x "$flips" ] || { complain 'nn-soak-flips is not built'; exit 1; }
nn-fetch iris -q | nn-prep --subset train=6,test=3 --standardize -q -o dataset.h5 2> /dev/null || exit 1
nn-fetch digits -q | nn-prep --subset train=6,test=3 --scale 0:1 -q -o images.h5 2> /dev/null || exit 1
nn-train -q --model 'dense:2 relu dense:3' --epochs 2 --checkpoint checkpoint.h5 dataset.h5 -o model.h5 2> /dev/null || exit 1
nn-eval -q model.h5 dataset.h5 -o metrics.h5 || exit 1
nn-predict -q model.h5 dataset.h5 -o predictions.h5 || exit 1
[ -e checkpoint.h5 ] || { complain 'no checkpoint'; exit 1; }
told() { nn-info --json "$1" 2>&1; }
# h5dump 1.14 prints where in its own memory a reference lies, beside the name of what it refers to.
dumped() { h5dump "$1" 2>&1 | sed 's/DATASET [0-9]* "/DATASET "/g'; }
for kind in dataset images model metrics predictions checkpoint; do
  size=$(stat -c %s $kind.h5) step=$(as_many 397 1)
  cp $kind.h5 f.h5
  nn-info --check f.h5 > /dev/null || { complain "$kind.h5 is not good"; exit 1; }
  good_told=$(told f.h5) good_dumped=$(dumped f.h5)
  "$flips" $kind.h5 $((RANDOM % step)) $step $RANDOM > passed 2> said || { crash=$((crash + 1)); complain "$kind: $(head -c 300 said)"; continue; }
  count=$(sed -n 's/^tried //p' passed)
  tries=$((tries + count)) seen=$((seen + count))
  while read -r at mask; do
    [ "$at" != tried ] || continue
    cp $kind.h5 f.h5
    byte=$(od -An -tu1 -j "$at" -N 1 f.h5)
    printf "\\x$(printf %02x $((byte ^ mask)))" | dd of=f.h5 bs=1 seek="$at" conv=notrunc status=none
    status=0
    timeout $limit nn-info --check f.h5 > /dev/null 2> said || status=$?
    [ $status = 0 ] && [ "$(told f.h5)" = "$good_told" ] && [ "$(dumped f.h5)" = "$good_dumped" ] && continue
    seen=$((seen - 1)) silent=$((silent + 1))
    complain "$kind, byte $at of $size, bit $mask: --check says good, and something reads otherwise"
  done < passed
done
finish
