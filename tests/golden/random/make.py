#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Records what the frameworks draw: one line "seed TAB expression TAB dtype TAB count TAB sha256 of the bytes".

    make.py python > python.tsv                           needs numpy
    make.py torch > torch.tsv                             needs torch
    KERAS_BACKEND=tensorflow make.py keras > keras-tensorflow.tsv    needs keras and the backend (jax, torch likewise)

Recorded with Python 3.11, numpy 2.4.6, torch 2.15.0; keras 3.15.1 on tensorflow 2.21.0, jax 0.10.2 and torch 2.15.0; x86-64
with AVX-512.
"""
import hashlib
import os
import random
import sys

import numpy as np

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ["CUDA_VISIBLE_DEVICES"] = ""
SEEDS = (0, 1, 42, 2147483655)
RATES, SIZES = (0.1, 0.2, 0.3, 0.5, 0.7, 0.95), (1, 7, 513, 1000)


def line(seed, name, array):
    array = np.ascontiguousarray(array)
    print(seed, name, array.dtype, array.size, hashlib.sha256(array.tobytes()).hexdigest(), sep="\t")


def record_python():
    print("# python %s, numpy %s, tests/golden/random/make.py" % (sys.version.split()[0], np.__version__))
    for seed in SEEDS + (2**32 + 5, 2**63 + 1):
        random.seed(seed)
        line(seed, "layer seeds 1000", np.array([random.randint(1, 10**9) for _ in range(1000)], np.int64))
    for seed in SEEDS:
        np.random.seed(seed)
        line(seed, "words 1300", np.random.randint(0, 2**32, 1300, np.uint32))
        for n in (1, 2, 10, 1000, 60000):
            np.random.seed(seed)
            line(seed, f"permutations {n}", np.concatenate([np.random.permutation(n) for _ in range(2)]))


def record_torch():
    import torch
    from torch.utils.data import DataLoader, TensorDataset

    def filled(function, *shape, **options):
        w = torch.empty(*shape)
        function(w, **options)
        return w

    def orders(n, batch, epochs, passes=0):
        train = DataLoader(TensorDataset(torch.arange(n)), batch_size=batch, shuffle=True)
        other = DataLoader(TensorDataset(torch.arange(4)), batch_size=2)
        seen = []
        for _ in range(epochs):
            seen.append(torch.cat([b[0] for b in train]))
            for _ in range(passes):
                list(other)
        return torch.cat(seen)

    print("# torch %s, tests/golden/random/make.py" % torch.__version__)
    init = torch.nn.init
    cases = {
        "int32 1300": lambda: torch.empty(1300, dtype=torch.int32).random_(),
        "int64 700": lambda: torch.empty(700, dtype=torch.int64).random_(),
        "randperm 1 2 17": lambda: torch.cat([torch.randperm(n) for n in (1, 2, 17)]),
        "uniform 17": lambda: torch.rand(17),
        "uniform 1000 -0.3 0.7": lambda: torch.empty(1000).uniform_(-0.3, 0.7),
        "normal 8": lambda: torch.randn(8),
        "normal 15": lambda: torch.randn(15),
        "normal 16": lambda: torch.randn(16),
        "normal 17": lambda: torch.randn(17),
        "normal 777 0.3 0.05": lambda: torch.empty(777).normal_(0.3, 0.05),
        "normal 100003": lambda: torch.randn(100003),
        "normal 3 4 16 5": lambda: torch.cat([torch.randn(3), torch.randn(4), torch.randn(16), torch.randn(5)]),
        "trunc_normal 2048 1 -2 2": lambda: filled(init.trunc_normal_, 64, 32),
        "trunc_normal 2048 0.02 -2 2": lambda: filled(init.trunc_normal_, 64, 32, std=0.02),
        "randperm 10": lambda: torch.randperm(10),
        "randperm 60000": lambda: torch.randperm(60000),
        "loader 10 3": lambda: orders(10, 3, 3),
        "loader 10 3 1": lambda: orders(10, 3, 3, 1),
        "loader 60000 2": lambda: orders(60000, 128, 2),
        "keep 1000 0.25": lambda: torch.empty(1000).bernoulli_(0.25),
        "keep 20 0.8 thrice": lambda: torch.cat([torch.empty(20).bernoulli_(0.8) for _ in range(3)]),
    }
    for rate in RATES:
        dropout = torch.nn.Dropout(rate)
        cases[f"dropout {rate}"] = lambda dropout=dropout: torch.cat([dropout(torch.ones(n)) != 0 for n in SIZES]).to(torch.uint8)
    for seed in SEEDS + (2**32 + 5,):
        for name, make in cases.items():
            torch.manual_seed(seed)
            line(seed, name, make().numpy())


def record_keras():
    import importlib
    import keras
    from keras import initializers, layers, ops

    backend = keras.backend.backend()
    print("# keras %s on %s %s, tests/golden/random/make.py" % (keras.__version__, backend, importlib.import_module(backend).__version__))

    def kernel(layer, shape):
        layer.build((None, *shape))
        return ops.convert_to_numpy(layer.weights[0])

    def orders(n, epochs, validation):
        seen = []

        model = keras.Sequential([keras.Input((1,)), layers.Dense(1)])
        rows = np.arange(n, dtype="float32")[:, None]

        # A loss that hands the targets out, eagerly: targets are the row numbers.
        def loss(y, p):
            seen.append(np.array(ops.convert_to_numpy(y)).reshape(-1))
            return ops.mean(p * 0, axis=-1)

        model.compile("sgd", loss, run_eagerly=True, jit_compile=False)
        extra = {"validation_data": (rows[:validation], rows[:validation])} if validation else {}
        model.fit(rows, rows, batch_size=n, epochs=epochs, verbose=0, **extra)
        train = [s for s in seen if s.size == n]
        return np.concatenate(train[-epochs:]).astype("int64")

    he = "he_normal"
    cases = {
        "dense 784 128 glorot_uniform": lambda: kernel(layers.Dense(128), (784,)),
        "conv 5 5 6 16 glorot_uniform": lambda: kernel(layers.Conv2D(16, 5), (12, 12, 6)),
        "dense 64 32 he_uniform": lambda: kernel(layers.Dense(32, kernel_initializer="he_uniform"), (64,)),
        "dense 16 8 random_normal": lambda: kernel(layers.Dense(8, kernel_initializer=initializers.RandomNormal()), (16,)),
        "dense 64 32 he_normal": lambda: kernel(layers.Dense(32, kernel_initializer=he), (64,)),
        "conv 5 5 6 16 he_normal": lambda: kernel(layers.Conv2D(16, 5, kernel_initializer=he), (12, 12, 6)),
    }
    for seed in SEEDS:
        for name, make in cases.items():
            keras.utils.set_random_seed(seed)
            line(seed, name, make())
        # A seed generator counts its uses; three of them.
        counted = keras.random.SeedGenerator(seed & 0x7FFFFFFF)
        line(seed, "uniform counted", np.concatenate([ops.convert_to_numpy(keras.random.uniform((n,), seed=counted)) for n in (5, 1001, 1000)]))
        for rate in RATES:
            keras.utils.set_random_seed(seed)
            drops = [layers.Dropout(rate, dtype="float32") for _ in SIZES]
            masks = [ops.convert_to_numpy(d(np.ones((1, n), "float32"), training=True)) != 0 for d, n in zip(drops, SIZES)]
            line(seed, f"sizes dropout {rate}", np.concatenate([m.reshape(-1) for m in masks]).astype("uint8"))
        for rate in (0.2, 0.5):
            keras.utils.set_random_seed(seed)
            a, b = layers.Dropout(rate), layers.Dropout(rate)
            ones = np.ones((16, 16), "float32")
            masks = [ops.convert_to_numpy(d(ones, training=True)) > 0 for d in (a, a, b, a, b)]
            line(seed, f"dropout {rate}", np.concatenate([m.reshape(-1) for m in masks]).astype("uint8"))
    if backend == "tensorflow":
        for seed in SEEDS:
            keras.utils.set_random_seed(seed)
            line(seed, "order 1000 2", orders(1000, 2, 0))
            for n in (2, 17):
                keras.utils.set_random_seed(seed)
                line(seed, f"order {n} 2", orders(n, 2, 0))


{"python": record_python, "torch": record_torch, "keras": record_keras}[sys.argv[1]]()
