# SPDX-License-Identifier: MIT
# The processors are shared by the trainings that make runs at a time, unless NN_THREADS says otherwise; the results do
# not depend on it. Not ':=': MAKEFLAGS has -j only when recipes run.
jobs = $(if $(filter -j,$(MAKEFLAGS)),$(shell nproc),$(or $(patsubst -j%,%,$(filter -j%,$(MAKEFLAGS))),1))
NN_THREADS ?= $(shell n=$$(nproc); j=$(jobs); t=$$((n / j)); echo $$((t > 0 ? t : 1)))
export NN_THREADS

# $(call stamp,FILE,TEXT): FILE holds TEXT, and is new when it held another; what depends on it is made anew with other
# settings. (Not where make only tells, or cleans.)
only_tells = $(filter clean,$(MAKECMDGOALS))$(findstring n,$(firstword -$(MAKEFLAGS)))$(findstring q,$(firstword -$(MAKEFLAGS)))
stamp = $(if $(only_tells),,$(shell echo '$(2)' | cmp -s - $(1) || echo '$(2)' > $(1)))
