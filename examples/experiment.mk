# SPDX-License-Identifier: MIT
# What the experiments share: each is a list of runs over several seeds, an evaluation of each, and one line of mean and
# standard deviation. `make -j2` runs two trainings side by side, each on half of the processors; the numbers do not depend
# on it.
SHELL = bash
.SHELLFLAGS = -eu -o pipefail -c
.DELETE_ON_ERROR:
SEEDS ?= 1 2 3 4 5

# The processors are shared by the trainings that make runs at a time. Not ':=': MAKEFLAGS has -j only when recipes run.
jobs = $(if $(filter -j,$(MAKEFLAGS)),$(shell nproc),$(or $(patsubst -j%,%,$(filter -j%,$(MAKEFLAGS))),1))
NN_THREADS ?= $(shell n=$$(nproc); j=$(jobs); t=$$((n / j)); echo $$((t > 0 ? t : 1)))
export NN_THREADS

# mean NAME: of the evaluations on standard input, "name n accuracy sd min max loss" with accuracies in per cent.
mean = awk -v name='$(1)' '$$2 == "accuracy" { a = 100 * $$3; n++; s += a; q += a * a; \
	if (n == 1 || a < low) low = a; if (a > high) high = a } $$2 == "loss" { l += $$3 } \
	END { v = n > 1 ? (q - s * s / n) / (n - 1) : 0; if (v < 0) v = 0; \
	printf "%s\t%d\t%.2f\t%.2f\t%.2f\t%.2f\t%.4f\n", name, n, s / n, sqrt(v), low, high, l / n }'
heading = printf 'network\truns\taccuracy\tsd\tmin\tmax\tloss\n'

run: ; mkdir -p $@
clean: ; rm -rf run *.tsv *.svg *.dot summary.txt *.h5
.PHONY: all clean
