#!/bin/bash
# SPDX-License-Identifier: MIT
# A head for documents that an encoder made into 768 numbers: share/models/document-head.nn, trained from CSV and from
# NPZ through pipes. Five classes, each about a centre of its own, so that all test rows can be told.
. "$(dirname "$0")/head.sh"

# rows SEED COUNT: CSV with a head line; the class, a word, stands last.
rows() {
  awk -v seed="$1" -v count="$2" 'BEGIN {
    srand(7)
    split("business entertainment politics sport tech", names, " ")
    for (c = 1; c <= 5; ++c) for (i = 0; i < 768; ++i) centre[c, i] = rand() - 0.5
    srand(seed)
    for (i = 0; i < 768; ++i) printf "f%d,", i
    print "topic"
    for (n = 0; n < count; ++n) {
      c = n % 5 + 1
      for (i = 0; i < 768; ++i) printf "%.4f,", centre[c, i] + 2 * (rand() - 0.5)
      print names[c]
    }
  }'
}
rows 1 300 > train.csv
rows 2 100 > test.csv

# accuracy MODEL DATA
accuracy() { nn-eval "$1" "$2" | awk '$2 == "accuracy" { print $3 }'; }
# held WHAT MODEL DATA: all test rows but few are told, and the network is the one of share/models.
held() {
  local value
  value=$(accuracy "$2" "$3")
  awk -v a="${value:-0}" 'BEGIN { exit !(a >= 0.97) }' || fail "$1: accuracy ${value:-none}, expected 0.97 or more"
  nn-info "$2" | grep -qE '(396,293|396293)' || fail "$1: not 396,293 parameters"
}

nn-convert --label topic --split test test.csv test.h5 || exit 1
nn-convert --from csv --label topic - < train.csv | nn-prep --split val=20%,stratify | nn-train -q --model document-head --epochs 5 --batch 32 -o csv.h5 ||
  fail 'training from CSV'
held CSV csv.h5 test.h5

# The same rows as NPZ: the same data, so the same bits.
nn-convert --label topic train.csv train.h5 && nn-convert train.h5 train.npz || exit 1
cat train.npz | nn-convert --from npz - | nn-prep --split val=20%,stratify | nn-train -q --model document-head --epochs 5 --batch 32 -o npz.h5 ||
  fail 'training from NPZ'
held NPZ npz.h5 test.h5
[ "$(nn-info --digest csv.h5 | cut -c 1-64)" = "$(nn-info --digest npz.h5 | cut -c 1-64)" ] || fail 'CSV and NPZ give different models'

# NPZ as NumPy itself writes it, compressed, float64 and int64.
if "${NN_PYTHON:-python3}" -c 'import numpy' 2> /dev/null; then
  "${NN_PYTHON:-python3}" - << 'END' || exit 1
import csv, numpy
for part in ("train", "test"):
    with open(part + ".csv") as file:
        table = list(csv.reader(file))[1:]
    names = sorted({row[-1] for row in table})
    numpy.savez_compressed("np_" + part + ".npz", **{
        part + "_x": numpy.array([row[:-1] for row in table], dtype=float),
        part + "_y": numpy.array([names.index(row[-1]) for row in table])})
END
  nn-convert np_train.npz - | nn-train -q --model document-head --epochs 5 --batch 32 -o np.h5 || fail 'training from NumPy'
  nn-convert np_test.npz np_test.h5 || fail 'test rows from NumPy'
  held NumPy np.h5 np_test.h5
else
  echo 'skipped: no NumPy here'
fi
exit $failed
