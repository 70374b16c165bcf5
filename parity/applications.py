#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""parity/applications.py FOLDER [NAME...]: networks of keras.applications with random weights, each in a Sequential model
with pooling and a Dense layer behind it, saved by Keras as .keras and .h5 and predicted by nn-predict --device ref of the
PATH. Prints the largest difference of a logit, as a part of the largest logit, or what nn-convert says. Needs keras,
tensorflow, numpy and h5py."""
import os
import subprocess
import sys
from pathlib import Path

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
import h5py
import keras
import numpy as np

SIDES = {
    "MobileNet": 64, "MobileNetV2": 64, "MobileNetV3Small": 64, "MobileNetV3Large": 64, "EfficientNetB0": 64, "EfficientNetV2B0": 64, "ResNet50": 64, "ResNet50V2": 64,
    "DenseNet121": 64, "VGG16": 32, "Xception": 75, "InceptionV3": 75, "InceptionResNetV2": 75, "NASNetMobile": 64, "ConvNeXtTiny": 64,
}
L = keras.layers


def saved(name, random):
    """Samples, and the logits of the file; no statistic is what it was made as, and the largest logit is about 1."""
    side = SIDES[name]
    base = getattr(keras.applications, name)(weights=None, input_shape=(side, side, 3), include_top=False)
    for layer in base._flatten_layers():
        if isinstance(layer, L.BatchNormalization):
            layer.set_weights([w + random.uniform(0, 0.1, w.shape).astype("float32") for w in layer.get_weights()])
    model = keras.Sequential([keras.Input((side, side, 3)), base, L.GlobalAveragePooling2D(), L.Dense(5)])
    high = 255 if any(isinstance(layer, (L.Rescaling, L.Normalization)) for layer in base._flatten_layers()) else 1
    x = random.uniform(0, high, (4, side, side, 3)).astype("float32")
    kernel, bias = model.layers[-1].get_weights()
    model.layers[-1].set_weights([kernel / np.abs(model.predict(x, verbose=0)).max(), bias])
    model.save(name + ".keras"), model.save(name + ".h5")
    return x, keras.models.load_model(name + ".keras").predict(x, verbose=0).astype("float64")


def difference(file, logits):
    """Of logits less their mean in each row, which is what probabilities tell."""
    done = subprocess.run(["nn-convert", "-q", file, "m.h5"], capture_output=True, text=True)
    if done.returncode:
        return done.stderr.strip()
    subprocess.run(["nn-predict", "-q", "--device", "ref", "m.h5", "data.h5", "-o", "p.h5"], check=True)
    with h5py.File("p.h5") as predictions:
        found = np.log(predictions["probability"][:].astype("float64"))
    centred = [v - v.mean(1, keepdims=True) for v in (found, logits)]
    return f"{np.abs(centred[0] - centred[1]).max() / np.abs(logits).max():.1e}"


os.chdir(sys.argv[1])
for name in sys.argv[2:] or SIDES:
    keras.utils.set_random_seed(7)
    x, logits = saved(name, np.random.default_rng(3))
    np.savez("data.npz", x_test=x.transpose(0, 3, 1, 2), y_test=np.arange(4), layout="NCHW", class_names=np.array([f"c{i}" for i in range(5)]))
    cells = []
    Path("data.h5").unlink(missing_ok=True)
    subprocess.run(["nn-convert", "-q", "data.npz", "data.h5"], check=True)
    for file in (name + ".keras", name + ".h5"):
        for old in ("m.h5", "p.h5"):
            Path(old).unlink(missing_ok=True)
        cells.append(difference(file, logits))
        Path(file).unlink()
    print(f"| {name} | {' | '.join(cells)} |", flush=True)
