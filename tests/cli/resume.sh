#!/bin/bash
# SPDX-License-Identifier: MIT
# nn-train --checkpoint and --resume from the command line: kills at random moments, signals, refusals, full disks.
. "$(dirname "$0")/head.sh"
trap '[ $BASHPID = $$ ] && { umount "$work/small" 2> /dev/null; rm -rf "$work"; }' EXIT

[ -n "${NO_SOAK:-}" ] || bash "$source_dir/tests/soak/resume.sh" 20 "${SEED:-1}" || failed=1

nn-fetch digits | nn-prep --scale 0:1 --split val=20% -o d.h5 || exit 1
nn-fetch digits | nn-prep --scale 0:1 --split val=30% -o other.h5 || exit 1
net='flatten dense:32 relu dropout:0.2 dense:10'
train=(nn-train --model "$net" --lr 0.01 --seed 4)

# 4 epochs and a resume to 10; the command line again, a part of it, or none.
status 0 "${train[@]}" -q --epochs 10 -o ten.h5 d.h5
status 0 "${train[@]}" -q --epochs 4 --checkpoint four.h5 -o m.h5 d.h5
status 0 nn-train -q --resume four.h5 --epochs 10 --checkpoint ck.h5
same m.h5 ten.h5 'four epochs and a resume to ten'
status 0 nn-train -q --resume four.h5 --epochs 10 --checkpoint ck.h5 -o n.h5 "${train[@]:1}" d.h5
same n.h5 ten.h5 'the whole command line again'
rm n.h5
status 0 nn-train --resume ck.h5 -o n.h5
! grep -q '^epoch' err || fail "the checkpoint of a finished run trains on: $(cat err)"
same n.h5 ten.h5 'from a finished run'
nn-train -q --resume four.h5 --epochs 10 --checkpoint ck.h5 -o - < d.h5 - > n.h5 || fail 'data from standard input'
same n.h5 ten.h5 'data from standard input'

# What would change the result is refused, and named; the checkpoint and the output stay.
cp four.h5 before.h5
for change in '--lr 0.02' '--batch 32' '--seed 5' '--optimizer sgd' '--no-shuffle' '--validation none' '--clip-norm 1' '--schedule cosine' '--precision bf16'; do
  status 2 nn-train --resume four.h5 --epochs 10 -o m.h5 $change
  says "four.h5: was made with $(echo "$change" | sed 's/--no-/--/; s/ .*//')"
done
status 1 nn-train --resume four.h5 --model 'flatten dense:16 dense:10'
says 'four.h5: has other layers.*dense:16'
status 1 nn-train --resume four.h5 other.h5
says 'four.h5: was trained on other data: digest'
# Data with the same values and other names is other data.
printf 'u,v,y,kind\n1,2,3,ant\n4,5,6,bee\n7,8,1,cow\n' > names.csv
nn-convert -q --label kind --target y names.csv names.h5 || exit 1
status 0 nn-train -qq --model dense:1 --loss mse --epochs 1 --checkpoint names.ck.h5 -o names.m.h5 names.h5
for change in 's/ant/zebra/' '1s/u/w/' '1s/y/z/' '2s/1/9/'; do
  sed "$change" names.csv > changed.csv
  target=$(sed 's/.*,\(.\),kind$/\1/;q' changed.csv)
  nn-convert -q --label kind --target "$target" --classes "$(cut -d, -f4 changed.csv | tail -n +2 | paste -s -d,)" changed.csv changed.h5 || exit 1
  status 1 nn-train --resume names.ck.h5 --epochs 2 -o names.n.h5 changed.h5
  case $change in
    *zebra*) says "names.ck.h5: was trained with the classes 'ant', 'bee', 'cow', now they are 'zebra', 'bee', 'cow'" ;;
    *w*) says "names.ck.h5: was trained with the features 'u', 'v', now they are 'w', 'v'" ;;
    *z*) says "names.ck.h5: was trained with the targets 'y', now they are 'z'" ;;
    *) says 'names.ck.h5: was trained on other data: digest' ;;
  esac
done
# The same data with its columns and classes in another order: they are matched by name, and the training is the same.
awk 'BEGIN { srand(5); print "u,v,w,y,z,kind"; split("ant bee cow", kind)
             for (i = 0; i < 60; ++i) print rand() "," 9 * rand() "," 100 * rand() "," rand() "," rand() "," kind[1 + i % 3] }' > order.csv
awk -F, -v OFS=, '{ print $3, $1, $2, $5, $4, $6 }' order.csv > other-order.csv
order_data() {
  nn-convert -q --label kind "${@:3}" --classes "$2" "$1.csv" - | nn-prep --standardize --split val=12 --seed 3 -q -o "$1.h5" || exit 1
}
for model in 'dense:4 tanh dense:3' '--loss mse'; do
  targets=() reversed=() loss=()
  [ "${model#--loss}" = "$model" ] || { targets=(--target y --target z) reversed=(--target z --target y) loss=(--loss mse) model=dense:2; }
  order_data order ant,bee,cow "${targets[@]}" && order_data other-order cow,ant,bee "${reversed[@]}"
  rm -f order.ck.h5
  status 0 nn-train -qq --model "$model" "${loss[@]}" --like keras --epochs 4 -o order.whole.h5 order.h5
  status 0 nn-train -qq --model "$model" "${loss[@]}" --like keras --epochs 2 --checkpoint order.ck.h5 -o order.half.h5 order.h5
  status 0 nn-train --resume order.ck.h5 --epochs 4 -o order.m.h5 other-order.h5
  says "other-order.h5: its classes and features${targets:+ and targets} stand in another order than those of order.ck.h5, and are matched by name"
  [ "$(nn-info --digest order.whole.h5 | cut -c1-64)" = "$(nn-info --digest order.m.h5 | cut -c1-64)" ] || fail "another model from $model and columns in another order"
done
sed -i '3s/^[^,]*/50/' other-order.csv && order_data other-order cow,ant,bee --target y --target z
status 1 nn-train --resume order.ck.h5 --epochs 4 -o order.m.h5 other-order.h5
says 'order.ck.h5: was trained on other data: digest'
status 2 nn-train --resume four.h5 --epochs 3
says '4 epochs are done'
status 1 nn-train --resume ten.h5 --epochs 20
says 'ten.h5.*/state.*--init'
status 1 nn-train --resume d.h5
says 'd.h5: expected a model, found a dataset'
status 2 nn-train --checkpoint x.h5 -o m.h5 d.h5
says '\-\-model is needed, or --init MODEL, or --resume'
status 2 "${train[@]}" --checkpoint m.h5 -o m.h5 d.h5
says '--checkpoint m.h5 and --output m.h5 are one file'
status 2 "${train[@]}" --requeue -o m.h5 d.h5
says '\-\-checkpoint'
status 1 "${train[@]}" --checkpoint nowhere/ck.h5 -o m.h5 d.h5
says 'nowhere'
cmp -s four.h5 before.h5 || fail 'a refused resume touched the checkpoint'
same m.h5 ten.h5 'refused resumes left the output'

# What decides nothing may be new, or other than before.
status 0 nn-train -q --resume four.h5 --epochs 10 --save-best best.h5 --checkpoint new.h5,every=best,keep=2 -o n.h5
same n.h5 ten.h5 'another --checkpoint and --save-best'
[ -e best.h5 ] && [ -e new.1.h5 ] || fail 'a resume with more callbacks: files are missing'

# Damage is refused, but in bytes that hold nothing.
for offset in 9000 15000 20000 30000; do
  cp four.h5 bad.h5
  byte=$(od -An -tu1 -j $offset -N 1 bad.h5)
  printf "\\x$(printf %02x $(((byte + 1) % 256)))" | dd of=bad.h5 bs=1 seek=$offset conv=notrunc 2> /dev/null
  nn-train -q --resume bad.h5 --epochs 10 --checkpoint new.h5 -o n.h5 2> err || says 'bad.h5: '
  same n.h5 ten.h5 "damage at byte $offset"
done
head -c 10000 four.h5 > bad.h5
status 1 nn-train -q --resume bad.h5 --epochs 10 --checkpoint new.h5 -o n.h5
says 'bad.h5: ended early'
same n.h5 ten.h5 'refused resumes left the output'

# Outputs that only the checkpoint names: nothing else is overwritten, and nothing outside of the folder and the checkpoint's.
mkdir -p else/where
echo 'alias ll="ls -l"' > profile
status 0 "${train[@]}" -q --epochs 1 --checkpoint else/p.h5 -o profile.h5 --log e.tsv d.h5
mv profile.h5 profile.was
echo 'alias ll="ls -l"' > profile.h5
status 2 nn-train -q --resume else/p.h5 --epochs 2
says 'else/p.h5: names outputs .*--output profile.h5 (holds something else).*--trust-outputs'
[ "$(cat profile.h5)" = "$(cat profile)" ] || fail 'a resume wrote over a file that the command line does not name'
status 0 nn-train -q --resume else/p.h5 --epochs 2 -o p2.h5
rm profile.h5
status 0 "${train[@]}" -q --epochs 1 --checkpoint "$work/else/where/f.h5" -o "$work/far.h5" d.h5
cd else/where || exit 1
status 2 nn-train -q --resume f.h5 --epochs 2 "$work/d.h5"
says "names outputs .*far.h5 (lies elsewhere)"
status 0 nn-train -q --resume f.h5 --epochs 2 "$work/d.h5" --trust-outputs
status 2 nn-train --trust-outputs --model softmax "$work/d.h5" -o x.h5
says 'trust-outputs is of use with --resume'
cd "$work" || exit 1

# keep= replaces only what this run wrote.
cp d.h5 rk.1.h5
status 1 "${train[@]}" -q --epochs 3 --checkpoint rk.h5,keep=2 -o m2.h5 d.h5
says 'rk.1.h5: is no checkpoint of this run'
cmp -s d.h5 rk.1.h5 || fail 'keep=2 replaces a dataset'
rm rk.1.h5
status 0 "${train[@]}" -q --epochs 3 --checkpoint rk.h5,keep=2 -o m2.h5 d.h5
status 0 "${train[@]}" -q --epochs 3 --checkpoint rk.h5,keep=2 -o m2.h5 d.h5
status 1 "${train[@]}" -q --batch 32 --epochs 3 --checkpoint rk.h5,keep=2 -o m2.h5 d.h5
says 'rk.1.h5: is no checkpoint of this run'

# The last line says what happened.
status 0 "${train[@]}" --epochs 2 -o m2.h5 d.h5
[ "$(tail -1 err)" = 'trained all 2 epochs; weights of epoch 2; wrote m2.h5' ] || fail "last line: $(tail -1 err)"
status 0 "${train[@]}" --epochs 9 --early-stop loss,mode=max,patience=2,restore-best -o m2.h5 d.h5
[ "$(tail -1 err)" = 'stopped after epoch 3 of 9: loss has not improved for 2 epochs; weights of epoch 1; wrote m2.h5' ] || fail "last line: $(tail -1 err)"
status 0 nn-info m2.h5
grep -q '^weights    of epoch 1$' out || fail "nn-info does not name the epoch of the weights: $(cat out)"
status 0 "${train[@]}" --epochs 4 --reduce-lr loss,mode=max,patience=0,factor=0.5 -o m2.h5 d.h5
says '^learning rate cut from 0.01 to 0.005: loss has not improved for 1 epoch$'
says '^epoch 3/4 .*learning_rate 0.005'

# Layers and weights of a model.
status 0 nn-train -q --init m2.h5 --epochs 1 -o from.h5 d.h5
[ "$(nn-info --layers from.h5)" = "$(nn-info --layers m2.h5)" ] || fail '--init alone takes other layers'
status 0 nn-train -q --model m2.h5 --epochs 1 -o from.h5 d.h5
[ "$(nn-info --layers from.h5)" = "$(nn-info --layers m2.h5)" ] || fail '--model FILE.h5 takes other layers'

# Logs on pipes and under any name.
status 0 "${train[@]}" -q --epochs 2 --log /dev/stdout,format=jsonl -o m2.h5 d.h5
[ "$(grep -c '^{"epoch":' out)" = 2 ] || fail "--log /dev/stdout: $(cat out)"
"${train[@]}" -q --epochs 2 --log >(cat > piped.csv),format=csv -o m2.h5 d.h5 || fail '--log >(...)'
for _ in $(seq 50); do [ "$(wc -l < piped.csv)" = 3 ] && break; sleep 0.05; done
[ "$(wc -l < piped.csv)" = 3 ] || fail "--log >(...): $(cat piped.csv)"
"${train[@]}" -q --epochs 3 --log >(exit 0),format=csv -o m2.h5 d.h5 2> err || fail "a reader of the log that ends takes the training with it: $(cat err)"
status 2 "${train[@]}" -q --log l.txt -o m2.h5 d.h5
says 'format='

# Another machine: a warning, with --strict an error.
NN_ISA=portable status 0 nn-train -q --resume four.h5 --epochs 5 --checkpoint ck.h5 -o p.h5
if grep -q warning err; then  # else this machine has nothing better than portable
  says 'warning: four.h5: isa was .*, is portable'
  NN_ISA=portable status 1 nn-train --strict -q --resume four.h5 --epochs 5 --checkpoint ck.h5 -o p.h5
  says '\-\-strict'
fi

# Signals. start COMMAND...: runs it behind, waits for its first epoch.
start() {
  : > err
  "$@" 2> err &
  pid=$!
  for _ in $(seq 300); do grep -q '^epoch ' err && return; sleep 0.05; done
  fail "does not start: $* $(cat err)"
}
ended() {
  local got=0
  wait $pid 2> /dev/null || got=$?
  [ $got = "$1" ] || fail "$2: status $got, expected $1: $(cat err)"
}
long=("${train[@]}" --epochs 100000 -j 1)
rm -f ck.h5
start "${long[@]}" --checkpoint ck.h5,every=0 -o l.h5 d.h5
kill -USR2 $pid
for _ in $(seq 100); do grep -q 'step [0-9]*/[0-9]*' err && break; sleep 0.05; done
says 'epoch [0-9]*/100000, step [0-9]*/[0-9]*'
[ ! -e ck.h5 ] || fail 'USR2 makes a checkpoint'
kill -HUP $pid
for _ in $(seq 100); do [ -e ck.h5 ] && break; sleep 0.05; done
[ -e ck.h5 ] || fail 'HUP makes no checkpoint'
kill -0 $pid || fail 'HUP ends the run'
old=$(sha256sum ck.h5)
sleep 1  # a step later
kill -USR1 $pid
ended 75 USR1
says 'stopped \(in\|after\) epoch [0-9]* of 100000.*asked by a signal; wrote ck.h5; continue with --resume ck.h5'
[ "$(sha256sum ck.h5)" != "$old" ] || fail 'USR1 makes no checkpoint'
[ ! -e l.h5 ] || fail 'USR1 writes the output'
for signal in TERM INT; do
  old=$(sha256sum ck.h5)
  set -m
  start nn-train --resume ck.h5
  set +m
  kill -$signal $pid
  ended $((128 + $(kill -l $signal))) $signal
  [ "$(sha256sum ck.h5)" != "$old" ] || fail "$signal makes no checkpoint"
done
start nn-train --resume ck.h5 --requeue
kill -TERM $pid
ended 75 'TERM under --requeue'
start nohup nn-train --resume ck.h5
kill -HUP $pid
sleep 0.2
kill -0 $pid || fail 'nohup is not heeded'
kill -KILL $pid
wait $pid 2> /dev/null
start "${long[@]}" -o l.h5 d.h5
kill -USR1 $pid
for _ in $(seq 100); do grep -q warning err && break; sleep 0.05; done
says 'warning: .*--checkpoint'
kill -TERM $pid
ended 143 'TERM without a checkpoint'
[ ! -e l.h5 ] || fail 'a run that was ended has written its output'
[ -z "$(find . -name '.ck*')" ] || fail "left behind: $(find . -name '.ck*')"

# A run that diverges keeps the last finite checkpoint, names it, and writes no output. nn-info tells what is in it.
status 3 nn-train -q --model 'flatten dense:32 relu dense:10' --optimizer sgd --lr 1e20 --checkpoint nan.h5,steps=1 -o no.h5 d.h5
says 'diverged: .*nan.h5, was made in epoch 1 of 10, step 1 of '
[ ! -e no.h5 ] || fail 'a run that diverged has written its output'
status 0 nn-info --check nan.h5
status 0 nn-info nan.h5
grep -q '^checkpoint in epoch 1, step 1' out && grep -q -e '--lr 1e20 .*d.h5$' out || fail "nn-info says: $(grep -A2 ^checkpoint out)"

# A time limit.
status 75 "${long[@]}" -q --checkpoint t.h5,every=0 --time-limit 1s -o l.h5 d.h5
says 'time-limit 1s.*--resume t.h5'
nn-info --check t.h5 > /dev/null || fail 'no checkpoint at the time limit'

# A file system that is full: the checkpoint before it stays whole and is named, the run goes on.
mkdir small
if mount -t tmpfs -o size=160k tmpfs small 2> /dev/null; then
  status 0 "${train[@]}" --epochs 2 --checkpoint small/ck.h5 -o f.h5 d.h5
  head -c 1M /dev/zero > small/full 2> /dev/null
  cp small/ck.h5 kept.h5
  status 0 nn-train --resume small/ck.h5 --epochs 4
  says 'warning: small/ck.h5: .*No space left.*the run goes on'
  status 0 "${train[@]}" -q --epochs 4 -o m.h5 d.h5
  same f.h5 m.h5 'a full disk for the checkpoints'
  cmp -s small/ck.h5 kept.h5 || fail 'a full disk spoils the checkpoint'
  [ -z "$(find small -name '.ck*')" ] || fail "a full disk: left behind $(find small -name '.ck*')"
  umount small
else
  echo 'skipped: no right to mount a small file system'
fi
exit $failed
