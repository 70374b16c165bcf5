# SPDX-License-Identifier: MIT
"""The networks that branch, as a list that each framework's script builds from.

    conv(channels, kernel, stride, groups), bn, relu, relu6, maxpool (3, stride 2, border 1), pool (global average), drop(rate),
    dense(units), res(main, shortcut)

Convolutions have a border of half the kernel and no bias, as in torchvision.
"""


def conv(channels, kernel, stride=1, groups=1):
    return "conv", channels, kernel, stride, groups


def basic(i, o, stride):
    """The block of ResNet-18 and ResNet-20."""
    main = [conv(o, 3, stride), "bn", "relu", conv(o, 3), "bn"]
    return [("res", main, [conv(o, 1, stride), "bn"] if i != o or stride != 1 else []), "relu"]


def inverted(i, o, stride, expand):
    """The block of MobileNetV2."""
    wide = i * expand
    main = [conv(wide, 1), "bn", "relu6"] if expand != 1 else []
    main += [conv(wide, 3, stride, wide), "bn", "relu6", conv(o, 1), "bn"]
    return [("res", main, [])] if stride == 1 and i == o else main


def layers(net):
    body, i = [], 3
    if net == "resnet20":
        body, i = [conv(16, 3), "bn", "relu"], 16
        for o, first in ((16, 1), (32, 2), (64, 2)):
            for k in range(3):
                body += basic(i, o, first if k == 0 else 1)
                i = o
        return body + ["pool", ("dense", 10)]
    if net == "resnet18":
        body, i = [conv(64, 7, 2), "bn", "relu", "maxpool"], 64
        for o, first in ((64, 1), (128, 2), (256, 2), (512, 2)):
            for k in range(2):
                body += basic(i, o, first if k == 0 else 1)
                i = o
        return body + ["pool", ("dense", 1000)]
    # MobileNetV2 of half the width, its first stride 1; channels rounded to eights as torchvision does.
    body, i = [conv(16, 3), "bn", "relu6"], 16
    for expand, o, n, first in ((1, 8, 1, 1), (6, 16, 2, 2), (6, 16, 3, 2), (6, 32, 4, 2), (6, 48, 3, 1), (6, 80, 3, 2),
                                (6, 160, 1, 1)):
        for k in range(n):
            body += inverted(i, o, first if k == 0 else 1, expand)
            i = o
    return body + [conv(1280, 1), "bn", "relu6", "pool", ("drop", 0.2), ("dense", 10)]
