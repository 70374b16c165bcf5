#!/bin/bash
# SPDX-License-Identifier: MIT
# Runs the golden tables beside this script: lines "status | pattern | command". The command is run by bash in a fresh
# folder with the files made below; its status is compared, and the extended regular expression is looked for in its
# standard output and error together ("-": nothing may be printed). '#' starts a comment line.
set -u -o pipefail
here=$(cd "$(dirname "$0")" && pwd)
PATH=${NN_BIN:?folder of the built tools}:$PATH
export NN_SHARE=${NN_SHARE:-${NN_SOURCE:?}/share} LC_ALL=C
unset NN_MIRROR
work=$(mktemp -d) || exit 1
trap '[ $BASHPID = $$ ] && rm -rf "$work"' EXIT
export XDG_CACHE_HOME=$work/cache
cd "$work" || exit 1

# Files that the tables speak of.
nn-fetch digits | nn-prep --scale 0:1 --split val=20% -o digits.h5 || exit 1
nn-train -q --model softmax --epochs 1 -o model.h5 digits.h5 || exit 1
nn-fetch iris -o iris.h5 || exit 1
: > empty
head -c 20000 digits.h5 > short.h5
cat digits.h5 digits.h5 > double.h5
{ head -c 30000 digits.h5; printf '\x55'; tail -c +30002 digits.h5; } > flipped.h5
printf 'a,b,c\n1,2,3\n' > table.csv
gzip -c table.csv > table.csv.gz
printf '\x89PNG\r\n\x1a\n\0\0\0\rIHDR' > picture.png
printf '\0\0\x08\x03\0\0\0\x01\0\0\0\x02\0\0\0\x02abcd' > images.idx
printf '\x93NUMPY\x01\0v\0' > array.npy
head -c 5000 /dev/zero > zeros
printf 'epochs = 3\nepcohs = 4\n' > wrong.conf
printf 'epochs = 2\nlr = 0.01\n' > right.conf
mkdir locked && chmod 555 locked

failed=0 count=0 limited=0
for table in "$here"/*.tbl; do
  number=0
  while IFS= read -r line || [ -n "$line" ]; do
    number=$((number + 1))
    [[ -z $line || $line == \#* ]] && continue
    status=${line%%|*} rest=${line#*|}
    pattern=${rest%% | *} command=${rest#* | }
    status=${status// /} pattern=${pattern# }
    if [[ -n ${ASAN_OPTIONS:-} && $command == *'ulimit -v'* ]]; then limited=1; continue; fi
    got=0
    timeout 120 bash -o pipefail -c "$command" > said 2>&1 < /dev/null || got=$?
    count=$((count + 1))
    if [ "$got" != "$status" ]; then
      echo "$(basename "$table"):$number: status $got, expected $status: $command"; head -5 said; failed=1
    elif [ "$pattern" = - ]; then
      [ ! -s said ] || { echo "$(basename "$table"):$number: nothing expected: $command"; head -5 said; failed=1; }
    elif ! grep -aqE -e "$pattern" said; then
      echo "$(basename "$table"):$number: no '$pattern' from: $command"; head -5 said; failed=1
    fi
  done < "$table"
done
left=$(find . -name '*.tmp' -o -name '.nn-*' | head)
[ -z "$left" ] || { echo "left behind: $left"; failed=1; }
[ $limited = 0 ] || echo "skipped: a sanitizer has no limit of the address space"
echo "$count commands"
exit $failed
