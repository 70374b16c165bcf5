#!/bin/bash
# SPDX-License-Identifier: MIT
# --if-changed and --depfile: what they write, what they refuse, and that GNU make and ninja do with them what nn-tools(7)
# says: a second run does nothing, and an input that gives the same result rebuilds nothing behind it.
. "$(dirname "$0")/head.sh"

nn-fetch -q iris -o iris.h5
# when FILE: its time stamp and inode; an output that is left as it was has the same ones
when() { stat -c '%i %y' "$1"; }
stays() { local file=$1 before; shift; before=$(when "$file"); status 0 "$@"; [ "$before" = "$(when "$file")" ] || fail "$file was replaced: $*"; }
changes() { local file=$1 before; shift; before=$(when "$file"); status 0 "$@"; [ "$before" != "$(when "$file")" ] || fail "$file was left: $*"; }

# --- the old file stays when the new one is equal: by its digest, whatever the history and the seconds say
nn-prep -q --split val=20% --standardize iris.h5 -o d.h5
stays d.h5 nn-prep --if-changed -v --split val=20% --standardize iris.h5 -o d.h5
says 'd.h5: the content is the same, the file stays as it was'
changes d.h5 nn-prep --split val=20% --standardize iris.h5 -o d.h5
changes d.h5 nn-prep --if-changed --split val=30% --standardize iris.h5 -o d.h5
changes d.h5 nn-prep --if-changed --split val=20% --standardize iris.h5 -o d.h5
train() { nn-train -q --model 'dense:3' --epochs 2 d.h5 "$@"; }
train -o m.h5
stays m.h5 train --if-changed -o m.h5
stays m.h5 train --if-changed -j 1 --no-history -o m.h5
changes m.h5 train --if-changed --seed 1 -o m.h5
changes m.h5 train --if-changed -o m.h5
# an output of that kind that is damaged, of another program, or of another kind is replaced
cp m.h5 whole.h5
size=$(stat -c %s m.h5)
printf '\377\377\377\377' | dd of=m.h5 bs=1 seek=$((size / 2)) conv=notrunc status=none
nn-info --check m.h5 > /dev/null 2>&1 && fail 'the damage does no damage'
changes m.h5 train --if-changed -o m.h5
same m.h5 whole.h5 'a damaged file was kept'
for wrong in iris.h5 /dev/null; do
  cat "$wrong" > m.h5
  changes m.h5 train --if-changed -o m.h5
  same m.h5 whole.h5 "what was $wrong was kept"
done
rm m.h5
status 0 train --if-changed -o m.h5
same m.h5 whole.h5 'a new file is made'
# a link stays one, and a device is written to
ln -s m.h5 link.h5
stays m.h5 train --if-changed -o link.h5
[ -L link.h5 ] || fail 'the link was replaced'
status 0 nn-eval --if-changed m.h5 d.h5 -o /dev/null
# text and foreign files: by their bytes
for form in tsv json h5; do
  nn-eval m.h5 d.h5 -o e.$form
  stays e.$form nn-eval --if-changed m.h5 d.h5 -o e.$form
  nn-predict m.h5 d.h5 -o p.$form
  stays p.$form nn-predict --if-changed m.h5 d.h5 -o p.$form
done
changes p.tsv nn-predict --if-changed --top 1 m.h5 d.h5 -o p.tsv
nn-plot-data history m.h5 -o h.svg
stays h.svg nn-plot-data --if-changed history m.h5 -o h.svg
changes h.svg nn-plot-data --if-changed history m.h5 m.h5 -o h.svg
nn-info m.h5 -o i.txt
stays i.txt nn-info --if-changed m.h5 -o i.txt
nn-info --digest m.h5 d.h5 -o i.txt
[ "$(cat i.txt)" = "$(nn-info --digest m.h5 d.h5)" ] || fail 'nn-info --digest -o'
stays i.txt nn-info --if-changed --digest m.h5 d.h5 -o i.txt
nn-convert -qq --split train d.h5 d.csv
stays d.csv nn-convert -qq --if-changed --split train d.h5 d.csv
nn-convert -q m.h5 m.pth --python m.py
stays m.py nn-convert -q --if-changed m.h5 m.pth --python m.py
stays m.pth nn-convert -q --if-changed m.h5 m.pth
nn-convert -qq d.csv c.h5
stays c.h5 nn-convert -qq --if-changed d.csv -o c.h5
nn-fetch -q glyphs --size 20,10 -o g.h5
stays g.h5 nn-fetch -q --if-changed glyphs --size 20,10 -o g.h5
changes g.h5 nn-fetch -q --if-changed glyphs --size 20,10 --seed 1 -o g.h5
status 2 nn-convert -q --if-changed g.h5 folder --to png
says 'format png writes a folder'

# --- what is refused
for option in --if-changed '--depfile d.d'; do
  status 2 nn-prep $option iris.h5
  says "${option% *} is about the file that is written: name it with -o FILE"
  status 2 nn-info $option iris.h5
  status 2 nn-eval $option m.h5 d.h5 -o -
  status 2 nn-convert $option d.h5 --to csv
done
status 2 nn-prep --if-changed --no-clobber iris.h5 -o x.h5
says 'exclude each other'
status 2 nn-prep --depfile - iris.h5 -o x.h5
status 2 nn-prep --depfile x.h5 iris.h5 -o x.h5
says 'one file'
status 2 nn-prep --depfile iris.h5 iris.h5 -o x.h5
status 1 nn-prep --depfile none/x.d iris.h5 -o x.h5
for name in $'a\nb.h5' 'a;b.h5' 'a=b.h5' 'a%b.h5' 'a?b.h5' '~a.h5' 'a\'; do
  status 2 nn-prep --depfile x.d iris.h5 -o "$name"
  says 'make has no way to write the name'
  [ ! -e "$name" ] || fail "$name was made all the same"
done
status 1 nn-prep --depfile x.d none.h5 -o x.h5
[ ! -e x.d ] || fail 'a depfile of nothing'
status 0 nn-train -n --model dense:3 --depfile x.d -o x.h5 d.h5
[ ! -e x.d ] || fail 'a depfile of a dry run'

# --- what it holds: all inputs, once each, those of options, too
holds() { [ "$(cat x.d)" = "$1" ] || fail "the depfile is '$(cat x.d)', expected '$1'"; }
echo 'dense:3' > net.nn
printf '0\t1\n1\t1\n2\t2\n' > w.tsv
printf 'epochs = 1\n' > c.conf
status 0 nn-train -q --config c.conf --model net.nn --class-weight w.tsv --init m.h5 --depfile x.d -o x.h5 d.h5
holds 'x.h5: d.h5 net.nn m.h5 w.tsv c.conf'
status 0 nn-train -q --model net.nn --epochs 1 --depfile x.d -o x.h5 < d.h5
holds 'x.h5: net.nn'
status 0 nn-eval m.h5 d.h5 --depfile x.d -o x.tsv
holds 'x.tsv: m.h5 d.h5'
nn-train -q --model net.nn --epochs 1 --checkpoint k.h5 -o x.h5 d.h5
status 0 nn-train -q --resume k.h5 --epochs 2 --depfile x.d -o x.h5  # the data as the checkpoint names them
grep -q ' k.h5' x.d && grep -q ' d.h5' x.d || fail "of a resumed run: $(cat x.d)"
printf 'setosa\nversicolor\nvirginica\n' > names.txt
status 0 nn-convert -qq d.csv --classes names.txt x.h5 --depfile x.d
holds 'x.h5: d.csv names.txt'
nn-convert -q g.h5 png --to png
nn-convert -q png x.h5 --depfile x.d
for file in png $(find png -mindepth 1); do
  grep -q " $file\( \|$\)" x.d || fail "$file, in a folder that is read, is not in the depfile"
done
status 0 nn-fetch -q --depfile x.d -o x.h5 iris
holds 'x.h5:'
status 3 nn-eval --fail-under accuracy=1 m.h5 d.h5 --depfile x.d -o x.tsv
holds 'x.tsv: m.h5 d.h5'
cp d.h5 lr=1.h5
status 0 nn-eval m.h5 lr=1.h5 --depfile x.d -o x.tsv
holds 'x.tsv: m.h5 lr=1.h5'

# --- names that both programs need behind backslashes: each takes them from the depfile as they are
odd=('a b.h5' 'a#b.h5' 'a$b.h5' 'a:b.h5' 'a\b.h5' 'a\ b.h5' "a'b.h5" 'a"b.h5' 'a,b@+.h5' 'ä.h5' '%.h5')
for name in "${odd[@]}"; do
  cp d.h5 "$name"
  status 0 nn-eval m.h5 "$name" --depfile x.d -o x.tsv
  printf 'x.tsv:\n\t@echo made\ninclude x.d\n' > odd.mk
  touch -d '-2 hours' "$name" m.h5
  touch -d '-1 hour' x.tsv x.d
  make -s -q -f odd.mk x.tsv > out 2>&1 || fail "make would rebuild, with $(cat x.d): $(cat out)"
  touch "$name"
  [ "$(make -s -f odd.mk x.tsv 2>&1)" = made ] || fail "make does not see $name in $(cat x.d)"
  case $name in *[\'\"]*) rm "$name"; continue ;; esac  # ninja has no way to read those
  if command -v ninja > /dev/null; then
    printf 'rule r\n  command = cp saved.d x.d && touch x.tsv\n  depfile = x.d\nbuild x.tsv: r\n' > odd.ninja
    cp x.d saved.d
    touch -d '-1 hour' "$name"
    rm -rf .ninja_log x.tsv
    ninja -f odd.ninja > out 2>&1 || fail "ninja, with $(cat x.d): $(cat out)"
    ninja -f odd.ninja | grep -q 'no work' || fail "ninja would rebuild, with $(cat x.d)"
    touch -d '+1 hour' "$name"
    ninja -n -f odd.ninja | grep -q '1/1' || fail "ninja does not see $name in $(cat x.d)"
  fi
  rm "$name"
done

# --- a chain of three under make: what nn-tools(7) shows
mkdir chain && cd chain || exit 1
cp ../iris.h5 raw.h5
cat > Makefile <<'END'
e.tsv: m.h5 d.h5
	@echo eval >> log
	@nn-eval m.h5 d.h5 -o $@
m.h5: d.h5
	@echo train >> log
	@nn-train -q --model dense:3 --epochs 1 -o $@ d.h5
d.h5: d.d ;
d.d: raw.h5
	@echo prep >> log
	@nn-prep -q --if-changed --split val=20% --depfile $@ -o d.h5 raw.h5
END
ran() { [ "$(tr '\n' ' ' < log)" = "$1" ] || fail "$2: ran '$(tr '\n' ' ' < log)', expected '$1'"; : > log; }
later() { sleep 0.02; touch "$1"; }
make -s > out 2>&1 || fail "$(cat out)"
ran 'prep train eval ' 'from nothing'
make -s && ran '' 'a second time'
later raw.h5
make -s && ran 'prep ' 'an input with the same result'
make -s && ran '' 'once more'
sleep 0.02
nn-prep -q --subset train=100 ../iris.h5 -o raw.h5
make -s && ran 'prep train eval ' 'an input with another result'
make -s && ran '' 'and once more'

# --- under ninja
if command -v ninja > /dev/null; then
  rm -f d.h5 m.h5 e.tsv d.d log
  cat > build.ninja <<'END'
rule prep
  command = echo prep >> log && nn-prep -q --if-changed --split val=20% --depfile $out.d -o $out raw.h5
  depfile = $out.d
  deps = gcc
  restat = 1
rule train
  command = echo train >> log && nn-train -q --model dense:3 --epochs 1 --depfile $out.d -o $out d.h5
  depfile = $out.d
  deps = gcc
build d.h5: prep
build m.h5: train | d.h5
default m.h5
END
  ninja > out 2>&1 || fail "$(cat out)"
  ran 'prep train ' 'ninja, from nothing'
  ninja > out && ran '' 'ninja, a second time'
  later raw.h5
  ninja > out && ran 'prep ' 'ninja, an input with the same result'
  ninja > out && ran '' 'ninja, once more'
  sleep 0.02
  nn-prep -q --subset train=90 ../iris.h5 -o raw.h5
  ninja > out && ran 'prep train ' 'ninja, an input with another result'
else
  echo 'skipped: ninja is not there'
fi
exit $failed
