#!/bin/bash
# SPDX-License-Identifier: MIT
# One call fails, or moves half of what was asked: open, read, write, fsync, close, rename, unlink, each kind at every
# place in turn. The tool says so and the old output stays, or the output is the right one; nothing else is left. A call that
# a signal breaks off (EINTR) is made again: nothing shows.
. "$(dirname "$0")/common.sh"
without_sanitizer
${CC:-cc} -shared -fPIC -O1 -o "$work/faults.so" "$NN_SOURCE/tests/soak/faults.c" -ldl || { complain 'faults.c does not compile'; exit 1; }
nn-fetch digits -q | nn-prep --subset train=60,test=20 -q -o d.h5 || exit 1
nn-train -q --model 'flatten dense:4 relu dense:10' --epochs 1 -o m.h5 d.h5 2> /dev/null || exit 1
nn-predict -q m.h5 d.h5 -o p.h5 || exit 1
nn-convert --to csv --split train d.h5 -o d.csv || exit 1
nn-fetch iris -q -o other.h5 || exit 1
commands=('nn-prep -q --scale 0:1 d.h5 -o out/o.h5' 'nn-train -q --model m.h5 --epochs 1 --checkpoint out/c.h5 --log out/l.tsv d.h5 -o out/o.h5'
  'nn-eval -q m.h5 d.h5 -o out/o.h5' 'nn-predict -q m.h5 d.h5 -o out/o.h5' 'nn-convert -q d.csv --label -1 -o out/o.h5'
  'nn-convert -q --to npz d.h5 -o out/o.npz' 'nn-plot-data confusion p.h5 -o out/o.tsv' 'nn-compare p.h5 -o out/o.tsv' 'nn-convert -q --to idx d.h5 -o out/folder')
commands[1]=${commands[1]/--model m.h5/--model softmax}

# content of the output folder without what differs from run to run
content() {
  local file
  for file in $(cd out && find . -mindepth 1 | sort); do
    case $file in
      *.h5) echo "$file $(nn-info --digest "out/$file" 2>&1 | cut -c1-64)" ;;
      *l.tsv) echo "$file $(wc -l < "out/$file")" ;;
      *) [ -d "out/$file" ] && echo "$file" || echo "$file $(sha256sum < "out/$file")" ;;
    esac
  done
}
old() { rm -rf out && mkdir out && cp other.h5 out/o.h5 && echo old > out/o.tsv && echo old > out/o.npz; }
attempt() {  # ENVIRONMENT... -- COMMAND
  env LD_PRELOAD="$work/faults.so" NN_FAULT_FOLDER="$work" "$@" 2> said > /dev/null < /dev/null
}
# A checkpoint or log that cannot be written does not end a training: all else is right, and a warning names it.
without_side_files() {
  [ "$(grep -v '^\./\(c.h5\|l.tsv\) ' <<< "$now")" = "$(grep -v '^\./\(c.h5\|l.tsv\) ' <<< "$right")" ] && grep -q 'warning: .*\(c.h5\|l.tsv\)' said
}
for command in "${commands[@]}"; do
  old; before=$(content)
  $command 2> /dev/null > /dev/null || { complain "$command fails by itself"; exit 1; }
  right=$(content)
  for kinds in o r w f c n u; do for how in '' NN_FAULT_SHORT=1 NN_FAULT_ON=1 NN_FAULT_ERRNO=4; do
    [ "$how" != NN_FAULT_SHORT=1 ] || case $kinds in r | w) ;; *) continue ;; esac
    [ "$how" != NN_FAULT_ERRNO=4 ] || [ $kinds != u ] || continue
    old
    attempt NN_FAULT_KINDS=$kinds NN_FAULT_COUNT="$work/count" timeout $limit $command
    calls=$(cat count) step=$(as_many 7 1)
    for ((n = 1 + RANDOM % step; n <= calls && n <= 200; n += step)); do
      old
      tries=$((tries + 1)) status=0
      attempt NN_FAULT_KINDS=$kinds NN_FAULT_AT=$n NN_FAULT_ERRNO=$((RANDOM % 2 ? 5 : 28)) $how timeout $limit $command || status=$?
      what="$command, $kinds number $n $how"
      now=$(content)
      if [ $status = 0 ]; then
        [ "$now" = "$right" ] || without_side_files && seen=$((seen + 1)) || { silent=$((silent + 1)); complain "$what: status 0 and another result"; }
      elif [ "$how" = NN_FAULT_ERRNO=4 ]; then
        silent=$((silent + 1)); complain "$what: is not made again: $(head -c 300 said)"
      elif judge $status said "$what"; then
        # Each file is the old one or the right one. A failed removal may leave a private name, which the next run sweeps.
        strange=$(grep -vxF -e "$before" -e "$right" <<< "$now" | grep -v "^$" | { [ $kinds = u ] || [ "$how" = NN_FAULT_ON=1 ] && grep -v '/\.' || cat; })
        case $strange in *'./c.h5 '* | *'./l.tsv '* | '') ;; *) seen=$((seen - 1)); silent=$((silent + 1)); complain "$what: left: $strange" ;; esac
      fi
    done
  done; done
done
finish
