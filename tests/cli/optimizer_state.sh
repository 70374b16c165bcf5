#!/bin/bash
# SPDX-License-Identifier: MIT
# The state of an optimizer in checkpoints of PyTorch: trainings that go on from one, and ours written as one.
. "$(dirname "$0")/head.sh"
golden=$source_dir/tests/golden/optimizer_state
status 0 nn-convert --label class "$golden/data.csv" data.h5
net='dense:5 bn relu dense:3'
steps=(--model "$net" --batch 8 --no-shuffle --history-every 1)

# values FILE DATASET: on one line
values() { h5dump -A 0 -y -w 0 -m '%.9g' -d "$2" "$1" | sed '1,/DATA {/d' | tr -d ',}\n'; }
losses() { values "$1" /steps/loss; }
# equal WHAT FOUND EXPECTED: three numbers each, to 1e-6
equal() {
  awk -v a="$2" -v b="$3" 'BEGIN { n = split(a, x, " "); m = split(b, y, " "); if (n != 3 || m != 3) exit 1
    for (i = 1; i <= 3; ++i) { d = x[i] - y[i]; if (d > 1e-6 || d < -1e-6) exit 1 } }' || fail "$1: losses $2, expected $3"
}

# PyTorch's own next losses (tests/golden/optimizer_state/make.py).
while IFS=$'\t' read -r name one two three; do
  case $name in
    adam) options=(--optimizer adam,beta1=0.8,beta2=0.99,amsgrad --lr 0.01) ;;
    adamw) options=(--optimizer adamw --lr 0.01) ;;
    sgd) options=(--optimizer sgd,momentum=0.9,dampening=0.1 --lr 0.1) ;;
  esac
  status 0 nn-train "${steps[@]}" "${options[@]}" --epochs 1 --init "$golden/$name.pth" --init-optimizer -o on.h5 data.h5
  says 'the optimizer goes on from its state there'
  equal "$name" "$(losses on.h5)" "$one $two $three"
  status 0 nn-train "${steps[@]}" "${options[@]}" --epochs 1 --init "$golden/$name.pth" -o anew.h5 data.h5
  says 'the state of the optimizer there is left.*--init-optimizer takes it'
  [ "$(losses anew.h5)" != "$(losses on.h5)" ] || fail "$name: the state makes no difference"
done < "$golden/losses.tsv"

# Ours as PyTorch's and back: the bits of the run that is resumed.
for optimizer in adam,amsgrad adamw sgd,momentum=0.9; do
  run=("${steps[@]}" --optimizer "$optimizer" --lr 0.01)
  status 0 nn-train "${run[@]}" --epochs 1 --checkpoint c.h5 -o m.h5 data.h5
  status 0 nn-convert --optimizer-state c.h5 c.pth
  status 0 nn-train "${run[@]}" --epochs 1 --init c.pth --init-optimizer --checkpoint on.c.h5 -o on.h5 data.h5
  status 0 nn-train "${run[@]}" --epochs 1 --init c.h5 --init-optimizer -o ours.h5 data.h5
  status 0 nn-train --resume c.h5 --epochs 2 --trust-outputs -o whole.h5 data.h5
  for file in on.h5 ours.h5; do
    [ "$(values "$file" /weights/dense1/weight)" = "$(values whole.h5 /weights/dense1/weight)" ] ||
      fail "$optimizer: $file has other weights than the run that goes on"
  done
  status 0 nn-train --resume on.c.h5 --epochs 2 --trust-outputs -o on2.h5 data.h5
  status 0 nn-train --resume c.h5 --epochs 3 --trust-outputs -o whole3.h5 data.h5
  [ "$(values on2.h5 /weights/dense1/weight)" = "$(values whole3.h5 /weights/dense1/weight)" ] ||
    fail "$optimizer: resumed, the steps before are forgotten"
done

# A head that begins anew has an empty state as well.
status 0 nn-train "${steps[@]}" --optimizer sgd,momentum=0.9 --lr 0.01 --epochs 1 --init c.pth --init-optimizer --init-except 'dense2' -o head.h5 data.h5
says 'dense2/weight keeps its initial values: as --init-except says'
says '6 of 8 tensors taken'
status 0 nn-train "${steps[@]}" --optimizer sgd,momentum=0.9 --lr 0 --epochs 1 --init c.pth --init-except 'dense2' --seed 5 -o head.h5 data.h5
status 0 nn-train "${steps[@]}" --lr 0 --epochs 1 --seed 5 -o bare.h5 data.h5
[ "$(values head.h5 /weights/dense2/weight)" = "$(values bare.h5 /weights/dense2/weight)" ] || fail '--init-except: the head is not the initial one'
[ "$(values head.h5 /weights/dense1/weight)" != "$(values bare.h5 /weights/dense1/weight)" ] || fail '--init-except: the others are initial, too'
status 2 nn-train "${steps[@]}" --epochs 1 --init c.pth --init-except 'conv*' -o x.h5 data.h5
says "\-\-init-except: no layer with weights matches 'conv\*'; there are dense1, bn1, dense2"

# What does not fit.
status 2 nn-train "${steps[@]}" --epochs 1 --init m.h5 --init-optimizer -o x.h5 data.h5
says "has no optimizer's state"
status 2 nn-train "${steps[@]}" --epochs 1 --optimizer sgd --init c.pth --init-optimizer -o x.h5 data.h5
says 'keeps other values than this --optimizer'
status 2 nn-train "${steps[@]}" --epochs 1 --init-optimizer -o x.h5 data.h5
says 'of use with --init MODEL only'
status 2 nn-convert --optimizer-state m.h5 x.pth
says 'only a checkpoint of nn-train'
status 0 nn-train "${steps[@]}" --optimizer rmsprop --epochs 1 --checkpoint r.h5 -o m.h5 data.h5
status 2 nn-convert --optimizer-state r.h5 x.pth
says 'sgd, adam and adamw are written for PyTorch, not rmsprop'
status 0 nn-train "${steps[@]}" --like keras --optimizer sgd,momentum=0.9 --epochs 1 --checkpoint k.h5 -o m.h5 data.h5
status 2 nn-convert --optimizer-state k.h5 x.pth
says 'the momentum contains the learning rate'
exit $failed
