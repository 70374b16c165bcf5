#!/bin/bash
# SPDX-License-Identifier: MIT
# nvcc compiles the kernels of the device cuda for one GPU: without an error, without a warning, and so that no kernel
# spills registers into memory.
set -u -o pipefail
cd "${NN_SOURCE:?}" || exit 1
nvcc=$(command -v nvcc || ls /usr/local/cuda/bin/nvcc 2> /dev/null) || { echo 'skipped: no nvcc here'; exit 77; }
work=$(mktemp -d) || exit 1
trap '[ $BASHPID = $$ ] && rm -rf "$work"' EXIT
"$nvcc" -std=c++20 -O2 --expt-relaxed-constexpr -diag-suppress 445 -arch=sm_90 -Xptxas -v -Ilib -c lib/backend/cuda/kernels.cu \
  -o "$work/kernels.o" > "$work/log" 2>&1 || { grep -m5 error "$work/log"; exit 1; }
failed=0
if grep -i 'warning' "$work/log"; then failed=1; fi
grep -E '[1-9][0-9]* bytes spill' "$work/log" && { echo 'FAILED: a kernel spills registers'; failed=1; }
kernels=$(grep -c 'Used [0-9]* registers' "$work/log")
[ "$kernels" -gt 50 ] || { echo "FAILED: $kernels kernels only"; failed=1; }
echo "$kernels kernels, at most $(grep -o 'Used [0-9]* registers' "$work/log" | sort -k2 -n | tail -1 | cut -d' ' -f2) registers, object $(stat -c %s "$work/kernels.o") bytes"
exit $failed
