#!/bin/bash
# SPDX-License-Identifier: MIT
# nn-train, nn-eval and nn-predict end to end on small glyphs: pipes, files, bits, exit codes, refusals.
. "$(dirname "$0")/head.sh"

nn-fetch glyphs | nn-prep --scale 0:1 --subset train=3000,test=500 --split val=500 -o g.h5 || exit 1
nn-fetch glyphs | nn-prep --subset train=300,test=500 -o raw.h5 || exit 1
net='conv:4,5 relu maxpool:2 flatten dense:32 relu dropout:0.2 dense:10'

status 0 nn-train --model "$net" --epochs 3 --batch 64 --lr 0.003 --seed 1 -j 1 -o m1.h5 g.h5
says '^epoch 1/3  loss [0-9.]*  accuracy [0-9.]*  val_loss [0-9.]*  val_accuracy [0-9.]*  [0-9.]* s$'
nn-train --model "$net" --epochs 3 --batch 64 --lr 0.003 --seed 1 -j 3 -q <g.h5 >m3.h5 || fail 'training in a pipe'
same m1.h5 m3.h5 '-j 1 and -j 3'

status 0 nn-eval m1.h5 g.h5
prints '^split	metric	value$'
prints '^test	n	500$'
cp out whole
status 0 nn-eval -j 2 m1.h5 raw.h5
cmp -s out whole || fail 'raw pixels do not give the same metrics: the model carries its recipe'
nn-eval m1.h5 <g.h5 | cmp -s - whole || fail 'metrics from a pipe'
accuracy=$(awk '$2 == "accuracy" { print $3 }' whole)
awk -v a="$accuracy" 'BEGIN { exit !(a > 0.6) }' || fail "accuracy $accuracy after three epochs"
status 0 nn-eval --json m1.h5 g.h5
for key in model data split n loss accuracy top_k per_class confusion; do prints "\"$key\":"; done
status 3 nn-eval --fail-under accuracy=0.9999 m1.h5 g.h5
says 'accuracy'
cmp -s out whole || fail 'the report is written although the gate fails'
status 0 nn-eval --fail-under accuracy=0.1 --fail-under loss=9 m1.h5 g.h5
status 2 nn-eval --fail-under acuracy=0.1 m1.h5 g.h5
says 'accuracy'
status 0 nn-eval -o metrics.h5 --split val,test m1.h5 g.h5
status 1 nn-eval --split valid m1.h5 g.h5
says 'val'

status 0 nn-predict --rows 0:10 m1.h5 raw.h5
[ "$(wc -l <out)" = 11 ] || fail "rows 0:10 gave $(wc -l <out) lines"
prints '^row	label	label_name	predicted	predicted_name	confidence	top_3$'
status 0 nn-predict -o predictions.h5 m1.h5 raw.h5
status 2 nn-predict --rows 10:5 m1.h5 raw.h5

status 0 nn-train --model "$net" --epochs 1 -o m.h5 raw.h5
says 'warning: .*nn-prep --scale 0:1'
status 0 nn-train --model "$net" --epochs 1 --validation test -o m.h5 g.h5
says 'warning: .*not\|flatters'
status 0 nn-train -n --model "$net" g.h5
prints 'parameters'
prints 's per epoch'
status 2 nn-train --model "$net softmax" --epochs 1 -o n.h5 g.h5
says 'softmax'
status 1 nn-train --model 'dense:10 conv:3,3' --epochs 1 -o n.h5 g.h5
status 2 nn-train --model 'danse:10' --epochs 1 -o n.h5 g.h5
says 'dense'
status 2 nn-train --epocs 1 --model "$net" -o n.h5 g.h5
says '\-\-epochs'
status 2 nn-train --model "$net" --optimizer adm -o n.h5 g.h5
says 'adam'
cp m.h5 before.h5
status 3 nn-train --model "$net" --optimizer sgd --lr 1e30 --epochs 2 -o m.h5 g.h5
says 'diverged'
cmp -s m.h5 before.h5 || fail 'a diverged run touched its output'
[ ! -e n.h5 ] || fail 'a refused run left an output'
status 0 nn-train --model "$net" --epochs 0 -o zero.h5 g.h5
status 0 nn-train --model "$net" --epochs 1 --test -q -o tested.h5 g.h5
status 1 nn-eval g.h5 g.h5
status 2 nn-eval

(nn-train --model "$net" --epochs 500 -q -o m.h5 g.h5 & pid=$!; sleep 1; kill -9 $pid; wait $pid) 2>/dev/null
cmp -s m.h5 before.h5 || fail 'a killed run touched its output'
timeout -s INT 2 nn-train --model "$net" --epochs 500 -q -o m.h5 g.h5 2>/dev/null
cmp -s m.h5 before.h5 || fail 'an interrupted run touched its output'
exit $failed
