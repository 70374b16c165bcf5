#!/bin/bash
# SPDX-License-Identifier: MIT
# Signals, kills, full file systems and several writers: the old file or the new one is there, whole, and nothing else.
set -u -o pipefail
PATH=${NN_BIN:?folder of the built tools}:$PATH
export NN_SHARE=${NN_SHARE:-${NN_SOURCE:?}/share} LC_ALL=C
work=$(mktemp -d) || exit 1
talk=$(mktemp) || exit 1
trap '[ $BASHPID = $$ ] && { rm -f "$talk"; umount "$work/small" 2> /dev/null; rm -rf "$work"; }' EXIT
cd "$work" || exit 1
failed=0
complain() { echo "FAILED: $1"; failed=1; }
big='flatten dense:1000 relu dense:1000 relu dense:10'

nn-fetch digits | nn-prep --scale 0:1 -o digits.h5 || exit 1
nn-train -q --model softmax --epochs 1 -o model.h5 digits.h5 || exit 1
old=$(sha256sum < model.h5)
files=$(ls -A)

# unchanged WHAT: model.h5 is the old one, and no other file is there.
unchanged() {
  [ "$(sha256sum < model.h5)" = "$old" ] || complain "$1: the old file changed"
  [ "$(ls -A)" = "$files" ] || { complain "$1: files left: $(ls -A | tr '\n' ' ')"; find . -name '.*' -type f -delete; }
}

# A training that runs until it is told to end; said says when it is under way.
start_training() {
  : > "$talk"
  nn-train --model "$big" --epochs 100000 -j 1 -o model.h5 digits.h5 2> "$talk" &
  pid=$!
  for _ in $(seq 600); do grep -q '^epoch 1/' "$talk" 2> /dev/null && return; sleep 0.1; done
  complain "training does not start: $(cat "$talk")"
}
for signal in INT TERM HUP; do
  # A background job of a script ignores INT; a tool keeps to that.
  [ $signal = INT ] && { set -m; start_training; set +m; } || start_training
  kill -$signal $pid
  status=0
  wait $pid 2> /dev/null || status=$?
  [ $status = $((128 + $(kill -l $signal))) ] || complain "$signal: status $status"
  grep -q 'nothing was saved (--checkpoint FILE keeps the work)$' "$talk" || complain "$signal: not said that nothing was saved: $(tail -1 "$talk")"
  unchanged "$signal"
done
start_training
kill -KILL $pid
wait $pid 2> /dev/null
[ "$(sha256sum < model.h5)" = "$old" ] || complain "killed while training: the old file changed"
# What the killed one left goes when the name is written again, and not before: others may be at work.
[ -n "$(find . -name '.model.h5.*.tmp')" ] || complain 'killed while training: no temporary is left, the next check is void'
nn-eval model.h5 digits.h5 > /dev/null || complain 'killed while training: the old model cannot be read'
cp model.h5 kept
nn-train -q --model softmax --epochs 1 -o model.h5 digits.h5 || complain 'killed while training: the name cannot be written again'
mv kept model.h5
unchanged 'written again after a kill'

# Killed at any time while writing: what stands under the name can be read.
for delay in 0.002 0.005 0.01 0.02 0.03 0.05; do
  nn-fetch digits -o w.h5 &
  pid=$!
  sleep $delay
  kill -KILL $pid 2> /dev/null
  wait $pid 2> /dev/null
  [ ! -e w.h5 ] || nn-info --check w.h5 > /dev/null || complain "killed after $delay s: w.h5 is broken"
done
nn-fetch digits -o w.h5 || complain 'killed while writing: the name cannot be written again'
[ -z "$(find . -name '.*.tmp')" ] || complain "killed while writing: left: $(find . -name '.*.tmp')"

# Several writers to one name: one of them wins, whole.
for seed in 1 2 3 4; do nn-train -q --model softmax --epochs 1 --seed $seed -o w.h5 digits.h5 & done
wait
nn-info --check w.h5 > /dev/null || complain 'several writers: w.h5 is broken'
rm -f w.h5

# A broken pipe ends silently, on both sides of the buffers' size.
for command in 'nn-fetch digits' 'nn-info model.h5' 'nn-train --help'; do
  status=$(bash -c "{ sleep 0.3; $command; echo \$? >&3; } 3>&1 2>said | true; cat said" 3>&1)
  case $status in '141' | '') ;; *) complain "$command into a closed pipe: $status" ;; esac
done
rm -f said
unchanged 'broken pipe'

# What waits for the end of a training may vanish meanwhile: the temporary, its folder.
mkdir away
nn-train -q -j 1 --model softmax --epochs 400 --batch 8 -o away/m.h5 digits.h5 2> said & pid=$!
for _ in $(seq 300); do ls away/.m.h5.* > /dev/null 2>&1 && break; sleep 0.02; done
rm -r away
wait $pid || complain "its folder removed: $(cat said)"
nn-info --check away/m.h5 > /dev/null || complain 'its folder removed: no whole model'
[ "$(ls -A away)" = m.h5 ] || complain "its folder removed: files left: $(ls -A away)"
rm -r away said
unchanged 'its folder removed'

# The limits of a file's size and of processor time.
status=0
(ulimit -c 0 -f 8; nn-prep --standardize -o o.h5 digits.h5) 2> said || status=$?
[ $status = 1 ] && grep -q '^nn-prep: o.h5: cannot write: File too large$' said || complain "limit of size: status $status, $(cat said)"
rm said
unchanged 'limit of size'
status=0
(ulimit -c 0 -St 2; nn-train -q -j 1 --model "$big" --epochs 100000 --checkpoint t.h5,every=0 -o o.h5 digits.h5) 2> said || status=$?
[ $status = 75 ] && nn-info --check t.h5 > /dev/null || complain "limit of processor time: status $status, $(cat said)"
rm -f t.h5 said
unchanged 'limit of processor time'

# Job signals come early, and to all of a pipeline.
for signal in USR1 USR2; do
  sleep 2 | nn-prep -o o.h5 2> said & pid=$!
  sleep 0.5; kill -$signal $pid; status=0; wait $pid || status=$?
  [ $status = 1 ] && grep -q 'no data on standard input' said || complain "$signal to nn-prep: status $status, $(cat said)"
done
rm said
unchanged 'job signals'

# Too little memory leaves a message, wherever it is wanting. (Where --version fails too, the loader or the start of a library
# has no memory, before any code of ours.)
if [ -n "${ASAN_OPTIONS:-}" ]; then
  echo "skipped: a sanitizer has no limit of the address space"
  exit $failed
fi
tried=0
for limit in 60 80 100 120 160; do
  (ulimit -c 0 -v $((limit * 1024)); nn-train --version) > said 2>&1 || { [ -s said ] || complain "$limit MB: --version fails without a word"; continue; }
  tried=$((tried + 1))
  status=0
  (ulimit -c 0 -v $((limit * 1024)); nn-train -q -j 1 --model "$big" --epochs 1 -o o.h5 digits.h5) > said 2>&1 || status=$?
  { [ $status = 0 ] && rm -f o.h5; } || { [ $status -le 127 ] && [ -s said ]; } || complain "$limit MB: status $status, $(cat said)"
done
rm said
[ $tried -ge 3 ] || complain "too little memory: only $tried limits tried"
unchanged 'too little memory'
exit $failed
