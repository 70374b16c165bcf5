#!/bin/bash
# SPDX-License-Identifier: MIT
# tests/sanitizer_reports.sh passes over what libhdf5 does in the reading child, and over nothing else.
set -u -o pipefail
work=$(mktemp -d) || exit 1
trap '[ $BASHPID = $$ ] && rm -rf "$work"' EXIT
failed=0
sanitizer='    #0 0x7f1b in __interceptor_memcpy ../../../../src/libsanitizer/asan/interceptors.inc:827'
library='    #1 0x7f1b in H5HG_read (/lib/x86_64-linux-gnu/libhdf5_serial.so.103+0x167b8d)'
ours='    #2 0x55a5 in nn::h5::Walk::run() lib/h5/reading/walk.cpp:193'
child='    #3 0x55a5 in be_child lib/h5/reading/child.cpp:90'
# verdict STATUS WHAT LINE...: of a folder with one report of these lines
verdict() {
  local expected=$1 what=$2 status=0
  shift 2
  printf '%s\n' '==1==ERROR: AddressSanitizer: heap-buffer-overflow' "$@" > "$work/report.1"
  bash "${NN_SOURCE:?}/tests/sanitizer_reports.sh" "$work" > /dev/null || status=$?
  [ $status = "$expected" ] || { echo "FAILED: $what: status $status, expected $expected"; failed=1; }
}
verdict 0 'libhdf5 in the child' "$sanitizer" "$library" "$ours" "$child"
verdict 1 'our code in the child' "$sanitizer" "$ours" "$child"
verdict 1 'libhdf5 in the process of a tool' "$sanitizer" "$library" "$ours"
verdict 0 'libhdf5, where the stack is not known further' "$sanitizer" "$library"
verdict 1 'a report without a stack'
printf '%s\n' '==5279==Unable to get registers from thread 5260.' > "$work/report.1"
bash "$NN_SOURCE/tests/sanitizer_reports.sh" "$work" > /dev/null || { echo 'FAILED: a notice is taken for a report'; failed=1; }
rm "$work/report.1"
bash "$NN_SOURCE/tests/sanitizer_reports.sh" "$work" > /dev/null || { echo 'FAILED: a folder without reports'; failed=1; }
exit $failed
