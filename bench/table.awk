# SPDX-License-Identifier: MIT
# The files that measure.sh wrote in `folder` -> one table, Markdown or (tsv=1) tab-separated.
function number(x, digits) { return x == "" || x == "nan" ? "-" : sprintf("%." digits "f", x) }
function rows(name, file, line) {  # next line of a file of the folder into $0, 0 at its end
  return (getline < (folder "/" name)) > 0
}
# Median of the n values v[1..n], which it sorts; the range is v[1] and v[n] then.
function median(v, n, i, j, t) {
  for (i = 2; i <= n; i++) {
    t = v[i]
    for (j = i - 1; j >= 1 && v[j] > t; j--) v[j + 1] = v[j]
    v[j + 1] = t
  }
  return n ? (v[int((n + 1) / 2)] + v[int(n / 2) + 1]) / 2 : "nan"
}
# Rounds of label a over those of label b, paired: median, sets low and high; their medians where no round has both.
function ratio(net, a, b, v, n, r) {
  n = 0
  for (r = 1; r <= round_count[net]; r++)
    if ((net, a, r) in ms && (net, b, r) in ms) v[++n] = ms[net, a, r] / ms[net, b, r]
  t = median(v, n)
  low = v[1]; high = v[n]
  return n || !((net, b, "ms") in result) ? t : result[net, a, "ms"] / result[net, b, "ms"]
}
# A program counts every repetition that it was asked for: what its line says is put right by the turns that count.
function of_rounds(net, label, v, n, r, k) {
  n = 0; k = net SUBSEP label
  for (r = 1; r <= round_count[net]; r++) if ((net, label, r) in ms) v[++n] = ms[net, label, r]
  if (!n) return
  result[k, "ms"] = median(v, n); result[k, "min"] = v[1]; result[k, "max"] = v[n]
  result[k, "rate"] = sprintf("%.0f", result[k, "batch"] / result[k, "ms"] * 1000)
}
function cells(a, n, i, line) {
  line = a[1]
  for (i = 2; i <= n; i++) line = line (tsv ? "\t" : " | ") a[i]
  print tsv ? line : "| " line " |"
}
function head(text, n, a, i, line) {
  n = split(text, a, "|")
  cells(a, n)
  if (tsv) return
  line = "|"
  for (i = 1; i <= n; i++) line = line "---|"
  print line
}
function title(text) { print ""; print (tsv ? "# " : "## ") text; if (!tsv) print "" }
function verdict(value, goal, less) { return goal == "" || value == "nan" ? "" : (less ? value <= goal : value >= goal) ? " (met)" : " (goal " (less ? "<= " : ">= ") goal ")" }
# The rival of least median ms among those that `bf16` allows.
function best_rival(net, bf16, i, label, least, name) {
  least = ""
  for (i = 1; i <= label_count[net]; i++) {
    label = labels[net, i]
    if (label ~ /^ours/ || (!bf16 && label ~ /bf16/)) continue
    if (least == "" || result[net, label, "ms"] < least) { least = result[net, label, "ms"]; name = label }
  }
  return name
}

BEGIN {
  FS = "\t"
  while (rows("machine.tsv")) {
    if ($1 ~ /^gflops /) { split($1, p, " "); if ($2 > gflops[p[2]]) gflops[p[2]] = $2 } else { fact[++facts] = $1; value[facts] = $2; known[$1] = $2 }
  }
  while (rows("work.tsv")) if ($1 != "net") { work[$1] = $3; parameters[$1] = $4 }
  while (rows("goals.tsv")) if ($1 != "net") { goal[$1, "best"] = $2; goal[$1, "usual"] = $3; goal[$1, "floor"] = $4; goal[$1, "bf16"] = known["isa"] ~ /amx/ ? $6 : $5 }
  while (rows("rounds.tsv")) {
    if ($3 > round_count[$1]) round_count[$1] = $3
    if ($5 == "0") { loud[$1, $2, $3] = $4; hurried++ }
    else { ms[$1, $2, $3] = $4; quiet[$1, $2] = 1; if ($5 == "1") calm++ }
  }
  for (k in loud) { split(k, p, SUBSEP); if (!((p[1], p[2]) in quiet)) ms[k] = loud[k] }
  while (rows("results.tsv")) {
    if (!($1 in label_count)) net_names[++net_count] = $1
    labels[$1, ++label_count[$1]] = $2
    k = $1 SUBSEP $2
    result[k, "version"] = $3 " " $4; result[k, "batch"] = $7; result[k, "threads"] = $8
    result[k, "min"] = $9; result[k, "ms"] = $10; result[k, "max"] = $11; result[k, "rate"] = $12
    result[k, "epoch"] = $13; result[k, "start"] = $14; result[k, "rss"] = $15; result[k, "loss"] = $16
    versions[$3 " " $4] = 1
    of_rounds($1, $2)
  }
  print (tsv ? "# " : "# ") "Speed, measured " known["date"]
  if (!tsv) print ""
  print known["processor"] ", " known["threads"] " threads; nn-tools " known["nn-tools"] " (" known["isa"] ")" (known["oneDNN"] ? ", oneDNN " known["oneDNN"] : "") "."
  line = ""
  for (name_of in versions) if (name_of !~ /^nn-tools/) line = line (line ? ", " : "") name_of
  if (line) print "Beside it, in turns: " line "."
  line = ""
  for (n = 1; n <= known["threads"]; n++) if (n in gflops) line = line (line ? ", " : "") sprintf("%.0f GF/s with %d", gflops[n], n)
  print "Multiply-adds of float32 (" known["multiply-adds"] "): " line " thread(s)."
  line = ""
  for (i = 1; i <= facts; i++) if (fact[i] ~ /^triad/) { split(fact[i], p, " "); line = line (line ? ", " : "") sprintf("%.0f at %s MB with %s", value[i], p[2], p[4]) }
  print "Triad, GB/s: " line " thread(s)."

  if (calm + hurried) print "Turns waited for a quiet machine, " known["patience"] " s at most (bench/README.md): " calm " of " calm + hurried " were begun and ended in one; others count only where a program has none of these."

  title("Training: milliseconds a step")
  head("net|what|threads|ms, median (range)|samples/s|time / direct f32 floor|time / ours, paired (range)|epoch s|start s|MB|last loss")
  for (i = 1; i <= net_count; i++) {
    net = net_names[i]
    for (j = 1; j <= label_count[net]; j++) {
      label = labels[net, j]; k = net SUBSEP label
      threads = result[k, "threads"]
      floor = threads in gflops ? work[net] / gflops[threads] : 0
      r = ratio(net, label, "ours f32", v)
      row[1] = net; row[2] = label; row[3] = threads
      row[4] = number(result[k, "ms"], 3) " (" number(result[k, "min"], 3) "-" number(result[k, "max"], 3) ")"
      row[5] = result[k, "rate"]
      row[6] = floor ? number(result[k, "ms"] / floor, 2) : "-"
      row[7] = label == "ours f32" ? "1" : number(r, 2) " (" number(low, 2) "-" number(high, 2) ")"
      row[8] = number(result[k, "epoch"], 3); row[9] = number(result[k, "start"], 2); row[10] = result[k, "rss"]; row[11] = number(result[k, "loss"], 4)
      cells(row, 11)
      delete v
    }
  }

  title("Against the goals")
  head("net|million operations|floor f32, ms|ours f32, ms|/ floor|best rival f32|best rival / ours|PyTorch as usual / ours|ours bf16, ms|best rival in any precision / ours bf16")
  for (i = 1; i <= net_count; i++) {
    net = net_names[i]; n = known["threads"]
    k = net SUBSEP "ours f32"
    floor = work[net] / gflops[n]
    over = result[k, "ms"] / floor
    delete row
    row[1] = net; row[2] = work[net]; row[3] = number(floor, 3); row[4] = number(result[k, "ms"], 3)
    row[5] = number(over, 2) verdict(over, goal[net, "floor"], 1)
    rival = best_rival(net, 0)
    row[6] = rival ? rival ", " number(result[net, rival, "ms"], 3) " ms" : "-"
    r = rival ? ratio(net, rival, "ours f32", v) : "nan"; delete v
    row[7] = number(r, 2) verdict(r, goal[net, "best"], 0)
    r = (net SUBSEP "torch usual" SUBSEP "ms") in result ? ratio(net, "torch usual", "ours f32", v) : "nan"; delete v
    row[8] = number(r, 2) verdict(r, goal[net, "usual"], 0)
    k = net SUBSEP "ours bf16" SUBSEP "ms"
    row[9] = k in result ? number(result[k], 3) : "-"
    rival = best_rival(net, 1)
    r = k in result && rival ? ratio(net, rival, "ours bf16", v) : "nan"; delete v
    row[10] = number(r, 2) verdict(r, goal[net, "bf16"], 0)
    cells(row, 10)
  }

  while (rows("evaluation.tsv")) {
    k = $4 SUBSEP $5 SUBSEP $1
    if (!(k in rates)) order[++evaluations] = k
    rates[k]++; rate[k, rates[k]] = $8; name[k] = $1 " " $2; first[k] = $10; memory[k] = $11
    if (lowest[k] == "" || $7 < lowest[k]) lowest[k] = $7
    if (lowest[k] == "" || $9 < lowest[k]) lowest[k] = $9
    if ($7 > highest[k]) highest[k] = $7
    if ($9 > highest[k]) highest[k] = $9
  }
  if (evaluations) {
    title("Evaluation of the test images: samples a second")
    head("net|batch|what|median (range)|first result, s|MB")
    delete row
    for (i = 1; i <= evaluations; i++) {
      k = order[i]; split(k, p, SUBSEP)
      n = rates[k]
      for (j = 1; j <= n; j++) v[j] = rate[k, j]
      row[1] = p[1]; row[2] = p[2]; row[3] = name[k]; row[4] = sprintf("%.0f (%.0f-%.0f)", median(v, n), lowest[k], highest[k]); row[5] = first[k]; row[6] = memory[k]
      cells(row, 6)
      delete v
    }
  }
  while (rows("start.tsv")) {
    if ($2 == "uncompressed bytes") { size[$1] = $3 / 1e6; continue }
    k = $1 SUBSEP $2
    if (!(k in tries)) torder[++starts] = k
    start[k, ++tries[k]] = $3; if ($4 > used[k]) used[k] = $4
  }
  if (starts) {
    title("nn-train from its start to the end of its first step")
    head("net|data from|s, median (range)|MB|data, MB")
    delete row
    for (i = 1; i <= starts; i++) {
      k = torder[i]; split(k, p, SUBSEP); n = tries[k]
      for (j = 1; j <= n; j++) v[j] = start[k, j]
      m = median(v, n)
      row[1] = p[1]; row[2] = p[2]; row[3] = number(m, 3) " (" number(v[1], 3) "-" number(v[n], 3) ")"; row[4] = used[k]; row[5] = number(size[p[1]], 0)
      cells(row, 5)
      delete v
    }
  }
}
