#!/bin/bash
# SPDX-License-Identifier: MIT
# A training under Slurm that survives the time limit, preemption and lost nodes, and ends with the bits of a run that
# nothing stopped:
#
#   sbatch examples/slurm/job.sh DATA OUT [NN-TRAIN OPTION]...
#   sbatch examples/slurm/job.sh fashion.h5 run/lenet5.h5 --model lenet5 --epochs 500
#
# One minute before the time limit Slurm sends USR1 to the step (not to this shell: that would need B:USR1), at a
# preemption TERM. nn-train then finishes its batch, commits a checkpoint and exits with 75, and this script puts the job
# into the queue again. The next start finds the checkpoint and goes on; the options are in it. A node that is lost
# sends nothing: then the checkpoint of at most ten minutes before holds, and Slurm requeues by itself (--requeue).
# Any other status ends the job: 0 is done, 1 and 2 would only fail again, 3 is a training that diverged.
# Folders must be shared by the nodes. The checkpoint is OUT's name with .ck.h5 for its suffix; remove it to begin anew.
#SBATCH --job-name=nn-train
#SBATCH --time=04:00:00
#SBATCH --nodes=1
#SBATCH --ntasks=1
#SBATCH --cpus-per-task=8
#SBATCH --signal=USR1@60
#SBATCH --requeue
#SBATCH --open-mode=append
set -u
if [ $# -lt 2 ]; then
  echo "usage: sbatch job.sh DATA OUT [NN-TRAIN OPTION]..." >&2
  exit 2
fi
data=$1 out=$2
shift 2
checkpoint=${out%.*}.ck.h5
most_restarts=1000

# The shell gets the TERM of a preemption too. It waits for the step, which has a checkpoint to write. (A trap, not
# `trap ''`: what is ignored would be ignored in the step as well.)
trap 'true' TERM USR1

step=(nn-train --requeue --threads "${SLURM_CPUS_PER_TASK:-1}")
status=0
if [ -e "$checkpoint" ]; then
  srun "${step[@]}" --resume "$checkpoint" || status=$?
else
  srun "${step[@]}" "$@" --checkpoint "$checkpoint,minutes=10" -o "$out" "$data" || status=$?
fi

if [ $status = 75 ] && [ "${SLURM_RESTART_COUNT:-0}" -lt $most_restarts ]; then
  scontrol requeue "$SLURM_JOB_ID"
fi
exit $status
