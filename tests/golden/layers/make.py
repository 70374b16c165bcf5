#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Records single layers in float64: output, gradients of the input and of the parameters.

    make.py torch > torch.json                               needs torch
    KERAS_BACKEND=tensorflow make.py keras > keras.json      needs keras and tensorflow

Recorded with torch 2.15.0; keras 3.15.1 on tensorflow 2.21.0; x86-64.
"layer" is our text, read under the framework's defaults; "shape" is that of a sample in our order (C,H,W). The loss is the
mean over all elements of (y - target)^2. "start" are the parameters as the framework makes the layer, "params" those of
this run; both are in our axis order. The inputs have zeros among them.
"""
import json
import os
import sys

import numpy as np

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ["CUDA_VISIBLE_DEVICES"] = ""
BATCH = 3
# (our text, shape of a sample, layer of torch.nn, of keras.layers, or None where the framework has no such layer)
CASES = [
    ("leaky_relu", [2, 3, 2], lambda nn: nn.LeakyReLU(), None),  # TensorFlow rounds its slope to float32
    ("relu6", [2, 3, 2], lambda nn: nn.ReLU6(), lambda layers: layers.Activation("relu6")),
    ("prelu", [2, 3, 2], lambda nn: nn.PReLU(), None),
    ("prelu:element", [6], lambda nn: nn.PReLU(6), lambda layers: layers.PReLU()),
    ("prelu:channel,0.1", [2, 3, 2], lambda nn: nn.PReLU(2, init=0.1), lambda layers: layers.PReLU(keras_constant(0.1), shared_axes=[1, 2])),
    ("prelu", [2, 3, 2], None, lambda layers: layers.PReLU()),
    ("prelu:layer", [2, 3, 2], None, lambda layers: layers.PReLU(shared_axes=[1, 2, 3])),
    ("hard_tanh", [2, 3, 2], lambda nn: nn.Hardtanh(), lambda layers: layers.Activation("hard_tanh")),
    ("hard_tanh:-0.5,1.25", [6], lambda nn: nn.Hardtanh(-0.5, 1.25), None),
    ("elu:0.5", [7], lambda nn: nn.ELU(0.5), lambda layers: layers.ELU(0.5)),
    ("layernorm", [5], lambda nn: nn.LayerNorm(5), lambda layers: layers.LayerNormalization()),
]


def keras_constant(value):
    from keras import initializers

    return initializers.Constant(value)


def inputs(shape):
    """Multiples of a quarter from -1.5 to 1.5, 0 among them; targets likewise."""
    n = BATCH * int(np.prod(shape))
    x = np.array([((7 * i + 3 * (i // 5)) % 13 - 6) / 4 for i in range(n)]).reshape([BATCH, *shape])
    return x, np.array([((5 * i + 2) % 11 - 5) / 8 for i in range(n)]).reshape(x.shape)


def params_like(values):
    """Other ones, so that every element counts."""
    return [np.array([v + ((3 * k) % 7 - 2) / 8 for k, v in enumerate(w.ravel())]).reshape(w.shape) for w in values]


def torch_run(make, shape):
    import torch
    from torch import nn

    layer = make(nn).double()
    start = [p.detach().numpy().copy() for p in layer.parameters()]
    params = params_like(start)
    for p, v in zip(layer.parameters(), params):
        p.data = torch.tensor(v)
    x, target = map(torch.tensor, inputs(shape))
    x.requires_grad_()
    y = layer(x)
    ((y - target) ** 2).mean().backward()
    return start, params, y.detach().numpy(), x.grad.numpy(), [p.grad.numpy() for p in layer.parameters()]


def keras_run(make, shape):
    import keras
    import tensorflow as tf
    from keras import layers

    keras.config.set_floatx("float64")
    keras.config.set_dtype_policy("float64")
    last = lambda a: np.moveaxis(a, -3, -1) if len(shape) == 3 and a.ndim >= 3 else a  # noqa: E731, ours to channels-last
    first = lambda a: np.moveaxis(a, -1, -3) if len(shape) == 3 and a.ndim >= 3 else a  # noqa: E731, and back
    ours, target = inputs(shape)
    x = tf.constant(last(ours))
    layer = make(layers)
    layer.build(x.shape)
    start = [first(w) for w in layer.get_weights()]
    params = params_like(start)
    layer.set_weights([last(w) for w in params])
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = layer(x)
        loss = tf.reduce_mean((y - last(target)) ** 2)
    dx, *dw = tape.gradient(loss, [x, *layer.trainable_variables])
    return start, params, first(y.numpy()), first(dx.numpy()), [first(w.numpy()) for w in dw]


def versions(framework):
    if framework == "torch":
        import torch
        return {"torch": str(torch.__version__).partition("+")[0]}
    import keras
    import tensorflow
    return {"keras": keras.__version__, "tensorflow": tensorflow.__version__}


framework = sys.argv[1]
flat = lambda a: [float(v) for v in np.asarray(a).ravel()]  # noqa: E731
entries = []
for text, shape, of_torch, of_keras in CASES:
    make, run = (of_torch, torch_run) if framework == "torch" else (of_keras, keras_run)
    if make is None:
        continue
    x, target = inputs(shape)
    start, params, y, dx, dw = run(make, shape)
    lists = {"x": flat(x), "target": flat(target), "start": [flat(w) for w in start], "params": [flat(w) for w in params], "y": flat(y),
             "dx": flat(dx), "gradients": [flat(w) for w in dw]}
    entries.append('  {"layer": "%s", "shape": %s,\n   %s}' % (text, json.dumps(shape), ",\n   ".join(f'"{k}": {json.dumps(v)}' for k, v in lists.items())))
print('{"made_by": "tests/golden/layers/make.py", "versions": %s, "batch": %d,\n "layers": [' % (json.dumps(versions(framework)), BATCH))
print(",\n".join(entries) + "\n ]\n}")
