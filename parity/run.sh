#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# usage: run.sh parity|distributions FOLDER
# Trains on both sides and prints the tables. TORCH_PYTHON and KERAS_PYTHON name the interpreters, the nn- tools are in
# PATH; results are kept in FOLDER, and what is there is not run again. Frameworks run on one thread.
set -euo pipefail
what=$1 folder=$2
here=$(dirname "$(realpath "$0")")
export OMP_NUM_THREADS=1 PYTHONDONTWRITEBYTECODE=1
mkdir -p "$folder/data" "$folder/$what"

prepare() {  # NAME DATASET, options of nn-prep
  [ -e "$folder/data/$1.h5" ] || nn-fetch "$2" | nn-prep "${@:3}" -o "$folder/data/$1.h5"
}
prepare mnist mnist --scale 0:1
prepare mnist-val mnist --scale 0:1 --split val=last20%
prepare fashion fashion-mnist --scale 0:1
prepare fashion-normalized fashion-mnist --normalize 0.5:0.5

run() {  # ours-pytorch|ours-keras|pytorch|keras NETWORK, options of the scripts
  local side=$1 script=("$TORCH_PYTHON" "$here/train_torch.py")
  case $side in
    ours-*) script=("$TORCH_PYTHON" "$here/train_nn.py" --like "${side#ours-}") ;;
    keras) script=("$KERAS_PYTHON" "$here/train_keras.py") ;;
  esac
  echo "== $side $2 ${*:3}" >&2
  "${script[@]}" --data "$folder/data" --out "$folder/$what" --network "$2" "${@:3}" 2> "$folder/log" || { cat "$folder/log" >&2; exit 1; }
}

both() {  # FRAMEWORK NETWORK, options
  run "ours-$1" "${@:2}"
  run "$@"
}

case $what in
  parity)
    for network in s0-fashioncnn s1-lenet5 s2-sigmoid-adam s2-sigmoid-rmsprop s2-he-dropout s2-he-dropout-l2 s4-tutorial; do
      for framework in pytorch keras; do
        both $framework $network
        run $framework $network --other-kernels
      done
    done
    # In float64: not FashionCNN, which is slow there, nor dropout in Keras, whose masks differ there.
    for network in s1-lenet5 s2-sigmoid-adam s2-sigmoid-rmsprop s2-he-dropout s2-he-dropout-l2 s4-tutorial; do
      both pytorch $network --double
      case $network in *dropout* | s4-*) ;; *) both keras $network --double ;; esac
    done
    "$TORCH_PYTHON" "$here/compare.py" "$folder/$what" ;;
  distributions)
    for network in s4-tutorial s1-lenet5; do
      for framework in pytorch keras; do both $framework $network --epochs 3 --seeds 1:30; done
    done
    "$TORCH_PYTHON" "$here/distributions.py" "$folder/$what" ;;
  *) echo "run.sh: parity or distributions, not $what" >&2; exit 2 ;;
esac
