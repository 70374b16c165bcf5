# SPDX-License-Identifier: MIT
# Sourced by measure.sh: turns in quiet moments, on a machine whose cores have neighbours that come and go. The rule is the
# same for all that is measured.

# patiently COMMAND...: runs it, which leaves what it measured in $line. With PATIENCE=SECONDS it is run again, for so long,
# until the machine was quiet right before it and right after it. $calm is then 1, or 0 where time was up; without, it is -.
patience=${PATIENCE:-0}
patiently() {
  calm=-
  [ "$patience" -gt 0 ] || { "$@"; return; }
  local end=$((SECONDS + patience))
  while :; do
    until quiet || [ "$SECONDS" -ge "$end" ]; do sleep 0.05; done
    "$@" || return
    if quiet; then calm=1; return; fi
    calm=0
    [ "$SECONDS" -lt "$end" ] || return 0
  done
}

# The command $probe prints two speeds; $most are the most of each that it has printed, 85 % of which are quiet enough.
most=(0 0)
quiet() {
  local now i loud=0
  now=$("${probe[@]}") || return
  read -r -a now <<< "$now"
  for i in 0 1; do
    now[i]=${now[i]%.*}
    if ((now[i] > most[i])); then most[i]=${now[i]}; fi
    if ((now[i] * 100 < most[i] * 85)); then loud=1; fi
  done
  return "$loud"
}
# Some seconds of it, to learn what $most is.
listen() {
  local i
  for i in {1..100}; do quiet || true; done
}
