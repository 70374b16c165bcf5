#!/bin/bash
# SPDX-License-Identifier: MIT
# The real TensorBoard reads what nn-train --tensorboard writes, also after kill -9 and --resume. Wants a python that has
# tensorboard (NN_TENSORBOARD_PYTHON, or python3) and h5dump.
set -u -o pipefail
PATH=${NN_BIN:?folder of the built tools}:$PATH
export NN_SHARE=${NN_SHARE:-${NN_SOURCE:?}/share}
reader=$NN_SOURCE/tests/cli/tensorboard_reader.py
python=${NN_TENSORBOARD_PYTHON:-python3}
"$python" -c 'import tensorboard, numpy' 2>/dev/null ||
  { echo "skipped: $python has no tensorboard (NN_TENSORBOARD_PYTHON names one that has)"; exit 77; }
command -v h5dump > /dev/null || { echo 'skipped: no h5dump'; exit 77; }
work=$(mktemp -d) || exit 1
trap '[ $BASHPID = $$ ] && rm -rf "$work"' EXIT
cd "$work" || exit 1
set --
failed=0
fail() { echo "FAILED: $*"; failed=1; }

nn-fetch glyphs | nn-prep --scale 0:1 --subset train=2000,test=100 --split val=400 -o g.h5 || exit 1
net='conv:4,5 bn relu maxpool:2 flatten dense:16 relu dropout:0.2 dense:10'
common=(--model "$net" --seed 1 -j 1 -q)
train() { nn-train "${common[@]}" --batch 32 "$@" g.h5; }
# dump MODEL FOLDER: history and weights as raw little-endian numbers
dump() {
  local name
  mkdir -p "$2/weights" "$2/history"
  for name in $(h5dump -n "$1" | awk '$1 == "dataset" && $2 ~ "^/(weights|history)/" { print $2 }'); do
    mkdir -p "$(dirname "$2$name")"
    h5dump -d "$name" -b LE -o "$2$name" "$1" > /dev/null || exit 1
  done
}
# check MODEL LOGS HISTOGRAMS [again]: what TensorBoard shows of LOGS against the model
check() {
  rm -rf dumped && dump "$1" dumped && "$python" "$reader" dumped "${@:2}" 2> said || { cat said; fail "$2"; }
}

train --epochs 3 --tensorboard logs,histograms=1 -o m.h5 || fail 'training with histograms'
check m.h5 logs 1
# One step an epoch of plain gradient descent: the gradient is the difference of the weights before and after.
for n in 1 2; do
  nn-train "${common[@]}" --batch 2000 --optimizer sgd --lr 0.5 --epochs $n --validation none --tensorboard slope$n,histograms=1 -o slope$n.h5 g.h5 || fail 'gradient descent'
done
rm -rf before && dump slope1.h5 before && check slope2.h5 slope2 1 "$PWD/before" 0.5
train --epochs 5 --tensorboard logs,histograms=2 -o m.h5 || fail 'a new run into the same folder'
check m.h5 logs 2 again
train --epochs 2 --validation none --tensorboard alone -o m.h5 || fail 'training without validation'
check m.h5 alone 0
[ ! -e alone/validation ] || fail 'a folder for a validation that there is not'

# Killed at any moment and gone on with: each step once, with the values of the run that was never killed.
epochs=40
train --epochs $epochs -o whole.h5 || fail 'the whole run'
for pause in 0.3 0.7 0.5 0.9 0.6; do
  # A checkpoint each third epoch: the killed run has written epochs that are done again.
  nn-train "${common[@]}" --batch 32 "$@" --epochs $epochs --checkpoint c.h5,every=3 --tensorboard killed,histograms=1 -o killed.h5 g.h5 &
  pid=$!
  while [ ! -e c.h5 ] && kill -0 $pid 2>/dev/null; do sleep 0.05; done
  sleep $pause
  kill -9 $pid 2>/dev/null
  wait $pid 2>/dev/null
  set -- --resume c.h5
done
train --epochs $epochs --checkpoint c.h5,every=3 --resume c.h5 --tensorboard killed,histograms=1 -o killed.h5 || fail 'the last resume'
[ "$(nn-info --digest whole.h5 | cut -c1-64)" = "$(nn-info --digest killed.h5 | cut -c1-64)" ] || fail 'another model after kill and resume'
check killed.h5 killed 1
# Gone on with into a folder of its own: it has the epochs before, too.
train --epochs $((epochs + 2)) --checkpoint c.h5 --resume c.h5 --tensorboard later -o longer.h5 || fail 'more epochs'
check longer.h5 later 0
exit $failed
