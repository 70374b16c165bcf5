#!/bin/bash
# SPDX-License-Identifier: MIT
# nn-train --log: one header, every epoch once, the values of the history, whatever killed the run in between.
. "$(dirname "$0")/head.sh"

nn-fetch glyphs | nn-prep --scale 0:1 --subset train=1500,test=100 --split val=300 -o g.h5 || exit 1
common=(--model 'conv:4,5 bn relu maxpool:2 flatten dense:10' --batch 32 --seed 1 -j 1 -q)
epochs=30
status 0 nn-train "${common[@]}" --epochs $epochs --log whole.tsv -o whole.h5 g.h5
[ "$(head -1 whole.tsv)" = "$(printf 'epoch\tloss\taccuracy\tval_loss\tval_accuracy\tlearning_rate\tseconds')" ] || fail "header: $(head -1 whole.tsv)"
[ "$(cut -f1 whole.tsv | tail -n +2 | tr '\n' ' ')" = "$(seq -s ' ' $epochs) " ] || fail 'epochs of a whole run'
if command -v h5dump > /dev/null; then
  for column in loss val_accuracy seconds; do
    h5dump -d /history/$column -b LE -o raw whole.h5 > /dev/null && od -An -v -w8 -t f8 raw | awk '{ print $1 + 0 }' > truth
    awk -F '\t' -v name=$column 'NR == 1 { for (i = 1; i <= NF; ++i) if ($i == name) c = i; next } { print $c + 0 }' whole.tsv | cmp -s - truth ||
      fail "column $column is not that of /history"
  done
else
  echo 'skipped: no h5dump here'
fi

for suffix in tsv csv jsonl; do
  log=killed.$suffix
  rm -f c.h5
  set -- --log $log
  for pause in 0.2 0.35 0.5; do
    nn-train "${common[@]}" "$@" --epochs $epochs --checkpoint c.h5,every=4 -o killed.h5 g.h5 &
    pid=$!
    while [ ! -e c.h5 ] && kill -0 $pid 2> /dev/null; do sleep 0.05; done
    sleep $pause
    kill -9 $pid 2> /dev/null
    wait $pid 2> /dev/null
    printf '17' >> $log  # a line that was torn
    set -- --resume c.h5 --log $log
  done
  status 0 nn-train "${common[@]}" "$@" --epochs $epochs --checkpoint c.h5,every=4 -o killed.h5 g.h5
  case $suffix in
    tsv) cut -f1-6 killed.tsv ;;
    csv) tr ',' '\t' < killed.csv | cut -f1-6 ;;
    jsonl) head -1 whole.tsv | cut -f1-6
           sed -E 's/"[a-z_]+"://g; s/[{}]//g' killed.jsonl | tr ',' '\t' | cut -f1-6 ;;
  esac > got
  cut -f1-6 whole.tsv | cmp -s - got || { fail "$log after kills and resumes"; diff <(cut -f1-6 whole.tsv) got | head -5; }
done

# A log that begins with the resume has the epochs before; a new run replaces; another run's log is refused and kept.
status 0 nn-train "${common[@]}" --epochs $((epochs + 1)) --checkpoint c.h5 --resume c.h5 --log late.csv -o killed.h5 g.h5
[ "$(wc -l < late.csv)" = $((epochs + 2)) ] || fail "$(wc -l < late.csv) lines in a log that began late"
status 0 nn-train "${common[@]}" --epochs 2 --log late.csv -o other.h5 g.h5
[ "$(wc -l < late.csv)" = 3 ] || fail 'a new run replaces the log'
sed -i 's/^1,/1,9/' late.csv && cp late.csv before
status 1 nn-train "${common[@]}" --checkpoint c.h5 --epochs $((epochs + 2)) --resume c.h5 --log late.csv -o killed.h5 g.h5
says 'late.csv, line 2: .*another run'
cmp -s late.csv before || fail 'a refused log was changed'
status 2 nn-train "${common[@]}" --log log.txt -o n.h5 g.h5
says '\.tsv, \.csv or \.jsonl'
status 1 nn-train "${common[@]}" --log none/log.tsv -o n.h5 g.h5
says 'none'
# A full disk (a limit on the size of files looks like one): one warning, and the model is written all the same.
(trap '' XFSZ; ulimit -f 1; exec nn-train "${common[@]}" --epochs 20 --log full.tsv g.h5) 2> err | cat > full.h5 ||
  fail "a full disk ended the training: $(cat err)"
[ "$(grep -c 'full.tsv: cannot write' err)" = 1 ] || fail "warnings of a full disk: $(cat err)"
[ "$(tail -c 1 full.tsv | od -An -c | tr -d ' ')" = '\n' ] || fail 'a torn line on a full disk'
nn-info full.h5 > /dev/null || fail 'the model of a run whose log met a full disk'
exit $failed
