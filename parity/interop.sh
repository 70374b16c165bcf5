#!/bin/bash
# SPDX-License-Identifier: MIT
# parity/interop.sh FOLDER [PART...]: models of the tools are opened by PyTorch, onnxruntime and Keras themselves, and theirs
# by the tools; prints what docs/interop.md tells. Parts: networks (the table), formats (a network of torchvision through
# every format), migration (the head of a document classifier from PyTorch by ONNX into Keras and back), optimizer (a
# training that PyTorch goes on with), digits (LeNet-5 of PyTorch for 0 to 4 goes on with 5 to 9; the real MNIST). All by
# default. TORCH_PYTHON (with torchvision, onnx and onnxruntime) and KERAS_PYTHON are interpreters that have them.
set -euo pipefail
scripts=$(realpath "$(dirname "$0")")
TORCH_PYTHON=$(realpath -s "$TORCH_PYTHON") KERAS_PYTHON=$(realpath -s "$KERAS_PYTHON")  # as they are named: links of a venv count
mkdir -p "${1:?folder for the files}"
cd "$1"
parts=${*:2}
wants() { [ -z "$parts" ] || [[ " $parts " == *" $1 "* ]]; }
torch_side() { "$TORCH_PYTHON" "$scripts/interop.py" "$@"; }
keras_side() { "$KERAS_PYTHON" "$scripts/interop.py" "$@" 2> "keras.err" || { cat keras.err >&2; return 1; }; }

networks="lenet5:1x28x28:10 fashion-cnn:1x28x28:10 mlp-tutorial:1x28x28:10 residual:1x28x28:10 resnet20:3x32x32:10 densenet-bc-40:3x32x32:10 resnet18:3x224x224:1000
mobilenetv3-small:3x224x224:1000 squeezenet:3x224x224:1000 shufflenetv2:3x224x224:1000 convnext-atto:3x224x224:1000"
networks() {
  for entry in $networks; do
    IFS=: read -r net input classes <<< "$entry"
    [ -e "$input.h5" ] || { torch_side data "$input" "$classes"; nn-convert -q "$input.npz" "$input.h5"; }
    # A step of training, so that no weight and no statistic is what it was made as.
    nn-train -q --model "$net" --epochs 1 --batch 8 --lr 1e-3 -o "$net.h5" "$input.h5" 2> /dev/null
    nn-predict -q --device ref "$net.h5" "$input.h5" -o "$net.predictions.h5"
    rm -f "$net".{pth,py,keras,weights.h5,old.h5,onnx}
    nn-convert -q --python "$net.py" "$net.h5" "$net.pth"
    nn-convert -q "$net.h5" "$net.onnx"
    nn-convert -q "$net.h5" "$net.keras" 2> "$net.refused" && nn-convert -q "$net.h5" "$net.weights.h5" && nn-convert -q --to keras-h5 "$net.h5" "$net.old.h5"
    torch_side probabilities "$net"
    # In variables of their own: a failure inside of an argument would not end the script.
    in_torch=$(torch_side torch "$net" "$input")
    in_onnx=$(torch_side onnx "$net" "$input")
    in_keras=$(keras_side keras "$net" "$input")
    printf '| %s | %s | %s | %s |\n' "$net" "$in_torch" "$in_onnx" "$in_keras"
  done
}

# The weights of the first file and of the last are the same bits, and so are the predictions of each.
formats() {
  torch_side resnet18 1
  nn-convert -q --layers resnet18 --input 3x224x224 real.pth step0.h5
  [ -e 3x224x224.h5 ] || { torch_side data 3x224x224 1000; nn-convert -q 3x224x224.npz 3x224x224.h5; }
  nn-predict -q --device ref step0.h5 3x224x224.h5 -o first.predictions.h5
  n=0
  for file in step.safetensors step.weights.npz step.keras step.old.h5 step.weights.h5 step.onnx step.pth; do
    rm -f "$file"
    nn-convert -q $([ $file != step.old.h5 ] || echo --to keras-h5) "step$n.h5" "$file"
    n=$((n + 1))
    nn-convert -q "$file" "step$n.h5" 2> /dev/null
    nn-predict -q --device ref "step$n.h5" 3x224x224.h5 -o last.predictions.h5
    result=$(torch_side same first last)
    echo "after $file: $result"
  done
  torch_side resnet18 2
}

migration() {
  torch_side head
  nn-convert -q features.npz features.h5
  nn-convert -q head.onnx head.h5
  nn-convert -q head.h5 head.keras
  keras_side head_in_keras
  nn-convert -q head.back.keras back.h5
  nn-convert -q back.h5 back.onnx
  torch_side head_back
}

optimizer() {
  [ -e steps.h5 ] || { torch_side steps; nn-convert -q --label class steps.csv steps.h5; }
  for optimizer in adam,amsgrad adamw sgd,momentum=0.9; do
    run=(--model 'dense:5 bn relu dense:3' --batch 8 --no-shuffle --history-every 1 --optimizer "$optimizer" --lr 0.01)
    nn-train -q "${run[@]}" --epochs 1 --checkpoint steps.c.h5 -o steps.m.h5 steps.h5
    nn-convert -q --optimizer-state steps.c.h5 steps.pth
    nn-train -q --resume steps.c.h5 --epochs 2 --trust-outputs -o steps.on.h5 steps.h5
    result=$(torch_side goes_on "${optimizer%%,*}")
    echo "$optimizer: $result"
  done
}

digits() {
  nn-fetch -q mnist -o mnist.h5
  torch_side digits
  for half in low high; do nn-convert -q $half.npz $half.raw.h5; nn-prep -q --scale 0:1 $half.raw.h5 -o $half.h5; done
  net='conv:6,5 relu maxpool:2 conv:16,5 relu maxpool:2 flatten dense:120 relu dense:84 relu'
  echo "0 to 4, PyTorch's weights: $(nn-eval -q --layers "$net dense:5" --input 1x28x28 --recipe 'scale 0:1' --split test lenet5.pth low.h5 | awk '$2 == "accuracy" { print "accuracy " $3 }')"
  echo "5 to 9, from these weights with another head:"
  nn-train --model "$net dense:5" --init lenet5.pth --init-except dense3 --epochs 1 --batch 64 --test -o tuned.h5 high.h5 2>&1 | grep -E '^(nn-train: )?(init|test)'
  echo "5 to 9, from PyTorch's initial weights:"
  nn-train --model "$net dense:5" --epochs 1 --batch 64 --test -o anew.h5 high.h5 2>&1 | grep -E '^(nn-train: )?test'
}

for part in networks formats migration optimizer digits; do
  if wants $part; then echo "== $part"; $part; fi
done
