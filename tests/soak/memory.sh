#!/bin/bash
# SPDX-License-Identifier: MIT
# Memory that ends: the address space is limited to ever less (ulimit -v), and single allocations fail (malloc, mmap), those of
# the libraries too. The tool does its work or says that memory is short; no crash, no wrong result.
. "$(dirname "$0")/common.sh"
without_sanitizer
${CC:-cc} -shared -fPIC -O1 -o "$work/faults.so" "$NN_SOURCE/tests/soak/faults.c" -ldl || { complain 'faults.c does not compile'; exit 1; }
nn-fetch digits -q | nn-prep --subset train=100,test=20 -q -o d.h5 || exit 1
nn-train -q --model 'flatten dense:4 relu dense:10' --epochs 1 -o m.h5 d.h5 2> /dev/null || exit 1
nn-convert --to csv --split train d.h5 -o d.csv || exit 1
nn-predict -q m.h5 d.h5 -o p.h5 || exit 1
commands=('nn-info m.h5' 'nn-prep -q --scale 0:1 d.h5 -o o.h5' 'nn-train -q --model softmax --epochs 1 d.h5 -o o.h5' 'nn-eval -q m.h5 d.h5 -o o.h5'
  'nn-predict -q m.h5 d.h5 -o o.h5' 'nn-convert -q d.csv --label -1 -o o.h5' 'nn-fetch -q iris -o o.h5' 'nn-plot-data confusion p.h5' 'nn-compare --json p.h5')
result() { [ -e o.h5 ] && nn-info --digest o.h5 | cut -c1-64 || cat out; }
look() {  # WHAT: after a try
  if [ $status = 0 ]; then
    [ "$(result)" = "$right" ] && seen=$((seen + 1)) || { silent=$((silent + 1)); complain "$1: status 0 and another result"; }
  else
    judge $status said "$1" || true
  fi
}
for command in "${commands[@]}"; do
  rm -f o.h5
  $command > out 2> /dev/null || { complain "$command fails by itself"; exit 1; }
  right=$(result)
  # Below some limit the loader of shared libraries gives up, which is not ours to word.
  least=20000
  until (ulimit -v $least; ${command%% *} --version > /dev/null 2>&1); do least=$((least + 5000)); done
  step=$(as_many 30000 2000)
  for ((limit_kb = least + RANDOM % step; limit_kb < least + 150000; limit_kb += step)); do
    rm -f o.h5
    tries=$((tries + 1)) status=0
    (ulimit -v $limit_kb; exec timeout $limit $command > out 2> said) || status=$?
    look "$command in $limit_kb KiB"
  done
  for kind in m p; do
    env LD_PRELOAD="$work/faults.so" NN_FAULT_KINDS=$kind NN_FAULT_COUNT="$work/count" $command > out 2> /dev/null
    calls=$(cat count)
    # Most calls of nn-fetch are made while libhdf5 starts, which then prints lines of its own unless it is kept from it.
    case $command in nn-fetch*) few=150 ;; *) few=6 ;; esac
    step=$((calls / $(as_many $few 400) + 1))
    for ((n = 1 + RANDOM % step; n <= calls; n += step)); do
      rm -f o.h5
      tries=$((tries + 1)) status=0
      env LD_PRELOAD="$work/faults.so" NN_FAULT_KINDS=$kind NN_FAULT_AT=$n timeout $limit $command > out 2> said || status=$?
      look "$command, $kind number $n of $calls"
    done
  done
done
finish
