#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Records the first steps of trainings with dropout behind convolutions and poolings, by Keras on torch in float32:

    KERAS_BACKEND=torch make_dropout.py > keras-torch-dropout.json      needs keras and torch

Recorded with keras 3.15.1 on torch 2.15.0; x86-64. An epoch is one step: all rows are one batch, shuffled. "loss" is that of
the first two steps, "weights" are those after the first, in PyTorch's order of axes. Nothing is set but the seed.
"""
import json
import os

os.environ["CUDA_VISIBLE_DEVICES"] = ""
import keras
import numpy as np
import torch
from keras import layers

ROWS, RATE = 8, 0.1
SHAPES = ((1, 6, 7), (3, 8, 8))
NETS = ("maxpool:2 dropout:0.4 flatten dense:3", "conv:3,3 relu dropout:0.4 flatten dense:3", "avgpool:2 dropout:0.3 conv:4,2 relu dropout:0.4 flatten dense:3",
        "conv:4,3 relu maxpool:2 dropout:0.25 flatten dense:5 relu dropout:0.5 dense:3", "conv:4,3,same bn relu avgpool:2 dropout:0.4 conv:3,2 dropout:0.3 flatten dense:3",
        "conv:16,3,same relu maxpool:2 dropout:0.5 flatten dense:3", "conv:5,3 relu maxpool:2 flatten dropout:0.4 dense:3")


def images(c, h, w):
    """The samples of golden_dropout_test.cpp."""
    i, j = np.arange(ROWS)[:, None], np.arange(c * h * w)[None]
    return (((i * 37 + j * 11 + i * j) % 17).astype(np.float32) / np.float32(17)).reshape(ROWS, c, h, w)


def layer(word):
    kind, _, rest = word.partition(":")
    a = rest.split(",")
    return {"conv": lambda: layers.Conv2D(int(a[0]), int(a[1]), padding="same" if "same" in a else "valid"), "relu": layers.ReLU, "bn": layers.BatchNormalization,
            "maxpool": lambda: layers.MaxPooling2D(int(a[0])), "avgpool": lambda: layers.AveragePooling2D(int(a[0])), "flatten": layers.Flatten,
            "dense": lambda: layers.Dense(int(a[0])), "dropout": lambda: layers.Dropout(float(a[0]))}[kind]()


def weights_of(model):
    """By tensors, as a network of PyTorch has them."""
    out, image = [], None
    for made in model.layers:
        if isinstance(made, layers.Flatten):
            image = made.input.shape[1:]
        for i, value in enumerate(made.get_weights()):
            if isinstance(made, layers.Conv2D) and i == 0:
                value = value.transpose(3, 2, 0, 1)
            if isinstance(made, layers.Dense) and i == 0:
                value = value.reshape(*image, -1).transpose(3, 2, 0, 1) if image else value.T
            out.append([float(str(v)) for v in value.ravel()])  # as few digits as tell a float32
        if isinstance(made, layers.Dense):
            image = None
    return out


trainings = []
for c, h, w in SHAPES:
    for net in NETS:
        for seed in (0, 42):
            def run(epochs):
                keras.utils.set_random_seed(seed)
                model = keras.Sequential([layers.Input((h, w, c))] + [layer(word) for word in net.split()])
                model.compile(keras.optimizers.SGD(RATE), keras.losses.SparseCategoricalCrossentropy(from_logits=True))
                y = np.arange(ROWS) % 3
                return model, model.fit(images(c, h, w).transpose(0, 2, 3, 1), y, batch_size=ROWS, epochs=epochs, verbose=0).history["loss"]

            loss, model = run(2)[1], run(1)[0]
            trainings.append('  {"seed": %d, "input": [%d, %d, %d], "model": "%s",\n   "loss": %s,\n   "weights": %s}' % (seed, c, h, w, net, json.dumps(loss), json.dumps(weights_of(model))))
print('{"made_by": "tests/golden/training/make_dropout.py", "versions": {"keras": "%s", "torch": "%s"},\n "rows": %d, "rate": %g,\n "trainings": [' % (keras.__version__, torch.__version__, ROWS, RATE))
print(",\n".join(trainings) + "\n ]\n}")
