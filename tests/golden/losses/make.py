#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Records values of the frameworks' losses and their gradients with respect to the network's outputs, in float64 and float32.

    make.py torch > torch.json                                          needs torch
    KERAS_BACKEND=tensorflow make.py keras > keras-tensorflow.json      needs keras and the backend (jax, torch likewise)

Recorded with torch 2.15.0; keras 3.15.1 on tensorflow 2.21.0, jax 0.10.2 and torch 2.15.0; x86-64.
Outputs are float32 numbers, logits that Keras is given behind a softmax or sigmoid layer, as networks are written for it.
"ordinary" ones lie within 4; "wide" ones reach probabilities of 1e-26, where Keras on JAX and torch clips and TensorFlow,
which finds the logits, does not. Under Keras, class weights are the sample weights that fit(class_weight=) makes of them.
"""
import json
import os
import sys

import numpy as np

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ["CUDA_VISIBLE_DEVICES"] = ""

SIXTEENTHS = lambda rows: (np.array(rows) / 16).astype(np.float32).tolist()
ORDINARY = SIXTEENTHS([[8, -16, 32, 24, 4], [-12, 61, 0, -7, 9], [1, 2, 3, 4, 5], [-33, -34, 50, 17, -64], [0, 0, 0, 0, 0], [64, -64, 5, 60, -1], [7, 7, -20, 13, 22]])
WIDE = SIXTEENTHS([[960, 0, 0, -320, 16], [-12, 400, 380, -7, 9], [-200, 100, 3, 400, 240], [48, 44, 40, 36, 32]])
DATA = {
    "ordinary": {"outputs": ORDINARY, "labels": [2, 0, 4, 3, 1, 0, 4],
                 "targets": SIXTEENTHS([[0, 16, 16, 8, 4], [1, 2, 3, 5, 8], [16, 0, 16, 0, 16], [0, 0, 0, 0, 0], [16, 16, 16, 16, 16], [4, 12, 4, 12, 4], [9, 16, 0, 1, 15]])},
    "wide": {"outputs": WIDE, "labels": [1, 1, 3, 0], "targets": SIXTEENTHS([[16, 0, 16, 0, 8], [0, 16, 0, 16, 8], [16, 0, 16, 16, 0], [0, 4, 8, 12, 16]])},
}
WEIGHTS = [1.0, 2.0, 0.5, 0.25, 3.0]
CASES = [("cross_entropy", {}), ("cross_entropy", {"label_smoothing": 0.1}), ("cross_entropy", {"class_weights": WEIGHTS}),
         ("cross_entropy", {"class_weights": WEIGHTS, "label_smoothing": 0.2}), ("mse", {}), ("bce", {})]


def torch_loss(name, args, data, dtype):
    import torch
    from torch.nn import functional as F

    x = torch.tensor(data["outputs"], dtype=getattr(torch, dtype), requires_grad=True)
    targets = torch.tensor(data["targets"], dtype=x.dtype)
    if name == "cross_entropy":
        weight = torch.tensor(args["class_weights"], dtype=x.dtype) if "class_weights" in args else None
        loss = F.cross_entropy(x, torch.tensor(data["labels"]), weight=weight, label_smoothing=args.get("label_smoothing", 0.0))
    else:
        loss = {"mse": F.mse_loss, "bce": F.binary_cross_entropy_with_logits}[name](x, targets)
    loss.backward()
    return loss.detach().numpy(), x.grad.numpy()


def keras_loss(name, args, data, dtype):
    import keras
    from keras import layers, losses, ops

    keras.config.set_floatx(dtype)
    keras.config.set_dtype_policy(dtype)
    labels, logits = np.array(data["labels"]), np.array(data["outputs"], dtype)
    smoothing = {"label_smoothing": args["label_smoothing"]} if "label_smoothing" in args else {}
    if name == "cross_entropy":
        loss = losses.CategoricalCrossentropy(**smoothing) if smoothing else losses.SparseCategoricalCrossentropy()
        y, activation = np.eye(5)[labels].astype(dtype) if smoothing else labels, "softmax"
    else:
        loss, activation = {"mse": (losses.MeanSquaredError(), "linear"), "bce": (losses.BinaryCrossentropy(), "sigmoid")}[name]
        y = np.array(data["targets"], dtype)
    sample_weight = np.array(args["class_weights"], dtype)[labels] if "class_weights" in args else None
    layer = layers.Activation(activation, dtype=dtype)
    value = lambda x: loss(y, layer(x), sample_weight)
    backend = keras.backend.backend()
    if backend == "tensorflow":
        import tensorflow as tf
        x = tf.Variable(logits)
        with tf.GradientTape() as tape:
            found = value(x)
        gradient = tape.gradient(found, x)
    elif backend == "jax":
        import jax
        found, gradient = jax.value_and_grad(value)(jax.numpy.array(logits))
    else:
        import torch
        x = torch.tensor(logits, requires_grad=True)
        # Keras' own reduction gives a float32 number there, also of float64 losses; the mean is taken without it.
        loss.reduction = "none"
        found = value(x).mean()
        found.backward()
        found, gradient = found.detach(), x.grad
    found, gradient = np.asarray(ops.convert_to_numpy(found)), np.asarray(ops.convert_to_numpy(gradient))
    assert found.dtype == gradient.dtype == dtype, (found.dtype, gradient.dtype)
    return found, gradient


def versions(framework):
    if framework == "torch":
        import torch
        return {"torch": str(torch.__version__)}
    import importlib
    import keras
    backend = keras.backend.backend()
    return {"keras": keras.__version__, backend: str(importlib.import_module(backend).__version__)}


if os.environ.get("KERAS_BACKEND") == "jax":
    import jax
    jax.config.update("jax_enable_x64", True)
framework = sys.argv[1]
one = torch_loss if framework == "torch" else keras_loss
texts = []
for kind, data in DATA.items():
    for name, args in CASES:
        double, single = one(name, args, data, "float64"), one(name, args, data, "float32")
        texts.append('  {"loss": "%s", "args": %s, "data": "%s", "float64": %r, "float32": %s,\n   "gradient64": [%s],\n   "gradient32": [%s]}' % (
            name, json.dumps(args), kind, float(double[0]), str(single[0]), ",\n    ".join(json.dumps(row.tolist()) for row in double[1]),
            ",\n    ".join("[" + ", ".join(str(v) for v in row) + "]" for row in single[1])))
print('{"made_by": "tests/golden/losses/make.py", "versions": %s,\n "data": %s,\n "cases": [' % (json.dumps(versions(framework)), json.dumps(DATA)))
print(",\n".join(texts) + "\n ]\n}")
