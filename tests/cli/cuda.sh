#!/bin/bash
# SPDX-License-Identifier: MIT
# --device cuda from the command line, with the module that runs its kernels on the processor: training, evaluation,
# prediction, resume, the list of devices; and what is said where there is no module, or none that can be used.
. "$(dirname "$0")/head.sh"
[ -e "$bin/simulated/nn-cuda.so" ] || { echo 'FAILED: no simulated module: build the target nn-cuda-sim'; exit 1; }
mkdir none broken other with
export NN_MODULES=$work/none

nn-fetch digits | nn-prep -q --scale 0:1 --split val=20% -o d.h5 || exit 1
net='flatten dense:24 relu dropout:0.2 dense:10'
train=(nn-train --model "$net" --lr 0.01 --seed 4 --batch 100)
status 0 "${train[@]}" -q --epochs 2 --like keras -o cpu.h5 d.h5

# No module, none that can be opened, one of another version.
no_module='device cuda cannot be used: this installation has no nn-cuda.so (package nn-tools-cuda)'
status 1 "${train[@]}" --device cuda -o m.h5 d.h5
says "$no_module"
[ "$(wc -l < err)" = 1 ] || fail "more than one line: $(cat err)"
[ ! -e m.h5 ] || fail 'a model without a device'
echo 'no library' > broken/nn-cuda.so
NN_MODULES=$work/broken status 1 nn-eval --device cuda cpu.h5 d.h5
says 'device cuda cannot be used: the module cannot be opened'
cp "$(ldd "$(command -v nn-train)" | awk '/libz\.so/ { print $3; exit }')" other/nn-cuda.so
NN_MODULES=$work/other status 1 nn-predict --device cuda cpu.h5 d.h5
says 'other/nn-cuda.so is of another version than this tool'
status 0 nn-train --device list
prints '^cuda *cannot be used: this installation has no nn-cuda.so'
prints '^auto *the fastest that can be used: cpu'
status 0 nn-eval --device auto cpu.h5 d.h5
says 'note: device auto: cpu; cuda cannot be used: this installation has no nn-cuda.so'
status 0 nn-eval -qq --device auto cpu.h5 d.h5
[ ! -s err ] || fail "-qq and a line: $(cat err)"
# Without the option nobody looks for it.
NN_MODULES=$work/broken status 0 nn-eval cpu.h5 d.h5
[ ! -s err ] || fail "a line about a module that was not asked for: $(cat err)"

export NN_MODULES=$bin/simulated
status 0 nn-predict --device list
prints '^cuda *an NVIDIA GPU'
prints '^auto *the fastest that can be used: cuda'
status 2 nn-eval --device cuda:1 cpu.h5 d.h5
says 'device cuda:1: there is one only, named cuda'

# near A B WHAT: numbers of two files of one column differ by less than 1e-4
near() {
  paste "$1" "$2" | awk 'function far(a, b) { return a - b > 1e-4 || b - a > 1e-4 } far($1, $2) { bad = 1 } END { exit bad || NR == 0 }' || fail "$3: $(paste "$1" "$2" | head -3)"
}
column() { nn-info --history "$1" | awk -v name="$2" 'NR == 1 { for (i = 1; i <= NF; ++i) if ($i == name) at = i; next } { print $at }'; }

# The same training as on cpu but for rounding; the same bits twice, and after a resume; many steps in one call.
for like in keras pytorch; do
  status 0 "${train[@]}" -q --epochs 2 --like $like -o cpu.h5 d.h5
  status 0 "${train[@]}" -q --epochs 2 --like $like --device cuda -o cuda.h5 d.h5
  column cpu.h5 loss > cpu.loss
  column cuda.h5 loss > cuda.loss
  near cpu.loss cuda.loss "losses, $like"
  status 0 "${train[@]}" -q --epochs 2 --like $like --device cuda -j 2 -o again.h5 d.h5
  same cuda.h5 again.h5 "the same training twice, $like"
  status 0 "${train[@]}" -q --epochs 1 --like $like --device cuda --checkpoint one.h5 -o m.h5 d.h5
  status 0 nn-train -q --resume one.h5 --epochs 2 --checkpoint two.h5 -o resumed.h5
  same cuda.h5 resumed.h5 "one epoch and a resume to two, $like"
done
nn-info --json cuda.h5 | grep -q 'CUDA simulated' || fail 'the device is not recorded'

# Evaluation and prediction.
for device in cpu cuda; do
  nn-eval -q --device $device --json cuda.h5 d.h5 | tr ',{' '\n\n' | awk -F: '/"loss"/ { print $2 }' > $device.eval
  nn-predict -q --device $device --top 10 cuda.h5 d.h5 | awk 'NR > 1 { print $NF }' > $device.predicted
done
near cpu.eval cuda.eval 'evaluation'
near cpu.predicted cuda.predicted 'predictions'

# A checkpoint goes on where it is taken to: the device may change, the result then differs by rounding.
status 0 "${train[@]}" -q --epochs 1 --like keras --checkpoint cpu.ck.h5 -o m.h5 d.h5
status 0 nn-train -q --resume cpu.ck.h5 --epochs 2 --device cuda -o moved.h5
column moved.h5 loss > moved.loss
status 0 "${train[@]}" -q --epochs 2 --like keras -o cpu.h5 d.h5
column cpu.h5 loss > cpu.loss
near cpu.loss moved.loss 'a checkpoint of cpu that goes on with cuda'

# What a plan does, how long its steps take, and what does not fit.
status 0 nn-info --plan --device cuda cuda.h5
prints '^dense1 .*matmul'
status 0 "${train[@]}" --epochs 1 --device cuda --profile -o m.h5 d.h5
grep -q 'dense1' err || fail "no step in the profile: $(cat err)"
SIM_MEMORY=100000 status 1 "${train[@]}" -q --device cuda -o m.h5 d.h5
says 'device cuda: out of memory: .* wanted, .* free; a smaller --batch needs less'
exit $failed
