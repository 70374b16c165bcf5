#!/bin/bash
# SPDX-License-Identifier: MIT
# Every header of lib/ compiles alone: it includes what it uses. The parts of a kernel table (kernels/isa/ and the headers
# that it makes of an instruction set) are compiled with the table only.
set -u -o pipefail
cd "${NN_SOURCE:?}" || exit 1
generated=${NN_BIN:?}/generated
hdf5=$(grep -om1 -E -e '-(I|isystem) ?/[^ "]*hdf5[^ "]*' "$NN_BIN/compile_commands.json" | head -1)

alone() {
  # shellcheck disable=SC2086
  "${CXX:-g++}" -std=c++20 -fsyntax-only -Wall -Wextra -Ilib -isystem "$generated" $hdf5 -x c++ -include "$1" /dev/null > /dev/null 2> "$2/errors.$$" && return 0
  echo "$1 does not compile alone: $(grep -m1 -E 'error|warning' "$2/errors.$$")" >&2
  return 1
}
export -f alone
export hdf5 generated
scratch=$(mktemp -d) || exit 1
trap '[ $BASHPID = $$ ] && rm -rf "$scratch"' EXIT
find lib -name '*.h' ! -path '*/kernels/isa/*' ! -name '*.pb.h' -print0 | sort -z |
  xargs -0 -P "$(nproc)" -I{} bash -c 'alone "$1" "$2"' _ {} "$scratch"
