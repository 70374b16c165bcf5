# SPDX-License-Identifier: MIT
"""The two networks of S2 that the tutorial trains with Keras: sigmoid with RMSprop, and dropout with He's
initialization, Adam and an L2 penalty."""
import os

import keras
from keras import layers

keras.utils.set_random_seed(int(os.environ.get("SEED", 1)))
EPOCHS = int(os.environ.get("EPOCHS", 10))
(x_train, y_train), (x_test, y_test) = keras.datasets.mnist.load_data()
x_train = x_train.reshape(-1, 784).astype("float32") / 255.0
x_test = x_test.reshape(-1, 784).astype("float32") / 255.0
y_train, y_test = keras.utils.to_categorical(y_train), keras.utils.to_categorical(y_test)


def run(name, model, optimizer):
    model.compile(optimizer=optimizer, loss="categorical_crossentropy", metrics=["accuracy"])
    model.fit(x_train, y_train, batch_size=128, epochs=EPOCHS, verbose=2)
    print(f"{name}: test accuracy {100 * model.evaluate(x_test, y_test, verbose=0)[1]:.2f} %")


run("sigmoid, RMSprop", keras.Sequential([
    keras.Input((784,)), layers.Dense(512, activation="sigmoid"), layers.Dense(128, activation="sigmoid"),
    layers.Dense(10, activation="softmax")]), "rmsprop")
dense = dict(activation="relu", kernel_initializer="he_normal", kernel_regularizer=keras.regularizers.L2(1e-4))
run("He, dropout, L2, Adam", keras.Sequential([
    keras.Input((784,)), layers.Dense(512, **dense), layers.Dropout(0.5), layers.Dense(128, **dense), layers.Dropout(0.5),
    layers.Dense(10, activation="softmax")]), "adam")
