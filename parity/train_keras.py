# SPDX-License-Identifier: MIT
"""The experiments in Keras on TensorFlow, as its users write them: keras.utils.set_random_seed, a Sequential, compile, fit."""
import os
import sys
import time

os.environ["KERAS_BACKEND"] = "tensorflow"
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ["CUDA_VISIBLE_DEVICES"] = ""
if "--other-kernels" in sys.argv:
    os.environ["TF_ENABLE_ONEDNN_OPTS"] = "0"
import keras
import tensorflow as tf
from keras import layers, optimizers, regularizers

from experiments import EXPERIMENTS, add_result, arrays, command_line, missing, result_file


def fashioncnn():
    def block(out):
        return [layers.Conv2D(out, 3, padding="same"), layers.BatchNormalization(), layers.ReLU(), layers.MaxPooling2D(2)]
    return [*block(32), *block(64), *block(128), layers.Flatten(), layers.Dense(256, activation="relu"), layers.Dense(128, activation="relu"),
            layers.Dropout(0.5), layers.Dense(10, activation="softmax")]


def lenet5():
    return [layers.Conv2D(6, 5, activation="relu"), layers.MaxPooling2D(2), layers.Conv2D(16, 5, activation="relu"), layers.MaxPooling2D(2),
            layers.Flatten(), layers.Dense(120, activation="relu"), layers.Dense(84, activation="relu"), layers.Dense(10, activation="softmax")]


def sigmoid():
    return [layers.Flatten(), layers.Dense(512, activation="sigmoid"), layers.Dense(128, activation="sigmoid"),
            layers.Dense(10, activation="softmax")]


def he_dropout(l2=None):
    def dense(units, activation, **options):
        return layers.Dense(units, activation=activation, kernel_regularizer=regularizers.L2(l2) if l2 else None, **options)
    return [layers.Flatten(), dense(512, "relu", kernel_initializer="he_normal"), layers.Dropout(0.5),
            dense(128, "relu", kernel_initializer="he_normal"), layers.Dropout(0.5), dense(10, "softmax")]


def tutorial():
    return [layers.Flatten(), layers.Dense(128, activation="relu"), layers.Dropout(0.2), layers.Dense(64, activation="relu"),
            layers.Dropout(0.2), layers.Dense(10, activation="softmax")]


NETWORKS = {
    "s0-fashioncnn": (fashioncnn, optimizers.Adam),
    "s1-lenet5": (lenet5, optimizers.Adam),
    "s2-sigmoid-adam": (sigmoid, optimizers.Adam),
    "s2-sigmoid-rmsprop": (sigmoid, optimizers.RMSprop),
    "s2-he-dropout": (he_dropout, optimizers.Adam),
    "s2-he-dropout-l2": (lambda: he_dropout(1e-4), optimizers.Adam),
    "s4-tutorial": (tutorial, optimizers.Adam),
}


class StepLosses(keras.callbacks.Callback):
    """The loss of each batch: fit reports a running mean, which is begun anew before each."""

    def __init__(self):
        super().__init__()
        self.losses = []

    def on_train_batch_begin(self, batch, logs=None):
        self.model.reset_metrics()

    def on_train_batch_end(self, batch, logs=None):
        self.losses.append(float(logs["loss"]))


def pixels(images, data):
    x = images.transpose(0, 2, 3, 1).astype("float32") / 255
    return (x - 0.5) / 0.5 if data.endswith("normalized") else x


def build(make, seed):
    keras.backend.clear_session()
    keras.utils.set_random_seed(seed)
    return keras.Sequential([keras.Input((28, 28, 1)), *make()])


def build_double(make, seed):
    """With the weights that the float32 model draws. Dropout draws other masks in float64."""
    model = build(make, seed)
    if any(isinstance(layer, layers.Dropout) for layer in model.layers):
        raise SystemExit("a network with dropout is another one in float64: Keras draws other masks")
    weights = model.get_weights()
    keras.config.set_floatx("float64")
    keras.config.set_dtype_policy("float64")
    model = build(make, seed)
    model.set_weights(weights)
    return model


def train(network, splits, batch, epochs, seed, double):
    make, rule = NETWORKS[network]
    model = (build_double if double else build)(make, seed)
    model.compile(rule(1e-3), "sparse_categorical_crossentropy", metrics=["accuracy"])
    steps = StepLosses()
    model.fit(*splits["train"], batch_size=batch, epochs=epochs, validation_data=splits.get("val"), verbose=0, callbacks=[steps])
    return steps.losses, model.evaluate(*splits["test"], batch_size=1000, verbose=0)


def main():
    a = command_line(__doc__).parse_args()
    tf.config.threading.set_intra_op_parallelism_threads(1)
    tf.config.threading.set_inter_op_parallelism_threads(1)
    experiment = EXPERIMENTS[a.network]
    splits = {s: (pixels(x, experiment["data"]), y) for s, (x, y) in arrays(f"{a.data}/{experiment['data']}.h5").items()}
    path = result_file(a.out, "keras", a.network, a.epochs, a)
    for seed in missing(path, a.seeds):
        began = time.time()
        steps, (loss, accuracy) = train(a.network, splits, experiment["batch"], a.epochs, seed, a.double)
        add_result(path, seed=seed, loss=loss, accuracy=accuracy, seconds=round(time.time() - began, 1), steps=steps,
                   versions={"keras": keras.__version__, "tensorflow": tf.__version__})


main()
