#!/bin/sh
# Checks a job's results and summarises their numbers. The job fails in words where a check does.
#
# A module for `postprocessing`. POSIX sh and awk.
#
#     modules:
#       postprocessing:
#         1: {module: check_results.sh, execution: sh check_results.sh}
#     output: [result.txt, summary.txt, summary.json]
#     kwargs:
#       check_results:               # one, or a list; without it: each `output` of the manifest that is not optional
#         - path: "result.*"         # a path or a glob
#           count: 15                # so many files must fit it
#           pattern: "^converged"    # a line of each file must match (extended regular expression)
#           forbid: "NaN|ERROR"      # no line may
#           lines: 100               # each file has at least so many
#           columns: [1, 3]          # count, min, max and mean of these columns, over all the files
#           separator: ","           # default: blanks
#         - {path: extra.log, optional: true}
#
# Each file must be there and not be empty. Leaves summary.txt and summary.json in the working directory, also where a
# check fails, and prints the job unchanged.

# The same bytes and the same decimal point everywhere.
LC_ALL=C
export LC_ALL
if [ $# -gt 0 ]; then
  job=$1
else
  job=$(cat)
fi
# What the manifest's own outputs would find of an earlier try.
rm -f summary.txt summary.json
# shellcheck disable=SC2016 # a program of awk
printf '%s\n' "$job" | awk '
{ text = text $0 "\n" }
END {
  at = 1
  value("")
  n = listed("kwargs.check_results")
  if (n > 0) for (i = 1; i <= n; i++) check(entry("kwargs.check_results", i))
  else {
    n = listed("output")
    for (i = 1; i <= n; i++) if (!skipped(entry("output", i))) check(entry("output", i))
  }
  report()
  exit failed > 0
}

# ---- JSON: the values by path, as in kwargs.check_results.1.path; kind[path] is map, list, text or word

function value(path,   c) {
  blanks()
  c = substr(text, at, 1)
  if (c == "{") members(path, "map", "}")
  else if (c == "[") members(path, "list", "]")
  else if (c == "\"") { kind[path] = "text"; json[path] = string() }
  else {
    match(substr(text, at, 400), /^[^][{},: \t\r\n]+/)
    kind[path] = "word"
    json[path] = substr(text, at, RLENGTH)
    at += RLENGTH
  }
}
function members(path, what, close_,   key, count, c) {
  kind[path] = what
  count = 0
  at++
  blanks()
  while (at <= length(text) && substr(text, at, 1) != close_) {
    key = ++count
    if (what == "map") { key = string(); blanks(); at++ }
    value(path == "" ? key : path "." key)
    blanks()
    if (substr(text, at, 1) == ",") at++
    blanks()
  }
  at++
  size[path] = count
}
function blanks() {
  while (substr(text, at, 1) ~ /[ \t\r\n]/ && at <= length(text)) at++
}
function string(   out, c) {
  out = ""
  at++
  while (at <= length(text) && (c = substr(text, at, 1)) != "\"") {
    if (c == "\\") {
      c = substr(text, ++at, 1)
      if (c == "u") { c = unicode(substr(text, at + 1, 4)); at += 4 }
      else if (c in ESCAPES) c = ESCAPES[c]
    }
    # In pieces, as a text may be long.
    else if (match(substr(text, at, 400), /^[^"\\]+/)) { c = substr(text, at, RLENGTH); at += RLENGTH - 1 }
    out = out c
    at++
  }
  at++
  return out
}
function unicode(digits,   code, low) {
  code = hex(digits)
  if (code >= 55296 && code < 56320) {
    low = hex(substr(text, at + 7, 4))
    at += 6
    code = 65536 + (code - 55296) * 1024 + low - 56320
  }
  if (code < 128) return sprintf("%c", code)
  if (code < 2048) return sprintf("%c%c", 192 + int(code / 64), 128 + code % 64)
  if (code < 65536) return sprintf("%c%c%c", 224 + int(code / 4096), 128 + int(code / 64) % 64, 128 + code % 64)
  return sprintf("%c%c%c%c", 240 + int(code / 262144), 128 + int(code / 4096) % 64, 128 + int(code / 64) % 64, 128 + code % 64)
}
function hex(digits,   i, n) {
  n = 0
  for (i = 1; i <= length(digits); i++) n = n * 16 + index("0123456789abcdef", tolower(substr(digits, i, 1))) - 1
  return n
}

# ---- what is to be checked: one alone is a list of one

function listed(path) {
  if (kind[path] == "list") return size[path]
  return kind[path] == "map" || kind[path] == "text" ? 1 : 0
}
function entry(path, i) { return kind[path] == "list" ? path "." i : path }
function option(path, key,   found) {
  found = path "." key
  return (found in json) && json[found] != "null" ? json[found] : ""
}
function skipped(path) { return option(path, "optional") == "true" || file_of(path) ~ /^summary\.(txt|json)$/ }
function file_of(path) { return kind[path] == "text" ? json[path] : option(path, "path") }

function check(path,   glob, files, n, i, wanted) {
  glob = file_of(path)
  if (glob == "") { wrong("a check has no path"); return }
  n = find(glob, files)
  wanted = option(path, "count")
  if (n == 0 && option(path, "optional") == "true") return
  if (n == 0) wrong(glob " is not there")
  else if (wanted != "" && n != wanted + 0) wrong(glob " are " n " files, not " wanted)
  for (i = 1; i <= n; i++) look(files[i], path)
  columns_of(path, glob)
}
# The shell expands it: only the characters of a glob are left bare.
function find(glob, files,   command, line, n) {
  gsub(/\047/, "\047\\\047\047", glob)
  gsub(/[][*?]+/, "\047&\047", glob)
  command = "for f in \047" glob "\047; do if [ -d \"$f\" ]; then find \"$f\" -type f | LC_ALL=C sort; elif [ -e \"$f\" ]; then printf \"%s\\n\" \"$f\"; fi; done"
  n = 0
  while ((command | getline line) > 0) files[++n] = line
  close(command)
  return n
}
function look(file, path,   line, lines, bytes, hit, bad, answer, fields, parts, m, k, pattern, forbid, separator) {
  pattern = option(path, "pattern"); forbid = option(path, "forbid"); separator = option(path, "separator")
  m = numbers(path, parts)
  while ((answer = (getline line < file)) > 0) {
    lines++
    bytes += length(line)
    if (pattern != "" && line ~ pattern) hit = 1
    if (forbid != "" && line ~ forbid && !bad) bad = lines
    if (m == 0) continue
    separator == "" ? split(line, fields) : split(line, fields, separator)
    for (k = 1; k <= m; k++) add(path, parts[k], fields[parts[k]])
  }
  close(file)
  checked++
  if (answer < 0) wrong(file " cannot be read")
  else if (lines == 0 || bytes == 0) wrong(file " is empty")
  else if (option(path, "lines") != "" && lines < option(path, "lines") + 0) wrong(file " has " lines " lines, not " option(path, "lines"))
  if (pattern != "" && !hit && lines > 0) wrong(file " has no line that matches " pattern)
  if (bad) wrong(file " has a line that matches " forbid ": line " bad)
}
function numbers(path, parts,   n, i) {
  path = path ".columns"
  if (kind[path] == "word" && json[path] != "null") { parts[1] = json[path] + 0; return 1 }
  n = kind[path] == "list" ? size[path] : 0
  for (i = 1; i <= n; i++) parts[i] = json[path "." i] + 0
  return n
}
# Words, as those of a headline, are no numbers and do not count.
function add(path, column, word,   at_) {
  gsub(/^[ \t\r]+|[ \t\r]+$/, "", word)
  if (word !~ /^[-+]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][-+]?[0-9]+)?$/) return
  word += 0
  at_ = path SUBSEP column
  if (!(at_ in counted) || word < least[at_]) least[at_] = word
  if (!(at_ in counted) || word > most[at_]) most[at_] = word
  counted[at_]++
  total[at_] += word
}
function columns_of(path, glob,   parts, m, k, at_, line) {
  m = numbers(path, parts)
  for (k = 1; k <= m; k++) {
    at_ = path SUBSEP parts[k]
    if (!(at_ in counted)) { wrong("column " parts[k] " of " glob " has no number"); continue }
    rows++
    row[rows] = sprintf("%-30s %6d %8d %15.8g %15.8g %15.8g", glob, parts[k], counted[at_], least[at_], most[at_], total[at_] / counted[at_])
    object[rows] = sprintf("{\"path\":%s,\"column\":%d,\"count\":%d,\"min\":%.15g,\"max\":%.15g,\"mean\":%.15g}", quoted(glob), parts[k], counted[at_], least[at_], most[at_], total[at_] / counted[at_])
  }
}
function wrong(words) {
  failures[++failed] = words
  print "check_results: " words | "cat >&2"
}
function quoted(words,   c) {
  gsub(/\\/, "\\\\", words)
  gsub(/"/, "\\\"", words)
  gsub(/[\001-\037]/, "?", words)
  return "\"" words "\""
}
function report(   i, join) {
  printf "%d files checked, %d failures\n", checked, failed > "summary.txt"
  for (i = 1; i <= failed; i++) print "failed: " failures[i] > "summary.txt"
  if (rows > 0) printf "\n%-30s %6s %8s %15s %15s %15s\n", "path", "column", "count", "min", "max", "mean" > "summary.txt"
  for (i = 1; i <= rows; i++) print row[i] > "summary.txt"
  printf "{\"files\":%d,\"failures\":[", checked > "summary.json"
  for (i = 1; i <= failed; i++) printf "%s%s", (i > 1 ? "," : ""), quoted(failures[i]) > "summary.json"
  printf "],\"columns\":[" > "summary.json"
  for (i = 1; i <= rows; i++) printf "%s%s", (i > 1 ? "," : ""), object[i] > "summary.json"
  print "]}" > "summary.json"
  close("summary.txt"); close("summary.json"); close("cat >&2")
}
BEGIN { ESCAPES["n"] = "\n"; ESCAPES["t"] = "\t"; ESCAPES["r"] = "\r"; ESCAPES["b"] = "\b"; ESCAPES["f"] = "\f" }
' >&2 || exit 1
printf '%s\n' "$job"
