#!/bin/bash
# SPDX-License-Identifier: MIT
# Models as C: compiled without a warning by each compiler that is there, run, and compared with nn-predict --device ref.
. "$(dirname "$0")/head.sh"
strict='-std=c99 -pedantic -Wall -Wextra -Werror'
command -v cc > /dev/null || { echo 'skipped: no cc here'; exit 77; }
# The sanitizers watch the buffers of the network where cc has them.
echo 'int main(void) { return 0; }' > empty.c
watched='-fsanitize=address,undefined -fno-sanitize-recover=all'
cc $watched empty.c -o empty 2> /dev/null && ./empty || watched=

# compare NAME: rows of NAME.tsv, what the program printed, against NAME.json of nn-predict: classes equal, probabilities
# within 1e-6.
compare() {
  awk -F '\t' -v name="$1" '
    FNR == NR && /"row":|"sample":/ { ++rows }
    FNR == NR && /"predicted":/ { split($0, part, /[:,]/); predicted[rows - 1] = part[2] + 0 }
    FNR == NR && /"class":/ { split($0, part, "\""); class = part[4] }
    FNR == NR && /"probability":/ { split($0, part, ":"); expected[rows - 1, class] = part[2] + 0 }
    FNR == NR { next }
    FNR == 1 { for (i = 4; i <= NF; ++i) { class = $i; sub(/^probability\[/, "", class); sub(/\]$/, "", class); of[i] = class } next }
    {
      n = FNR - 2
      if ($2 != predicted[n]) { printf "%s: row %d: class %s, expected %s\n", name, n, $2, predicted[n]; bad = 1 }
      for (i = 4; i <= NF; ++i) {
        if (!((n, of[i]) in expected)) { printf "%s: row %d: no probability of %s\n", name, n, of[i]; exit 1 }
        d = $i - expected[n, of[i]]
        if (!(d <= 1e-6 && d >= -1e-6)) { printf "%s: row %d: %s, expected %s\n", name, n, $i, expected[n, of[i]]; bad = 1 }
      }
      ++seen
    }
    END { if (seen != rows || rows == 0) { printf "%s: %d rows, expected %d\n", name, seen, rows; bad = 1 } exit bad }
  ' "$1.json" "$1.tsv" || fail "$1"
}

# check NAME SAMPLES DATA: NAME.h5 as C, run on a file of samples, against nn-predict on the test split of DATA.
check() {
  status 0 nn-convert "$1.h5" "$1.c"
  cc $strict -O1 -DNN_MAIN $watched "$1.c" -o "$1" -lm || { fail "cc: $1"; return; }
  ./"$1" < "$2" > "$1.tsv" || fail "$1 ended with $?"
  nn-predict -q --device ref --split test --json --top 10 "$1.h5" "$3" > "$1.json" || fail "nn-predict: $1"
  compare "$1"
}

nn-fetch glyphs -q | nn-prep -q --subset train=128,test=40 --normalize 0.5:0.5 -o g.h5 || exit 1
nn-convert -q --to idx g.h5 idx || exit 1
gzip -dc idx/t10k-images-idx3-ubyte.gz | tail -c +17 > images || exit 1
[ "$(wc -c < images)" = $((40 * 784)) ] || fail "images of $(wc -c < images) bytes"
branches='conv:8,3,same,bias=false bn relu maxpool:3,2,pad=1,ceil res( conv:8,3,same gelu conv:8,1 ) gate( globalavgpool dense:4 silu dense:8 hard_sigmoid ) avgpool:3,2,pad=1,ceil cat( conv:8,1 | conv:8,3,same,groups=8 ) shuffle:2 flatten dense:10'
while read -r name layers; do
  status 0 nn-train -q --model "$layers" --batch 32 --epochs 1 -o "$name.h5" g.h5
  check "$name" images g.h5
done << END
s0 fashion-cnn
s1 lenet5
branches $branches
perceptron flatten dense:32 tanh dense:10
resnet20 resnet20
END

# A table: numbers between blanks, names of classes.
awk 'BEGIN { srand(3); print "a,b,c,kind"
  for (i = 0; i < 120; ++i) { x = rand(); y = rand(); printf "%.4f,%.3f,%d,%s\n", x * 10, y, 100 * rand(), (x > y ? "up" : "l\303\244ngs") } }' > table.csv
status 0 nn-convert -q --label kind table.csv table.h5
nn-prep -q --split test=25% table.h5 | nn-prep -q --standardize -o t.h5 || exit 1
status 0 nn-train -q --model 'dense:12 relu dense:2' --epochs 20 -o table_net.h5 t.h5
status 0 nn-convert -q --split test --to csv t.h5 rows.csv
tail -n +2 rows.csv | tr , ' ' | awk -v label="$(head -1 rows.csv | tr , '\n' | grep -n '^label$' | cut -d: -f1)" \
  '{ for (i = 1; i <= NF; ++i) if (i != label) printf "%s ", $i; print "" }' > numbers
check table_net numbers t.h5
grep -q 'columns  a, b, c' table_net.c || fail 'the columns are not named'


# What the program says of wrong input.
head -c 1000 images > short
status 1 ./s1 < short
says '^s1: sample 1: expected 784 bytes, found 216$'
echo '1 2 three' > words
status 1 ./table_net < words
says '^table_net: sample 0: value 2 is not a number$'
echo '1 2 3 4' > more
status 1 ./table_net < more
says '^table_net: sample 1: expected 3 numbers, found 1$'

# The head, the header and names.
grep -q "digest   $(nn-info --digest s1.h5 | cut -c1-64)" s1.c || fail "the digest of s1.h5 is not in $(grep digest s1.c)"
status 0 nn-convert --name glyph --header-file glyph.h s1.h5 other-name.c
cat > user.c << 'END'
#include "glyph.h"
#include <stdio.h>
int main(void)
{
  static uint8_t image[GLYPH_INPUTS];
  float probabilities[GLYPH_OUTPUTS];
  const int found = glyph_predict(image, probabilities);
  return !(GLYPH_CHANNELS * GLYPH_HEIGHT * GLYPH_WIDTH == GLYPH_INPUTS && glyph_class_name(found)[0] != '?');
}
END
cc $strict -c other-name.c -o glyph.o && cc $strict user.c glyph.o -o user -lm && ./user || fail 'a program of two files'
status 0 nn-convert s1.h5 2nd-model.c
grep -q 'int model_2nd_model_predict(' 2nd-model.c || fail 'a name that begins with a digit'
nn-convert --to c s1.h5 - > stdout.c || fail 'standard output'
grep -q 'int model_predict(' stdout.c || fail 'the name for standard output'
status 0 nn-convert --verify g.h5 branches.h5 verified.c
says 'verified.c: compiled, its predictions of 40 samples differ by at most'
status 0 nn-convert --verify t.h5 table_net.h5 verified.c

# The folder in which --verify compiles is in TMPDIR, and it is gone after every end, with what ran in it.
mkdir temporary slow
printf '#!/bin/sh\necho "$TMPDIR"/nn-convert-* > folder\necho $$ > compiler\nexec sleep 100\n' > slow/cc
printf '#!/bin/sh\necho no such language >&2\nexit 3\n' > slow/failing
chmod +x slow/*
gone() {
  for _ in {1..100}; do
    [ -z "$(ls -A temporary)" ] && ! kill -0 "$(cat compiler)" 2> /dev/null && return
    sleep 0.1
  done
  fail "$1: left are '$(ls -A temporary)' and process $(cat compiler)"
}
echo 999999999 > compiler
status 0 env TMPDIR="$PWD/temporary" nn-convert --verify g.h5 branches.h5 verified.c
[ -z "$(ls -A temporary)" ] || fail 'a folder is left'
for signal in INT TERM HUP PIPE KILL; do
  rm -f compiler folder verified.c
  set -m  # otherwise the shell has INT ignored
  TMPDIR=$PWD/temporary PATH=$PWD/slow:$PATH nn-convert -q --verify g.h5 branches.h5 verified.c 2> /dev/null &
  set +m
  for _ in {1..100}; do [ -s compiler ] && break || sleep 0.1; done
  [ -d "$(cat folder)" ] || fail "$signal: no folder in TMPDIR while the compiler runs"
  kill -"$signal" $!
  wait $! 2> /dev/null
  [ $? = $((128 + $(kill -l "$signal"))) ] || fail "$signal does not end it"
  gone "$signal"
done
mv slow/failing slow/cc
status 3 env TMPDIR="$PWD/temporary" PATH="$PWD/slow:$PATH" nn-convert --verify g.h5 branches.h5 verified.c
says 'cc ends with status 3: no such language'
[ -z "$(ls -A temporary)" ] || fail 'a folder is left'
status 1 env TMPDIR="$PWD/nowhere" nn-convert --verify g.h5 branches.h5 verified.c
says "TMPDIR is '$PWD/nowhere'"

# Refused.
for name in 2d my-net _x 'a b' ''; do
  status 2 nn-convert --name "$name" s1.h5 x.c
done
status 2 nn-convert --name net s1.h5 x.onnx
says 'has no effect'
status 2 nn-convert s1.h5 s1.h5
status 2 nn-convert --header-file s1.h5 s1.h5 x.c
says 'would take its place'
status 2 nn-convert --header-file x.c s1.h5 x.c
says 'one file'
status 2 nn-convert g.h5 x.c
says 'does not hold data sets'

status 1 nn-convert --no-clobber s1.h5 s1.c
status 2 nn-convert s1.c x.h5
says 'written only'
status 1 nn-predict s1.c g.h5
status 1 nn-train --init s1.c --model lenet5 --epochs 1 -o x.h5 g.h5
[ ! -e x.c ] || fail 'a refused file was written'

# Other compilers.
printf '#include <math.h>\n#include <stdio.h>\n' > library.c
for compiler in gcc clang arm-none-eabi-gcc riscv64-linux-gnu-gcc; do
  command -v $compiler > /dev/null || { echo "skipped: no $compiler here"; continue; }
  $compiler -fsyntax-only library.c 2> /dev/null || { echo "skipped: no C library for $compiler"; continue; }
  for name in s0 s1 branches resnet20 table_net; do
    for main in '' -DNN_MAIN; do
      $compiler $strict -O2 $main -c $name.c -o $name.o || fail "$compiler $main: $name"
    done
  done
done
exit $failed
