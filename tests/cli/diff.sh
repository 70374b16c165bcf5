#!/bin/bash
# SPDX-License-Identifier: MIT
# nn-info --diff: what it says of two runs, and its exit status; the numbers are tested in tests/info/diff_test.cpp.
. "$(dirname "$0")/head.sh"

nn-fetch -q iris | nn-prep -q --split val=20% --standardize -o d.h5
nn-train -q --model 'dense:4 relu dense:3' --epochs 3 -o a.h5 d.h5
nn-train -q --model 'dense:4 relu dense:3' --epochs 3 -j 1 -o again.h5 d.h5
nn-train -q --model 'dense:4 relu dense:3' --epochs 3 --lr 0.01 -o b.h5 d.h5
nn-train -q --model 'dense:4 relu dense:3' --epochs 4 -o c.h5 d.h5
status 0 nn-info --diff a.h5 again.h5
prints '^a.h5 and again.h5: model files with the same content, digest [0-9a-f]\{64\}$'
status 3 nn-info --diff a.h5 b.h5
prints '^a.h5 and b.h5: model files that differ$'
prints "settings  *lr  *'0.001', '0.01'$"
prints 'weights  *dense1  *norm of the difference [0-9.]* of the norm, largest [0-9.]*$'
prints 'weights  *dense2 '
prints 'history  *history/loss  *3 of 3 epochs differ, the first is 1 ('
prints "options  *nn-train --lr  *"
status 3 nn-info --diff a.h5 c.h5
prints 'history/epoch  *3, 4 epochs$'
! grep -q 'history/loss' out || fail "three epochs are the same: $(cat out)"
status 3 nn-info --diff --json a.h5 b.h5 -o diff.json
python3 -c 'import json; d = json.load(open("diff.json")); assert d["equal"] is False and len(d["digests"]) == 2 and any(x["about"] == "weights" for x in d["differences"])' || fail 'JSON'
nn-prep -q --subset train=50 d.h5 -o d2.h5
status 3 nn-info --diff d.h5 d2.h5
prints 'train/features'
prints 'commands  *nn-prep (2)  *only the second was made with it'
nn-fetch -q iris | nn-prep -q --split val=20% --standardize --title other -o d3.h5 2> /dev/null || nn-fetch -q iris | nn-prep -q --split val=20% --standardize -o d3.h5
status 0 nn-info --diff d.h5 - < d3.h5
nn-eval a.h5 d.h5 -o e.h5
nn-eval b.h5 d.h5 -o e2.h5
status 3 nn-info --diff e.h5 e2.h5
prints 'loss'
prints 'data  *nn-eval input 1  *a.h5 ([0-9a-f]\{12\}...), b.h5 ('
nn-predict a.h5 d.h5 -o p.h5
nn-predict b.h5 d.h5 -o p2.h5
status 3 nn-info --diff p.h5 p2.h5
prints 'probability  *[0-9]* of [0-9]* rows differ'
status 3 nn-info --diff a.h5 d.h5
prints 'a model file and a dataset file'
# of another program
nn-convert -qq a.h5 a.pth
nn-convert -qq --layers 'dense:4 relu dense:3' a.pth t.h5
status 3 nn-info --diff a.h5 t.h5
! grep -q '^  weights' out || fail "the weights are the same: $(cat out)"
# usage and bad files
status 2 nn-info --diff a.h5
says 'compares two files'
status 2 nn-info --diff a.h5 b.h5 c.h5
status 2 nn-info --diff --digest a.h5 b.h5
status 2 nn-info --diff --format tsv a.h5 b.h5
status 1 nn-info --diff a.h5 none.h5
cp a.h5 bad.h5
printf '\377\377\377\377' | dd of=bad.h5 bs=1 seek=$(($(stat -c %s a.h5) / 2)) conv=notrunc status=none
status 1 nn-info --diff a.h5 bad.h5
says bad.h5
exit $failed
