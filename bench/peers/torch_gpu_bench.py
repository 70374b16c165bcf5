#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Train one of the experiments with PyTorch on a GPU and print its speed.

    torch_gpu_bench.py --net s4 --mode graph [--precision float32|tf32|bf16] [--data DIR|synthetic]

Modes, from what tutorials write to the best that PyTorch can do on such small nets:
    usual     DataLoader over a TensorDataset, pinned, .to("cuda"), plain Adam, loss.item() every step
    resident  bytes and labels on the GPU, batches by index there, scaling there, fused Adam, no item(): eager
    graph     the same, gathering, forward, backward and Adam captured in one CUDA graph, replayed once a step
    unrolled  the same, 32 steps in one graph
    compile   resident, forward and loss through torch.compile(mode="reduce-overhead"), which captures graphs itself
Precision: float32 is IEEE everywhere (no TF32); tf32 allows TF32 in products and convolutions (PyTorch's own default allows it
in convolutions only); bf16 is autocast. --device cpu runs all modes without capturing, to try the script where no GPU is.
"""
import contextlib
import sys
import time

import numpy as np

import common
args = common.arguments(
    ("usual", "resident", "graph", "unrolled", "compile"),
    precision=dict(choices=("float32", "tf32", "bf16"), default="float32"),
    device=dict(choices=("cuda", "cpu"), default="cuda"),
    deterministic=dict(action="store_true", help="torch.use_deterministic_algorithms"))

import torch
import torch.nn.functional as F
from torch import nn

if args.device == "cuda" and not torch.cuda.is_available():
    sys.exit("torch_gpu_bench.py: error: PyTorch sees no CUDA device")
device = torch.device(args.device)
torch.manual_seed(0)
torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = args.precision == "tf32"
torch.backends.cudnn.benchmark = not args.deterministic
if args.deterministic:
    torch.use_deterministic_algorithms(True)
UNROLL = 32


def block(i, o):
    return [nn.Conv2d(i, o, 3, padding=1), nn.BatchNorm2d(o), nn.ReLU(), nn.MaxPool2d(2)]


def network(net):
    """As in torch_bench.py, whose options are those of the CPU."""
    if net == "s0":
        return nn.Sequential(*block(1, 32), *block(32, 64), *block(64, 128), nn.Flatten(),
                             nn.Linear(1152, 256), nn.ReLU(), nn.Linear(256, 128), nn.ReLU(),
                             nn.Dropout(0.5), nn.Linear(128, 10))
    if net == "s1":
        return nn.Sequential(nn.Conv2d(1, 6, 5), nn.ReLU(), nn.MaxPool2d(2),
                             nn.Conv2d(6, 16, 5), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(),
                             nn.Linear(256, 120), nn.ReLU(), nn.Linear(120, 84), nn.ReLU(), nn.Linear(84, 10))
    if net == "s2":
        return nn.Sequential(nn.Flatten(), nn.Linear(784, 512), nn.ReLU(), nn.Dropout(0.5),
                             nn.Linear(512, 128), nn.ReLU(), nn.Dropout(0.5), nn.Linear(128, 10))
    if net == "s3":
        return nn.Sequential(nn.Linear(768, 512), nn.ReLU(), nn.Linear(512, 5))
    return nn.Sequential(nn.Flatten(), nn.Linear(784, 128), nn.ReLU(), nn.Dropout(0.2),
                         nn.Linear(128, 64), nn.ReLU(), nn.Dropout(0.2), nn.Linear(64, 10))


def load():
    """(N,28,28) bytes or (N,768) floats, and labels; synthetic: of the real sizes, speed does not depend on the values."""
    if args.net == "s3" or args.data != "synthetic":
        return common.load(args.net, args.data)
    rng = np.random.default_rng(0)
    y = rng.integers(0, 10, 60000)
    x = rng.integers(0, 256, (60000, 28, 28), dtype=np.uint8)
    x *= rng.integers(0, 5, x.shape, dtype=np.uint8) == 0  # four of five are black, as in MNIST
    x[np.arange(60000), 2 * y + 4] = 255  # a row of the picture tells its class
    return x, y.astype(np.int64)


class Bench:
    version = torch.__version__.split("+")[0]

    def __init__(self, capturable):
        self.model = network(args.net).train().to(device)
        if args.net == "s0":
            self.model = self.model.to(memory_format=torch.channels_last)
        fused = device.type == "cuda" or capturable is not None
        options = {} if capturable is None else dict(fused=fused, capturable=capturable and device.type == "cuda")
        self.optimizer = torch.optim.Adam(self.model.parameters(), lr=1e-3, **options)

    def loss_of(self, x, y):
        with torch.autocast(device.type, torch.bfloat16) if args.precision == "bf16" else contextlib.nullcontext():
            return F.cross_entropy(self.model(x).float(), y)

    def wait(self):
        if device.type == "cuda":
            torch.cuda.synchronize()

    def epoch(self):
        t = time.perf_counter()
        self.one_epoch()
        self.wait()
        return time.perf_counter() - t


class Usual(Bench):
    def __init__(self):
        super().__init__(None)
        x, y = load()
        x = torch.from_numpy(common.scaled(args.net, x))
        data = torch.utils.data.TensorDataset(x[:, None] if x.ndim == 3 else x, torch.from_numpy(y))
        self.loader = torch.utils.data.DataLoader(data, args.batch, shuffle=True, pin_memory=device.type == "cuda")
        self.batches = iter(())

    def one(self, x, y):
        x, y = x.to(device, non_blocking=True), y.to(device, non_blocking=True)
        self.optimizer.zero_grad()
        loss = self.loss_of(x, y)
        loss.backward()
        self.optimizer.step()
        return loss.item()

    def steps(self, n):
        t = time.perf_counter()
        while n:
            for x, y in self.batches:
                loss = self.one(x, y)
                n -= 1
                if not n:
                    return time.perf_counter() - t, loss
            self.batches = iter(self.loader)

    def one_epoch(self):
        for x, y in self.loader:
            self.one(x, y)


class Resident(Bench):
    """What graph, unrolled and compile build upon."""
    a_replay = 1

    def __init__(self, capturable=False):
        super().__init__(capturable)
        x, y = load()
        self.x, self.y = torch.from_numpy(x).to(device), torch.from_numpy(y).to(device)
        self.n = len(x)
        self.at, self.order = 0, None
        self.index = torch.zeros(self.a_replay * args.batch, dtype=torch.int64, device=device)
        self.loss = torch.zeros((), device=device)

    def forward(self, index):
        x, y = self.x[index], self.y[index]
        if x.dtype == torch.uint8:
            x = x[:, None].float().mul_(1 / 255)
            if args.net == "s0":
                x = x.sub_(0.5).div_(0.5)
        return self.loss_of(x, y)

    def train(self, index):
        loss = self.forward(index)
        loss.backward()
        self.optimizer.step()
        self.optimizer.zero_grad(set_to_none=True)
        return loss

    def next_index(self):
        wanted = self.a_replay * args.batch
        if self.order is None or self.at + wanted > len(self.order):
            full = self.n - self.n % args.batch
            self.at, self.order = 0, torch.cat([torch.randperm(self.n, device=device)[:full]
                                                for _ in range(-(-wanted // full))])
        self.at += wanted
        return self.order[self.at - wanted:self.at]

    def one(self):
        self.loss = self.train(self.next_index())

    def steps(self, n):
        self.wait()
        t = time.perf_counter()
        for _ in range(max(1, n // self.a_replay)):
            self.one()
        loss = self.loss.item()
        done = max(1, n // self.a_replay) * self.a_replay
        return (time.perf_counter() - t) * n / done, loss

    def one_epoch(self):
        self.order = None
        for _ in range(max(1, self.n // (args.batch * self.a_replay))):
            self.one()


class Graph(Resident):
    def __init__(self):
        super().__init__(capturable=True)
        if device.type != "cuda":
            return
        side = torch.cuda.Stream()
        side.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(side):
            for _ in range(3):
                self.all_steps()
        torch.cuda.current_stream().wait_stream(side)
        self.graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(self.graph):
            self.captured = self.all_steps()

    def all_steps(self):
        for i in range(self.a_replay):
            loss = self.train(self.index[i * args.batch:(i + 1) * args.batch])
        return loss

    def one(self):
        self.index.copy_(self.next_index())
        if device.type == "cuda":
            self.graph.replay()
            self.loss = self.captured
        else:
            self.loss = self.all_steps()


class Unrolled(Graph):
    a_replay = UNROLL


class Compile(Resident):
    def __init__(self):
        super().__init__(capturable=True)
        self.forward = torch.compile(self.forward, mode="reduce-overhead" if device.type == "cuda" else "default")

    def train(self, index):
        if device.type == "cuda":
            torch.compiler.cudagraph_mark_step_begin()
        return super().train(index).detach().clone()


if __name__ == "__main__":
    kind = {"usual": Usual, "resident": Resident, "graph": Graph, "unrolled": Unrolled, "compile": Compile}[args.mode]
    args.mode += "-" + args.precision
    common.main("torch-gpu", args, kind())
