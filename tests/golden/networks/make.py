#!/usr/bin/env python3
# Records what torchvision's and timm's networks compute for networks.json: the outputs of each network of share/models
# for one made-up picture batch, in evaluation and in training (without dropout), after torch.manual_seed(0) and
# reset_parameters() of every module in order. nn-tools draws the same weights for the same layers from that seed.
# Needs torch, torchvision and timm (--no-deps is enough).
import json
import sys

import timm
import torch
import torchvision
import torchvision.models as tv
from torch import nn
from torchvision.models.densenet import DenseNet


class Basic(nn.Module):
    """The block of ResNet-20 for small pictures, with a 1x1 convolution where the shape changes."""

    def __init__(self, i, o, stride):
        super().__init__()
        self.conv1 = nn.Conv2d(i, o, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(o)
        self.conv2 = nn.Conv2d(o, o, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(o)
        self.shortcut = nn.Sequential()
        if i != o:
            self.shortcut = nn.Sequential(nn.Conv2d(i, o, 1, stride, bias=False), nn.BatchNorm2d(o))

    def forward(self, x):
        y = self.bn2(self.conv2(torch.relu(self.bn1(self.conv1(x)))))
        return torch.relu(y + self.shortcut(x))


def resnet20():
    blocks, i = [], 16
    for o, stride in ((16, 1), (32, 2), (64, 2)):
        for k in range(3):
            blocks.append(Basic(i, o, stride if k == 0 else 1))
            i = o
    return nn.Sequential(nn.Conv2d(3, 16, 3, 1, 1, bias=False), nn.BatchNorm2d(16), nn.ReLU(), *blocks,
                         nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(64, 10))


def densenet_bc_40():
    net = DenseNet(12, (6, 6, 6), 24, num_classes=10)
    net.features.conv0 = nn.Conv2d(3, 24, 3, 1, 1, bias=False)
    net.features.norm0, net.features.relu0, net.features.pool0 = nn.Identity(), nn.Identity(), nn.Identity()
    return net


# name, what makes it, height and width of the picture
NETWORKS = [
    ("resnet20", resnet20, 32),
    ("resnet18", tv.resnet18, 64),
    ("resnet50", tv.resnet50, 64),
    ("densenet-bc-40", densenet_bc_40, 32),
    ("squeezenet", tv.squeezenet1_1, 64),
    ("mobilenetv2", tv.mobilenet_v2, 64),
    ("mobilenetv3-small", tv.mobilenet_v3_small, 64),
    ("convnext-atto", lambda: timm.create_model("convnext_atto", drop_path_rate=0.0), 64),
    ("vgg11", tv.vgg11, 224),
]


def again(net, seed):
    """The weights that the layers' own rules draw from that seed, in the order of the modules."""
    torch.manual_seed(seed)
    for module in net.modules():
        if hasattr(module, "reset_parameters"):
            module.reset_parameters()
    return net


def picture(n, size):
    """Numbers that need no generator: the k-th is sin(k), rounded to float32."""
    return torch.sin(torch.arange(n * 3 * size * size, dtype=torch.float64)).float().double().reshape(n, 3, size, size)


def said(y):
    y = y.double()
    return {"first": y.flatten()[:16].tolist(), "sum": y.sum().item(), "squares": (y * y).sum().item()}


def main():
    recorded = []
    for name, make, size in NETWORKS:
        net = again(make(), 0)
        entry = {"name": name, "size": size, "parameters": sum(p.numel() for p in net.parameters())}
        if name != "vgg11":
            net = net.double()
            for module in net.modules():
                if isinstance(module, nn.Dropout):
                    module.p = 0.0
            with torch.no_grad():
                entry["evaluation"] = said(net.eval()(picture(2, size)))
                entry["training"] = said(net.train()(picture(4, size)))
        recorded.append(entry)
        print(name, entry["parameters"], file=sys.stderr)
    versions = f"torch {torch.__version__}, torchvision {torchvision.__version__}, timm {timm.__version__}"
    json.dump({"versions": versions, "networks": recorded}, sys.stdout, indent=1)


main()
