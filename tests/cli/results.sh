#!/bin/bash
# SPDX-License-Identifier: MIT
# What nn-eval and nn-predict write, every other tool reads: each kind of model by each tool. And files that were converted
# alone or with their columns in another order give the same results, because names count.
. "$(dirname "$0")/head.sh"
export NN_THREADS=1
metric() { awk -v name="$1" '$2 == name { print $3 }' out; }

awk 'BEGIN { srand(7); print "u,v,kind,y,big,red"; split("ant bee cow", n, " ")
  for (i = 0; i < 90; i++) { k = i % 3; u = k + rand() / 3; v = 1 - k + rand() / 3
    printf "%.3f,%.3f,%s,%.3f,%d,%d\n", u, v, n[k + 1], u - v, (u > 1), (k == 0) } }' > all.csv
columns() { cut -d, -f"$1" all.csv; }
train() { nn-train -qq --epochs 60 --lr 0.1 --batch 16 "$@" 2> err || fail "nn-train $*: $(cat err)"; }

# Models of every kind: name, layers and loss, columns, how they are converted.
columns 1-3 > classes.csv; nn-convert -qq --label kind classes.csv classes.h5; train --model dense:3 -o classes.m.h5 classes.h5
columns 1,2,4 > regression.csv; nn-convert -qq --target y regression.csv regression.h5; train --model dense:1 -o regression.m.h5 regression.h5
columns 1-4 > labelled.csv; nn-convert -qq --label kind --target y labelled.csv labelled.h5; train --loss mse --model dense:1 -o labelled.m.h5 labelled.h5
columns 1,2,5 > logistic.csv; nn-convert -qq --target big logistic.csv logistic.h5; train --loss bce --model dense:1 -o logistic.m.h5 logistic.h5
columns 1,2,5,6 > independent.csv; nn-convert -qq --target big --target red independent.csv independent.h5
train --loss bce --model dense:2 -o independent.m.h5 independent.h5
nn-prep -qq --one-hot classes.h5 -o hot.h5; train --loss mse --model dense:3 -o hot.m.h5 hot.h5

for kind in classes regression labelled logistic independent hot; do
  status 0 nn-predict -o p.h5 $kind.m.h5 $kind.h5
  status 0 nn-eval -o e.h5 $kind.m.h5 $kind.h5
  for file in p.h5 e.h5; do
    status 0 nn-info $file
    status 0 nn-info --json $file
    jq empty out 2> err || fail "nn-info --json of $kind $file: $(cat err)"
    status 0 nn-info --check $file
    status 0 nn-convert $file $file.csv
    [ "$(wc -l < $file.csv)" -gt 1 ] || fail "nn-convert of $kind $file is empty"
  done
  # What predictions say of accuracy or error is what the metrics say.
  case $kind in regression | labelled) metric=rmse ;; *) metric=accuracy ;; esac
  for file in p.h5 e.h5; do
    status 0 nn-compare --metric $metric $file
    cut -f 2-5 out > compared.$file
    awk -F '\t' 'NR == 2 { exit !($2 == "all runs" && $3 == 1 && $5 + 0 == $5) }' out || fail "nn-compare of $kind $file: $(cat out)"
  done
  paste compared.p.h5 compared.e.h5 | awk -F '\t' 'NR == 2 { d = $4 - $8; exit !(d < 1e-6 && d > -1e-6) }' ||
    fail "nn-compare of $kind: $metric of predictions and of metrics: $(paste compared.p.h5 compared.e.h5)"
  [ "$(wc -l < p.h5.csv)" = 91 ] || fail "nn-convert of $kind predictions has $(wc -l < p.h5.csv) lines"
  case $kind in
    classes | hot)
      for file in p.h5 e.h5; do
        status 0 nn-plot-data confusion $file
        prints '^true	ant	bee	cow$'
      done ;;
    *)
      for file in p.h5 e.h5; do
        status 1 nn-plot-data confusion $file
        says 'confusion matrix'
      done ;;
  esac
  for form in tsv csv json txt; do
    status 0 nn-eval -o r.$form $kind.m.h5 $kind.h5
    [ $form = txt ] || { status 0 nn-predict -o p.$form $kind.m.h5 $kind.h5; [ -s p.$form ] || fail "p.$form is empty"; }
    [ -s r.$form ] || fail "r.$form is empty"
  done
  jq empty p.json r.json 2> err || fail "JSON of $kind: $(cat err)"
  head -1 r.csv | grep -q '^split,metric,value$' || fail "r.csv of $kind is no CSV"
done

# The suffix chooses, --format says otherwise, an unknown one is a usage error.
status 2 nn-predict -o p.xls classes.m.h5 classes.h5; says "'.xls'"; says '\.csv'
status 2 nn-eval -o r.xls classes.m.h5 classes.h5; says '\.json'
[ ! -e p.xls ] || fail 'a refused output was made'
status 0 nn-eval --format csv -o r.xls classes.m.h5 classes.h5
status 0 nn-eval --format text classes.m.h5 classes.h5; prints 'precision    recall  f1-score   support'
status 2 nn-eval --format xls classes.m.h5 classes.h5
for option in --batch=0 --batch=-3 --top=0; do status 2 nn-eval $option classes.m.h5 classes.h5; done
for option in --batch=0 --batch=-3 --top=-1; do status 2 nn-predict $option classes.m.h5 classes.h5; done

# Names count: no ant, another order, another numbering.
status 0 nn-eval classes.m.h5 classes.h5; whole=$(metric 'recall[bee]')
grep -v ',ant$' classes.csv | sort -t, -k3,3r > part; { grep kind part; grep -v kind part; } > part.csv
status 0 nn-convert --label kind --split test part.csv part.h5
status 0 nn-eval classes.m.h5 part.h5
[ "$(metric 'recall[bee]')" = "$whole" ] || fail "recall[bee] $(metric 'recall[bee]') of part.csv, of the whole $whole"
[ "$(metric 'support[ant]')" = 0 ] || fail "part.csv has ants: $(metric 'support[ant]')"
status 0 nn-predict -o part.p.h5 classes.m.h5 part.h5
status 0 nn-plot-data confusion part.p.h5; prints '^true	ant	bee	cow$'
awk -F, -v OFS=, '{ print $3, $2, $1 }' classes.csv > turned.csv
status 0 nn-convert --label kind turned.csv turned.h5
status 0 nn-eval classes.m.h5 classes.h5; cp out straight
status 0 nn-eval classes.m.h5 turned.h5; cmp -s out straight || fail 'columns in another order give other metrics'
sed 's/,cow$/,zebra/' classes.csv > zebra.csv; nn-convert -qq --label kind zebra.csv zebra.h5
status 1 nn-eval classes.m.h5 zebra.h5; says "'zebra'"
status 1 nn-predict classes.m.h5 zebra.h5; says "'zebra'.*--no-labels"
status 0 nn-predict --no-labels classes.m.h5 zebra.h5
sed '1s/^u,/w,/' classes.csv > other.csv; nn-convert -qq --label kind other.csv other.h5
status 1 nn-eval classes.m.h5 other.h5; says "'u'.*'w'"

# Names of features, targets and classes stay: through nn-prep, and through every format that holds them.
names() { nn-info --json "$1" | jq -r '[.features, .targets, .classes] | map(join(",")) | join(" ")'; }
[ "$(names labelled.h5)" = 'u,v y ant,bee,cow' ] || fail "names of labelled.h5: $(names labelled.h5)"
for options in --standardize '--split val=20%,stratify' '--subset train=30' '--fold 2/3' '--standardize --split val=20%,test=10% --seed 3'; do
  nn-prep -qq $options labelled.h5 -o prepared.h5 || fail "nn-prep $options"
  [ "$(names prepared.h5)" = 'u,v y ant,bee,cow' ] || fail "nn-prep $options: $(names prepared.h5)"
done
for format in csv tsv npz npy; do
  nn-convert -qq --to $format labelled.h5 names.$format && nn-convert -qq names.$format names.h5 || fail "names through $format"
  [ "$(names names.h5)" = 'u,v y ant,bee,cow' ] || fail "names through $format: $(names names.h5)"
done

# Labels that the network cannot have are refused by both, before a file of them exists.
awk 'BEGIN { print "u,v,label"; for (i = 0; i < 24; i++) print i ",1," i % 12 }' > twelve.csv; nn-convert -qq --label label twelve.csv twelve.h5
for tool in nn-eval nn-predict; do status 1 $tool -o twelve.p.h5 classes.m.h5 twelve.h5; done
[ ! -e twelve.p.h5 ] || fail 'predictions of unknown labels were written'

# Independent outputs name no class; rows are those of the split.
status 0 nn-predict --top 0 independent.m.h5 independent.h5
prints '^row	target\[big\]	target\[red\]	probability\[big\]	probability\[red\]	predicted_names$'
status 0 nn-predict regression.m.h5 regression.h5; prints '^row	target\[y\]	prediction\[y\]$'
status 2 nn-predict --top 2 regression.m.h5 regression.h5; says 'not classes'
status 0 nn-eval logistic.m.h5 logistic.h5; [ -n "$(metric accuracy)" ] || fail 'no accuracy of a logistic output'
status 0 nn-eval regression.m.h5 regression.h5; [ -n "$(metric r2)" ] || fail 'no r2 of a regression'
nn-prep -q --split val=20 classes.h5 -o split.h5
status 0 nn-predict --split val --rows 3,0 classes.m.h5 split.h5
[ "$(cut -f1 out | tr '\n' ' ')" = 'row 3 0 ' ] || fail "rows 3,0 are shown as $(cut -f1 out | tr '\n' ' ')"

# Progress is drawn when it is asked for.
for tool in nn-eval nn-predict; do status 0 $tool --progress=always classes.m.h5 classes.h5; says '90/90 samples'; done
status 0 nn-eval classes.m.h5 classes.h5; [ ! -s err ] || fail "progress without a terminal: $(cat err)"

# Digits hold 0..16: a copy without that range is told.
nn-fetch -q digits -o digits.h5 && nn-prep -q --scale 0:1 digits.h5 | nn-train -qq --model softmax --epochs 1 -o digits.m.h5
status 0 nn-eval digits.m.h5 digits.h5; [ ! -s err ] || fail "the same range is told: $(cat err)"
nn-convert -qq --to npz digits.h5 lost.npz && nn-convert -qq lost.npz lost.h5
if ! nn-info lost.h5 | grep -q 'values 0 to 16'; then
  for tool in nn-eval nn-predict; do status 0 $tool digits.m.h5 lost.h5; says 'warning: .*0 to 255.*0 to 16'; done
fi
# Predictions as JSON are the same from a file as from the model.
for kind in classes regression labelled logistic independent hot; do
  nn-predict -o again.h5 $kind.m.h5 $kind.h5 && nn-predict --json $kind.m.h5 $kind.h5 > direct.json && nn-convert again.h5 again.json || fail "JSON of $kind"
  cmp -s direct.json again.json || fail "nn-convert of $kind predictions to JSON is not nn-predict --json"
done

# Samples of one class only have no area under the curve, which is said and fails a gate.
awk -F, 'NR == 1 || $3 == "bee"' classes.csv > one.csv; nn-convert -qq --label kind one.csv one.h5
status 0 nn-eval classes.m.h5 one.h5; [ "$(metric auc)" = nan ] || fail "auc of one class: $(metric auc)"
[ "$(metric 'recall[ant]')" = 0 ] || fail "recall of a class without samples: $(metric 'recall[ant]')"
status 3 nn-eval --fail-under auc=0.5 classes.m.h5 one.h5; says 'auc is nan, the condition is at least 0.5'
status 0 nn-eval --json classes.m.h5 one.h5; prints '"auc": null'
status 0 nn-eval -o one.e.h5 classes.m.h5 one.h5; status 0 nn-info --check one.e.h5
status 0 nn-info --json one.e.h5; prints '"auc": null'; prints '"model": "classes.m.h5"'; prints '"data": "one.h5"'
status 0 nn-eval --no-history -o bare.h5 classes.m.h5 one.h5; status 0 nn-info --json bare.h5; prints '"model": null'
nn-predict -qo regression.p.h5 regression.m.h5 regression.h5; status 0 nn-info regression.p.h5; prints ', 1 output$'

# Histories of several files are one table.
status 0 nn-info --history classes.m.h5 regression.m.h5; prints '^file	epoch	loss	accuracy'; prints '^regression.m.h5	60	[0-9.e-]*	nan'
[ "$(grep -c epoch out)" = 1 ] || fail "the header stands $(grep -c epoch out) times"

# Several models as one, of every kind: what they predict is the mean of what each of them does, and what is measured is
# that.
second() { train --seed 2 "${@:2}" -o "$1.m2.h5" "$1.h5"; }
second classes --model dense:3; second regression --model dense:1; second logistic --loss bce --model dense:1
second labelled --loss mse --model dense:1; second independent --loss bce --model dense:2; second hot --loss mse --model dense:3
values='[.[] | if .top_k then (.top_k | sort_by(.class)[] | .probability) else (to_entries[] | select(.key | test("^(prediction|probability)")) | .value) end]'
for kind in classes regression labelled logistic independent hot; do
  for models in "$kind.m.h5" "$kind.m2.h5" "$kind.m.h5 $kind.m2.h5"; do
    status 0 nn-predict --json $models $kind.h5; jq -c "$values" out || fail "JSON of $models"
  done > three
  jq -se '.[2] as $mean | ($mean | length) >= 90 and .[0] != .[1] and
    ([.[0], .[1]] | transpose | map(add / 2) | [., $mean] | transpose | all((.[0] - .[1]) | fabs < 2e-6))' three > out ||
    fail "predictions of two models of $kind are not the mean: $(cut -c1-200 three)"
  status 0 nn-predict -o both.h5 $kind.m.h5 $kind.m2.h5 $kind.h5
  status 0 nn-eval --ensemble -o both.e.h5 $kind.m.h5 $kind.m2.h5 $kind.h5
  case $kind in regression | labelled) metric=rmse ;; *) metric=accuracy ;; esac
  for file in both.h5 both.e.h5; do
    status 0 nn-compare --group-by ensemble --metric $metric $file; awk -F '\t' 'NR == 2 { print $2, $5 }' out
  done > compared
  awk '{ d = $2 - last; last = $2 } $1 != 2 { exit 1 } NR == 2 { exit !(d < 1e-6 && d > -1e-6) }' compared || fail "$metric of two models of $kind: $(cat compared)"
done
status 2 nn-eval --ensemble classes.m.h5 classes.h5; says '--ensemble.*one model'
status 2 nn-eval -o both.e.h5 classes.m.h5 classes.m2.h5 classes.h5; says '--ensemble'
status 1 nn-predict classes.m.h5 regression.m.h5 classes.h5; says 'cannot be averaged'
status 1 nn-predict classes.m.h5 classes.m2.h5; says 'classes.m2.h5.*model'
exit $failed
