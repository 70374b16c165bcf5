# SPDX-License-Identifier: MIT
# The processors are shared by the trainings that make runs at a time, unless NN_THREADS says otherwise; the results do
# not depend on it. Not ':=': MAKEFLAGS has -j only when recipes run.
jobs = $(if $(filter -j,$(MAKEFLAGS)),$(shell nproc),$(or $(patsubst -j%,%,$(filter -j%,$(MAKEFLAGS))),1))
NN_THREADS ?= $(shell n=$$(nproc); j=$(jobs); t=$$((n / j)); echo $$((t > 0 ? t : 1)))
export NN_THREADS
