#!/bin/bash
# SPDX-License-Identifier: MIT
# A dataset larger than --max-memory: samples stay in their file, evaluation gives what it gives in memory, training
# repeats and resumes bit for bit.
. "$(dirname "$0")/head.sh"
export NN_THREADS=1
if [ -n "${ASAN_OPTIONS:-}${TSAN_OPTIONS:-}" ]; then
  echo "skipped: a sanitizer's own memory is more than the limits here"
  exit 77
fi

# Glyphs, as often as it takes: 160 MB of samples in a file that is not compressed.
nn-fetch -qq glyphs -o glyphs.h5 && nn-convert -qq --to idx --split train glyphs.h5 once || fail "glyphs"
images=$(gunzip -c once/train-images*.gz | wc -c) rows=$(gunzip -c once/train-labels*.gz | tail -c +9 | wc -c)
size=$(((images - 16) / rows)) times=$((160000000 / (images - 16) + 1))
big_endian() { printf "$(printf '\\%03o\\%03o\\%03o\\%03o' $(($1 >> 24 & 255)) $(($1 >> 16 & 255)) $(($1 >> 8 & 255)) $(($1 & 255)))"; }
again() { gunzip -c once/$1 | tail -c +$2 > body; for _ in $(seq $times); do cat body; done; }
mkdir many
{ gunzip -c once/train-images*.gz | head -c 4; big_endian $((rows * times)); gunzip -c once/train-images*.gz | head -c 16 | tail -c 8
  again "train-images*.gz" 17; } > many/train-images-idx3-ubyte
{ gunzip -c once/train-labels*.gz | head -c 4; big_endian $((rows * times)); again "train-labels*.gz" 9; } > many/train-labels-idx1-ubyte
nn-convert -qq many | nn-prep -qq --scale 0:1 | cat > big.h5 || fail "convert"
rm -r many body
[ "$(wc -c < big.h5)" -gt $((rows * times * size)) ] || fail "big.h5 is small"

little="--max-memory 128M"
train=(nn-train --progress never --model 'flatten dense:16 relu dense:10' --batch 500)
status 0 "${train[@]}" --epochs 1 $little -o m.h5 big.h5
says 'big.h5: .*samples are read as they are needed: train in blocks of [0-9]* rows.*(--max-memory)'
status 0 "${train[@]}" --epochs 1 $little -j 2 -o again.h5 big.h5
same m.h5 again.h5 "the same run twice"
status 0 "${train[@]}" --epochs 1 -o whole.h5 big.h5
! grep -q 'in blocks' err || fail "blocks where all fits: $(cat err)"

# Evaluation and prediction, in memory and by blocks.
status 0 nn-eval m.h5 big.h5 && mv out whole.tsv
status 0 nn-eval $little m.h5 big.h5
says 'in blocks of'
cmp -s out whole.tsv || fail "nn-eval: $(diff out whole.tsv)"
awk '$2 == "accuracy" && $3 < 0.5 { exit 1 }' out || fail "it learned nothing: $(cat out)"
last=$((rows * times - 1))
status 0 nn-predict --rows "$last,5,100000,6,17" m.h5 big.h5 && mv out whole.tsv
status 0 nn-predict $little --rows "$last,5,100000,6,17" m.h5 big.h5
cmp -s out whole.tsv || fail "nn-predict: $(diff out whole.tsv)"

# A run that goes on, and one whose blocks would have another size.
status 0 "${train[@]}" --epochs 2 $little -o two.h5 big.h5
status 0 "${train[@]}" --epochs 1 $little --checkpoint c.h5 -o one.h5 big.h5
cp c.h5 c2.h5
status 0 nn-train -q --resume c.h5 --epochs 2 $little -o resumed.h5 big.h5
same two.h5 resumed.h5 "resumed by blocks"
status 1 nn-train -q --resume c2.h5 --epochs 2 --max-memory 100M -o other.h5 big.h5
says 'block_rows: expected blocks of [0-9]* rows, as --max-memory gives now'

status 0 nn-info $little big.h5
prints "train *$((rows * times)) *images"
status 0 nn-info $little --check big.h5

# A pipe cannot be read at any place, and other tools need all samples.
cat big.h5 | status 1 nn-eval $little m.h5 -
says '--max-memory'
status 1 nn-prep $little --scale 0:1 big.h5 -o p.h5
says '--max-memory'
exit $failed
