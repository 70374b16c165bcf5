# SPDX-License-Identifier: MIT
# Sourced by measure.sh: turns in quiet moments, on a machine whose cores have neighbours that come and go. The rule is the
# same for all that is measured.

# patiently COMMAND...: runs it, which leaves what it measured in $line. With PATIENCE=SECONDS it is run again, for so long,
# until the machine was quiet right before it and right after it. $calm is then 1, or 0 where time was up; without, it is -.
patiently() {
  calm=-
  [ "${PATIENCE:-0}" -gt 0 ] || { "$@"; return; }
  local end=$((SECONDS + PATIENCE))
  while :; do
    until quiet || [ "$SECONDS" -ge "$end" ]; do sleep 0.05; done
    "$@" || return
    calm=0
    if quiet; then calm=1; fi
    if [ "$calm" = 1 ] || [ "$SECONDS" -ge "$end" ]; then return 0; fi
  done
}

# The command $probe prints two speeds; $most are the most of each that it has printed, 85 % of which are quiet enough.
most=(0 0)
quiet() {
  local now i enough=0
  now=$("${probe[@]}") || return
  read -r -a now <<< "$now"
  for i in 0 1; do
    now[i]=${now[i]%.*}
    if ((now[i] > most[i])); then most[i]=${now[i]}; fi
    if ((now[i] * 100 < most[i] * 85)); then enough=1; fi
  done
  return "$enough"
}
# Some seconds of it, to learn what $most is.
listen() {
  local i
  for i in {1..100}; do quiet || true; done
}
