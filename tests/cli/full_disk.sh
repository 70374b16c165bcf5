#!/bin/bash
# SPDX-License-Identifier: MIT
# A file system that is full keeps the old file, and nothing else is left there.
set -u -o pipefail
PATH=${NN_BIN:?folder of the built tools}:$PATH
export NN_SHARE=${NN_SHARE:-${NN_SOURCE:?}/share}
work=$(mktemp -d) || exit 1
trap '[ $BASHPID = $$ ] && { umount "$work/small" 2> /dev/null; rm -rf "$work"; }' EXIT
cd "$work" || exit 1
mkdir small
mount -t tmpfs -o size=64k tmpfs small 2> /dev/null || { echo 'skipped: no right to mount a small file system'; exit 77; }
failed=0
complain() { echo "FAILED: $*"; failed=1; }
nn-fetch digits -o digits.h5 || exit 1
nn-train -q --model 'flatten dense:10' --epochs 1 -o model.h5 digits.h5 || exit 1
cp model.h5 small/m.h5 || exit 1
status=0
nn-train -q --model 'flatten dense:200 dense:10' --epochs 1 -o small/m.h5 digits.h5 2> said || status=$?
[ $status = 1 ] && grep -q 'No space left' said || complain "full disk: status $status, $(cat said)"
cmp -s model.h5 small/m.h5 || complain 'full disk: the old file changed'
[ "$(ls -A small)" = m.h5 ] || complain "full disk: files left: $(ls -A small)"
exit $failed
