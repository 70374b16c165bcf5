#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""tests/golden/torchscript/make.py OUT: a network of PyTorch as torch.jit.save writes it, scripted.pt, traced.pt and
frozen.pt (after torch.jit.freeze), with outputs.npz (x, y: the outputs in evaluation mode, computed in float64). The zip
archives are compressed, which PyTorch does not do, and lack what its debugger reads (.debug_pkl). Needs torch, numpy."""
import sys
import zipfile
from pathlib import Path

import numpy as np
import torch
from torch import nn

out = Path(sys.argv[1])


class Network(nn.Module):
    """The order of the modules is not that of their use."""

    def __init__(self):
        super().__init__()
        self.head = nn.Linear(64, 3)
        self.features = nn.Sequential(nn.Conv2d(1, 4, 3, padding=1, bias=False), nn.BatchNorm2d(4), nn.ReLU(), nn.Conv2d(4, 4, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2))

    def forward(self, x):
        return self.head(torch.flatten(self.features(x), 1))


def save(name, script):
    script.save(out / "new.pt")
    with zipfile.ZipFile(out / "new.pt") as old, zipfile.ZipFile(out / f"{name}.pt", "w", zipfile.ZIP_DEFLATED, compresslevel=9) as new:
        for member in old.namelist():
            if not member.endswith(".debug_pkl"):
                new.writestr(zipfile.ZipInfo(member), old.read(member), zipfile.ZIP_DEFLATED, 9)
    (out / "new.pt").unlink()


torch.manual_seed(3)
network, x = Network(), torch.rand(5, 1, 8, 8)
network(torch.rand(16, 1, 8, 8))  # running statistics
network.eval()
save("scripted", torch.jit.script(network))
save("traced", torch.jit.trace(network, x))
save("frozen", torch.jit.freeze(torch.jit.script(network)))
with torch.no_grad():
    np.savez(out / "outputs.npz", x=x.numpy(), y=network.double()(x.double()).numpy())
