#!/bin/bash
# SPDX-License-Identifier: MIT
# What we write as ONNX passes the field's own checker, and onnxruntime predicts what nn-predict does, with and without the
# recipe in the graph. NN_ONNX_PYTHON names another python3, one that has onnx and onnxruntime.
set -u -o pipefail
PATH=${NN_BIN:?folder of the built tools}:$PATH
export NN_SHARE=${NN_SHARE:-${NN_SOURCE:?}/share} LC_ALL=C
python=${NN_ONNX_PYTHON:-python3}
"$python" -c 'import onnx, onnxruntime, numpy' 2> /dev/null || { echo "skipped: $python has no onnxruntime"; exit 77; }
work=$(mktemp -d) || exit 1
trap '[ $BASHPID = $$ ] && rm -rf "$work"' EXIT
cd "$work" || exit 1
failed=0
complain() { echo "FAILED: $1"; failed=1; }

cat > check.py <<'END'
import json
import sys

import numpy as np
import onnx
import onnxruntime

name, images, predicted, with_prep = sys.argv[1], np.load(sys.argv[2]), sys.argv[3], sys.argv[4] == "yes"
model = onnx.load(name)
onnx.checker.check_model(model, full_check=True)
session = onnxruntime.InferenceSession(name, providers=["CPUExecutionProvider"])
x = images if with_prep else images.astype(np.float32) / np.float32(255) * np.float32(2) - np.float32(1)
assert session.get_inputs()[0].type == ("tensor(uint8)" if with_prep else "tensor(float)"), session.get_inputs()[0].type
y = session.run(None, {"input": x})[0].astype(np.float64)
if not with_prep:
    y = np.exp(y - y.max(1, keepdims=True))
    y /= y.sum(1, keepdims=True)
names = json.loads({p.key: p.value for p in model.metadata_props}["classes"])
rows = [{c["class"]: c["probability"] for c in row["top_k"]} for row in json.load(open(predicted))]
expected = np.array([[row[name] for name in names] for row in rows])
assert y.shape == expected.shape, (y.shape, expected.shape)
assert np.abs(y - expected).max() <= 1e-5, np.abs(y - expected).max()
END
nn-fetch glyphs -q | nn-prep -q --subset train=64,test=16 --scale -1:1 -o g.h5 || exit 1
nn-convert -q --to npz g.h5 -o g.npz 2> said || { cat said; exit 1; }
"$python" -c 'import numpy as np; x = np.load("g.npz")["x_test"]; np.save("x.npy", x.reshape(len(x), 1, *x.shape[1:3]))' || exit 1
while read -r layers; do
  nn-train -q --model "$layers" --epochs 1 -o m.h5 g.h5 2> said || { complain "$layers: $(cat said)"; continue; }
  nn-predict -q --json --top 10 --split test m.h5 g.h5 > p.json || complain "nn-predict: $layers"
  for opset in 13 17 22; do
    for prep in no yes; do
      nn-convert -q --to onnx --opset $opset $([ $prep = no ] || echo --with-prep) m.h5 -o m.onnx 2> said || { complain "$layers: $(cat said)"; continue; }
      "$python" check.py m.onnx x.npy p.json $prep 2> said || complain "$layers, opset $opset, recipe $prep: $(tail -1 said)"
    done
  done
done <<'END'
conv:8,3,same,bias=false bn relu maxpool:3,2,pad=1,ceil res( conv:8,3,same gelu conv:8,1 ) gate( globalavgpool dense:4 silu dense:8 hard_sigmoid ) avgpool:3,2,pad=1,ceil flatten dense:10
conv:8,3,stride=2 gn:4 hard_swish cat( slice:0,4 | slice:4,8 conv:4,3,same,groups=2 mish ) shuffle:2 layernorm:axis=channel deconv:6,3,stride=2,pad=0:1:0:1,out-pad=1 prelu:channel upsample:2,bilinear globalmaxpool scale elu dense:10
flatten dense:32 bn tanh dropout:0.2 layernorm dense:16 selu dense:10
END
exit $failed
