#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""tests/golden/keras_models/make.py OUT [2]: models that hold models, as Keras writes them: NAME.keras (its zip archive
compressed, which Keras does not do), NAME.h5.gz, for one NAME.weights.h5.gz, and NAME.npz (x, y: the outputs of the
loaded model, images channels last). With 2: by Keras 2 (tf_keras); otherwise by Keras 3. No weight and no statistic is
what it was made as. The files hold the time at which they were saved."""
import gzip
import io
import os
import sys
import zipfile
from pathlib import Path

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
import numpy as np

two = len(sys.argv) > 2
if two:
    os.environ["TF_USE_LEGACY_KERAS"] = "1"
    import tf_keras as keras
else:
    import keras
out, L = Path(sys.argv[1]), keras.layers
random = np.random.default_rng(7)


def functional(name, channels=4, inputs=(8, 8, 3), conv="conv1"):
    x = i = keras.Input(inputs)
    x = L.Conv2D(channels, 3, padding="same", use_bias=False, name=conv)(x)
    x = y = L.BatchNormalization(name=conv + "_bn")(x)
    x = L.ReLU(6.0)(x)
    x = L.Add()([L.Conv2D(channels, 1, activation="relu", name="branch")(x), y])
    return keras.Model(i, x, name=name)


def shaken(model):
    """Variances stay positive."""
    for layer in model._flatten_layers():
        if layer._flatten_layers and list(layer._flatten_layers(include_self=False)):
            continue
        new = []
        for w in layer.get_weights():
            noise = random.uniform(0.1, 0.4, w.shape).astype(w.dtype)
            new.append(w + noise if w.dtype == np.float32 else w)
        layer.set_weights(new)
    return model


def save(name, model, high=1.0, weights=False):
    x = random.uniform(0, high, (3, *model.input_shape[1:])).astype("float32")
    model(x)
    shaken(model)
    file = out / "new.keras"
    model.save(file)
    with zipfile.ZipFile(file) as old, zipfile.ZipFile(out / f"{name}.keras", "w", zipfile.ZIP_DEFLATED, compresslevel=9) as new:
        for member in old.namelist():
            new.writestr(zipfile.ZipInfo(member), old.read(member), zipfile.ZIP_DEFLATED, 9)
    loaded = keras.models.load_model(file)
    file.unlink()
    files = {"h5": model.save}
    if weights:
        files["weights.h5"] = model.save_weights
    for suffix, write in files.items():
        file = out / f"new.{suffix}"
        write(file)
        (out / f"{name}.{suffix}.gz").write_bytes(gzip.compress(file.read_bytes(), 9, mtime=0))
        file.unlink()
    np.savez_compressed(out / f"{name}.npz", x=x, y=loaded.predict(x, verbose=0))


def transfer():
    """As the guide to transfer learning has it: augmentation, arithmetic, a base that rests, a head."""
    augment = keras.Sequential([L.RandomFlip("horizontal"), L.RandomRotation(0.1)], name="augment")
    base = functional("base")
    base.trainable = False
    i = keras.Input((8, 8, 3))
    x = augment(i)
    x = L.Rescaling(1 / 127.5, offset=-1)(x) if two else keras.applications.mobilenet_v2.preprocess_input(x)
    x = base(x, training=False)
    x = L.Dropout(0.2)(L.GlobalAveragePooling2D()(x))
    return keras.Model(i, L.Dense(5)(x))


def nested():
    """Models in models, twice, with layers of equal names."""
    middle = keras.Sequential([keras.Input((8, 8, 3)) if not two else L.InputLayer((8, 8, 3)), functional("deep"), L.Conv2D(3, 1, name="conv1_bn_"), L.MaxPooling2D()], name="middle")
    i = keras.Input((8, 8, 3))
    a, b = middle(i), keras.Sequential([L.Conv2D(3, 2, strides=2, activation="tanh", name="conv1")], name="other")(i)
    x = L.Concatenate()([a, b, functional("third", 2, (4, 4, 3))(a)])
    return keras.Model(i, keras.Sequential([L.Flatten(), L.Dense(4)], name="head")(x))


def joined():
    """A model of two inputs inside."""
    a, b = keras.Input((6, 6, 4)), keras.Input((6, 6, 4))
    block = keras.Model([b, a], L.Add()([L.Conv2D(4, 3, padding="same")(a), L.Activation("sigmoid")(b)]), name="block")
    i = keras.Input((8, 8, 3))
    x = L.Conv2D(4, 3)(i)
    return keras.Model(i, L.Dense(4)(L.Flatten()(block([x, L.ReLU()(x)]))))


def applications():
    """What the networks of keras.applications have beside convolutions."""
    from keras.src.applications.convnext import LayerScale
    from keras.src.applications.inception_resnet_v2 import CustomScaleLayer

    i = keras.Input((9, 9, 3))
    x = L.Rescaling(1 / 255)(i)
    x = L.Normalization(name="adapted")(x)
    x = L.Rescaling([0.5, 1.5, 2.0], offset=[0.1, 0.2, 0.3])(x)
    x = L.Normalization(mean=[0.4, 0.5, 0.6], variance=[0.04, 0.05, 0.06])(x)
    x = L.Conv2D(4, 3)(x)
    x = L.MaxPooling2D(3, strides=2)(L.ZeroPadding2D(1)(x))  # 4x4, of values that may be negative
    y = L.Dense(6, activation="gelu")(x)  # of the channels of each cell
    y = LayerScale(0.5, 4)(L.Dense(4)(y))
    x = CustomScaleLayer(0.17)([x, y])
    g = L.Reshape((1, 1, 4))(L.GlobalAveragePooling2D()(x))
    g = L.ReLU(6.0)(L.Conv2D(4, 1)(g) + 3.0) * (1.0 / 6.0)
    x = L.Multiply()([x, g])
    x = L.Cropping2D(((1, 0), (2, 0)))(L.ZeroPadding2D(((0, 1), (0, 2)))(x))
    return keras.Model(i, L.Dense(4)(L.Flatten()(1.0 - x / 2.0)))


keras.utils.set_random_seed(1)
if two:
    save("keras2-transfer", transfer(), 255)
    save("keras2-nested", nested())
else:
    save("transfer", transfer(), 255)
    save("nested", nested(), weights=True)
    save("joined", joined())
    save("applications", applications(), 255)
