#!/bin/bash
# SPDX-License-Identifier: MIT
# Texts as tokens through the tools: a file as nn-hdf5(5) has it, made with h5py, is trained on, measured, predicted; what
# does not fit is one line. NN_PYTHON names another python3, one that has h5py.
source "$(dirname "$0")/head.sh"
python=${NN_PYTHON:-python3}
"$python" -c 'import h5py, numpy' 2> /dev/null || { echo "skipped: $python has no h5py"; exit 0; }

cat > make.py << 'PYTHON'
import hashlib, sys
import h5py
import numpy as np

random = np.random.default_rng(1)

def put(file, path, values):
    values = np.ascontiguousarray(values)
    file.create_dataset(path, data=values).attrs["nn_sha256"] = np.bytes_(hashlib.sha256(values.tobytes()).hexdigest())

name, vocabulary, longest = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
with h5py.File(name, "w", libver=("v110", "v110")) as file:
    file.attrs["nn_kind"], file.attrs["nn_format"] = np.bytes_("dataset"), np.bytes_("1")
    for split, n in ("train", 200), ("val", 50), ("test", 50):
        start = np.concatenate(([0], np.cumsum(random.integers(2, longest + 1, n)))).astype(np.int64)
        tokens = random.integers(8, vocabulary, start[-1]).astype(np.int32)
        labels = random.integers(0, 4, n).astype(np.uint8)
        for i in range(n):
            tokens[start[i] : start[i + 1] : 2] = labels[i]  # half of the words tell the class
        put(file, split + "/tokens", tokens)
        put(file, split + "/tokens_start", start)
        put(file, split + "/labels", labels)
PYTHON
"$python" make.py texts.h5 60 40 && "$python" make.py rich.h5 90 40 && "$python" make.py long.h5 60 60 || exit 1

text='tokens:48 embed:16,vocabulary=60,positions=48 layernorm 2*( res( attention:2 ) layernorm res( dense:24 gelu dense:16 ) layernorm ) pool:mean dense:4'
train=(nn-train -q --lr 0.01 --batch 32 --test --model "$text")
status 0 "${train[@]}" --epochs 4 -o a.h5 texts.h5
[ ! -s err ] || fail "nn-train warns: $(cat err)"
status 0 "${train[@]}" --epochs 4 -j 1 -o b.h5 texts.h5
same a.h5 b.h5 'the number of threads shows'
status 0 "${train[@]}" --epochs 4 --buckets 4 -o c.h5 texts.h5
[ "$(nn-info --digest a.h5 | cut -c1-64)" != "$(nn-info --digest c.h5 | cut -c1-64)" ] || fail '--buckets has no effect'
status 0 "${train[@]}" --epochs 2 --like keras -o k.h5 texts.h5
status 0 nn-eval a.h5 texts.h5
prints '^test.accuracy.\(1\|0\.9\)'
status 0 nn-predict a.h5 texts.h5
status 0 nn-predict a.h5 texts.h5 -o p.h5
status 0 nn-info a.h5
prints 'embed1 .* rows of 16, 48 a sample at most'
status 0 nn-info --plan a.h5
prints 'attention1 *attention *heads'
status 0 nn-convert a.h5 a.safetensors
for format in a.onnx a.c a.keras; do status 1 nn-convert a.h5 $format; done

status 1 nn-eval a.h5 rich.h5
says 'split test: row [0-9]*: token [0-9]* is [6-8][0-9], outside of the vocabulary, 0 to 59$'
status 1 nn-predict a.h5 long.h5
says 'split test: row [0-9]* has [456][0-9] tokens: the network takes 48 at most (tokens:48)$'
status 1 "${train[@]}" -o d.h5 long.h5
says "column 1: 'tokens:48': expected 48 rows a sample at most, found ids, 60 a sample at most"
status 1 nn-train -q --model 'dense:4' -o d.h5 texts.h5
says "a network for them begins with 'tokens:40 embed:WIDTH,vocabulary=V'"
nn-fetch iris -o iris.h5 || exit 1
status 1 nn-eval a.h5 iris.h5
says 'the model takes the tokens of texts, the dataset has samples of 4'
exit $failed
