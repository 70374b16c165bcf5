#!/bin/bash
# SPDX-License-Identifier: MIT
# The logic of examples/slurm/job.sh without Slurm: srun and scontrol are stand-ins, and this script does what the
# controller does: USR1 to the step before the limit, TERM to shell and step at a preemption, KILL to all at a lost node,
# and a new start of what was requeued.
. "$(dirname "$0")/head.sh"

mkdir bin
# The step: its process number is kept for the signals. srun stays until the step ends, and hands on its status.
cat > bin/srun << 'STEP'
#!/bin/bash
trap 'true' TERM USR1
"$@" &
echo $! > step.pid
status=0
while :; do
  wait $! && status=0 || status=$?
  kill -0 $! 2> /dev/null || break
done
exit $status
STEP
cat > bin/scontrol << 'CONTROL'
#!/bin/bash
[ "$*" = 'requeue 42' ] || { echo "scontrol: unexpected: $*" >&2; exit 1; }
echo requeued >> requeued
CONTROL
chmod +x bin/srun bin/scontrol
export PATH=$work/bin:$bin:$PATH SLURM_JOB_ID=42 SLURM_CPUS_PER_TASK=2

nn-fetch digits | nn-prep --scale 0:1 --split val=20% -o d.h5 || exit 1
job="$source_dir/examples/slurm/job.sh"
options=(--model 'flatten dense:200 relu dropout:0.2 dense:100 relu dense:10' --epochs 30 --seed 2 --schedule cosine)
nn-train -q "${options[@]}" -o whole.h5 d.h5 || exit 1

# How a start ends: done, requeued by the job, or failed. send SIGNAL: to whom the controller sends it.
send() {
  local step
  step=$(cat step.pid 2> /dev/null) || return
  case $1 in
    USR1) kill -USR1 "$step" ;;
    TERM) kill -TERM "$job_pid" "$step" ;;
    KILL) kill -KILL "$job_pid" "$step" ;;
  esac 2> /dev/null
}
restarts=0
start() {
  rm -f step.pid requeued
  : > said
  SLURM_RESTART_COUNT=$restarts bash "$job" d.h5 out.h5 "${options[@]}" 2> said &
  job_pid=$!
  if [ "$1" != none ]; then
    for _ in $(seq 600); do grep -q '^epoch ' said && break; sleep 0.02; done
    send "$1"
  fi
  status=0
  wait $job_pid 2> /dev/null || status=$?
  while [ -e step.pid ] && kill -0 "$(cat step.pid)" 2> /dev/null; do sleep 0.02; done
  restarts=$((restarts + 1))
}
for signal in USR1 TERM KILL TERM USR1; do
  start $signal
  case $signal:$status in
    *:0) break ;;  # it was quicker than the signal
    KILL:137) [ ! -e requeued ] || fail 'a killed job requeues itself' ;;
    USR1:75 | TERM:75) [ -e requeued ] || fail "$signal: not requeued" ;;
    *) fail "$signal: status $status: $(cat said)" ;;
  esac
  [ ! -e out.h5 ] || [ $status = 0 ] || fail "$signal: output before the end"
done
[ $restarts -ge 3 ] || fail "only $restarts starts: the training is too short for this test"
[ $status = 0 ] || start none
[ $status = 0 ] || fail "the last start: status $status: $(cat said)"
[ "$(nn-info --digest out.h5 | cut -c1-64)" = "$(nn-info --digest whole.h5 | cut -c1-64)" ] || fail 'another digest than the unbroken run'

# What is wrong is not tried again; nor is a job that was started too often.
rm -f requeued out.*
status=0
bash "$job" missing.h5 out.h5 --model softmax 2> said || status=$?
[ $status = 1 ] && [ ! -e requeued ] || fail "missing data: status $status, $(cat requeued 2> /dev/null)"
status=0
SLURM_RESTART_COUNT=1000 bash "$job" d.h5 out.h5 "${options[@]/#30/100000}" --time-limit 1s 2> said || status=$?
[ $status = 75 ] && [ ! -e requeued ] || fail "restarted without end: status $status"
status=0
bash "$job" 2> said || status=$?
[ $status = 2 ] || fail "no operands: status $status"
exit $failed
