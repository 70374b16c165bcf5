#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Records single layers in float64: output, gradients of the input and of the parameters.

    make.py torch > torch.json                               needs torch
    KERAS_BACKEND=tensorflow make.py keras > keras.json      needs keras and tensorflow

Recorded with torch 2.15.0; keras 3.15.1 on tensorflow 2.21.0; x86-64.
"layer" is our text, read under the framework's defaults; "shape" is that of a sample in our order (C,H,W). The loss is the
mean over all elements of (y - target)^2. "start" are the parameters as the framework makes the layer (torch with the seed
0), "params" those of this run; both are in our axis order. The inputs have zeros among them.
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
    ("layernorm:axis=-1", [3, 4], lambda nn: nn.LayerNorm(4), lambda layers: layers.LayerNormalization(axis=-1)),
    ("layernorm:axis=1", [2, 3, 2], lambda nn: nn.LayerNorm([3, 2]), lambda layers: layers.LayerNormalization(axis=[1, 2])),
    ("layernorm:axis=channel", [4, 2, 3], lambda nn: nn.Sequential(permuted(0, 2, 3, 1), nn.LayerNorm(4), permuted(0, 3, 1, 2)),
     lambda layers: layers.LayerNormalization()),
    ("softmax:axis=1", [2, 3, 2], lambda nn: nn.Softmax(2), lambda layers: layers.Softmax(1)),
    ("softmax:axis=-1", [3, 4], lambda nn: nn.Softmax(-1), lambda layers: layers.Softmax()),
    ("l2norm", [5], lambda nn: function(lambda x: nn.functional.normalize(x)), lambda layers: layers.UnitNormalization()),
    ("gn:2", [4, 2, 3], lambda nn: nn.GroupNorm(2, 4), lambda layers: layers.GroupNormalization(2)),
    ("gn:3", [9], lambda nn: nn.GroupNorm(3, 9), lambda layers: layers.GroupNormalization(3)),
    ("clip:-0.5,1.25", [2, 3, 2], lambda nn: function(lambda x: x.clamp(-0.5, 1.25)), lambda layers: layers.Lambda(keras_clip)),
    ("shuffle:2", [6, 2, 3], lambda nn: nn.ChannelShuffle(2), None),
    ("shuffle:3", [6, 1, 2], lambda nn: nn.ChannelShuffle(3), None),
    ("slice:1,3", [4, 2, 3], lambda nn: function(lambda x: x[:, 1:3]), lambda layers: layers.Lambda(lambda x: x[..., 1:3])),
    ("slice:2,4", [3, 5], lambda nn: function(lambda x: x[..., 2:4]), lambda layers: layers.Lambda(lambda x: x[..., 2:4])),
    ("globalmaxpool", [2, 4, 5], lambda nn: nn.Sequential(nn.AdaptiveMaxPool2d(1), nn.Flatten()), lambda layers: layers.GlobalMaxPooling2D()),
    ("maxpool:3x2,2x1", [2, 7, 5], lambda nn: nn.MaxPool2d((3, 2), (2, 1)), lambda layers: layers.MaxPooling2D((3, 2), (2, 1))),
    ("maxpool:2,pad=0:1:1:0", [2, 4, 5], lambda nn: nn.Sequential(nn.ConstantPad2d((1, 0, 0, 1), -np.inf), nn.MaxPool2d(2)), None),
    ("maxpool:2x3,1,dilation=2x1,pad=1x0", [2, 4, 5], lambda nn: nn.MaxPool2d((2, 3), 1, padding=(1, 0), dilation=(2, 1)), None),
    ("maxpool:3,2,ceil", [2, 6, 4], lambda nn: nn.MaxPool2d(3, 2, ceil_mode=True), None),
    ("maxpool:3,2,pad=1,ceil", [1, 6, 5], lambda nn: nn.MaxPool2d(3, 2, padding=1, ceil_mode=True), None),
    ("maxpool:2,3,ceil", [1, 3, 7], lambda nn: nn.MaxPool2d(2, 3, ceil_mode=True), None),
    ("maxpool:2,1x3,dilation=2x1,ceil", [1, 5, 6], lambda nn: nn.MaxPool2d(2, (1, 3), dilation=(2, 1), ceil_mode=True), None),
    ("maxpool:3,2,ceil", [2, 2, 3], lambda nn: nn.MaxPool2d(3, 2, ceil_mode=True), None),
    ("avgpool:2,ceil", [2, 5, 3], lambda nn: nn.AvgPool2d(2, ceil_mode=True), None),
    ("avgpool:3,2,pad=1,ceil", [1, 6, 4], lambda nn: nn.AvgPool2d(3, 2, padding=1, ceil_mode=True), None),
    ("avgpool:3,2,pad=1,count-pad=false,ceil", [1, 6, 4],
     lambda nn: nn.AvgPool2d(3, 2, padding=1, ceil_mode=True, count_include_pad=False), None),
    ("avgpool:2x3,3x2,pad=1x0,ceil", [1, 5, 6], lambda nn: nn.AvgPool2d((2, 3), (3, 2), padding=(1, 0), ceil_mode=True), None),
    ("avgpool:3x1,2x1", [2, 7, 3], lambda nn: nn.AvgPool2d((3, 1), (2, 1)), lambda layers: layers.AveragePooling2D((3, 1), (2, 1))),
    ("conv:2,4x1,stride=2x1,pad=1:0:0:2", [2, 6, 3], lambda nn: nn.Sequential(nn.ZeroPad2d((0, 2, 1, 0)), nn.Conv2d(2, 2, (4, 1), (2, 1))), None),
    ("conv:2,3,dilation=2x1,pad=2:1:0:0", [2, 5, 4], lambda nn: nn.Sequential(nn.ZeroPad2d((0, 0, 2, 1)), nn.Conv2d(2, 2, 3, dilation=(2, 1))), None),
    ("conv:4,2,dilation=3,same,groups=2", [2, 4, 5], lambda nn: nn.Conv2d(2, 4, 2, dilation=3, padding="same", groups=2), None),
    ("conv:2,4x1,stride=2x1,pad=1:0:0:2,init=ones", [2, 6, 3], None,
     lambda layers: keras_chain(layers.ZeroPadding2D(((1, 0), (0, 2))), layers.Conv2D(2, (4, 1), (2, 1), kernel_initializer="ones"))),
    ("conv:2,2,dilation=3,same,init=ones", [2, 4, 5], None, lambda layers: layers.Conv2D(2, 2, dilation_rate=3, padding="same", kernel_initializer="ones")),
    ("upsample:2", [2, 2, 3], lambda nn: nn.Upsample(scale_factor=2), lambda layers: layers.UpSampling2D(2)),
    ("upsample:3x2,bilinear", [2, 3, 2], lambda nn: nn.Upsample(scale_factor=(3, 2), mode="bilinear"), None),  # TensorFlow computes it in float32
    ("deconv:3,3", [2, 2, 3], lambda nn: nn.ConvTranspose2d(2, 3, 3), None),
    ("deconv:2,4x3,stride=2,pad=1x0,out-pad=1", [3, 3, 2], lambda nn: nn.ConvTranspose2d(3, 2, (4, 3), 2, padding=(1, 0), output_padding=1), None),
    ("deconv:4,2,groups=2,dilation=2x1", [4, 2, 3], lambda nn: nn.ConvTranspose2d(4, 4, 2, groups=2, dilation=(2, 1)), None),
    ("deconv:2,2,stride=3,bias=false", [2, 2, 2], lambda nn: nn.ConvTranspose2d(2, 2, 2, 3, bias=False), None),
    ("deconv:3,3x2,stride=2x3,init=ones", [2, 2, 3], None, lambda layers: layers.Conv2DTranspose(3, (3, 2), (2, 3), kernel_initializer="ones")),
    ("deconv:2,5x2,stride=2x3,same,init=ones", [2, 3, 2], None,
     lambda layers: layers.Conv2DTranspose(2, (5, 2), (2, 3), padding="same", kernel_initializer="ones")),
    ("deconv:2,3,stride=2,out-pad=1,init=ones", [2, 2, 3], None,
     lambda layers: layers.Conv2DTranspose(2, 3, 2, output_padding=1, kernel_initializer="ones")),
]


def function(f):
    from torch import nn

    class Function(nn.Module):
        def forward(self, x):
            return f(x)

    return Function()


def permuted(*axes):
    return function(lambda x: x.permute(*axes))


def keras_clip(x):
    from keras import ops

    return ops.clip(x, -0.5, 1.25)


def keras_chain(*layers):
    import keras

    return keras.Sequential(layers)


def keras_constant(value):
    from keras import initializers

    return initializers.Constant(value)


def inputs(shape):
    """Multiples of a quarter from -1.5 to 1.5, 0 among them."""
    n = BATCH * int(np.prod(shape))
    return np.array([((7 * i + 3 * (i // 5)) % 13 - 6) / 4 for i in range(n)]).reshape([BATCH, *shape])


def targets(shape):
    """Likewise eighths, of the shape of a batch of outputs."""
    return np.array([((5 * i + 2) % 11 - 5) / 8 for i in range(int(np.prod(shape)))]).reshape(shape)


def params_like(values):
    """Other ones, so that every element counts."""
    return [np.array([v + ((3 * k) % 7 - 2) / 8 for k, v in enumerate(w.ravel())]).reshape(w.shape) for w in values]


def torch_run(make, shape):
    import torch
    from torch import nn

    torch.manual_seed(0)
    layer = make(nn).double()
    start = [p.detach().numpy().copy() for p in layer.parameters()]
    params = params_like(start)
    for p, v in zip(layer.parameters(), params):
        p.data = torch.tensor(v)
    x = torch.tensor(inputs(shape)).requires_grad_()
    y = layer(x)
    target = targets(y.shape)
    ((y - torch.tensor(target)) ** 2).mean().backward()
    return start, params, target, y.detach().numpy(), x.grad.numpy(), [p.grad.numpy() for p in layer.parameters()]


def keras_run(make, shape):
    import keras
    import tensorflow as tf
    from keras import layers

    keras.config.set_floatx("float64")
    keras.config.set_dtype_policy("float64")
    last = lambda a: np.moveaxis(a, -3, -1) if len(shape) == 3 and a.ndim >= 3 else a  # noqa: E731, ours to channels-last
    first = lambda a: np.moveaxis(a, -1, -3) if len(shape) == 3 and a.ndim >= 3 else a  # noqa: E731, and back
    # A kernel {kh,kw,in,out}, of a transposed convolution {kh,kw,out,in}, becomes torch's; other weights lie as samples do.
    weight_first = lambda w: w.transpose(3, 2, 0, 1) if w.ndim == 4 else first(w)  # noqa: E731
    weight_last = lambda w: w.transpose(2, 3, 1, 0) if w.ndim == 4 else last(w)  # noqa: E731
    x = tf.constant(last(inputs(shape)))
    layer = make(layers)
    layer.build(x.shape)
    start = [weight_first(w) for w in layer.get_weights()]
    params = params_like(start)
    layer.set_weights([weight_last(w) for w in params])
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = layer(x)
        target = targets(first(y.numpy()).shape)
        loss = tf.reduce_mean((y - last(target)) ** 2)
    dx, *dw = tape.gradient(loss, [x, *layer.trainable_variables])
    return start, params, target, first(y.numpy()), first(dx.numpy()), [weight_first(w.numpy()) for w in dw]


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
    x = inputs(shape)
    start, params, target, y, dx, dw = run(make, shape)
    lists = {"x": flat(x), "target": flat(target), "start": [flat(w) for w in start], "params": [flat(w) for w in params], "y": flat(y),
             "dx": flat(dx), "gradients": [flat(w) for w in dw]}
    entries.append('  {"layer": "%s", "shape": %s,\n   %s}' % (text, json.dumps(shape), ",\n   ".join(f'"{k}": {json.dumps(v)}' for k, v in lists.items())))
print('{"made_by": "tests/golden/layers/make.py", "versions": %s, "batch": %d,\n "layers": [' % (json.dumps(versions(framework)), BATCH))
print(",\n".join(entries) + "\n ]\n}")
