#!/bin/bash
# SPDX-License-Identifier: MIT
# kill -9 and TERM at any moment while a tool replaces a file: the old or the new one is there, whole; what was left is
# swept by the next run. (Trainings that are killed and resumed: resume.sh.)
. "$(dirname "$0")/common.sh"
nn-fetch digits -q -o d.h5 || exit 1
nn-train -q --model softmax --epochs 1 d.h5 -o m.h5 2> /dev/null || exit 1
mkdir out
commands=('nn-prep -q --scale 0:1 d.h5 -o out/o.h5' 'nn-predict -q m.h5 d.h5 -o out/o.h5' 'nn-fetch -q digits -o out/o.h5'
  'nn-train -q --model softmax --epochs 2 --checkpoint out/c.h5 d.h5 -o out/o.h5' 'nn-convert --to npz d.h5 -o out/o.npz')
for command in "${commands[@]}"; do
  target=out/$(basename "${command##* }")
  rm -rf out && mkdir out
  start=$(date +%s%N)
  $command 2> /dev/null || { complain "$command fails by itself"; exit 1; }
  span=$((($(date +%s%N) - start) / 1000))
  new=$(sha256sum < "$target")
  for ((i = $(as_many 8 200); i > 0; --i)); do
    printf old > "$target"
    tries=$((tries + 1)) status=0
    signal=$([ $((RANDOM % 3)) = 0 ] && echo TERM || echo KILL)
    $command 2> said & pid=$!
    sleep "$(printf '0.%06d' $(((RANDOM * 32768 + RANDOM) % (span + span / 8 + 1) % 1000000)))"
    kill -$signal $pid 2> /dev/null
    wait $pid 2> /dev/null || status=$?
    case $status in 0 | 137 | 143) ;; *) crash=$((crash + 1)); complain "$command, $signal: status $status: $(cat said)"; continue ;; esac
    if [ "$(cat "$target" | tr -d '\0')" = old ]; then
      [ $status != 0 ] && seen=$((seen + 1)) || { silent=$((silent + 1)); complain "$command: status 0 and the old file"; }
    elif [ "$(sha256sum < "$target")" = "$new" ] || { [[ $target = *.h5 ]] && nn-info --check "$target" > /dev/null 2>&1; }; then
      seen=$((seen + 1))
    else
      silent=$((silent + 1)); complain "$command, $signal: neither the old nor the new file"
    fi
  done
  $command 2> /dev/null || { complain "$command fails after kills"; exit 1; }
  rest=$(find out -name '.*' ! -name . | head -3)
  [ -z "$rest" ] || { silent=$((silent + 1)); complain "$command: not swept: $rest"; }
done
finish
