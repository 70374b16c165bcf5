#!/bin/bash
# SPDX-License-Identifier: MIT
# A network that branches from training to prediction: same bits for any number of threads, resumed, averaged, frozen,
# fine-tuned, by Keras' rules, and its text.
. "$(dirname "$0")/head.sh"

nn-fetch glyphs | nn-prep --subset train=96,test=32 --scale 0:1 --split val=16 -o g.h5 || exit 1
net='conv:6,3,same bn relu  2*( res( conv:6,3,same bn relu conv:6,3,same bn ) relu )
# joined, and weighed by channel and by cell
cat( conv:4,1 relu | maxpool:3,stride=1,pad=1 | ) gate( globalavgpool dense:4 relu dense:16 sigmoid )
gate( conv:1,1 sigmoid ) maxpool:2 add:maxpool2,name=twice mul:maxpool2 concat:twice dropout:0.2 globalavgpool dense:10'
train=(nn-train -q --model "$net" --batch 32 --seed 4)

for rules in '' '--like keras' '--ema 0.9' '--like keras --ema 0.9' '--device ref'; do
  status 0 "${train[@]}" $rules --epochs 2 -j 1 -o "one.h5" g.h5
  for threads in 2 3; do
    status 0 "${train[@]}" $rules --epochs 2 -j $threads -o "more.h5" g.h5
    same one.h5 more.h5 "$rules, $threads threads"
  done
  status 0 "${train[@]}" $rules --epochs 1 --checkpoint ck.h5 -o half.h5 g.h5
  status 0 nn-train -q --resume ck.h5 --epochs 2 -o resumed.h5 g.h5
  same resumed.h5 one.h5 "$rules, resumed"
  status 0 nn-eval one.h5 g.h5
  nn-predict one.h5 g.h5 -o p.h5 2> err || fail "nn-predict, $rules: $(cat err)"
  text=$(nn-info --layers one.h5) || fail "nn-info --layers"
  status 0 nn-train -q --model "$text" --batch 32 --seed 4 $rules --epochs 2 -o again.h5 g.h5
  [ -z "$rules" ] && same again.h5 one.h5 'trained from the text that nn-info prints'
  [ "$(nn-info --layers again.h5)" = "$text" ] || fail "$rules: the text of the layers changed: $(nn-info --layers again.h5)"
done
nn-info --layers half.h5 | grep -q '2\*( res( conv:6,3,same bn relu conv:6,3,same bn ) relu )' || fail "layers: $(nn-info --layers half.h5)"

# ref and cpu compute the same.
status 0 "${train[@]}" --device ref --epochs 1 -o ref.h5 g.h5
status 0 "${train[@]}" --epochs 1 -o cpu.h5 g.h5
for m in ref cpu; do nn-eval $m.h5 g.h5 --json > $m.json 2> err || nn-eval $m.h5 g.h5 > $m.json; done
loss() { grep -oE 'loss"?[: ]+[0-9.]+' "$1" | head -1 | grep -oE '[0-9.]+'; }
awk -v a="$(loss ref.json)" -v b="$(loss cpu.json)" 'BEGIN { exit !(a > 0 && (a - b) ^ 2 < 1e-8 * a * a) }' || fail "losses: $(loss ref.json) by ref, $(loss cpu.json) by cpu"

# Frozen by the name of a bracket; the others go on from a model.
status 0 "${train[@]}" --epochs 1 --init half.h5 --freeze 'res1,conv1' -o tuned.h5 g.h5
dump() { h5dump -A 0 -d "/weights/$2" "$1" | sed 1d; }  # attributes refer to addresses, as h5dump 1.14 prints them
for w in conv1/weight conv2/weight bn3/bias; do
  [ "$(dump half.h5 $w)" = "$(dump tuned.h5 $w)" ] || fail "$w was frozen and moved"
done
for w in conv4/weight dense3/bias; do
  [ "$(dump half.h5 $w)" != "$(dump tuned.h5 $w)" ] || fail "$w was not frozen and did not move"
done

# TensorBoard's graph has the edges: that of the first joint.
status 0 "${train[@]}" --epochs 1 --tensorboard events -o tb.h5 g.h5
grep -rqa res1 events || fail 'no res1 in the events'

# Messages of the tools.
status 2 nn-train --model 'res( relu' -o m.h5 g.h5
says "line 1, column 1: the bracket 'res(' is not closed"
status 1 nn-train --model $'conv:4,3\nres( conv:4,3 ) flatten dense:10' -o m.h5 g.h5
says "line 2, column 1: 'res': values of one shape can be added, found 4x[0-9x]* and 4x[0-9x]* .shapes here: 4x[0-9x]* of conv2, 4x[0-9x]* of conv1, input"
status 2 nn-train --model 'flatten add:flaten1 dense:10' -o m.h5 g.h5
says "unknown layer 'flaten1' (did you mean flatten1?)"
exit $failed
