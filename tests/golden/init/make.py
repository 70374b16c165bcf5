#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Records what the frameworks' initialisers fill, one line a tensor:
seed TAB initialiser as nn-tools spells it TAB shape TAB fan in, fan out TAB sha256 of the float32 bytes, or the values.

    make.py torch > torch.tsv                                        needs torch
    KERAS_BACKEND=tensorflow make.py keras > keras-tensorflow.tsv    needs keras and the backend (jax, torch likewise)

Recorded with torch 2.15.0; keras 3.15.1 on tensorflow 2.21.0, jax 0.10.2 and torch 2.15.0; x86-64 with AVX-512.
Shapes are the framework's own, values in its order. Values stand where a sum or a function of a library decides the last
bits: orthogonal (LAPACK's QR), and the normals of JAX (XLA's polynomial). Keras is given a seed as a layer draws it.
"""
import hashlib
import os
import sys

import numpy as np

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ["CUDA_VISIBLE_DEVICES"] = ""
SEEDS = (0, 42, 2147483655)


def line(seed, text, fans, array, in_bits):
    array = np.ascontiguousarray(array)
    assert array.dtype == np.float32
    last = hashlib.sha256(array.tobytes()).hexdigest() if in_bits else " ".join(str(v) for v in array.ravel())
    print(seed, text, "x".join(map(str, array.shape)), "%d,%d" % fans, last, sep="\t")


def record_torch():
    import torch

    init = torch.nn.init
    print("# torch %s, tests/golden/init/make.py" % torch.__version__)

    def fans_of(shape):
        field = int(np.prod(shape[2:]))
        return shape[1] * field, shape[0] * field

    cases = {
        "zeros": init.zeros_, "ones": init.ones_, "constant,0.3": lambda w: init.constant_(w, 0.3),
        "uniform,min=-0.3,max=0.7": lambda w: init.uniform_(w, -0.3, 0.7), "uniform,min=0,max=1": init.uniform_,
        "normal,std=1,mean=0": init.normal_, "normal,std=0.02,mean=0.5": lambda w: init.normal_(w, 0.5, 0.02),
        "trunc_normal": init.trunc_normal_, "trunc_normal,std=0.02": lambda w: init.trunc_normal_(w, std=0.02),
        "trunc_normal,std=0.5,mean=0.25,a=-0.5,b=1": lambda w: init.trunc_normal_(w, 0.25, 0.5, -0.5, 1.0),
        "trunc_normal,std=1,a=0,b=0.5": lambda w: init.trunc_normal_(w, a=0.0, b=0.5),
        "trunc_normal,std=2,mean=1,a=0.5,b=1.25": lambda w: init.trunc_normal_(w, 1.0, 2.0, 0.5, 1.25),
        "xavier_uniform": init.xavier_uniform_, "xavier_uniform,gain=1.5": lambda w: init.xavier_uniform_(w, 1.5),
        "xavier_normal": init.xavier_normal_, "xavier_normal,gain=%r" % init.calculate_gain("tanh"): lambda w: init.xavier_normal_(w, init.calculate_gain("tanh")),
        "kaiming_uniform": init.kaiming_uniform_, "kaiming_uniform,a=0.2,mode=fan_out": lambda w: init.kaiming_uniform_(w, 0.2, "fan_out"),
        "kaiming_uniform,a=2.23606797749979": lambda w: init.kaiming_uniform_(w, 5 ** 0.5),
        "kaiming_normal": lambda w: init.kaiming_normal_(w, nonlinearity="relu"),
        "kaiming_normal,a=0.01,mode=fan_out": lambda w: init.kaiming_normal_(w, 0.01, "fan_out"),
        "orthogonal": init.orthogonal_, "orthogonal,gain=1.4142135623730951": lambda w: init.orthogonal_(w, init.calculate_gain("relu")),
    }
    # Keras' names: what torch has of the same distribution.
    def truncated(scale):
        def fill(w):
            fan_in, fan_out = fans_of(w.shape)
            s = (scale(fan_in, fan_out)) ** 0.5 / 0.87962566103423978
            init.trunc_normal_(w, std=s, a=-2 * s, b=2 * s)
        return fill

    cases |= {
        "glorot_uniform": init.xavier_uniform_, "he_uniform": init.kaiming_uniform_, "lecun_uniform": lambda w: init.kaiming_uniform_(w, nonlinearity="linear"),
        "truncated_normal,std=0.05": lambda w: init.trunc_normal_(w, std=0.05, a=-0.1, b=0.1),
        "glorot_normal": truncated(lambda i, o: 2 / (i + o)), "he_normal": truncated(lambda i, o: 2 / i), "lecun_normal": truncated(lambda i, o: 1 / i),
        "fan_in_uniform": lambda w: init.uniform_(w, -1 / fans_of(w.shape)[0] ** 0.5, 1 / fans_of(w.shape)[0] ** 0.5),
    }
    for text, fill in cases.items():
        shapes = [(5, 3), (3, 7), (4, 4), (6, 2, 3, 2)] if text.startswith("orthogonal") else [(5, 3), (64, 32), (16, 6, 5, 5)]
        for shape in shapes:
            for seed in SEEDS:
                torch.manual_seed(seed)
                w = torch.empty(*shape)
                fill(w)
                line(seed, text, fans_of(shape), w.numpy(), not text.startswith("orthogonal"))
    # The weight and the bias of modules, one after the other, from one stream.
    for make in (lambda: torch.nn.Linear(3, 2), lambda: torch.nn.Linear(784, 128), lambda: torch.nn.Conv2d(6, 16, 5), lambda: torch.nn.Conv2d(4, 8, 3, groups=2)):
        for seed in SEEDS:
            torch.manual_seed(seed)
            m = make()
            both = torch.cat([m.weight.detach().ravel(), m.bias.detach()])
            line(seed, "module", (fans_of(m.weight.shape)[0], m.bias.numel()), both.numpy(), True)


def record_keras():
    import importlib
    import keras
    from keras import initializers, ops

    backend = keras.backend.backend()
    print("# keras %s on %s %s, tests/golden/init/make.py" % (keras.__version__, backend, importlib.import_module(backend).__version__))

    def fans_of(shape):
        field = int(np.prod(shape[:-2]))
        return shape[-2] * field, shape[-1] * field

    cases = {
        "zeros": initializers.Zeros, "ones": initializers.Ones, "constant,0.3": lambda: initializers.Constant(0.3),
        "uniform,min=-0.05,max=0.05": initializers.RandomUniform, "uniform,min=-0.3,max=0.7": lambda: initializers.RandomUniform(-0.3, 0.7),
        "normal,std=0.05": initializers.RandomNormal, "normal,std=0.02,mean=0.5": lambda: initializers.RandomNormal(0.5, 0.02),
        "truncated_normal,std=0.05": initializers.TruncatedNormal, "truncated_normal,std=0.1,mean=0.3": lambda: initializers.TruncatedNormal(0.3, 0.1),
        "glorot_uniform": initializers.GlorotUniform, "glorot_normal": initializers.GlorotNormal,
        "he_uniform": initializers.HeUniform, "he_normal": initializers.HeNormal,
        "lecun_uniform": initializers.LecunUniform, "lecun_normal": initializers.LecunNormal,
        # torch's names: what Keras has of the same distribution.
        "xavier_uniform,gain=1.5": lambda: initializers.VarianceScaling(2.25, "fan_avg", "uniform"),
        "xavier_normal": lambda: initializers.VarianceScaling(1, "fan_avg", "untruncated_normal"),
        "kaiming_uniform,mode=fan_out": lambda: initializers.VarianceScaling(2, "fan_out", "uniform"),
        "kaiming_normal": lambda: initializers.VarianceScaling(2, "fan_in", "untruncated_normal"),
        "kaiming_normal,a=2": lambda: initializers.VarianceScaling(0.4, "fan_in", "untruncated_normal"),
        "fan_in_uniform": lambda: initializers.VarianceScaling(1 / 3, "fan_in", "uniform"),
        "orthogonal": initializers.Orthogonal, "orthogonal,gain=1.5": lambda: initializers.Orthogonal(1.5),
    }
    for text, make in cases.items():
        orthogonal = text.startswith("orthogonal")
        in_bits = not orthogonal and not (backend == "jax" and "normal" in text)
        shapes = [(3, 5), (7, 3), (4, 4), (3, 2, 2, 6)] if orthogonal else [(3, 5), (64, 32), (5, 5, 6, 16)] if in_bits else [(3, 5), (8, 24)]
        for shape in shapes:
            for seed in SEEDS[:2 if not in_bits and not orthogonal else 3]:
                keras.utils.set_random_seed(seed)
                line(seed, text, fans_of(shape), ops.convert_to_numpy(make()(shape, dtype="float32")), in_bits)


{"torch": record_torch, "keras": record_keras}[sys.argv[1]]()
