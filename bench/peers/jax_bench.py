#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Train one of the experiments with JAX on the CPU and print its speed."""
import os
import time

os.environ["JAX_PLATFORMS"] = "cpu"

import common
args = common.arguments(
    ("best", "bf16", "optax"),
    loop=dict(choices=("scan", "step", "unrolled"),
              help="all steps one compiled lax.scan; one compiled step called from Python; ten steps compiled as one"))

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

HIDDEN = {"s0": (1152, 256, 128, 10), "s1": (256, 120, 84, 10), "s2": (784, 512, 128, 10),
          "s3": (768, 512, 5), "s4": (784, 128, 64, 10)}
CONVS = {"s0": (3, (1, 32, 64, 128)), "s1": (5, (1, 6, 16))}
DROP = {"s0": 0.5, "s2": 0.5, "s4": 0.2}
# The fastest loop. A convolution inside a scan runs on a path ten times slower in XLA's CPU code.
LOOP = {"s0": "unrolled", "s1": "step", "s2": "step", "s3": "scan", "s4": "scan"}
loop = args.loop or LOOP.get(args.net, "step")
BRANCHING = args.net in common.BRANCHING
if BRANCHING:
    import branches
KIND = jnp.bfloat16 if args.mode == "bf16" else jnp.float32


def parameters(key):
    size, channels = CONVS.get(args.net, (0, ()))
    p = {"conv": [], "dense": []}
    for i, o in zip(channels, channels[1:]):
        key, k = jax.random.split(key)
        layer = {"w": jax.random.normal(k, (size, size, i, o)) * (2 / (size * size * i)) ** 0.5, "b": jnp.zeros(o)}
        if args.net == "s0":
            layer |= {"scale": jnp.ones(o), "shift": jnp.zeros(o)}
        p["conv"].append(layer)
    for i, o in zip(HIDDEN[args.net], HIDDEN[args.net][1:]):
        key, k = jax.random.split(key)
        p["dense"].append({"w": jax.random.normal(k, (i, o)) * (2 / i) ** 0.5, "b": jnp.zeros(o)})
    return p


def maxpool(x):
    """2 x 2. As a reshape its gradient is elementwise: several times faster here than reduce_window's."""
    n, h, w, c = x.shape
    return x[:, :h // 2 * 2, :w // 2 * 2].reshape(n, h // 2, 2, w // 2, 2, c).max((2, 4))


def batchnorm(x, layer, stats):
    x = x.astype(jnp.float32)
    mean, var = x.mean((0, 1, 2)), x.var((0, 1, 2))
    y = (x - mean) * lax.rsqrt(var + 1e-5) * layer["scale"] + layer["shift"]
    return y.astype(KIND), (0.9 * stats[0] + 0.1 * mean, 0.9 * stats[1] + 0.1 * var)


def logits(p, stats, x, key):
    if BRANCHING:
        x, new, _ = branching(branches.layers(args.net), p, stats, x.astype(KIND), key)
        return x.astype(jnp.float32), new
    x, new = x.astype(KIND), []
    for i, layer in enumerate(p["conv"]):
        x = lax.conv_general_dilated(x, layer["w"].astype(KIND), (1, 1), "SAME" if args.net == "s0" else "VALID",
                                     dimension_numbers=("NHWC", "HWIO", "NHWC")) + layer["b"].astype(KIND)
        if args.net == "s0":
            x, s = batchnorm(x, layer, stats[i])
            new.append(s)
        x = maxpool(jax.nn.relu(x))
    x = x.reshape(len(x), -1)
    last = len(p["dense"]) - 1
    for i, layer in enumerate(p["dense"]):
        x = x @ layer["w"].astype(KIND) + layer["b"].astype(KIND)
        if i < last:
            x = jax.nn.relu(x)
            if args.net in DROP and not (args.net == "s0" and i == 0):
                key, k = jax.random.split(key)
                keep = 1 - DROP[args.net]
                x = jnp.where(jax.random.bernoulli(k, keep, x.shape), x / keep, 0).astype(KIND)
    return x.astype(jnp.float32), new


def branching_parameters(layers, i, key):
    """Of a list of branches.py: parameters and running statistics, as trees of lists, the channels behind it, the key."""
    p, stats = [], []
    for layer in layers:
        kind, *a = (layer,) if isinstance(layer, str) else layer
        key, k = jax.random.split(key)
        own, s = {}, ()
        if kind == "conv":
            o, kernel, _, groups = a
            own = {"w": jax.random.normal(k, (kernel, kernel, i // groups, o)) * (2 / (kernel * kernel * i / groups)) ** 0.5}
            i = o
        elif kind == "bn":
            own, s = {"scale": jnp.ones(i), "shift": jnp.zeros(i)}, (jnp.zeros(i), jnp.ones(i))
        elif kind == "dense":
            own = {"w": jax.random.normal(k, (i, a[0])) * (1 / i) ** 0.5, "b": jnp.zeros(a[0])}
        elif kind == "res":
            main, ms, o, key = branching_parameters(a[0], i, key)
            shortcut, ss, _, key = branching_parameters(a[1], i, key)
            own, s, i = [main, shortcut], [ms, ss], o
        p.append(own)
        stats.append(s)
    return p, stats, i, key


def branching(layers, p, stats, x, key):
    new = []
    for layer, own, s in zip(layers, p, stats):
        kind, *a = (layer,) if isinstance(layer, str) else layer
        if kind == "conv":
            _, kernel, stride, groups = a
            x = lax.conv_general_dilated(x, own["w"].astype(KIND), (stride, stride), [(kernel // 2, kernel // 2)] * 2,
                                         dimension_numbers=("NHWC", "HWIO", "NHWC"), feature_group_count=groups)
        elif kind == "bn":
            x, s = batchnorm(x, own, s)
        elif kind in ("relu", "relu6"):
            x = jax.nn.relu(x) if kind == "relu" else jax.nn.relu6(x)
        elif kind == "maxpool":
            x = lax.reduce_window(x, -jnp.inf, lax.max, (1, 3, 3, 1), (1, 2, 2, 1), ((0, 0), (1, 1), (1, 1), (0, 0)))
        elif kind == "pool":
            x = x.mean((1, 2))
        elif kind == "drop":
            key, k = jax.random.split(key)
            x = jnp.where(jax.random.bernoulli(k, 1 - a[0], x.shape), x / (1 - a[0]), 0).astype(KIND)
        elif kind == "dense":
            x = x @ own["w"].astype(KIND) + own["b"].astype(KIND)
        else:
            main, ms, key = branching(a[0], own[0], s[0], x, key)
            shortcut, ss, key = branching(a[1], own[1], s[1], x, key)
            x, s = main + shortcut, [ms, ss]
        new.append(s)
    return x, new, key


def loss_of(p, stats, x, y, key):
    z, stats = logits(p, stats, x, key)
    return (jax.nn.logsumexp(z, -1) - jnp.take_along_axis(z, y[:, None], -1)[:, 0]).mean(), stats


def adam(p, g, state):
    m, v, t = state
    t = t + 1
    m = jax.tree.map(lambda m, g: 0.9 * m + 0.1 * g, m, g)
    v = jax.tree.map(lambda v, g: 0.999 * v + 0.001 * g * g, v, g)
    a, c = 1e-3 / (1 - 0.9 ** t), lax.rsqrt(1 - 0.999 ** t)
    return jax.tree.map(lambda p, m, v: p - a * m / (jnp.sqrt(v) * c + 1e-8), p, m, v), (m, v, t)


if args.mode == "optax":
    import optax
    optimizer = optax.adam(1e-3)

    def adam(p, g, state):
        u, state = optimizer.update(g, state)
        return optax.apply_updates(p, u), state


class Bench:
    version = jax.__version__

    def __init__(self):
        x, y = common.load(args.net, args.data)
        self.n = len(x)
        x = jnp.asarray(common.scaled(args.net, x))
        if BRANCHING:
            x = x.transpose(0, 2, 3, 1)
        else:
            x = x[..., None] if args.net in CONVS else x.reshape(self.n, -1)
        self.data = x, jnp.asarray(y.astype(np.int32))
        self.at, self.rng = self.n, np.random.default_rng(0)
        if BRANCHING:
            p, made, _, _ = branching_parameters(branches.layers(args.net), 3, jax.random.key(0))
        else:
            p = parameters(jax.random.key(0))
        zeros = jax.tree.map(jnp.zeros_like, p)
        stats = [(jnp.zeros(o), jnp.ones(o)) for o in CONVS["s0"][1][1:]] if args.net == "s0" else made if BRANCHING else []
        state = optimizer.init(p) if args.mode == "optax" else (zeros, jax.tree.map(jnp.copy, zeros), jnp.zeros(()))
        self.carry = p, state, stats, jax.random.key(1)

        def step(data, carry, index):
            p, state, stats, key = carry
            key, k = jax.random.split(key)
            (loss, stats), g = jax.value_and_grad(loss_of, has_aux=True)(p, stats, data[0][index], data[1][index], k)
            p, state = adam(p, g, state)
            return (p, state, stats, key), loss

        self.step = jax.jit(step, donate_argnums=1)
        self.scan = jax.jit(lambda data, carry, order: lax.scan(lambda c, i: step(data, c, i), carry, order,
                                                                unroll=loop == "unrolled"), donate_argnums=1)

    def order(self, n):
        rows = []
        while len(rows) < n:
            if self.at + args.batch > self.n:
                self.at, self.shuffled = 0, self.rng.permutation(self.n).astype(np.int32)
            rows.append(self.shuffled[self.at:self.at + args.batch])
            self.at += args.batch
        return np.stack(rows)

    def steps(self, n):
        t = time.perf_counter()
        order = self.order(n)
        if loop == "step":
            for index in order:
                self.carry, loss = self.step(self.data, self.carry, index)
        else:
            length = n if loop == "scan" else 10
            for i in range(0, n, length):
                self.carry, losses = self.scan(self.data, self.carry, order[i:i + length])
                loss = losses[-1]
        loss = float(loss)
        return time.perf_counter() - t, loss

    def epoch(self):
        self.at, total, left = self.n, 0.0, -(-self.n // args.batch)
        while left > 0:  # in scans of the length that is compiled already; the rest in proportion
            seconds, _ = self.steps(args.steps)
            total += seconds * min(1, left / args.steps)
            left -= args.steps
        return total


if __name__ == "__main__":
    common.main("jax", args, Bench())
