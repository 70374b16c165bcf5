# SPDX-License-Identifier: MIT
"""Runs a script of Keras with MNIST from the files in $NN_DATA, so that nothing is downloaded: cached.py SCRIPT."""
import gzip
import os
import runpy
import sys

import numpy as np
import keras


def array(name, head):
    with gzip.open(os.path.join(os.environ["NN_DATA"], "mnist", name + "-ubyte.gz")) as f:
        return np.frombuffer(f.read(), np.uint8, offset=head)


def load_data():
    return tuple((array(part + "-images-idx3", 16).reshape(-1, 28, 28), array(part + "-labels-idx1", 8))
                 for part in ("train", "t10k"))


keras.datasets.mnist.load_data = load_data
runpy.run_path(sys.argv[1], run_name="__main__")
