#!/bin/bash
# SPDX-License-Identifier: MIT
# The experiments of examples/ as their Makefiles run them, small and without the network: all that they promise is made,
# a second make does nothing, and a make that was stopped ends in the files of one that was not.
. "$(dirname "$0")/head.sh"
unset MAKEFLAGS MAKELEVEL MFLAGS
cp -r "$source_dir/examples" . && cd examples || exit 1
export NN_THREADS=1
run() { timeout 300 make -C "$1" DATASET='glyphs --size 2000,400' EPOCHS=2 "${@:2}" > ../out 2> ../err || fail "make -C $*: $(tail -n 5 ../err)"; }
made() { for file in "${@:2}"; do [ -s "$1/$file" ] || fail "$1: no $file"; done; }

if command -v gnuplot > /dev/null; then
  for experiment in s0 s1 s2 s4; do
    run $experiment -j2 SEEDS='1 2'
    grep -q 'differ\|better\|worse' $experiment/compare.txt || fail "$experiment/compare.txt: $(cat $experiment/compare.txt)"
    run $experiment -s SEEDS='1 2'; cmp -s ../out <(cat $experiment/compare.txt $([ $experiment != s2 ] || echo s2/published.txt)) ||
      fail "$experiment: a second make does something: $(head -3 ../out)"
    made $experiment compare.md report/index.html report/report.md
  done
  run s2 -n SEEDS='1 2 3' LIKES=keras; [ "$(grep -c '^nn-train' ../out)" = 4 ] || fail "one seed more: $(grep -c '^nn-train' ../out) trainings"
  run s2 SEEDS=1 EPOCHS=1 run/dropout/keras.1.h5; grep -q 'nn-train.*--epochs 1 ' ../out || fail 'other EPOCHS are not noticed'
  made s0 accuracy.svg curves.svg fashion-cnn.pth fashion-cnn.keras.h5
  made s1 loss.pytorch.svg loss.keras.svg curves.svg accuracy.svg
  made s2 frameworks.md published.txt accuracy.svg
  [ "$(wc -l < s2/published.txt)" = 5 ] || fail "published.txt: $(cat s2/published.txt)"
  made s4 strip.svg samples.svg summary.txt network.dot loss.svg accuracy.svg curves.svg predictions.tsv predictions.svg evaluation.tsv confusion.svg
  [ "$(wc -l < s4/predictions.tsv)" = 11 ] || fail "predictions.tsv has $(wc -l < s4/predictions.tsv) lines"
else
  echo 'skipped: the experiments need gnuplot'
fi

# The searches end in one network each, the halving with the least training.
run sweep -j2 DATASET=digits EPOCHS=4 TRIALS=8
[ "$(cut -f 1,2 sweep/result.tsv | tr '\n\t' ' ,')" = 'way,epochs grid,64 random,32 halving,16 ' ] || fail "result.tsv: $(cat sweep/result.tsv)"
awk -F '\t' 'NR > 1 && !($5 > 0.5 && $6 >= 3e-4 && $6 <= 1e-2) { exit 1 }' sweep/result.tsv || fail "result.tsv: $(cat sweep/result.tsv)"
# What the halving trained step by step is what it would be in one go.
for last in sweep/run/halving/*.e4.h5; do
  number=$(basename "$last" .e4.h5)
  [ "$(nn-info --digest "$last" | cut -d ' ' -f 1)" = "$(nn-info --digest "sweep/run/random/$number.h5" | cut -d ' ' -f 1)" ] || fail "halving of point $number"
done
run kfold -j2
run kfold -n FOLDS='1 2'; [ "$(grep -c 'nn-train' ../out)" = 4 ] || fail "two folds of two: $(grep -c 'nn-train' ../out) trainings"
grep -q 'paired t.*data' kfold/compare.txt || fail "compare.txt: $(cat kfold/compare.txt)"
run ensemble -j2 DATASET=digits MODEL='flatten dense:32 relu dense:10' EPOCHS=2 SEEDS='1 2 3'
grep -q '^ensemble	test	accuracy' ensemble/metrics.tsv || fail "metrics.tsv: $(cat ensemble/metrics.tsv)"

# Stopped in the middle of a training by a signal, and made again: the files of an unbroken make.
run s2 clean; made s2 published.tsv
run s2 EPOCHS=30 run/dropout-l2/keras.1.h5; mv s2/run/dropout-l2/keras.1.h5 whole.h5
mkfifo said
kill_training() {
  for process in /proc/[0-9]*; do
    [ "$(readlink "$process/cwd")" = "$PWD/s2" ] && [ "$(cat "$process/comm")" = nn-train ] && kill -KILL "${process#/proc/}"
  done 2> /dev/null
}
(exec timeout 300 make -C s2 DATASET='glyphs --size 2000,400' EPOCHS=30 run/dropout-l2/keras.1.h5 > said 2>&1) &
while read -r line; do case $line in 'epoch 5/'*) kill_training ;; esac; done < said
wait $!
[ ! -e s2/run/dropout-l2/keras.1.h5 ] && [ -e s2/run/dropout-l2/keras.1.checkpoint ] || fail "the training was not stopped: $(ls s2/run/dropout-l2)"
run s2 EPOCHS=30 run/dropout-l2/keras.1.h5
grep -q 'resum\|goes on\|continu' ../out ../err || fail "it did not go on: $(cat ../out ../err)"
[ "$(nn-info --digest whole.h5 | cut -d ' ' -f 1)" = "$(nn-info --digest s2/run/dropout-l2/keras.1.h5 | cut -d ' ' -f 1)" ] || fail 'the resumed training ends in another model'
[ ! -e s2/run/dropout-l2/keras.1.checkpoint ] || fail 'the checkpoint stays'
exit $failed
