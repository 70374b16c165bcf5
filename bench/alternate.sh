# SPDX-License-Identifier: MIT
# Sourced by measure.sh: programs that obey --interactive run in turns (A B A B), so that the noise of the machine hits
# all alike. Each is a line LABEL<TAB>COMMAND of standard input.

# alternate NET ROUNDS EPOCH FOLDER: appends to FOLDER/rounds.tsv (net, label, round, ms, calm as in quiet.sh) and
# FOLDER/results.tsv (net, label, result line). EPOCH 1: one whole epoch each as well. What says nothing
# of FOLDER/logs/NET.LABEL.log is left out.
alternate() {
  local net=$1 rounds=$2 epoch=$3 out=$4
  local -a labels=() pids=() reads=() writes=() alive=()
  local label command line i round pipes
  mkdir -p "$out/logs"
  pipes=$(mktemp -d)
  while IFS=$'\t' read -r label command; do
    [ -n "$command" ] || continue
    i=${#labels[@]}
    labels+=("$label")
    mkfifo "$pipes/in$i" "$pipes/out$i"
    bash -c "exec $command --interactive" < "$pipes/in$i" > "$pipes/out$i" 2> "$out/logs/$net.${label// /-}.log" &
    pids+=($!)
    exec {line}> "$pipes/in$i"; writes+=("$line")
    exec {line}< "$pipes/out$i"; reads+=("$line")
    alive+=(0)
    while read -r -u "${reads[i]}" line; do
      [ "$line" = ready ] && { alive[i]=1; break; }
    done
    [ "${alive[i]}" = 1 ] || echo "   $net $label: did not start, see $out/logs/$net.${label// /-}.log" >&2
  done
  # ask I WORD: its answer is in $line, without the word
  ask() {
    echo "$2" >&"${writes[$1]}" || return 1
    while read -r -u "${reads[$1]}" line; do
      case $line in "$2"$'\t'*) line=${line#*$'\t'}; return 0 ;; esac
    done
    alive[$1]=0
    echo "   $net ${labels[$1]}: ended in the middle, see $out/logs" >&2
    return 1
  }
  for ((round = 1; round <= rounds; round++)); do
    for i in "${!labels[@]}"; do
      [ "${alive[i]}" = 1 ] && patiently ask "$i" repeat &&
        printf '%s\t%s\t%s\t%s\t%s\n' "$net" "${labels[i]}" "$round" "$line" "$calm" >> "$out/rounds.tsv"
    done
  done
  for i in "${!labels[@]}"; do
    [ "$epoch" = 1 ] && [ "${alive[i]}" = 1 ] && ask "$i" epoch
  done
  for i in "${!labels[@]}"; do
    if [ "${alive[i]}" = 1 ]; then
      echo quit >&"${writes[i]}"
      while read -r -u "${reads[i]}" line; do
        case $line in *$'\t'"$net"$'\t'*) printf '%s\t%s\t%s\n' "$net" "${labels[i]}" "$line" >> "$out/results.tsv"; break ;; esac
      done
    fi
    line=${writes[i]}; exec {line}>&-
    line=${reads[i]}; exec {line}<&-
    wait "${pids[i]}" 2> /dev/null || true
  done
  rm -rf "$pipes"
}
