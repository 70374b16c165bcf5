#!/bin/bash
# SPDX-License-Identifier: MIT
# Changed HDF5 files, with the sums of their metadata put right, and files of the old format (mutants.py tells more): none
# crashes or hangs a tool, none is called good that shows other values.
. "$(dirname "$(realpath "$0")")/common.sh"
python=${NN_PYTHON:-python3}
command -v "$python" > /dev/null || { echo "skipped: no $python"; exit 77; }
"$python" "${NN_SOURCE:?}/tests/soak/mutants.py" --bin "${NN_BIN:?}" --count "$(as_many 240 10000)" --seed "${2:-1}"
