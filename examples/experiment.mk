# SPDX-License-Identifier: MIT
# What the experiments share. A run is a network trained under the rules of a framework from a seed, run/NET.LIKE.SEED.h5;
# each is measured on the test samples, and nn-compare makes tables, pictures and a report of all of them.
#
#   make -j2                      two trainings side by side, each on half of the processors; the results are the same
#   make SEEDS="1 2 3" LIKES=keras
#   make RUN=srun                 each training through another program
#   make DATASET="glyphs --size 6000,1000" EPOCHS=2    without the network, for a look
#
# An experiment sets `nets`, for each net `train-NET` (options of nn-train) and, where it is not data.h5, `data-NET`, and
# includes this file; DATASET and EPOCHS are its own, too. A make that was stopped, however it was, goes on where it stood: a training after its last epoch.
SHELL = bash
.SHELLFLAGS = -eu -o pipefail -c
.DELETE_ON_ERROR:
.PRECIOUS: run/%.h5 run/%.metrics
SEEDS ?= 1 2 3 4 5
LIKES ?= pytorch keras
RUN ?=

include $(dir $(lastword $(MAKEFILE_LIST)))common.mk

# The parts of a run's name, as "sigmoid/keras.3".
net = $(*D)
like = $(basename $(*F))
seed = $(patsubst .%,%,$(suffix $*))
# Of all runs of the nets $(1): their models, and their metrics.
models_of = $(foreach n,$(1),$(foreach l,$(LIKES),$(SEEDS:%=run/$n/$l.%.h5)))
metrics_of = $(patsubst %.h5,%.metrics,$(call models_of,$(1)))
first = $(firstword $(SEEDS))
# Tools that compare are called in run/, where the folder of a run is the name of its net: --group-by folder.
in_run = cd run && $(1) $(patsubst run/%,%,$^) -o ../$@
report_of = cd run && nn-compare $(1) --report ../$(@D) $(patsubst run/%,%,$^)

# With another DATASET or EPOCHS everything is made anew, and no stopped training goes on; nor does one that ended, whose
# checkpoint an interrupt left.
$(call stamp,settings,DATASET=$(DATASET) EPOCHS=$(EPOCHS))
ifeq (,$(only_tells))
  $(shell for c in run/*/*.checkpoint; do m=$${c%.checkpoint}.h5; \
    if [ settings -nt $$c ] || { [ -e $$m ] && [ $$m -nt $$c ]; }; then rm -f $$c; fi; done)
endif

.SECONDEXPANSION:
# Every epoch leaves a checkpoint; one that is there is of a training that was stopped.
run/%.h5: $$(or $$(data-$$(net)),data.h5) settings
	mkdir -p $(@D)
	$(RUN) nn-train $(train-$(net)) --like $(like) --seed $(seed) --checkpoint run/$*.checkpoint \
	  $$(test -e run/$*.checkpoint && echo --resume run/$*.checkpoint) -o $@ $<
	rm -f run/$*.checkpoint
run/%.metrics: run/%.h5 $$(or $$(data-$$(net)),data.h5) ; nn-eval --format h5 -o $@ $^
clean: ; rm -rf run report settings *.h5 *.pth *.onnx *.keras *.svg *.dot compare.* frameworks.md published.txt predictions.tsv evaluation.tsv summary.txt
.PHONY: all clean
