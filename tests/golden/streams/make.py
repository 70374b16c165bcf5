#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Records every random number of small seeded trainings: initial weights, orders and dropout masks, as they interplay.

    make.py torch > torch.tsv                                        needs torch
    KERAS_BACKEND=tensorflow make.py keras > keras-tensorflow.tsv    needs keras and the backend (jax, torch likewise)
    KERAS_BACKEND=torch make.py masks > keras-torch-masks.tsv        needs keras and torch
    KERAS_BACKEND=jax make.py kernels > kernels-keras-jax.tsv        needs keras and the backend (tensorflow, torch likewise)
    make.py samples-torch > samples-torch.tsv                        needs torch and torchvision
    KERAS_BACKEND=jax make.py samples-keras > samples-keras-jax.tsv  needs keras and the backend (tensorflow, torch likewise)

Recorded with torch 2.15.0; keras 3.15.1 on tensorflow 2.21.0, jax 0.10.2 and torch 2.15.0; x86-64 with AVX-512.
Lines: seed TAB run TAB what TAB dtype TAB count TAB sha256 of the bytes. Axes and flattening are PyTorch's throughout.
A run is "rows batch epochs validation-rows", the validation 0 for none; its network
    conv:3,3 relu dropout:0.3 flatten dense:7 relu dropout:0.5 dense:2      on images of 1x6x7
Keras: fit(shuffle=True) on arrays; torch: a DataLoader(shuffle=True), and one without for the validation after each epoch.
Masks: 1 where dropout kept, of all steps one after the other.

The masks behind several kinds of layers (torch fills a mask in the order in which the values before it lie in memory), lines:
seed TAB "channels height width" TAB layers TAB dropout layer TAB count TAB sha256, of two batches of 4 samples.

kernels-*.tsv: initial kernels of networks that branch, the same fields with the layer's weight in place of a dropout.

samples-*.tsv: samples that droppath kept, a digit a sample, beside a dropout in the same network; lines:
seed TAB layers TAB layer TAB digits, of two batches of 12 samples of 2x3x3.
"""
import hashlib
import os
import sys

import numpy as np

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ["CUDA_VISIBLE_DEVICES"] = ""
SEEDS = (0, 42, 2147483655)
RUNS = ((11, 4, 3, 0), (11, 4, 3, 5), (1000, 64, 2, 10))


def line(seed, run, what, array):
    array = np.ascontiguousarray(array)
    print(seed, " ".join(map(str, run)), what, array.dtype, array.size, hashlib.sha256(array.tobytes()).hexdigest(), sep="\t")


def images(n):
    """Every pixel of an image is its number."""
    return np.repeat(np.arange(n, dtype=np.float32), 42).reshape(n, 1, 6, 7)


def record_torch():
    import torch
    from torch import nn
    from torch.utils.data import DataLoader, TensorDataset

    print("# torch %s, tests/golden/streams/make.py" % torch.__version__)

    class Spied(nn.Dropout):
        def __init__(self, p):
            super().__init__(p)
            self.masks = []

        def forward(self, x):
            y = super().forward(torch.ones_like(x))
            if self.training:
                self.masks.append((y != 0).flatten().numpy().astype(np.uint8))
            return x * y

    for run in RUNS:
        n, batch, epochs, validation = run
        for seed in SEEDS:
            torch.manual_seed(seed)
            m = nn.Sequential(nn.Conv2d(1, 3, 3), nn.ReLU(), Spied(0.3), nn.Flatten(), nn.Linear(60, 7), nn.ReLU(), Spied(0.5), nn.Linear(7, 2))
            for name, word in (("conv1", 0), ("dense1", 4), ("dense2", 7)):
                line(seed, run, name + "/weight", m[word].weight.detach().numpy())
                line(seed, run, name + "/bias", m[word].bias.detach().numpy())
            train = DataLoader(TensorDataset(torch.tensor(images(n))), batch_size=batch, shuffle=True)
            other = DataLoader(TensorDataset(torch.tensor(images(validation or 1))), batch_size=batch)
            order = []
            for _ in range(epochs):
                m.train()
                for (x,) in train:
                    order += x[:, 0, 0, 0].tolist()
                    m(x)
                m.eval()
                if validation:
                    for (x,) in other:
                        m(x)
            line(seed, run, "order", np.array(order, np.int64))
            line(seed, run, "dropout1", np.concatenate(m[2].masks))
            line(seed, run, "dropout2", np.concatenate(m[6].masks))


def record_keras():
    import importlib
    import keras
    from keras import layers, ops

    backend = keras.backend.backend()
    print("# keras %s on %s %s, tests/golden/streams/make.py" % (keras.__version__, backend, importlib.import_module(backend).__version__))

    class Spy(layers.Layer):
        """Writes down what passes while training; draws nothing."""

        def __init__(self, n, taken):
            super().__init__()
            self.n, self.taken = n, taken

        def build(self, shape):
            self.seen = self.add_weight(shape=(self.n,), initializer="zeros", trainable=False)
            self.count = self.add_weight(shape=(), dtype="int32", initializer="zeros", trainable=False)

        def call(self, x, training=False):
            if training:
                v = ops.reshape(self.taken(x), (-1,))
                k = ops.shape(v)[0]
                self.seen.assign(ops.scatter_update(self.seen.value, ops.expand_dims(self.count + ops.arange(k, dtype="int32"), 1), v))
                self.count.assign(self.count + k)
            return x

    class Ones(layers.Layer):
        def call(self, x):
            return x * 0 + 1

    for run in RUNS:
        n, batch, epochs, validation = run
        for seed in SEEDS:
            keras.utils.set_random_seed(seed)
            spies = [Spy(n * epochs, lambda x: x[:, 0, 0, 0]), Spy(n * epochs * 60, lambda x: x), Spy(n * epochs * 7, lambda x: x)]
            conv = layers.Conv2D(3, 3)
            stack = [layers.Input((6, 7, 1)), spies[0], conv, layers.ReLU(), Ones(), layers.Dropout(0.3), spies[1], layers.Flatten()]
            dense1 = layers.Dense(7)
            stack += [dense1, layers.ReLU(), Ones(), layers.Dropout(0.5), spies[2]]
            dense2 = layers.Dense(2)
            m = keras.Sequential(stack + [dense2])
            kernel = lambda layer: np.array(ops.convert_to_numpy(layer.kernel))
            line(seed, run, "conv1/weight", kernel(conv).transpose(3, 2, 0, 1))
            line(seed, run, "dense1/weight", kernel(dense1).reshape(4, 5, 3, 7).transpose(3, 2, 0, 1))
            line(seed, run, "dense2/weight", kernel(dense2).T)
            m.compile("sgd", "mse")
            x, y = images(n).transpose(0, 2, 3, 1), np.zeros((n, 2), np.float32)
            extra = {"validation_data": (x[:validation], y[:validation])} if validation else {}
            m.fit(x, y, batch_size=batch, epochs=epochs, verbose=0, **extra)
            order, first, second = (np.array(ops.convert_to_numpy(spy.seen)) for spy in spies)
            line(seed, run, "order", order.astype(np.int64))
            line(seed, run, "dropout1", (first != 0).reshape(-1, 4, 5, 3).transpose(0, 3, 1, 2).astype(np.uint8))
            line(seed, run, "dropout2", (second != 0).astype(np.uint8))


MASK_NETS = ("dropout:0.4", "conv:3,3 dropout:0.4", "conv:1,3 relu dropout:0.4", "conv:5,6 dropout:0.4", "maxpool:2 dropout:0.4", "avgpool:2 dropout:0.4",
             "conv:3,3 relu maxpool:2 dropout:0.4", "conv:16,3,same bn relu avgpool:2 dropout:0.4", "maxpool:2 bn tanh dropout:0.4",
             "conv:3,3 bn dropout:0.4 relu maxpool:2 dropout:0.25", "maxpool:2 conv:4,2 dropout:0.4", "maxpool:2 layernorm dropout:0.4",
             "maxpool:2 softmax dropout:0.4", "maxpool:2 dropout:0.4 flatten dropout:0.4", "conv:3,3 maxpool:2 flatten dropout:0.4 dense:7 relu dropout:0.5",
             "conv:3,3 globalavgpool dropout:0.4", "maxpool:2 prelu dropout:0.4", "conv:3,3 prelu dropout:0.4",
             "maxpool:2 gn:1 dropout:0.4", "conv:4,3 gn:2 dropout:0.4", "conv:3,3 maxpool:2 gn:3 dropout:0.4", "maxpool:2 deconv:3,2 dropout:0.4",
             "conv:3,3 deconv:4,2 dropout:0.4", "conv:1,3 deconv:4,2 dropout:0.4",
             "deconv:4,3,stride=2,same dropout:0.4", "maxpool:2 upsample:2 dropout:0.4", "conv:3,3 upsample:2 dropout:0.4",
             "maxpool:2 upsample:2,bilinear dropout:0.4", "conv:3,3 upsample:2,bilinear dropout:0.4", "maxpool:2 softmax:axis=1 dropout:0.4",
             "maxpool:2 layernorm:axis=channel dropout:0.4", "maxpool:2 clip:0,1 dropout:0.4", "conv:3,3 clip:0,1 dropout:0.4",
             "maxpool:2 droppath:0.3 dropout:0.4", "conv:3,3 droppath:0.3 dropout:0.4", "conv:3,3 globalmaxpool dropout:0.4")
# Behind joints: of branches in the same order in memory and in different ones, and of parts of images. Where two branches have
# dropout, which mask is drawn first depends on the depth of each in the graph of Keras: nn-train warns of it.
JOINT_NETS = ("conv:3,3,same res( conv:3,3,same ) dropout:0.4", "conv:4,3 maxpool:2 res( conv:4,3,same ) dropout:0.4", "conv:4,3 maxpool:2 res( | conv:4,3,same ) dropout:0.4",
              "conv:4,3 maxpool:2 res( tanh | relu ) bn relu dropout:0.4", "conv:4,3 maxpool:2 cat( tanh | relu ) dropout:0.4", "conv:4,3 cat( maxpool:2 | maxpool:2 tanh ) dropout:0.4",
              "conv:4,3,same cat( | tanh ) dropout:0.4", "conv:4,3 maxpool:2 cat( | conv:3,3,same ) dropout:0.4", "conv:4,3 maxpool:2 cat( conv:3,3,same | ) relu dropout:0.4",
              "conv:4,3 maxpool:2 gate( globalavgpool dense:4 sigmoid ) dropout:0.4", "conv:4,3 gate( globalavgpool dense:4 sigmoid ) dropout:0.4",
              "conv:4,3 maxpool:2 gate( conv:1,1 sigmoid ) dropout:0.4", "conv:4,3 maxpool:2 gate( conv:4,1 sigmoid ) dropout:0.4", "conv:4,3 maxpool:2 gate( conv:4,1 sigmoid | ) dropout:0.4",
              "conv:4,3 maxpool:2 slice:1,3 dropout:0.4", "conv:4,3 slice:1,3 dropout:0.4", "conv:4,3 maxpool:2 slice:0,1 relu dropout:0.4",
              "conv:4,3 maxpool:2 cat( slice:0,2 | slice:2,4 conv:2,3,same ) dropout:0.4",
              "cat( maxpool:2 flatten | conv:2,3 flatten ) dropout:0.4", "cat( conv:3,3 flatten | globalavgpool ) dropout:0.4 dense:3 dropout:0.5", "cat( flatten dense:3 | maxpool:2 flatten tanh ) relu dropout:0.4",
              "conv:4,3,same res( dropout:0.4 conv:4,3,same dropout:0.3 ) dropout:0.2", "conv:4,3 maxpool:2 cat( dropout:0.4 conv:4,3,same dropout:0.3 | ) dropout:0.2")


def layer(word):
    """The Keras layer of one of our words."""
    from keras import layers, ops

    kind, _, rest = word.partition(":")
    a = rest.split(",")
    makers = {"conv": lambda: layers.Conv2D(int(a[0]), int(a[1]), padding="same" if "same" in a else "valid"), "relu": layers.ReLU,
              "tanh": lambda: layers.Activation("tanh"), "sigmoid": lambda: layers.Activation("sigmoid"), "softmax": lambda: layers.Softmax(1 if "axis=1" in a else -1), "bn": layers.BatchNormalization,
              "layernorm": lambda: layers.LayerNormalization(axis=-1 if "axis=channel" in a else (1, 2, 3)), "maxpool": lambda: layers.MaxPooling2D(int(a[0])),
              "avgpool": lambda: layers.AveragePooling2D(int(a[0])), "globalavgpool": layers.GlobalAveragePooling2D, "flatten": layers.Flatten,
              "dense": lambda: layers.Dense(int(a[0])), "dropout": lambda: layers.Dropout(float(a[0])),
              "prelu": layers.PReLU, "gn": lambda: layers.GroupNormalization(int(a[0])), "globalmaxpool": layers.GlobalMaxPooling2D,
              "deconv": lambda: layers.Conv2DTranspose(int(a[0]), int(a[1]), 2 if "stride=2" in a else 1, padding="same" if "same" in a else "valid"),
              "upsample": lambda: layers.UpSampling2D(int(a[0]), interpolation="bilinear" if "bilinear" in a else "nearest"),
              "clip": lambda: layers.Lambda(lambda x: ops.clip(x, 0, 1)),
              "droppath": lambda: layers.Dropout(float(a[0]), noise_shape=(None, 1, 1, 1))}
    return makers[kind]()


def branching(words, x, made=None):
    """The Keras model of such a text, and for each dropout in reading order the parts of a flat sample: shapes {c,h,w} of images that were
    flattened, or numbers of values. None: an image."""
    from keras import Model, layers

    words, dropouts = words.split(), []

    def run(at, value, parts):
        while at < len(words) and words[at] not in ("|", ")"):
            word = words[at]
            if word.endswith("("):
                ends, first = [], (value, parts)
                while True:
                    at, *end = run(at + 1, *first)
                    ends.append(end)
                    if words[at] == ")":
                        break
                kind = word[:-1]
                if len(ends) == 1:
                    ends.insert(0 if kind == "gate" else 1, first)
                values = [end[0] for end in ends]
                if kind == "gate" and values[1].ndim == 2 and values[0].ndim == 4:
                    values[1] = layers.Reshape((1, 1, values[1].shape[-1]))(values[1])
                value = {"res": layers.Add, "cat": layers.Concatenate, "gate": layers.Multiply}[kind]()(values)
                parts = sum((end[1] for end in ends), []) if kind == "cat" and value.ndim == 2 else ends[0][1]
            elif word.startswith("slice"):
                begin, end = map(int, word[6:].split(","))
                value = layers.Lambda(lambda v, b=begin, e=end: v[..., b:e])(value)
            else:
                if made is not None and word.startswith(("conv", "dense")):
                    made.append((word[: word.index(":")], layer(word), parts))
                    value = made[-1][1](value)
                else:
                    if word == "flatten":
                        parts = [(value.shape[3], value.shape[1], value.shape[2])]
                    value = layer(word)(value)
                if word.startswith(("dense", "global")):
                    parts = [value.shape[-1]]
                if word.startswith("dropout"):
                    dropouts.append((value, parts if value.ndim == 2 else None))
            at += 1
        return at, value, parts

    _, y, _ = run(0, x, None)
    return Model(x, y), dropouts


def channels_first(mask, parts):
    """Rows of images that Keras flattened, flattened our way."""
    at, out = 0, []
    for part in parts:
        size = part if isinstance(part, int) else int(np.prod(part))
        piece = mask[:, at : at + size]
        if not isinstance(part, int):
            piece = piece.reshape(-1, part[1], part[2], part[0]).transpose(0, 3, 1, 2).reshape(-1, size)
        out.append(piece)
        at += size
    return np.concatenate(out, 1)


def record_masks():
    import keras
    import torch
    import torch.nn.functional as functional
    from keras import layers, ops

    print("# keras %s on torch %s, tests/golden/streams/make.py" % (keras.__version__, torch.__version__))
    drawn, taken, dropout = [], [], functional.dropout

    def spied(x, p=0.5, training=True, inplace=False):
        y = dropout(torch.ones_like(x), p=p, training=training)
        if training and x.device.type != "meta":
            mask = (y != 0).numpy()
            drawn.append(mask.transpose(0, 3, 1, 2) if mask.ndim == 4 else mask)
            taken.append(p)
        return x * y

    functional.dropout = spied

    for c, h, w in ((1, 6, 7), (3, 6, 7), (16, 8, 8)):
        for words in MASK_NETS:
            for seed in (0, 42):
                keras.utils.set_random_seed(seed)
                m = keras.Sequential([layers.Input((h, w, c))] + [layer(word) for word in words.split()])
                x = np.random.default_rng(seed).normal(size=(4, h, w, c)).astype(np.float32)
                drawn.clear()
                for _ in range(2):
                    m(x, training=True)
                # The axes of an image that was flattened: as of the value in front of the flatten.
                shapes, image = [], None
                for word, made in zip(words.split(), m.layers):
                    out = tuple(made.output.shape[1:])
                    if len(out) == 3:
                        image = (out[2], out[0], out[1])
                    elif word.startswith(("dense", "global")):
                        image = None
                    if word.startswith("dropout"):
                        shapes.append(image if len(out) == 1 else None)
                n = len(shapes)
                for i, flat in enumerate(shapes):
                    masks = drawn[i::n]
                    if flat:
                        masks = [mask.reshape(-1, flat[1], flat[2], flat[0]).transpose(0, 3, 1, 2) for mask in masks]
                    mask = np.ascontiguousarray(np.concatenate(masks).astype(np.uint8))
                    print(seed, "%d %d %d" % (c, h, w), words, "dropout%d" % (i + 1), mask.size, hashlib.sha256(mask.tobytes()).hexdigest(), sep="\t")

    for c, h, w in ((3, 6, 7),):
        for words in JOINT_NETS:
            for seed in (0, 42):
                keras.utils.set_random_seed(seed)
                m, dropouts = branching(words, layers.Input((h, w, c)))
                rates = [float(word[8:]) for word in words.split() if word.startswith("dropout")]
                x = np.random.default_rng(seed).normal(size=(4, h, w, c)).astype(np.float32)
                drawn.clear()
                taken.clear()
                for _ in range(2):
                    m(x, training=True)
                for i, (rate, (_, parts)) in enumerate(zip(rates, dropouts)):
                    masks = [mask for mask, p in zip(drawn, taken) if abs(p - rate) < 1e-6]
                    assert len(masks) == 2, words
                    if parts:
                        masks = [channels_first(mask, parts) for mask in masks]
                    mask = np.ascontiguousarray(np.concatenate(masks).astype(np.uint8))
                    print(seed, "%d %d %d" % (c, h, w), words, "dropout%d" % (i + 1), mask.size, hashlib.sha256(mask.tobytes()).hexdigest(), sep="\t")


KERNEL_NETS = ("cat( flatten | conv:2,3 flatten ) dense:3", "cat( maxpool:2 flatten | globalavgpool | flatten ) relu dense:4 tanh dense:2", "cat( flatten dense:3 | flatten ) dense:2",
               "res( conv:3,3,same relu conv:3,3,same | ) cat( slice:0,2 | slice:2,3 conv:4,1 ) flatten dense:2")


def record_kernels():
    """Kernels as layers make them, in our axes: rows behind flattened images are ours."""
    import importlib
    import keras
    from keras import layers

    backend = keras.backend.backend()
    print("# keras %s on %s %s, tests/golden/streams/make.py" % (keras.__version__, backend, importlib.import_module(backend).__version__))
    for words in KERNEL_NETS:
        for seed in (0, 42):
            keras.utils.set_random_seed(seed)
            counts, made = {}, []
            branching(words, layers.Input((4, 5, 3)), made)
            for kind, of, parts in made:
                counts[kind] = counts.get(kind, 0) + 1
                kernel = np.array(keras.ops.convert_to_numpy(of.kernel))
                kernel = kernel.transpose(3, 2, 0, 1) if kernel.ndim == 4 else channels_first(kernel.T, parts)
                kernel = np.ascontiguousarray(kernel)
                print(seed, "3 4 5", words, "%s%d/weight" % (kind, counts[kind]), kernel.size, hashlib.sha256(kernel.tobytes()).hexdigest(), sep="\t")


SAMPLES_NET = "droppath:0.4 dropout:0.3 flatten dense:5 droppath:0.15 dropout:0.5"
SAMPLES = 12


def record_samples(name, run):
    print("# %s, tests/golden/streams/make.py" % name)
    for seed in SEEDS:
        kept = run(seed)
        for layer in ("droppath1", "droppath2"):
            print(seed, SAMPLES_NET, layer, "".join("01"[bool(k)] for k in kept[layer]), sep="\t")


def record_samples_torch():
    import torch
    import torchvision
    from torch import nn
    from torchvision.ops import stochastic_depth

    def run(seed):
        torch.manual_seed(seed)
        nn.Linear(18, 5)
        kept = {"droppath1": [], "droppath2": []}
        for _ in range(2):
            kept["droppath1"] += stochastic_depth(torch.ones(SAMPLES, 2, 3, 3), 0.4, "row")[:, 0, 0, 0].tolist()
            nn.functional.dropout(torch.ones(SAMPLES, 2, 3, 3), 0.3)
            kept["droppath2"] += stochastic_depth(torch.ones(SAMPLES, 5), 0.15, "row")[:, 0].tolist()
            nn.functional.dropout(torch.ones(SAMPLES, 5), 0.5)
        return kept

    record_samples("torch %s, torchvision %s" % (torch.__version__, torchvision.__version__), run)


def record_samples_keras():
    import importlib
    import keras
    from keras import layers, ops

    class Ones(layers.Layer):
        def call(self, x):
            return x * 0 + 1

    def run(seed):
        keras.utils.set_random_seed(seed)
        x = layers.Input((3, 3, 2))
        first = layers.Dropout(0.4, noise_shape=(None, 1, 1, 1))(Ones()(x))
        rows = layers.Flatten()(layers.Dropout(0.3)(first))
        rows = layers.Dense(5)(rows)
        second = layers.Dropout(0.15, noise_shape=(None, 1))(Ones()(rows))
        m = keras.Model(x, [first, second, layers.Dropout(0.5)(second)])
        kept = {"droppath1": [], "droppath2": []}
        for _ in range(2):
            a, b, _ = m(np.ones((SAMPLES, 3, 3, 2), np.float32), training=True)
            kept["droppath1"] += ops.convert_to_numpy(a)[:, 0, 0, 0].tolist()
            kept["droppath2"] += ops.convert_to_numpy(b)[:, 0].tolist()
        return kept

    backend = keras.backend.backend()
    record_samples("keras %s on %s %s" % (keras.__version__, backend, importlib.import_module(backend).__version__), run)


{"torch": record_torch, "keras": record_keras, "masks": record_masks, "samples-torch": record_samples_torch,
 "samples-keras": record_samples_keras, "kernels": record_kernels}[sys.argv[1]]()
