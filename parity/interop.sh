#!/bin/bash
# SPDX-License-Identifier: MIT
# parity/interop.sh FOLDER: models of the tools are opened by PyTorch and Keras themselves, and one of PyTorch goes through
# the tools into Keras; prints the table of docs/interop.md. TORCH_PYTHON and KERAS_PYTHON are interpreters that have them.
set -euo pipefail
scripts=$(realpath "$(dirname "$0")")
TORCH_PYTHON=$(realpath -s "$TORCH_PYTHON") KERAS_PYTHON=$(realpath -s "$KERAS_PYTHON")  # as they are named: links of a venv count
mkdir -p "${1:?folder for the files}"
cd "$1"
networks="lenet5:1x28x28:10 mlp-tutorial:1x28x28:10 residual:1x28x28:10 resnet20:3x32x32:10 densenet-bc-40:3x32x32:10 resnet18:3x224x224:1000
mobilenetv3-small:3x224x224:1000 squeezenet:3x224x224:1000 shufflenetv2:3x224x224:1000 convnext-atto:3x224x224:1000"
for entry in $networks; do
  IFS=: read -r net input classes <<< "$entry"
  [ -e "$input.h5" ] || { "$KERAS_PYTHON" "$scripts/interop.py" data "$input" "$classes"; nn-convert -q "$input.npz" "$input.h5"; }
  # A step of training, so that no weight and no statistic is what it was made as.
  nn-train -q --model "$net" --epochs 1 --batch 8 --lr 1e-3 -o "$net.h5" "$input.h5" 2> /dev/null
  nn-predict --device ref "$net.h5" "$input.h5" -o "$net.predictions.h5" 2> /dev/null
  rm -f "$net".{pth,py,keras,weights.h5,old.h5}
  nn-convert --python "$net.py" "$net.h5" "$net.pth"
  nn-convert "$net.h5" "$net.keras" 2> "$net.refused" && nn-convert "$net.h5" "$net.weights.h5" && nn-convert --to keras-h5 "$net.h5" "$net.old.h5"
  "$KERAS_PYTHON" "$scripts/interop.py" probabilities "$net"
  "$TORCH_PYTHON" "$scripts/interop.py" torch "$net" "$input" > "$net.torch"
  "$KERAS_PYTHON" "$scripts/interop.py" keras "$net" "$input" > "$net.keras.txt" 2> "$net.keras.err"
  printf '| %s | %s | %s |\n' "$net" "$(cat "$net.torch")" "$(cat "$net.keras.txt")"
done
"$TORCH_PYTHON" "$scripts/interop.py" write 1x28x28
nn-convert -q --input 1x28x28 --layers 'conv:6,5 bn relu maxpool:2 flatten dense:10' torch.pth torch.keras
"$KERAS_PYTHON" "$scripts/interop.py" migrated 1x28x28 2> migrated.err
