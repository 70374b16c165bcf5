#!/bin/bash
# SPDX-License-Identifier: MIT
# Checkpoints and models with one field of another size, type or value, hashes in order: the tools refuse them with a line,
# or go on to the same result twice, with other bytes in fresh memory (so that nothing unset is taken for a value).
. "$(dirname "$0")/common.sh"
hostile=${NN_BIN}/nn-soak-hostile
[ -x "$hostile" ] || { complain 'nn-soak-hostile is not built'; exit 1; }
nn-fetch iris -q | nn-prep --standardize --split val=20% -q -o d.h5 || exit 1
nn-train -q --model 'dense:6 bn relu dropout:0.2 dense:3' --epochs 2 --batch 16 --ema 0.9 --early-stop val_loss,restore-best --checkpoint c.h5,steps=3 \
  --history-every 2 d.h5 -o m.h5 2> /dev/null || exit 1
[ -e c.h5 ] || { complain 'no checkpoint'; exit 1; }
digest() { nn-info --digest "$1" 2>&1 | cut -c1-64; }
# twice COMMAND: its status and output under two fillings of fresh memory
for victim in c m; do
  "$hostile" $victim.h5 same.h5 > count || { complain "$victim.h5 cannot be written again"; exit 1; }
  fields=$(tail -1 count)
  command=$([ $victim = c ] && echo 'nn-train -q --resume f.h5 --epochs 3 --checkpoint c2.h5 d.h5 -o o.h5' || echo 'nn-eval -q f.h5 d.h5 -o o.h5')
  cp same.h5 f.h5
  $command 2> said || { complain "$victim.h5, only written again, is refused: $(cat said)"; exit 1; }
  for ((n = 0; n < fields; n += $(as_many 6 1))); do for ((round = 0; round < $(as_many 1 12); ++round)); do
    "$hostile" $victim.h5 f.h5 $n $((RANDOM + round)) > what || { complain "field $n cannot be changed: $(cat what)"; exit 1; }
    grep -q 'left as it is' what && continue
    tries=$((tries + 1))
    results=()
    for filling in 85 170; do
      rm -f o.h5 c2.h5
      status=0
      GLIBC_TUNABLES=glibc.malloc.perturb=$filling timeout $limit $command > /dev/null 2> said || status=$?
      results+=("$status $([ -e o.h5 ] && digest o.h5)")
    done
    what="$victim.h5, $(cat what)"
    if [ $status != 0 ]; then
      judge $status said "$what" || continue
    else
      seen=$((seen + 1))
    fi
    [ "${results[0]}" = "${results[1]}" ] || { seen=$((seen - 1)); silent=$((silent + 1)); complain "$what: depends on memory that was never set: ${results[*]}"; }
  done; done
done
finish
