#!/bin/bash
# SPDX-License-Identifier: MIT
# nn-info --replay: scripts and makefiles rebuild files of every tool from what these record, with other shells, other
# names and odd words; --verify does the same and says so; what cannot be rebuilt is one clear line.
. "$(dirname "$0")/head.sh"
export TMPDIR=$work/tmp
mkdir "$TMPDIR"
empty() { [ -z "$(ls -A "$TMPDIR")" ] || fail "$1 left $(ls -A "$TMPDIR")"; }

# rebuilds FILE [INPUT...]: script, makefile and --verify give the digest of FILE, under the name $as where it is another
rebuilds() {
  local file=$1 name
  name=${as:-$(basename "$file")}
  status 0 nn-info --replay "$@"
  cp out r.sh
  sh -n r.sh || fail "$file: the shell does not read the script"
  rm -rf again && mkdir again
  (cd again && sh ../r.sh "$work" > ../said 2>&1) || fail "$file: its script ended with $?: $(cat said)
$(sed '1,/^for file/d' r.sh)"
  same "$file" "again/$name" 'the script rebuilt something else'
  status 0 nn-info --replay --makefile "$@" -o r.mk
  rm -rf made && mkdir made
  (cd made && make -s -f ../r.mk inputs="$work" > ../said 2>&1 && make -s -f ../r.mk inputs="$work" check) || fail "$file: its makefile ended with $?: $(cat said)
$(cat r.mk)"
  same "$file" "made/$name" 'the makefile rebuilt something else'
  (cd made && make -q -f ../r.mk inputs="$work") || fail "$file: make would rebuild it again"
  status 0 nn-info --replay --verify "$@"
  prints "$name: the same, $(nn-info --digest "$file" | cut -c1-64)"
  empty "--verify $file"
}

# --- a pipeline: each step has a file, those too that went through pipes
nn-fetch -q iris | nn-prep -q --split val=20%,stratify --standardize | tee d.h5 | nn-train -q --model 'dense:8 relu dense:3' --epochs 2 -o m.h5
for file in d.h5 m.h5; do rebuilds $file; done
[ "$(grep -c '^# Step' r.sh)" = 3 ] || fail "three commands: $(cat r.sh)"
nn-eval m.h5 d.h5 -o e.h5
nn-predict m.h5 d.h5 -o p.h5
nn-eval m.h5 - -o e2.h5 < d.h5
nn-predict --split test m.h5 -o p2.h5 < d.h5
nn-fetch -q iris | nn-eval --format h5 --fail-under accuracy=1 m.h5 -o - > e3.h5
for file in e.h5 p.h5 e2.h5 p2.h5 e3.h5; do rebuilds $file; done
nn-train -q --model dense:3 --epochs 1 -o n2.h5 d.h5
nn-predict m.h5 n2.h5 d.h5 -o both.h5
rebuilds both.h5
mv m.h5 renamed.h5  # it is not read: it is rebuilt
rebuilds renamed.h5
rebuilds e.h5
mv renamed.h5 m.h5
# in place, and one name for several files
cp d.h5 x.h5
nn-prep -q --subset train=50 -o x.h5 x.h5
nn-prep -q --subset train=40 -o x.h5 x.h5
mkdir sub
(cd sub && nn-prep -q --subset train=30 -o x.h5 ../x.h5)
rebuilds sub/x.h5
grep -q ' x-2.h5' r.sh || fail "files of one name: $(cat r.sh)"

# --- checkpoints, the best model, models to begin with
nn-train -q --model dense:3 --epochs 2 --checkpoint c.h5 --save-best b.h5 --log l.tsv -o t.h5 d.h5
rebuilds c.h5
rebuilds b.h5
cp c.h5 c2.h5
as=c.h5 rebuilds c2.h5
cp c.h5 go.h5
nn-train -q --resume go.h5 --epochs 4 -o t4.h5
rebuilds t4.h5
rebuilds c.h5 # which the resumed run went on writing
nn-train -q --resume c.h5 --epochs 5 --checkpoint c.h5 -o t5.h5 d.h5
rebuilds c.h5
nn-train -q --resume c.h5 --epochs 6 -o t6.h5
rebuilds t6.h5
rebuilds c.h5
nn-train -q --resume c.h5 --epochs 7 --checkpoint other.h5 -o t7.h5
rebuilds other.h5
rebuilds b.h5
mkdir runs
nn-train -q --init b.h5 --model 'dense:3 relu dense:3' --init-except dense2 --freeze dense1 --epochs 1 --checkpoint runs/i.h5 -o runs/j.h5 d.h5
rebuilds runs/j.h5
as=runs/i.h5 rebuilds runs/i.h5
nn-train -q --init runs/j.h5 --epochs 1 -o i.h5 d.h5
rebuilds i.h5
nn-train -q --init t.h5 --model 'dense:3' --epochs 1 -o i2.h5 < x.h5
rebuilds i2.h5
# a run that was stopped: its checkpoint is another, the result is not
nn-train -q --model 'dense:16 relu dense:3' --epochs 30 --time-limit 0.01s --checkpoint s.h5 -o s1.h5 d.h5 2> err
[ $? = 75 ] || fail "the run was not stopped: $(cat err)"
cp s.h5 stopped.h5
nn-train -q --resume s.h5 --time-limit 1h -o s2.h5
rebuilds s2.h5
grep -q 'another checkpoint' out || fail "nothing is said of the stopped run: $(cat out)"
status 3 nn-info --replay --verify stopped.h5
prints 's.h5: differs'

# --- files of other programs: known by their bytes, whatever their names have become
nn-convert -qq --split train d.h5 'a table.csv'
printf 'versicolor\nsetosa\nvirginica\n' > names.txt
nn-convert -qq --title "it's \"\$HOME\" \$(touch evil) \`touch evil\` % # \\ ; *" --classes names.txt 'a table.csv' csv.h5
rebuilds csv.h5
[ -z "$(find . -name evil)" ] || fail 'a word of the file was run'
sed 's/setosa/virginica/' 'a table.csv' > kept.csv
nn-convert -qq kept.csv k.h5
mv kept.csv other.csv
status 0 nn-info --replay k.h5
prints 'recorded as kept.csv'
rebuilds k.h5
rm -rf away && mkdir away
mv other.csv away
rebuilds k.h5 away/other.csv
status 1 nn-info --replay --verify k.h5
says 'step 1 of 1 (nn-convert) reads kept.csv, SHA-256 .*neither in the folder of the file nor among the files named behind it'
status 0 nn-info --replay k.h5
prints 'kept.csv: not found'
echo 1,2,3 >> away/other.csv
status 1 nn-info --replay --verify k.h5 away/other.csv
rebuilds_folder() {
  nn-convert -q "$1" f.h5 && rebuilds f.h5
}
nn-fetch -q digits | nn-prep -q --subset train=20,test=10 -o g.h5
nn-convert -q g.h5 png --to png && rebuilds_folder png
nn-convert -q g.h5 idx --to idx && rebuilds_folder idx/train-images-idx3-ubyte.gz
nn-convert -qq m.h5 m.pth
nn-convert -qq --layers 'dense:8 relu dense:3' m.pth pth.h5 && rebuilds pth.h5
nn-train -q --init m.pth --model 'dense:8 relu dense:3' --epochs 1 -o ip.h5 d.h5 && rebuilds ip.h5
printf '0\t1\n1\t1\n2\t2\n' > 'class weights.tsv'
printf 'dense:3 # a comment\n' > net.nn
nn-train -q --model net.nn --class-weight 'class weights.tsv' --epochs 1 -o w.h5 d.h5
rebuilds w.h5
# what was on standard input and is not ours is not known
nn-convert -qq - stdin.h5 < 'a table.csv'
status 1 nn-info --replay stdin.h5
says 'nn-convert: it read standard input that was no file of nn-tools: what it was is not recorded'

# --- words with everything in them
nn-train -q --model "$(printf "dense:4 # it's\nrelu\ndense:3")" --epochs 1 -o ./-dash.h5 d.h5
rm -rf again; mkdir again
nn-info --replay ./-dash.h5 > r.sh && (cd again && sh ../r.sh "$work") > said 2>&1 || fail "a line end in a word: $(cat said)"
same ./-dash.h5 again/_-dash.h5 'a name with a dash in front'
nn-info --replay --makefile ./-dash.h5 > r.mk && (cd again && rm -f ./* && make -s -f ../r.mk inputs="$work") > said 2>&1 || fail "a line end in a word, make: $(cat said)"
same ./-dash.h5 again/_-dash.h5 'a name with a dash in front'
printf '# settings\nepochs = 1\nlr = 0.01\nno-such = 1\n' > c.conf
sed -i '/no-such/d' c.conf
nn-train -q --config c.conf --model dense:3 --lr 0.02 -o "a b'c.h5" d.h5
rm c.conf
status 0 nn-info --replay --verify "a b'c.h5"
mv "a b'c.h5" conf.h5
rebuilds conf.h5
nn-fetch -q --mirror "http://user:secret@127.0.0.1:1/'" iris -o mirror.h5
status 0 nn-info --replay mirror.h5
prints 'Left out: --mirror'
! grep -q '127.0.0.1' out || fail 'a server that a file names is asked'
rebuilds mirror.h5
nn-fetch -q glyphs --size 30,10 --seed 3 -o glyphs.h5
rebuilds glyphs.h5

# --- what differs, and what is said of other programs
NN_ISA=portable nn-train -q --model 'conv:4,3 relu flatten dense:10' --epochs 2 -o isa.h5 g.h5
if [ "$(NN_ISA=portable nn-info --digest isa.h5 | cut -c1-64)" = "$(nn-train -q --model 'conv:4,3 relu flatten dense:10' --epochs 2 -o isa2.h5 g.h5; nn-info --digest isa2.h5 | cut -c1-64)" ]; then
  echo 'skipped: this machine computes as portable does'
else
  status 0 nn-info --replay isa.h5
  prints '^# warning: computed with portable, this machine uses .*; the result may differ$'
  status 3 nn-info --replay --verify isa.h5
  says 'warning: step 3 of 3 (nn-train): computed with portable'
  prints '^step 3 of 3 (nn-train): isa.h5: differs, '
  NN_ISA=portable rebuilds isa.h5
fi
# scripts replace nothing
rm -rf again; mkdir again; nn-info --replay m.h5 > r.sh
echo mine > again/m.h5
(cd again && sh ../r.sh "$work") > said 2>&1 && fail 'a file was replaced'
grep -q 'm.h5: is there already' said || fail "said: $(cat said)"
[ "$(cat again/m.h5)" = mine ] && [ "$(ls again)" = m.h5 ] || fail 'the folder was touched'

# --- no record
nn-fetch -q --no-history iris -o n.h5
status 1 nn-info --replay n.h5
says 'n.h5: cannot be replayed: .*no record of commands'
nn-train -q --model dense:3 --epochs 1 --no-history -o n.h5 d.h5
status 1 nn-info --replay n.h5
says 'n.h5: cannot be replayed: the command that made it was run with --no-history; its record is of what that command read'
nn-fetch -q --no-history --seed 7 --size 20,10 glyphs | nn-prep -q --scale 0:1 -o half.h5
status 0 nn-info --replay half.h5
prints 'standard-input.h5: not found'
status 1 nn-info --replay --verify half.h5
nn-fetch -q --no-history --seed 7 --size 20,10 glyphs -o unknown.h5
rebuilds half.h5

# what the record stands for is of the inputs: such a file is an input, known by its digest
status 1 nn-info --replay n.h5
nn-prep -q --no-history --subset train=30 -o nd.h5 d.h5
status 1 nn-info --replay nd.h5
says 'the command that made it was run with --no-history'
nn-eval -o ne.h5 n.h5 d.h5
rebuilds ne.h5
grep -q '^nn-eval -o ne.h5 n.h5 d.h5$' r.sh || fail "the model is another file: $(grep nn-eval r.sh)"
nn-train -q --model dense:3 --epochs 1 -o nm.h5 nd.h5
rebuilds nm.h5
[ "$(grep -c '^# Step' r.sh)" = 1 ] || fail "one step is known: $(cat r.sh)"
# files of other programs have none
status 1 nn-info --replay m.pth
says 'm.pth: cannot be replayed: a file of another program, which holds no record of commands'
gzip -dc "$source_dir/tests/golden/keras_models/joined.h5.gz" > keras.h5
for file in keras.h5 "$source_dir/tests/golden/keras_models/joined.keras"; do
  status 1 nn-info --replay "$file"
  says 'a file of another program, which holds no record of commands'
done

# --- names that files hold: of --init, and in checkpoints
nn-train -q --init ./b.h5 --epochs 1 -o bi.h5 d.h5
rebuilds bi.h5
mkdir -p d2
(cd d2 && nn-train -q --init ../b.h5 --epochs 1 --checkpoint ck.h5 -o up.h5 ../d.h5)
status 0 nn-info --replay --verify d2/up.h5
prints 'up.h5: the same but for the name of --init that it holds'
status 0 nn-info --replay --verify d2/ck.h5
prints 'ck.h5: the same but for the command that it holds, with names of files'
status 0 nn-info --replay d2/up.h5
cp out r.sh
rm -rf again && mkdir again
(cd again && sh ../r.sh "$work") > said 2>&1 || fail "the name of --init: $(cat said)"
grep -q 'up.h5: holds another name of --init' said || fail "said: $(cat said)"

# --- interruptions leave nothing
nn-info --replay --verify e.h5 2> err | head -n 1 > out
empty 'a reader that ended'
nn-train -q --model 'dense:256 relu dense:256 relu dense:3' --epochs 1500 -o long.h5 d.h5
for signal in INT TERM; do
  got=0
  set -m  # a background job that heeds INT
  nn-info --replay --verify long.h5 > out 2> err &
  set +m
  running=$!
  # not before its training has begun, which takes a second or more
  for _ in $(seq 200); do
    pgrep -f 'nn-train .*long\.h5' > /dev/null && break
    sleep 0.05
  done
  kill -$signal $running
  wait $running || got=$?
  case $got in 130 | 143) ;; *) fail "after $signal it ended with $got: $(cat err out)" ;; esac
  empty "$signal"
done
pgrep -f "$TMPDIR" > out && fail "what it started still runs: $(cat out)"

# --- usage
status 2 nn-info --makefile m.h5
status 2 nn-info --verify m.h5
status 2 nn-info --replay --verify --makefile m.h5
status 2 nn-info --replay --json m.h5
status 2 nn-info --replay --digest m.h5
exit $failed
