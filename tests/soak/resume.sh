#!/bin/bash
# SPDX-License-Identifier: MIT
# resume.sh [KILLS [SEED]]: trainings of random options are killed at random moments (KILL, TERM, USR1) and resumed until
# they are done, with 1, 2 and 4 threads in turn; the digest of each model must be that of the unbroken run. The suite
# runs it with 20 kills (tests/cli/resume.sh); hundreds are for whoever has changed what a checkpoint holds.
set -u -o pipefail
PATH=${NN_BIN:?folder of the built tools}:$PATH
export NN_SHARE=${NN_SHARE:-${NN_SOURCE:?}/share} LC_ALL=C
kills=${1:-200} seed=${2:-$(od -An -N2 -tu2 /dev/urandom | tr -d ' ')}
work=$(mktemp -d) || exit 1
trap '[ $BASHPID = $$ ] && rm -rf "$work"' EXIT
cd "$work" || exit 1
RANDOM=$seed
failed=0
fail() { echo "FAILED (seed $seed, trial $trial): $*"; failed=1; }
pick() { shift $((RANDOM % $#)); echo "$1"; }
digest() { nn-info --digest "$1" | cut -c1-64; }
# A log without its times, which no two runs share.
timeless() { awk -F '\t' 'NR == 1 { for (i = 1; i <= NF; ++i) if ($i == "seconds") drop = i } { $drop = ""; print }' "$1"; }

nn-fetch glyphs | nn-prep --scale 0:1 --subset train=1500,test=100 --split val=200 -o plain.h5 || exit 1
nn-fetch glyphs | nn-prep --scale 0:1 --subset train=1500,test=100 --split val=200 --augment shift=2 -o augmented.h5 || exit 1

# All of a plug-in table, with the arguments that an entry needs.
mapfile -t optimizers < <(nn-train --list optimizers | awk '{ print $1 }')
optimizers+=(sgd,momentum=0.9,nesterov)
schedules=(constant constant constant step,size=2 multistep,at=2:3 exponential,factor=0.8 inverse-time,decay=0.5 polynomial cosine,warmup=1
  cosine-restarts,first=2 linear,epochs=3 constant-factor,epochs=2 piecewise,at=1:3,rates=0.003:0.001 onecycle)
for name in $(nn-train --list schedules | awk '{ print $1 }'); do
  [[ " ${schedules[*]} " == *" $name"[\ ,]* ]] || { echo "FAILED: schedule $name is not tried here"; exit 1; }
done
nets=('conv:4,5 bn relu maxpool:2 flatten dense:24 relu dropout:0.3 dense:10' 'flatten dense:64 relu dropout:0.5 dense:32 relu dense:10')

# The options of one training, a word each, in command.
choose() {
  local schedule optimizer
  schedule=$(pick "${schedules[@]}")
  optimizer=$(pick "${optimizers[@]}")
  [ "$schedule" = onecycle ] && [ "$optimizer" = adagrad ] && optimizer=nadam  # adagrad has no momentum to move
  command=(--model "$(pick "${nets[@]}")" --epochs $((3 + RANDOM % 4)) --batch "$(pick 32 50 64)" --lr "$(pick 0.003 0.01)" --seed $RANDOM
    --optimizer "$optimizer" --schedule "$schedule" --tiles "$(pick 2 4)")
  case $((RANDOM % 3)) in
    0) command+=(--early-stop "val_loss,patience=1,restore-best") ;;
    1) command+=(--early-stop "accuracy,patience=2") ;;
  esac
  [ "$schedule" = constant ] && [ $((RANDOM % 2)) = 0 ] && command+=(--reduce-lr loss,patience=0,min-delta=0.2)
  [ $((RANDOM % 3)) = 0 ] && command+=(--ema 0.9)
  [ $((RANDOM % 3)) = 0 ] && command+=(--accumulate 3)
  [ $((RANDOM % 3)) = 0 ] && command+=(--clip-norm 1)
  [ $((RANDOM % 4)) = 0 ] && command+=(--track gradient-norm --history-every 4)
  [ $((RANDOM % 4)) = 0 ] && command+=(--like keras)
  [ $((RANDOM % 4)) = 0 ] && command+=(--freeze dense1)
  [ $((RANDOM % 4)) = 0 ] && command+=(--class-weight balanced --label-smoothing 0.1)
  [ $((RANDOM % 4)) = 0 ] && command+=(--no-shuffle)
  checkpoint=ck.h5$(pick '' ,steps=5 ,steps=3,keep=2 ,every=2 ,every=0 ,every=best,steps=7 ,minutes=0.002,keep=3)
  data=$(pick plain.h5 augmented.h5)
}

# One process of the victim, killed after a random part of `span` milliseconds; status in `status`.
run_and_kill() {
  local signal pid delay
  signal=$(pick KILL KILL TERM USR1)
  "$@" 2> said &
  pid=$!
  delay=$((RANDOM % (span + 1)))
  sleep "$(printf '%d.%03d' $((delay / 1000)) $((delay % 1000)))"
  [ $((RANDOM % 4)) = 0 ] && kill -"$(pick HUP USR2)" $pid 2> /dev/null
  kill -$signal $pid 2> /dev/null
  status=0
  wait $pid 2> /dev/null || status=$?
  case $status in
    0) return ;;
    75) [ $signal = USR1 ] || fail "status 75 after $signal"; landed=$((landed + 1)); [ -e ck.h5 ] || fail 'status 75 without a checkpoint' ;;
    137 | 138 | 143 | 129 | 140) landed=$((landed + 1)) ;;
    *) fail "$signal after $delay ms: status $status: $(cat said)" ;;
  esac
  [ ! -e ck.h5 ] || nn-info --check ck*.h5 > /dev/null || fail "$signal after $delay ms: the checkpoint is broken"
}

landed=0 trial=0
while [ $landed -lt "$kills" ] && [ $failed = 0 ] && [ $trial -lt $((4 * kills)) ]; do
  trial=$((trial + 1))
  choose
  rm -f ck*.h5 out.h5 whole.h5 log.tsv whole.tsv
  start=$(date +%s%N)
  nn-train -q "${command[@]}" -j "$(pick 1 2 4)" --log whole.tsv -o whole.h5 "$data" 2> said || { fail "unbroken: $(cat said): ${command[*]}"; break; }
  span=$((($(date +%s%N) - start) / 1000000))
  status=1
  for attempt in 1 2 3 4 5 6; do
    [ $status != 0 ] || break
    if [ -e ck.h5 ]; then
      again=(nn-train -q --resume ck.h5 -j "$(pick 1 2 4)")
      [ $((RANDOM % 3)) = 0 ] && again+=("${command[@]}" --checkpoint "$checkpoint" --log log.tsv -o out.h5 "$data")
    else
      again=(nn-train -q "${command[@]}" --checkpoint "$checkpoint" --log log.tsv -j "$(pick 1 2 4)" -o out.h5 "$data")
    fi
    if [ $attempt = 6 ] || [ $landed -ge "$kills" ]; then
      status=0
      "${again[@]}" 2> said || { status=$?; fail "the last run: status $status: $(cat said)"; }
      break
    fi
    run_and_kill "${again[@]}"
  done
  [ $failed = 0 ] || break
  [ "$(digest out.h5)" = "$(digest whole.h5)" ] || fail "digests differ: ${command[*]} --checkpoint $checkpoint $data"
  [ "$(timeless log.tsv)" = "$(timeless whole.tsv)" ] || fail "logs differ: $(diff <(timeless log.tsv) <(timeless whole.tsv))"
  rm -f ck*.h5 said
  [ -z "$(find . -name '.ck*')" ] || fail "left behind: $(find . -name '.ck*')"
done
[ $failed = 0 ] || { echo "command: nn-train ${command[*]} --checkpoint $checkpoint $data"; exit 1; }
[ $landed -ge "$kills" ] || { echo "FAILED: only $landed of $kills kills landed in $trial trainings"; exit 1; }
echo "$landed kills in $trial trainings, seed $seed: all ended with the bits of the unbroken run"
