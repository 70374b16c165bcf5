#!/bin/bash
# SPDX-License-Identifier: MIT
# emulated.sh FLAG PROGRAM ARGUMENT...: runs the program, on a processor without FLAG (as in /proc/cpuinfo) under qemu-user;
# NN_EMULATE=1 always. Status 77: no emulator here.
set -u -o pipefail
flag=$1
shift
[ -z "${NN_EMULATE:-}" ] && grep -qw "$flag" /proc/cpuinfo && exec "$@"
command -v qemu-x86_64 > /dev/null || { echo "skipped: neither $flag nor qemu-user"; exit 77; }
exec qemu-x86_64 -cpu max "$@"
