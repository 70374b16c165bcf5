#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Train one of the experiments with Keras 3 on the CPU (TensorFlow or JAX below it) and print its speed."""
import os
import time

import common
args = common.arguments(
    ("usual", "best", "bf16"),
    backend=dict(choices=("tensorflow", "jax"), default="tensorflow"),
    jit=dict(type=int, help="jit_compile: 0 or 1"),
    executions=dict(type=int, help="steps_per_execution"))

os.environ["KERAS_BACKEND"] = args.backend
os.environ["CUDA_VISIBLE_DEVICES"] = ""
os.environ["JAX_PLATFORMS"] = "cpu"
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

import keras
import tensorflow as tf
from keras import layers as L

tf.config.threading.set_intra_op_parallelism_threads(common.THREADS)
tf.config.threading.set_inter_op_parallelism_threads(common.THREADS)
keras.utils.set_random_seed(0)

# The fastest settings: TensorFlow without XLA, JAX with it; several steps in one call. (jit_compile, steps_per_execution)
BEST = {"tensorflow": {"s0": (0, 10), "s1": (0, 50), "s2": (0, 17), "s3": (0, 17), "s4": (0, 50)},
        "jax": {"s0": (1, 10), "s1": (1, 10), "s2": (1, 17), "s3": (1, 17), "s4": (1, 10)}}


def branching(layers, x):
    for layer in layers:
        kind, *a = (layer,) if isinstance(layer, str) else layer
        if kind == "conv":
            o, kernel, stride, groups = a
            if kernel > 1 and stride > 1:
                x = L.ZeroPadding2D(kernel // 2)(x)
            padding = "same" if stride == 1 else "valid"
            x = (L.DepthwiseConv2D(kernel, stride, padding, use_bias=False)(x) if groups > 1 else
                 L.Conv2D(o, kernel, stride, padding, use_bias=False)(x))
        elif kind == "res":
            x = L.Add()([branching(a[0], x), branching(a[1], x)])
        elif kind == "pool":
            x = L.GlobalAveragePooling2D()(x)
        else:
            x = {"bn": lambda: L.BatchNormalization(), "relu": lambda: L.ReLU(), "relu6": lambda: L.ReLU(6),
                 "maxpool": lambda: L.MaxPooling2D(3, 2, "same"), "drop": lambda: L.Dropout(a[0]),
                 "dense": lambda: L.Dense(a[0])}[kind]()(x)
    return x


def network(net):
    if net in common.BRANCHING:
        import branches
        size = int(common.NETS[net][0].split("x")[2])
        x = keras.Input((size, size, 3))
        y = branching(branches.layers(net), x)
        return keras.Model(x, L.Activation("linear", dtype="float32")(y))
    if net == "s0":
        body = [w for o in (32, 64, 128) for w in (L.Conv2D(o, 3, padding="same"), L.BatchNormalization(),
                                                   L.Activation("relu"), L.MaxPooling2D(2))]
        body += [L.Flatten(), L.Dense(256, "relu"), L.Dense(128, "relu"), L.Dropout(0.5), L.Dense(10)]
    elif net == "s1":
        body = [L.Conv2D(6, 5, activation="relu"), L.MaxPooling2D(2), L.Conv2D(16, 5, activation="relu"),
                L.MaxPooling2D(2), L.Flatten(), L.Dense(120, "relu"), L.Dense(84, "relu"), L.Dense(10)]
    elif net == "s2":
        he = dict(activation="relu", kernel_initializer="he_normal")
        body = [L.Dense(512, **he), L.Dropout(0.5), L.Dense(128, **he), L.Dropout(0.5), L.Dense(10)]
    elif net == "s3":
        body = [L.Dense(512, "relu"), L.Dense(5)]
    else:
        body = [L.Dense(128, "relu"), L.Dropout(0.2), L.Dense(64, "relu"), L.Dropout(0.2), L.Dense(10)]
    shape = (28, 28, 1) if net in ("s0", "s1") else (768,) if net == "s3" else (784,)
    return keras.Sequential([keras.Input(shape), *body, L.Activation("linear", dtype="float32")])


class Clock(keras.callbacks.Callback):
    """Times an epoch between its own callbacks, so that fit()'s set-up is not in the step."""

    def on_epoch_begin(self, epoch, logs=None):
        self.begin = time.perf_counter()

    def on_epoch_end(self, epoch, logs=None):
        self.seconds, self.loss = time.perf_counter() - self.begin, logs["loss"]


class Bench:
    version = f"{keras.__version__}/{tf.__version__}"

    def __init__(self):
        x, y = common.load(args.net, args.data)
        x = common.scaled(args.net, x)
        if args.net in common.BRANCHING:
            self.x = x.transpose(0, 2, 3, 1).copy()
        else:
            self.x = x[..., None] if args.net in ("s0", "s1") else x.reshape(len(x), -1)
        self.y, self.n = y, len(x)
        if args.backend == "jax":
            import jax
            Bench.version = f"{keras.__version__}/{jax.__version__}"
        if args.mode == "bf16":
            keras.mixed_precision.set_global_policy("mixed_bfloat16")
        jit, executions = (None, None) if args.mode == "usual" else BEST[args.backend].get(args.net, (args.backend == "jax", 2))
        jit, executions = (b if g is None else g for g, b in zip((args.jit, args.executions), (jit, executions)))
        self.model = network(args.net)
        self.model.compile("adam", keras.losses.SparseCategoricalCrossentropy(from_logits=True),
                           metrics=["accuracy"] if args.mode == "usual" else [],
                           jit_compile="auto" if jit is None else bool(jit), steps_per_execution=executions or 1)
        self.clock, self.made = Clock(), {}

    def dataset(self, steps):
        if steps not in self.made:
            n = min(self.n, steps * args.batch)
            if args.mode == "usual" or args.backend == "jax":  # on JAX plain arrays are the fastest feed
                self.made[steps] = dict(x=self.x[:n], y=self.y[:n], batch_size=args.batch, shuffle=True)
            else:
                d = tf.data.Dataset.from_tensor_slices((self.x[:n], self.y[:n])).cache().shuffle(n)
                self.made[steps] = dict(x=d.batch(args.batch, drop_remainder=True).prefetch(tf.data.AUTOTUNE))
        return self.made[steps]

    def steps(self, n):
        times, epoch = 1, min(n, self.n // args.batch)
        while n > epoch * times:
            times += 1
        total = 0.0
        for _ in range(times):
            self.model.fit(**self.dataset(epoch), verbose=0, callbacks=[self.clock])
            total += self.clock.seconds
        return total * n / (epoch * times), self.clock.loss

    def epoch(self):
        return self.steps(-(-self.n // args.batch))[0]


if __name__ == "__main__":
    common.main("keras-" + args.backend, args, Bench())
