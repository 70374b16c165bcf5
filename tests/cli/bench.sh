#!/bin/bash
# SPDX-License-Identifier: MIT
# nn-bench answers the protocol of the benchmark scripts, on pictures that it draws itself; nn-bench-start sees nn-train's
# first step; the table is made of what they said.
set -u -o pipefail
bin=${NN_BIN:?folder of the built tools}
source=${NN_SOURCE:?}
PATH=$bin:$PATH
export NN_SHARE=${NN_SHARE:-$source/share}
[ -x "$bin/nn-bench" ] && [ -x "$bin/nn-bench-start" ] || { echo 'skipped: nn-bench is not built'; exit 77; }
work=$(mktemp -d) || exit 1
trap '[ $BASHPID = $$ ] && rm -rf "$work"' EXIT
cd "$work" || exit 1
failed=0
fail() { echo "FAILED: $*"; failed=1; }
small=(--data glyphs --samples 0.02 --steps 2 --repeat 3)

for net in s0 s1 s2 s3 s4 resnet20 mobilenetv2; do
  nn-bench --net $net "${small[@]}" --batch 32 --threads 2 --width 0.25 > line 2> err || fail "$net: $(cat err)"
  awk -F'\t' -v net=$net 'NF != 14 || $1 != "nn-tools" || $3 != "f32" || $4 != net || $5 != 32 || $6 != 2 || !($7 > 0 && $7 <= $8 && $8 <= $9) ||
    !($10 > 0 && $11 > 0 && $12 > 0 && $13 > 1 && $14 > 0 && $14 < 20) { bad = 1 } END { exit bad || NR != 1 }' line || fail "$net: result line: $(cat line)"
done

answer=$(printf 'repeat\nrepeat\nepoch\nquit\n' | nn-bench --net s4 "${small[@]}" --interactive | cut -f1 | tr '\n' ' ')
[ "$answer" = 'ready repeat repeat epoch nn-tools ' ] || fail "interactive: $answer"
printf 'repaet\n' | nn-bench --net s4 "${small[@]}" --interactive > out 2> err
[ $? = 2 ] && grep -q "expected repeat, epoch or quit, found 'repaet'" err || fail "a wrong word: $(cat err)"
nn-bench --net s9 > out 2> err; [ $? = 2 ] || fail "an unknown net: $(cat err)"
nn-bench --net s4 --data /nonexistent > out 2> err; [ $? = 1 ] && grep -q -e --data err || fail "no data: $(cat err)"

nn-bench --net s1 --evaluate --data glyphs --samples 0.02 --batch 100 > line || fail 'evaluation'
awk -F'\t' 'NF != 11 || $1 != "nn-tools" || $5 != 100 || !($7 > 0 && $7 <= $8 && $8 <= $9) { exit 1 }' line || fail "evaluation line: $(cat line)"

# 64 (3 x 15.560192 - 0.451584), and so on: twice the multiply-adds of forward and weights, once those of inputs but the first;
# of the networks that branch as hooks on PyTorch's modules count them
nn-bench --work > work.tsv
[ "$(cut -f3 work.tsv | tail -n +2 | tr '\n' ' ')" = '2959 194.2 256.8 203.3 58.16 3.123e+04 2953 3.407e+05 ' ] || fail "work: $(cat work.tsv)"
[ "$(cut -f4 work.tsv | tail -n +2 | tr '\n' ' ')" = '422474 44426 468874 396293 109386 272474 700490 11689512 ' ] || fail "parameters: $(cat work.tsv)"
[ "$(nn-bench --work --net s4 --batch 1 --width 2 | tail -1 | cut -f3)" = 1.007 ] || fail 'work of twice the width'

nn-bench --machine --threads 2 > machine.tsv || fail 'machine'
awk -F'\t' '/^gflops [12]\t/ { n++; if (!($2 > 0.5)) bad = 1 } /^triad/ { t++; if (!($2 > 0.05)) bad = 1 } END { exit bad || n != 2 || t != 8 }' machine.tsv ||
  fail "machine: $(cat machine.tsv)"

nn-bench --now --threads 2 > now || fail 'now'
awk -F'\t' 'NF != 2 || !($1 > 0.5 && $2 > 0.5) { exit 1 }' now || fail "now: $(cat now)"

nn-bench --net s4 "${small[@]}" --profile > profile || fail 'profile'
for part in gather forward backward accuracy update 'whole step' 'GF/s of float32'; do grep -q "$part" profile || fail "no '$part' in $(cat profile)"; done

nn-fetch digits | nn-prep --scale 0:1 > d.h5
train=(nn-train --model 'flatten dense:8 relu dense:10' --epochs 2000 --progress always -o m.h5)
for input in "nn-bench-start --for 0 ${train[*]@Q} d.h5" "nn-bench-start --stdin d.h5 --for 0 ${train[*]@Q} -"; do
  eval "$input" > line 2> err || fail "start: $(cat err)"
  awk -F'\t' 'NF != 2 || !($1 > 0 && $1 < 60) || !($2 > 1) { exit 1 }' line || fail "start: $(cat line)"
done
nn-bench-start nn-train --model nosuchmodel d.h5 > out 2> err && fail 'a command that fails'
[ ! -e m.h5 ] || fail 'the ended training left an output'

# nn-train --profile: the table at the end, on stderr; in a dry run on stdout
nn-train --model 'flatten dense:8 relu dense:10' --epochs 1 --profile -o m.h5 d.h5 2> err || fail "profile of nn-train: $(cat err)"
for part in 'peak of this machine' gather 'whole step'; do grep -q "$part" err || fail "no '$part' in $(cat err)"; done
nn-train -n --device ref --model 'flatten dense:8 relu dense:10' --epochs 1 --profile d.h5 > out || fail 'profile of a dry run'
for part in 'forward dense1' 'backward dense2' 'rest of forward' update; do grep -q "$part" out || fail "no '$part' in $(cat out)"; done
nn-train --model 'flatten dense:8 relu dense:10' --epochs 1 -q -o plain.h5 d.h5
[ "$(nn-info --digest m.h5 | cut -c1-64)" = "$(nn-info --digest plain.h5 | cut -c1-64)" ] || fail 'profiling changes the model'

BUILD=$bin NN_DATA=glyphs NETS=s4 ROUNDS=2 EPOCH=0 THREADS=2 OUT=$work/results EXTRA='--samples 0.02 --steps 2' START=0 bash "$source/bench/measure.sh" > table 2> err ||
  fail "measure.sh: $(tail -3 err)"
grep -q '^| s4 | ours f32 | 2 | ' table || fail "no line of s4 in $(cat table)"
[ "$(wc -l < results/rounds.tsv)" -ge 4 ] || fail 'rounds.tsv'
grep -q '^Turns waited' table && fail 'turns waited for nothing'

# quiet.sh: the machine gives, one after the other, these speeds; turns are numbered.
patience() {
  printf '%s\n' "${@:2}" > speeds
  PATIENCE=$1 bash -c '. "$0"
    speed() { if [ -s speeds ]; then head -1 speeds > last; sed -i 1d speeds; fi; cat last; }
    turn() { line=$((line + 1)); }
    probe=(speed) most=(100 1000) line=0
    patiently turn; echo "$line $calm"' "$source/bench/quiet.sh"
}
[ "$(patience 0 '1 1')" = '1 -' ] || fail 'without patience'
[ "$(patience 9 '100 1000' '99 900')" = '1 1' ] || fail 'quiet from the first'
[ "$(patience 9 '84 1000' '100 840' '90 900' '100 700' '99 990' '90 900')" = '2 1' ] || fail 'quiet at last'
[ "$(patience 9 '120 1000' '100 1000' '103 1000' '110 1000')" = '2 1' ] || fail 'faster than known'
[[ $(patience 1 '50 500') = [1-9]*' 0' ]] || fail 'never quiet'

# table.awk: turns that were not quiet count where a program has no other: 4 and 6, not 50, beside 30 and 50.
sed -i '/^patience/d' results/machine.tsv
printf 'patience\t9\n' >> results/machine.tsv
line=$(head -1 results/results.tsv | cut -f3-)
printf 's4\t%s\t%s\n' 'ours f32' "$line" 'torch usual' "$line" > results/results.tsv
printf 's4\t%s\t%s\t%s\t%s\n' 'ours f32' 1 4 1 'torch usual' 1 30 0 'ours f32' 2 50 0 'torch usual' 2 50 0 'ours f32' 3 6 1 > results/rounds.tsv
awk -v folder=results -f "$source/bench/table.awk" > table
grep -q '^| s4 | ours f32 | 2 | 5.000 (4.000-6.000) | 25600 |' table || fail "quiet turns: $(cat table)"
grep -q '^| s4 | torch usual | 2 | 40.000 (30.000-50.000) | 3200 | [^|]* | 7.50 (7.50-7.50) |' table || fail "loud turns: $(cat table)"
grep -q '^Turns waited for a quiet machine, 9 s at most (bench/README.md): 2 of 5 ' table || fail "count of turns: $(cat table)"
printf 's4\ttorch usual\t2\t40\t1\n' >> results/rounds.tsv
awk -v folder=results -f "$source/bench/table.awk" > table
grep -q '^| s4 | torch usual | 2 | 40.000 (40.000-40.000) | 3200 | [^|]* | 8.00 (---) |' table || fail "no round quiet for both: $(cat table)"
sed -i '/ours f32/d' results/rounds.tsv results/results.tsv
awk -v folder=results -f "$source/bench/table.awk" > table || fail 'a table without ours'
grep -q '^| s4 | torch usual | 2 | 40.000 (40.000-40.000) | 3200 | [^|]* | - ' table || fail "without ours: $(cat table)"
exit $failed
