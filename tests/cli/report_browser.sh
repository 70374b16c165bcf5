#!/bin/bash
# SPDX-License-Identifier: MIT
# The page of nn-compare --report in Debian's chromium, without a window and without a network: it sorts and filters, and
# says and asks for nothing.
. "$(dirname "$0")/head.sh"
command -v gnuplot > /dev/null && command -v chromium > /dev/null || exit 77
export NN_THREADS=1
nn-fetch -q digits | nn-prep -q --scale 0:1 --split val=20% -o digits.h5 || exit 1
for seed in 1 2 3; do
  for like in pytorch keras; do
    nn-train -q --like $like --seed $seed --model softmax --epochs 2 --test -o $like.$seed.h5 digits.h5 || exit 1
  done
done
nn-compare --report report keras.*.h5 pytorch.*.h5 || exit 1

# browse PAGE[#FRAGMENT]: the page as it stands then in dom, what its console says in err, what was asked for in net.json
browse() {
  timeout 120 chromium --headless=new --no-sandbox --disable-gpu --no-first-run --disable-background-networking \
    --disable-component-update --proxy-server=127.0.0.1:9 --user-data-dir="$work/profile" --log-net-log="$work/net.json" \
    --enable-logging=stderr --virtual-time-budget=5000 --dump-dom "file://$work/$1" > dom 2> err || fail "chromium on $1: $(tail -3 err)"
  [ -s dom ] || fail "chromium gives no page for $1: $(tail -3 err)"
}
console() { grep CONSOLE err; }
# What a page asks for; the browser itself asks Google.
asked() { grep -oE '"(http|https|ws|wss|ftp)://[^"/ ]*' net.json | grep -vE '://[a-z0-9.-]*\.?(google|googleapis|gvt1)\.com' | sort -u; }
runs() { sed -n '/<table id="runs"/,/<\/table>/p' dom | sed 's/<tr/\n&/g' | grep '<tr' | grep -v '<th' | grep -v 'hidden' | sed 's/<[^>]*>/ /g'; }

# A page that does both is noticed.
sed 's,</script>,throw new Error("of the test");</script><img src="http://127.0.0.1:9/x.png">,; s,<meta http-equiv[^>]*>,,' report/index.html > wrong.html
browse wrong.html
console > said && grep -q 'of the test' said || fail "an error in a page is not noticed"
asked | grep -q '127.0.0.1:9' || fail "a page that loads a picture is not noticed"

browse report/index.html
[ -z "$(console)" ] || fail "the console says: $(console)"
[ -z "$(asked)" ] || fail "the page asks for: $(asked)"
[ "$(runs | wc -l)" = 6 ] || fail "$(runs | wc -l) runs are shown, expected 6"
grep -q '6 of 6 runs' dom || fail "the number of runs is not shown"

# Sorted by a metric, the worst first, then the best first; words as words.
for order in ascending descending; do
  browse "report/index.html#sort=runs:test.accuracy:$order"
  [ -z "$(console)" ] || fail "the console says: $(console)"
  runs | awk '{ print $5 }' > shown
  flag= && [ $order = descending ] && flag=-r
  sort -g $flag shown | cmp -s - shown && [ "$(wc -l < shown)" = 6 ] || fail "$order by test.accuracy: $(paste -sd ' ' shown)"
  grep -q "aria-sort=\"$order\"" dom || fail "the head does not say $order"
done
browse 'report/index.html#sort=runs:file:descending'
runs | awk '{ print $4 }' > shown
[ "$(head -1 shown)" = pytorch.3.h5 ] && [ "$(tail -1 shown)" = keras.1.h5 ] || fail "by file: $(paste -sd ' ' shown)"
# A click sorts, a second one the other way round.
for clicks in 1 2; do
  sed "s,^read(location.hash);,&\nfor (let i = 0; i < $clicks; i++) [...document.querySelectorAll('#runs th button')].find(b => b.textContent === 'seed').click();," report/index.html > clicked.html
  browse clicked.html
  runs | awk '{ print $3 }' | paste -sd ' ' > shown
  [ "$(cat shown)" = "$([ $clicks = 1 ] && echo 1 1 2 2 3 3 || echo 3 3 2 2 1 1)" ] || fail "$clicks clicks on seed: $(cat shown)"
done
# Only rows that have all of the words.
browse 'report/index.html#filter=pytorch%202.h5'
[ "$(runs | awk '{ print $4 }')" = pytorch.2.h5 ] && grep -q '1 of 6 runs' dom || fail "the filter shows: $(runs)"
# What is no table, column or word does no harm.
browse 'report/index.html#sort=nothing:there&filter=%E0%A4%A'
[ -z "$(console)" ] && grep -q 'of 6 runs' dom || fail "the console says: $(console)"
exit $failed
