#!/bin/bash
# SPDX-License-Identifier: MIT
# Models of other programs: there and back through every format, read directly by the tools, compared; and what is
# refused.
. "$(dirname "$0")/head.sh"

nn-fetch glyphs | nn-prep --subset train=96,test=32 --scale 0:1 -o g.h5 || exit 1
net='conv:4,3,same bn relu res( conv:4,3,same ) gate( globalavgpool dense:4 sigmoid ) maxpool:2 flatten dense:10'
status 0 nn-train -q --model "$net" --batch 32 --epochs 1 -o m.h5 g.h5
nn-predict --device ref m.h5 g.h5 > ours.tsv || fail 'nn-predict'
for file in m.pth m.safetensors m.weights.npz m.keras m.weights.h5; do
  status 0 nn-convert --verify g.h5 m.h5 $file
  says 'read back, its predictions of 32 samples differ by at most'
  status 0 nn-convert $file back.h5
  for read in back.h5 $file; do
    nn-predict --device ref $read g.h5 > theirs.tsv 2> err || fail "nn-predict $read: $(cat err)"
    cmp -s ours.tsv theirs.tsv || fail "$file: predictions differ, read from $read"
  done
  status 0 nn-eval $file g.h5
  status 0 nn-info $file
  prints 'conv'
  status 0 nn-train --init $file --epochs 1 --batch 32 -o tuned.h5 g.h5
  says '12 of 12 tensors taken from'
done
status 0 nn-convert --to keras-h5 m.h5 k.h5
status 0 nn-convert k.h5 m.pth
status 0 nn-convert m.keras m.safetensors
status 0 nn-convert --python net.py m.h5 m.pth
grep -q 'class Network(nn.Module)' net.py || fail "net.py: $(head -3 net.py)"
status 0 nn-convert - m.pth < m.h5

status 0 nn-convert - back.h5 < m.safetensors
cmp -s m.h5 back.h5 && fail 'the history does not go along'

# Weights alone.
cat > bare.py << 'EOF'
import numpy as np
rng = np.random.default_rng(0)
w = lambda *s: rng.standard_normal(s).astype(np.float32)
np.savez('bare.weights.npz', **{'0.weight': w(6, 1, 5, 5), '0.bias': w(6), '3.weight': w(16, 6, 5, 5), '3.bias': w(16), '7.weight': w(120, 256),
         '7.bias': w(120), '9.weight': w(84, 120), '9.bias': w(84), '11.weight': w(5, 84), '11.bias': w(5)})
EOF
if "${NN_PYTHON:-python3}" bare.py 2> /dev/null; then
  status 1 nn-convert --layers lenet5 --input 1x28x28 bare.weights.npz x.h5
  says "dense3/weight (expected shape 10x84, '11.weight' has 5x84)"
  status 2 nn-convert bare.weights.npz x.h5
  says '\-\-layers'
  status 0 nn-convert --propose bare.weights.npz
  prints '^conv:6,5 relu maxpool:2 conv:16,5 relu maxpool:2 flatten dense:120 relu dense:84 relu dense:5$'
  status 0 nn-info bare.weights.npz
  prints '11.weight *5x84 *float32'
  status 0 nn-train --init bare.weights.npz --model lenet5 --epochs 1 --batch 32 -o tuned.h5 g.h5
  says '8 of 10 tensors taken from bare.weights.npz: conv1/weight'
  says 'dense3/weight keeps its initial values'
  status 2 nn-train --init bare.weights.npz --epochs 1 -o tuned.h5 g.h5
  says 'name the layers'
  status 0 nn-predict --layers "$(nn-convert --propose bare.weights.npz)" --recipe 'scale 0:1' --no-labels bare.weights.npz g.h5
else
  echo 'skipped: no NumPy here'
fi

# A condition that does not hold, and options without effect.
status 2 nn-convert --tolerance 1 m.h5 m.pth
says '\-\-tolerance goes with --verify'
status 2 nn-convert --propose m.h5 m.pth
says '\-\-propose has no effect'
status 2 nn-convert --verify g.h5 m.h5 history.csv
status 2 nn-convert --layers lenet5 m.h5 m.pth
says 'has no effect'
status 2 nn-convert --range 0:1 m.pth x.h5
says 'has no effect'
status 2 nn-eval --layers lenet5 m.h5 g.h5
says 'has no effect on m.h5'
status 2 nn-convert m.pth m.csv
says 'does not hold models'
status 2 nn-convert g.h5 g.pth
says 'does not hold data sets'
exit $failed
