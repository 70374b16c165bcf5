#!/bin/bash
# SPDX-License-Identifier: MIT
# Model files of other programs, cut off, changed and made to do harm (models.py tells more): each is refused with one line,
# in a second of processor time and 256 MB, or read.
. "$(dirname "$(realpath "$0")")/common.sh"
without_sanitizer
python=${NN_PYTHON:-python3}
command -v "$python" > /dev/null || { echo "skipped: no $python"; exit 77; }
"$python" "${NN_SOURCE:?}/tests/soak/models.py" --bin "${NN_BIN:?}" --form "$form" --seed "${2:-1}"
