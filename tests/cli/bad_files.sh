#!/bin/bash
# SPDX-License-Identifier: MIT
# Every tool that reads our files, given every kind of wrong one, as a file and through a pipe: status 1, one line that
# names the input and the fault, nothing on standard output, and an output of that name from before stays as it is.
set -u -o pipefail
PATH=${NN_BIN:?folder of the built tools}:$PATH
export NN_SHARE=${NN_SHARE:-${NN_SOURCE:?}/share} LC_ALL=C
unset NN_MIRROR
work=$(mktemp -d) || exit 1
trap '[ $BASHPID = $$ ] && rm -rf "$work"' EXIT
cd "$work" || exit 1
failed=0 count=0
complain() { echo "FAILED: $1"; failed=1; }

nn-fetch digits | nn-prep --scale 0:1 -o data.h5 || exit 1
nn-train -q --model softmax --epochs 1 -o model.h5 data.h5 || exit 1
nn-eval model.h5 data.h5 -o metrics.h5 || exit 1

mkdir bad
: > bad/empty
head -c 40 data.h5 > bad/stub
head -c 20000 data.h5 > bad/truncated
cat data.h5 data.h5 > bad/doubled
printf 'a,b,c\n1,2,3\n' > bad/csv
gzip -c bad/csv > bad/gzip
gzip -c data.h5 > bad/gzipped
printf '\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x08\0\0\0\x08\x08\0\0\0\0' > bad/png
printf '\0\0\x08\x03\0\0\0\x01\0\0\0\x02\0\0\0\x02abcd' > bad/idx
printf '\x93NUMPY\x01\0v\0' > bad/npy
printf 'PK\x03\x04\x14\0\0\0\0\0' > bad/zip
printf '{"a": 1}\n' > bad/json
printf '<html><body>404</body></html>\n' > bad/html
head -c 5000 /dev/zero > bad/zeros
declare -A says=([empty]='empty|no data' [stub]='ended early' [truncated]='ended early \(20000 of' [doubled]='two files joined'
  [csv]='CSV' [gzip]='gzip' [gzipped]='gzip' [png]='PNG' [idx]='IDX' [npy]='NumPy' [zip]='zip' [json]='JSON' [html]='HTML' [zeros]='not an HDF5 file')

# refuses WHAT INPUT PATTERN COMMAND...: the command has file INPUT in its arguments or as its standard input.
refuses() {
  local what=$1 name=$2 pattern=$3 got=0
  shift 3
  count=$((count + 1))
  timeout 60 "$@" > out 2> err || got=$?
  [ $got = 1 ] || complain "$what: status $got: $(head -2 err)"
  [ "$(wc -l < err)" = 1 ] || complain "$what: $(wc -l < err) lines on standard error: $(head -3 err)"
  grep -qE -e "^$1: .*($name|standard input|stdin)" err || complain "$what: the tool and the input are not named: $(head -1 err)"
  grep -qaE -e "$pattern" err || complain "$what: no '$pattern' in: $(head -1 err)"
  [ ! -s out ] || complain "$what: something on standard output"
}
piped() { local input=$1; shift; cat "$input" | "$@"; }  # cat: a pipe, not a file on standard input
export -f piped

# both KIND TOOL ARGUMENT...: @ stands for the input.
both() {
  local kind=$1 words=("${@:2}") word file=() pipe=()
  for word in "${words[@]}"; do
    file+=("${word/#@/bad/$kind}") pipe+=("${word/#@/-}")
  done
  refuses "${words[*]} with $kind" "bad/$kind" "${says[$kind]}" "${file[@]}"
  count=$((count + 1))
  local got=0
  cat "bad/$kind" | timeout 60 "${pipe[@]}" > out 2> err || got=$?
  [ $got = 1 ] || complain "${words[*]} with $kind piped: status $got: $(head -2 err)"
  grep -qE -e "^$2: .*(standard input|stdin)" err || complain "${words[*]} with $kind piped: input not named: $(head -1 err)"
  grep -qaE -e "${says[$kind]}" err || complain "${words[*]} with $kind piped: no '${says[$kind]}' in: $(head -1 err)"
  [ ! -s out ] || complain "${words[*]} with $kind piped: something on standard output"
}
echo old > old.h5
for kind in "${!says[@]}"; do
  both "$kind" nn-prep --flatten @ -o old.h5
  both "$kind" nn-train -q --model softmax --epochs 1 @ -o old.h5
  both "$kind" nn-eval model.h5 @
  both "$kind" nn-eval @ data.h5
  both "$kind" nn-predict @ data.h5
  both "$kind" nn-predict model.h5 @
  both "$kind" nn-info @
  both "$kind" nn-plot-data samples @
  both "$kind" nn-plot-data history @
  both "$kind" nn-compare @
done
[ "$(cat old.h5)" = old ] || complain 'an old output was changed'

# One bit, anywhere: found, or without meaning; what is printed then is what the whole file says.
size=$(stat -c %s model.h5)
nn-info --digest model.h5 | cut -c 1-64 > digest
for ((i = 0; i < 40; ++i)); do
  at=$(((i * 7919 + 13) * size / (40 * 7919) % size))
  byte=$(od -An -tu1 -j "$at" -N 1 model.h5)
  { head -c "$at" model.h5; printf "\\x$(printf %02x $((byte ^ (1 << (i % 8)))))"; tail -c +$((at + 2)) model.h5; } > flipped.h5
  for command in 'nn-info --check flipped.h5' 'piped flipped.h5 nn-info --check -' 'nn-eval flipped.h5 data.h5'; do
    count=$((count + 1)) got=0
    timeout 60 bash -o pipefail -c "$command" > out 2> err || got=$?
    case $got in
      0) [ "$(nn-info --digest --stored flipped.h5 | cut -c 1-64)" = "$(cat digest)" ] || complain "bit $((i % 8)) of byte $at: '$command' accepts other contents" ;;
      1) [ -s err ] || complain "bit $((i % 8)) of byte $at: '$command' says nothing" ;;
      *) complain "bit $((i % 8)) of byte $at: '$command' ends with $got: $(head -2 err)" ;;
    esac
  done
done
echo "$count commands"
exit $failed
