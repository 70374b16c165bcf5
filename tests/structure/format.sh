#!/bin/bash
# SPDX-License-Identifier: MIT
# The form of every source is that of .clang-format. Versions of clang-format lay out differently: the one of Debian 12
# decides. `make -f Makefile.demo format` brings a source into this form.
set -u -o pipefail
cd "${NN_SOURCE:?}" || exit 1
version=14
for tool in clang-format-$version clang-format; do
  "$tool" --version 2> /dev/null | grep -q "version $version\." && break
  tool=
done
[ -n "$tool" ] || { echo "skipped: no clang-format $version here"; exit 77; }
find lib tools tests bench fuzz \( -name '*.cpp' -o -name '*.h' \) -print0 |
  xargs -0 -P "$(nproc)" -n 40 "$tool" --dry-run --Werror 2>&1 | grep 'error:' | sed 's/: error:.*/: not in the form of .clang-format/' | head -20
[ "${PIPESTATUS[1]}" = 0 ]
