#!/bin/bash
# SPDX-License-Identifier: MIT
# usage: tests/golden/make.sh TORCH-PYTHON KERAS-PYTHON SKLEARN-PYTHON STATS-PYTHON
# Makes every recording of the frameworks again; `git diff tests/golden` then says what has changed. The first Python has
# torch, torchvision, timm and keras, the second tensorflow, jax, keras and tf_keras, the last scipy and statsmodels. A recording says with which versions it was made. Sums in other
# orders (another processor, another thread count) may change the last digits of losses/, and of orthogonal in init/.
set -euo pipefail
[ $# = 4 ] || { echo "usage: $0 TORCH-PYTHON KERAS-PYTHON SKLEARN-PYTHON STATS-PYTHON" >&2; exit 2; }
torch=$1 keras=$2 sklearn=$3 stats=$4
cd "$(dirname "$0")"
export OMP_NUM_THREADS=1

# record FILE BACKEND PYTHON ARGUMENT...: standard output becomes FILE, once it is complete.
record() {
  local file=$1 backend=$2
  shift 2
  echo "$file" >&2
  KERAS_BACKEND=$backend "$@" > "$file.new"
  mv "$file.new" "$file"
}

record random/python.tsv torch "$torch" random/make.py python
for room in random:tsv init:tsv streams:tsv losses:json; do
  folder=${room%:*} kind=${room#*:}
  record "$folder/torch.$kind" torch "$torch" "$folder/make.py" torch
  record "$folder/keras-torch.$kind" torch "$torch" "$folder/make.py" keras
  for backend in tensorflow jax; do record "$folder/keras-$backend.$kind" "$backend" "$keras" "$folder/make.py" keras; done
done
for folder in layers optim training; do
  record "$folder/torch.json" torch "$torch" "$folder/make.py" torch
  record "$folder/keras.json" tensorflow "$keras" "$folder/make.py" keras
done
record training/keras-torch-dropout.json torch "$torch" training/make_dropout.py
record streams/keras-torch-masks.tsv torch "$torch" streams/make.py masks
record streams/kernels-keras-torch.tsv torch "$torch" streams/make.py kernels
for backend in tensorflow jax; do record "streams/kernels-keras-$backend.tsv" "$backend" "$keras" streams/make.py kernels; done
record streams/samples-torch.tsv torch "$torch" streams/make.py samples-torch
record streams/samples-keras-torch.tsv torch "$torch" streams/make.py samples-keras
for backend in tensorflow jax; do
  record "streams/samples-keras-$backend.tsv" "$backend" "$keras" streams/make.py samples-keras
done
for file in rates callbacks; do
  "$torch" sched/make.py "sched/$file.json" torch
  KERAS_BACKEND=tensorflow "$keras" sched/make.py "sched/$file.json" keras
done
record networks/networks.json none "$torch" networks/make.py
record networks/names.txt none "$torch" networks/make.py names
"$torch" torchscript/make.py torchscript
KERAS_BACKEND=tensorflow "$keras" keras_models/make.py keras_models
KERAS_BACKEND=tensorflow "$keras" keras_models/make.py keras_models 2
record metrics/keras.json tensorflow "$keras" metrics/make_keras.py
record metrics/scikit-learn.json none "$sklearn" metrics/make.py
"$sklearn" tables/make.py tables
"$stats" statistics/make.py
