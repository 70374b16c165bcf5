#!/bin/bash
# SPDX-License-Identifier: MIT
# nn-compare --report: what the folder holds, that names from files are escaped, and that it appears whole or not at all.
. "$(dirname "$0")/head.sh"
command -v gnuplot > /dev/null || exit 77
export NN_THREADS=1
nn-fetch -q digits | nn-prep -q --scale 0:1 --split val=20% -o digits.h5 || exit 1
for seed in 1 2 3; do
  for like in pytorch keras; do
    nn-train -q --like $like --seed $seed --model softmax --epochs 2 --test -o $like.$seed.h5 digits.h5 || exit 1
  done
done
mv keras.3.h5 "<b>&'\"|\`*.h5"
files=(pytorch.[123].h5 keras.[12].h5 "<b>&'\"|\`*.h5")

# A page with everything in it, and the same as Markdown.
status 0 nn-compare --report report "${files[@]}"
[ ! -s out ] || fail "beside the report it prints: $(head -3 out)"
[ "$(cd report && echo *)" = "curves.svg index.html report.md strip.svg time.svg" ] || fail "the folder holds: $(ls report)"
page=report/index.html
for text in '<title>test.accuracy by like</title>' '&lt;b&gt;&amp;' '3 pairs of runs\|better by\|worse by' 'nn-train -q --like keras --seed 2' \
  'nn-prep -q --scale 0:1' '<td class="word">HDF5 ' 'prefers-color-scheme: dark' '@media print' "nn-compare --report report"; do
  grep -q -e "$text" $page || fail "no '$text' in $page"
done
! grep -q '<b>' $page || fail "a name is not escaped in $page: $(grep -m1 '<b>' $page)"
[ "$(grep -c '^<svg ' $page)" = 3 ] || fail "$(grep -c '^<svg ' $page) pictures in $page, expected 3"
[ -z "$(grep -o " id=['\"][^'\"]*" $page | sort | uniq -d)" ] || fail "a name stands twice in $page: $(grep -o " id=['\"][^'\"]*" $page | sort | uniq -d | head -3)"
[ -z "$(grep -oE "(src|href)=['\"]?[a-z]*:[^'\" >]*" $page | grep -v '=["'"'"']*data:')" ] || fail "$page points outside"
for text in '!\[.*\](curves.svg)' '!\[.*\](strip.svg)' '^| keras | 3 | ' '\\<b>&' '^```*sh$' '^## Versions$'; do
  grep -q -e "$text" report/report.md || fail "no '$text' in report.md"
done
digest=$(nn-info --digest keras.1.h5 | cut -c1-64)
grep -q "$digest" $page && grep -q "$digest" report/report.md || fail "the digest of keras.1.h5 is not in the report"

# The same files give the same report, which replaces the old one; -o writes the comparison as well.
cp -r report before
status 0 nn-compare --report report/ -o table.tsv "${files[@]}"
grep -q '^metric	' table.tsv || fail "no table: $(head -2 table.tsv)"
cp -r report after
sed -i 's/^\(<pre><code>\)*nn-compare --report.*//' before/*.* after/*.*
diff -r before after > diff || fail "another report of the same files: $(head -5 diff)"
status 0 nn-compare --report one pytorch.1.h5
grep -q 'of one run there is no interval' one/strip.svg || fail "strip.svg does not say that one run has no interval"
for run in "${files[@]}"; do
  nn-eval -o "e.$run" "$run" digits.h5 && nn-predict -o "p.$run" "$run" digits.h5 || exit 1
done
status 0 nn-compare --report metrics e.*.h5
[ "$(cd metrics && echo *.svg)" = "classes.svg confusion.svg strip.svg time.svg" ] || fail "of metrics there are: $(ls metrics)"
status 0 nn-compare --report predictions p.*.h5
[ "$(cd predictions && echo *.svg)" = "classes.svg confusion.svg reliability.svg strip.svg time.svg" ] || fail "of predictions there are: $(ls predictions)"
# Names of groups in pictures are text, too.
cp e.pytorch.1.h5 '<img src=x onerror=alert(1)>.h5' && cp e.pytorch.2.h5 ']]>--><script>alert(2)'"'"'.h5'
status 0 nn-compare --report odd --group-by file '<img src=x onerror=alert(1)>.h5' ']]>--><script>alert(2)'"'"'.h5'
grep -q '<text>&lt;img src=x' odd/index.html || fail "the name of a group is not in the pictures"
[ "$(grep -o '<img\|<script' odd/index.html)" = '<script' ] || fail "a name of a group is not escaped"
! grep -q ']]>' odd/*.svg || fail "an SVG has ]]>: $(grep -m1 ']]>' odd/*.svg)"
touch -d 2020-01-01 report/index.html
status 0 nn-compare --report report --if-changed -o table.tsv "${files[@]}"
[ "$(date -r report/index.html +%Y)" != 2020 ] || fail "another command line is another report"
touch -d 2020-01-01 report/index.html
status 0 nn-compare --report report --if-changed -o table.tsv "${files[@]}"
[ "$(date -r report/index.html +%Y)" = 2020 ] || fail "--if-changed does not leave an equal report"
mkdir empty && status 0 nn-compare --report empty "${files[@]}"

# What else stands there is left alone.
mkdir mine && echo text > mine/notes.txt
status 1 nn-compare --report mine "${files[@]}"
says 'nn-compare: mine: holds notes.txt, which no report has'
[ "$(cat mine/notes.txt)" = text ] || fail "mine/notes.txt was changed"
mkdir page && echo '<html>' > page/index.html
status 1 nn-compare --report page "${files[@]}"
says 'page: is no report of nn-compare'
status 1 nn-compare --report table.tsv "${files[@]}"
says 'table.tsv: is a file, expected a folder'
status 1 nn-compare --no-clobber --report report "${files[@]}"
says 'report: exists already, and --no-clobber was given'
status 1 nn-compare --report no/such "${files[@]}"
says 'no/such: there is no folder .*/no to make it in'
status 2 nn-compare --report . "${files[@]}"
says 'expected the name of a folder'
status 2 nn-compare --report report --json "${files[@]}"
says '--format and --json have no effect with --report'
status 2 nn-compare --report report --keys "${files[@]}"
says '--report and --keys exclude each other'

# A report that fails leaves the old one.
cp -r report before2
status 1 nn-compare --report report pytorch.1.h5 no-such.h5
mkdir bin && ln -s "$(command -v nn-compare)" bin/
status 1 env PATH="$PWD/bin" nn-compare --report report "${files[@]}"
says 'gnuplot is not installed'
diff -r before2 report > diff || fail "a report that failed changed the old one: $(head -5 diff)"
left=$(find . -name '.*.tmp')
[ -z "$left" ] || fail "left behind: $left"
exit $failed
