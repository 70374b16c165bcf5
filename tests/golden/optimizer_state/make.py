#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Checkpoints of PyTorch with the state of an optimizer after three steps, and the losses of the three steps after that.

Writes NAME.pth, data.csv and losses.tsv beside this file (torch 2.15). The samples of data.csv are taken in their order,
in batches of 8.
"""
import os

import numpy as np
import torch

os.chdir(os.path.dirname(os.path.abspath(__file__)))
torch.manual_seed(3)
x, y = torch.randn(24, 6), torch.randint(0, 3, (24,))
with open("data.csv", "w") as out:
    out.write(",".join(f"f{i}" for i in range(6)) + ",class\n")
    for row, label in zip(x.tolist(), y.tolist()):
        out.write(",".join(repr(np.float32(v).item()) for v in row) + f",{label}\n")

optimizers = {
    "adam": lambda p: torch.optim.Adam(p, lr=0.01, betas=(0.8, 0.99), amsgrad=True),
    "adamw": lambda p: torch.optim.AdamW(p, lr=0.01),
    "sgd": lambda p: torch.optim.SGD(p, lr=0.1, momentum=0.9, dampening=0.1),
}
with open("losses.tsv", "w") as out:
    for name, make in optimizers.items():
        net = torch.nn.Sequential(torch.nn.Linear(6, 5), torch.nn.BatchNorm1d(5), torch.nn.ReLU(), torch.nn.Linear(5, 3))
        optimizer = make(net.parameters())

        def step(k):
            rows = slice(8 * (k % 3), 8 * (k % 3) + 8)
            optimizer.zero_grad()
            loss = torch.nn.functional.cross_entropy(net(x[rows]), y[rows])
            loss.backward()
            optimizer.step()
            return loss.item()

        for k in range(3):
            step(k)
        torch.save({"epoch": 1, "model_state_dict": net.state_dict(), "optimizer_state_dict": optimizer.state_dict()}, name + ".pth")
        out.write("\t".join([name] + [repr(step(k)) for k in range(3)]) + "\n")
