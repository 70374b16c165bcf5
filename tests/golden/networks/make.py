#!/usr/bin/env python3
# Records what torchvision's and timm's networks compute for networks.json: the outputs of each network of share/models
# for one made-up picture batch, in evaluation and in training (without dropout), after torch.manual_seed(0) and
# reset_parameters() of every module in order. nn-tools draws the same weights for the same layers from that seed.
# `make.py names` records the names and shapes of their state_dicts for names.txt.
# Needs torch, torchvision and timm (--no-deps is enough).
import json
import sys

import timm
import torch
import torchvision
import torchvision.models as tv
from torch import nn
from torchvision.models.densenet import DenseNet
from torchvision.models.resnet import BasicBlock


class ResNet20(nn.Module):
    """torchvision's ResNet for small pictures: three stages of three blocks, a 1x1 convolution where the shape changes."""

    def __init__(self):
        super().__init__()
        self.conv1, self.bn1 = nn.Conv2d(3, 16, 3, 1, 1, bias=False), nn.BatchNorm2d(16)
        self.layer1, self.layer2, self.layer3 = self.stage(16, 16, 1), self.stage(16, 32, 2), self.stage(32, 64, 2)
        self.fc = nn.Linear(64, 10)

    @staticmethod
    def stage(i, o, stride):
        shortcut = nn.Sequential(nn.Conv2d(i, o, 1, stride, bias=False), nn.BatchNorm2d(o)) if i != o else None
        return nn.Sequential(BasicBlock(i, o, stride, shortcut), BasicBlock(o, o), BasicBlock(o, o))

    def forward(self, x):
        x = torch.relu(self.bn1(self.conv1(x)))
        return self.fc(self.layer3(self.layer2(self.layer1(x))).mean((2, 3)))


def densenet_bc_40():
    net = DenseNet(12, (6, 6, 6), 24, num_classes=10)
    net.features.conv0 = nn.Conv2d(3, 24, 3, 1, 1, bias=False)
    net.features.norm0, net.features.relu0, net.features.pool0 = nn.Identity(), nn.Identity(), nn.Identity()
    return net


# name, what makes it, height and width of the picture
NETWORKS = [
    ("resnet20", ResNet20, 32),
    ("resnet18", tv.resnet18, 64),
    ("resnet50", tv.resnet50, 64),
    ("densenet-bc-40", densenet_bc_40, 32),
    ("squeezenet", tv.squeezenet1_1, 66),
    ("shufflenetv2", tv.shufflenet_v2_x1_0, 64),
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


def names():
    """A line a module of each state_dict: its name, then name=shape of each of its tensors, without counters."""
    for name, make, _ in NETWORKS:
        print(f"[{name}]")
        modules = {}
        for key, tensor in make().state_dict().items():
            module, _, parameter = key.rpartition(".")
            if parameter != "num_batches_tracked":
                modules.setdefault(module, []).append(f"{parameter}={'x'.join(map(str, tensor.shape))}")
        for module, tensors in modules.items():
            print(module, *tensors)


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


if __name__ == "__main__":
    names() if sys.argv[1:] == ["names"] else main()
