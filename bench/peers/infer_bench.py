#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Evaluate the 10,000 test images of s0 or s1, or the images of a network that branches, and print samples per second.

    infer_bench.py --framework torch|keras|jax|onnx --net NET [--batch 1000] [--model FILE.onnx]

torch also writes FILE.onnx when --model is given; onnx reads it. The weights are untrained: only speed counts.
"""
import argparse
import os
import statistics
import sys
import time

import numpy as np

p = argparse.ArgumentParser()
p.add_argument("--framework", choices=("torch", "keras", "jax", "onnx"), required=True)
p.add_argument("--net", choices=("s0", "s1", "resnet20", "mobilenetv2", "resnet18"), required=True)
p.add_argument("--batch", type=int, default=1000)
p.add_argument("--mode", choices=("best", "bf16"), default="best")
p.add_argument("--model")
p.add_argument("--data", default=os.environ.get("NN_DATA", "."))
p.add_argument("--repeat", type=int, default=7)
args = p.parse_args()
os.environ["CUDA_VISIBLE_DEVICES"] = ""

import common
if args.framework == "jax" and args.net in common.BRANCHING:
    sys.exit("jax: the networks that branch are not written here")
x = common.scaled(args.net, common.load(args.net, args.data, "test")[0])
channels_first = x if x.ndim == 4 else x[:, None]
channels_last = np.ascontiguousarray(x.transpose(0, 2, 3, 1)) if x.ndim == 4 else x[..., None]
chunks = range(0, len(x), args.batch)
# the training scripts define the networks; they read their own command line
sys.argv = ["", "--net", args.net, "--mode", args.mode, "--data", args.data]


def with_torch():
    import contextlib
    import torch
    import torch_bench
    m = torch_bench.network(args.net).eval()
    images = torch.from_numpy(channels_first)
    if args.model:
        torch.onnx.export(m, images[:2], args.model, dynamic_axes={"x": {0: "n"}}, input_names=["x"], dynamo=False)
    if args.net != "s1":
        m, images = m.to(memory_format=torch.channels_last), images.to(memory_format=torch.channels_last)
    half = torch.autocast("cpu", torch.bfloat16) if args.mode == "bf16" else contextlib.nullcontext()

    def evaluate():
        with torch.inference_mode(), half:
            return torch.cat([m(images[i:i + args.batch]).argmax(1) for i in chunks])
    return torch.__version__.split("+")[0], evaluate


def with_keras():
    import keras
    import keras_bench
    if args.mode == "bf16":
        keras.mixed_precision.set_global_policy("mixed_bfloat16")
    m = keras_bench.network(args.net)
    images = channels_last
    return keras.__version__, lambda: m.predict(images, batch_size=args.batch, verbose=0).argmax(1)


def with_jax():
    import jax
    import jax_bench
    b = jax_bench.parameters(jax.random.key(0))
    stats = [(0.0, 1.0)] * 3
    run = jax.jit(lambda x: jax_bench.logits(b, stats, x, jax.random.key(0))[0].argmax(-1))
    images = channels_last
    return jax.__version__, lambda: [jax.device_get(run(images[i:i + args.batch])) for i in chunks]


def with_onnx():
    import onnxruntime as ort
    o = ort.SessionOptions()
    o.intra_op_num_threads = common.THREADS
    s = ort.InferenceSession(args.model, o, providers=["CPUExecutionProvider"])
    images = channels_first
    return ort.__version__, lambda: [s.run(None, {"x": images[i:i + args.batch]})[0].argmax(1) for i in chunks]


version, evaluate = {"torch": with_torch, "keras": with_keras, "jax": with_jax, "onnx": with_onnx}[args.framework]()
evaluate()
first = common.seconds_since_start()
times = []
for _ in range(args.repeat):
    t = time.perf_counter()
    evaluate()
    times.append(time.perf_counter() - t)
print(args.framework, version, args.mode, args.net, args.batch, common.THREADS,
      *(f"{len(x) / t:.0f}" for t in (max(times), statistics.median(times), min(times))),
      f"{first:.2f}", f"{common.peak_rss_mb():.0f}", sep="\t")
