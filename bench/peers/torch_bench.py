#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Train one of the experiments with PyTorch on the CPU and print its speed."""
import contextlib
import ctypes
import os
import time

os.environ["CUDA_VISIBLE_DEVICES"] = ""

import common
args = common.arguments(
    ("usual", "best", "bf16"),
    compile=dict(type=int, help="torch.compile: 0 or 1"),
    channels_last=dict(type=int, help="0 or 1"),
    fused=dict(type=int, help="fused Adam: 0 or 1"),
    loader=dict(choices=("torchvision", "tensor"), help="mode usual: where samples come from"))

if args.mode != "usual":
    # PyTorch takes its tensors from malloc: keep freed memory (M_TRIM_THRESHOLD, M_MMAP_THRESHOLD). Up to 2x on s0 and s1.
    libc = ctypes.CDLL(None)
    libc.mallopt(-1, 1 << 30)
    libc.mallopt(-3, 32 << 20)

import torch
import torch.nn.functional as F
from torch import nn
from torch.utils.data import DataLoader, Dataset, TensorDataset

torch.set_num_threads(common.THREADS)
torch.manual_seed(0)

# The fastest settings on the CPU: torch.compile lost on every net, channels_last wins where channels fill a vector.
BEST = {"compile": 0, "channels_last": args.net == "s0" or args.net in common.BRANCHING, "fused": 1}


def block(i, o):
    return [nn.Conv2d(i, o, 3, padding=1), nn.BatchNorm2d(o), nn.ReLU(), nn.MaxPool2d(2)]


class Residual(nn.Module):
    def __init__(self, main, shortcut):
        super().__init__()
        self.main, self.shortcut = main, shortcut

    def forward(self, x):
        return self.main(x) + self.shortcut(x)


def branching(layers, i):
    """The modules of a list of branches.py, and the channels behind it."""
    modules = []
    for layer in layers:
        kind, *a = (layer,) if isinstance(layer, str) else layer
        if kind == "conv":
            o, kernel, stride, groups = a
            modules.append(nn.Conv2d(i, o, kernel, stride, kernel // 2, groups=groups, bias=False))
            i = o
        elif kind == "res":
            main, o = branching(a[0], i)
            modules.append(Residual(main, branching(a[1], i)[0]))
            i = o
        elif kind == "dense":
            modules.append(nn.Linear(i, a[0]))
        elif kind == "pool":
            modules += [nn.AdaptiveAvgPool2d(1), nn.Flatten()]
        else:
            modules.append({"bn": lambda: nn.BatchNorm2d(i), "relu": lambda: nn.ReLU(inplace=True),
                            "relu6": lambda: nn.ReLU6(inplace=True), "maxpool": lambda: nn.MaxPool2d(3, 2, 1),
                            "drop": lambda: nn.Dropout(a[0])}[kind]())
    return nn.Sequential(*modules), i


def network(net):
    if net in common.BRANCHING:
        import branches
        return branching(branches.layers(net), 3)[0]
    if net == "s0":
        return nn.Sequential(*block(1, 32), *block(32, 64), *block(64, 128), nn.Flatten(),
                             nn.Linear(1152, 256), nn.ReLU(), nn.Linear(256, 128), nn.ReLU(),
                             nn.Dropout(0.5), nn.Linear(128, 10))
    if net == "s1":
        return nn.Sequential(nn.Conv2d(1, 6, 5), nn.ReLU(), nn.MaxPool2d(2),
                             nn.Conv2d(6, 16, 5), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(),
                             nn.Linear(256, 120), nn.ReLU(), nn.Linear(120, 84), nn.ReLU(), nn.Linear(84, 10))
    if net == "s2":
        m = nn.Sequential(nn.Flatten(), nn.Linear(784, 512), nn.ReLU(), nn.Dropout(0.5),
                          nn.Linear(512, 128), nn.ReLU(), nn.Dropout(0.5), nn.Linear(128, 10))
        for layer in m:
            if isinstance(layer, nn.Linear):
                nn.init.kaiming_normal_(layer.weight)
        return m
    if net == "s3":
        return nn.Sequential(nn.Linear(768, 512), nn.ReLU(), nn.Linear(512, 5))
    return nn.Sequential(nn.Flatten(), nn.Linear(784, 128), nn.ReLU(), nn.Dropout(0.2),
                         nn.Linear(128, 64), nn.ReLU(), nn.Dropout(0.2), nn.Linear(64, 10))


class Images(Dataset):
    """As torchvision.datasets.MNIST: a picture and the transforms for every sample."""

    def __init__(self, x, y, net):
        from PIL import Image
        from torchvision import transforms as T
        self.x, self.y, self.picture = torch.from_numpy(x.copy()), torch.from_numpy(y), Image.fromarray
        mean = sd = (0.5,) if net == "s0" else None
        self.transform = T.Compose([T.ToTensor()] + ([T.Normalize(mean, sd)] if mean else []))

    def __len__(self):
        return len(self.x)

    def __getitem__(self, i):
        return self.transform(self.picture(self.x[i].numpy())), int(self.y[i])


class Bench:
    version = torch.__version__.split("+")[0]

    def __init__(self):
        x, y = common.load(args.net, args.data)
        self.n = len(x)
        if args.mode == "usual" and (args.loader or ("torchvision" if args.net in ("s0", "s2") else "tensor")) == "torchvision":
            self.dataset = Images(x, y, args.net)
        else:
            x = torch.from_numpy(common.scaled(args.net, x))
            self.x, self.y = x[:, None] if x.ndim == 3 else x, torch.from_numpy(y)
            if args.mode != "usual" and args.net in common.BRANCHING:
                self.x = self.x.contiguous(memory_format=torch.channels_last)
            self.dataset = TensorDataset(self.x, self.y)
        self.model = network(args.net).train()


class Usual(Bench):
    """A DataLoader, one loss.item() a step, the optimizer as it comes."""

    def __init__(self):
        super().__init__()
        self.optimizer = torch.optim.Adam(self.model.parameters(), lr=1e-3)
        self.loader = DataLoader(self.dataset, args.batch, shuffle=True)
        self.batches = iter(())

    def one(self, x, y):
        self.optimizer.zero_grad()
        loss = F.cross_entropy(self.model(x), y)
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

    def epoch(self):
        t = time.perf_counter()
        for x, y in self.loader:
            self.one(x, y)
        return time.perf_counter() - t


class Best(Bench):
    """Everything in memory, batches by index, and the settings of BEST."""

    def __init__(self):
        super().__init__()
        compiled, last, fused = (v if getattr(args, k) is None else getattr(args, k) for k, v in BEST.items())
        if last:
            self.model = self.model.to(memory_format=torch.channels_last)
        self.optimizer = torch.optim.Adam(self.model.parameters(), lr=1e-3, fused=bool(fused))
        bf16 = args.mode == "bf16"

        def loss_of(x, y):
            with torch.autocast("cpu", torch.bfloat16) if bf16 else contextlib.nullcontext():
                return F.cross_entropy(self.model(x).float(), y)

        self.loss_of = torch.compile(loss_of) if compiled else loss_of
        self.at, self.order = self.n, None

    def one(self):
        if self.at + args.batch > self.n:
            self.at, self.order = 0, torch.randperm(self.n)
        index = self.order[self.at:self.at + args.batch]
        self.at += args.batch
        loss = self.loss_of(self.x[index], self.y[index])
        loss.backward()
        self.optimizer.step()
        self.optimizer.zero_grad(set_to_none=True)
        return loss

    def steps(self, n):
        t = time.perf_counter()
        for _ in range(n):
            loss = self.one()
        loss = loss.item()
        return time.perf_counter() - t, loss

    def epoch(self):
        self.at = self.n
        return self.steps(-(-self.n // args.batch))[0]


if __name__ == "__main__":
    common.main("torch", args, Usual() if args.mode == "usual" else Best())
