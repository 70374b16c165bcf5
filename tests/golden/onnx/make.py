#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""tests/golden/onnx/make.py OUT FIXTURES: small networks of PyTorch as its two exporters write them, NAME.onnx with
NAME.npz (x, y: the outputs in evaluation mode, computed in float64); and the outputs of the networks in FIXTURES
(shared/fixtures), as fixture-NAME.npz. Needs torch, onnx,
onnxscript, numpy, h5py."""
import sys
from pathlib import Path

import h5py
import numpy as np
import onnx
import torch
from torch import nn

out, fixtures = Path(sys.argv[1]), Path(sys.argv[2])


class Residual(nn.Module):
    def __init__(self, *body):
        super().__init__()
        self.body = nn.Sequential(*body)

    def forward(self, x):
        return x + self.body(x)


class Gate(nn.Module):
    """Squeeze and excitation, as torchvision spells it."""

    def __init__(self, channels, inner, activation):
        super().__init__()
        self.pool, self.a, self.b, self.activation = nn.AdaptiveAvgPool2d(1), nn.Conv2d(channels, inner, 1), nn.Conv2d(inner, channels, 1), activation

    def forward(self, x):
        return x * self.activation(self.b(torch.relu(self.a(self.pool(x)))))


class Joined(nn.Module):
    def __init__(self, *branches):
        super().__init__()
        self.branches = nn.ModuleList(branches)

    def forward(self, x):
        return torch.cat([branch(x) for branch in self.branches], 1)


class ChannelsLast(nn.Module):
    """A block of ConvNeXt: the channels go last and back."""

    def __init__(self, channels):
        super().__init__()
        self.conv = nn.Conv2d(channels, channels, 3, padding=1, groups=channels)
        self.norm, self.a, self.b = nn.LayerNorm(channels, eps=1e-6), nn.Linear(channels, 2 * channels), nn.Linear(2 * channels, channels)
        self.gamma = nn.Parameter(torch.full((channels,), 0.5))

    def forward(self, x):
        y = self.norm(self.conv(x).permute(0, 2, 3, 1))
        y = self.gamma * self.b(nn.functional.gelu(self.a(y)))
        return x + y.permute(0, 3, 1, 2)


class Shuffle(nn.Module):
    def forward(self, x):
        n, c, h, w = x.shape
        return x.view(n, 2, c // 2, h, w).transpose(1, 2).reshape(n, c, h, w)


class Half(nn.Module):
    """The branch of ShuffleNetV2: half of the channels goes through the layers."""

    def __init__(self, *body):
        super().__init__()
        self.body = nn.Sequential(*body)

    def forward(self, x):
        a, b = x.chunk(2, 1)
        return torch.cat([a, self.body(b)], 1)


class MeanOfPixels(nn.Module):
    def forward(self, x):
        return x.mean((2, 3))


class View(nn.Module):
    def forward(self, x):
        return x.view(x.shape[0], -1)


def head(features, classes=5):
    return [nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(features, classes)]


image = (3, 12, 10)
networks = {
    "activations": (image, [nn.Conv2d(3, 6, 3), nn.BatchNorm2d(6), nn.Hardswish(), nn.Conv2d(6, 6, 1), nn.SiLU(), nn.Conv2d(6, 6, 1), nn.Mish(),
                            nn.Conv2d(6, 6, 1), nn.Hardsigmoid(), nn.Conv2d(6, 6, 1), nn.GELU(), nn.Conv2d(6, 6, 1), nn.SELU(), nn.Conv2d(6, 6, 1),
                            nn.PReLU(6), nn.Conv2d(6, 6, 1), nn.Hardtanh(-0.5, 0.75), nn.Conv2d(6, 6, 1), nn.Softplus(), nn.PReLU(), *head(6)]),
    "residual": (image, [nn.Conv2d(3, 8, 3, stride=2, padding=1, bias=False), nn.BatchNorm2d(8), nn.ReLU6(),
                         Residual(nn.Conv2d(8, 8, 3, padding=1, bias=False), nn.BatchNorm2d(8), nn.ReLU(), nn.Conv2d(8, 8, 3, padding=1), nn.BatchNorm2d(8)),
                         nn.ReLU(), nn.MaxPool2d(3, 2, 1, ceil_mode=True), nn.Dropout(0.3), View(), nn.Linear(96, 5)]),
    "gates": (image, [nn.Conv2d(3, 8, 3), nn.Hardswish(), Gate(8, 4, nn.Hardsigmoid()), nn.Conv2d(8, 8, 3, groups=4, dilation=2), nn.SiLU(),
                      Gate(8, 2, nn.Sigmoid()), MeanOfPixels(), nn.Linear(8, 5), nn.LogSoftmax(1)]),
    "joined": (image, [Joined(nn.Sequential(nn.Conv2d(3, 4, 1), nn.ReLU()), nn.Conv2d(3, 2, 3, padding=1), nn.AvgPool2d(3, 1, 1, count_include_pad=False)),
                       nn.AvgPool2d(2, 2), nn.ConvTranspose2d(9, 4, 3, stride=2, padding=1, output_padding=1), nn.Upsample(scale_factor=2),
                       nn.LeakyReLU(0.2), nn.Upsample(scale_factor=2, mode="bilinear"), *head(4)]),
    "norms": (image, [nn.Conv2d(3, 8, 3), nn.GroupNorm(4, 8), nn.ReLU(), ChannelsLast(8), Half(nn.Conv2d(4, 4, 1), nn.ReLU()), Shuffle(), nn.ELU(0.5), nn.AdaptiveMaxPool2d(1), nn.Flatten(),
                      nn.LayerNorm(8), nn.Linear(8, 6), nn.BatchNorm1d(6), nn.Tanh(), nn.Linear(6, 5), nn.Softmax(1)]),
    "padded": (image, [nn.ZeroPad2d((0, 1, 0, 1)), nn.Conv2d(3, 6, 3, stride=2), nn.ReLU(), nn.ZeroPad2d((1, 0, 1, 0)), nn.MaxPool2d(2),
                       nn.ConvTranspose2d(6, 4, 2, stride=2, groups=2), *head(4, 1), nn.Sigmoid()]),
    "perceptron": ((7,), [nn.Linear(7, 6, bias=False), nn.GELU(), Residual(nn.Linear(6, 6), nn.Tanh()), nn.Dropout(), nn.Linear(6, 3)]),
}


def randomize(model, seed):
    torch.manual_seed(seed)
    for module in model.modules():
        if isinstance(module, (nn.BatchNorm1d, nn.BatchNorm2d, nn.GroupNorm, nn.LayerNorm)):
            nn.init.uniform_(module.weight, 0.5, 1.5), nn.init.normal_(module.bias, std=0.3)
        if isinstance(module, (nn.BatchNorm1d, nn.BatchNorm2d)):
            nn.init.normal_(module.running_mean, std=0.3), nn.init.uniform_(module.running_var, 0.5, 2)


for seed, (name, (shape, layers)) in enumerate(networks.items()):
    torch.manual_seed(seed)
    model = nn.Sequential(*layers).eval()
    randomize(model, seed)
    x = torch.randn(4, *shape)
    for how, options in {"script13": dict(dynamo=False, opset_version=13), "script17": dict(dynamo=False, opset_version=17),
                         "dynamo": dict(dynamo=True, external_data=False)}.items():
        if how == "script13" and name not in ("activations", "norms", "gates"):
            continue
        if options["dynamo"]:
            options["dynamic_shapes"] = ({0: torch.export.Dim("batch")},)
        else:
            options.update(dynamic_axes={"x": {0: "batch"}, "y": {0: "batch"}}, do_constant_folding=name != "norms")
        torch.onnx.export(model, (x,), str(out / f"{name}.{how}.onnx"), input_names=["x"], output_names=["y"], **options)
        path = out / f"{name}.{how}.onnx"
        proto = onnx.load(path)
        for node in proto.graph.node:  # stack traces, most of the file
            del node.metadata_props[:]
        onnx.save(proto, path)
    with torch.no_grad():
        y = model.double()(x.double()).numpy()
    np.savez(out / f"{name}.npz", x=x.numpy(), y=y)

for folder in sorted((fixtures / "models").iterdir()):
    files = [f for f in folder.glob("*.onnx") if "unsupported" not in f.name]
    if not files:
        continue
    with h5py.File(folder / "expected.h5") as f:
        y = f["logits64"][()] if "logits64" in f else f["output"][()]
        np.savez(out / f"fixture-{folder.name}.npz", x=f["input"][()], y=y)
