#!/bin/bash
# SPDX-License-Identifier: MIT
# Some hundred changed HDF5 files: none crashes or hangs a tool, none is called good that shows other values. The long form
# is tests/soak/mutants.py --count 10000.
set -u
export NN_SHARE=${NN_SHARE:-${NN_SOURCE:?}/share} LC_ALL=C NN_THREADS=1
unset NN_MIRROR
python=${NN_PYTHON:-python3}
command -v "$python" > /dev/null || { echo "no $python here"; exit 77; }
exec "$python" "$NN_SOURCE/tests/soak/mutants.py" --bin "${NN_BIN:?folder of the built tools}" --count "${NN_MUTANTS:-240}"
