#!/usr/bin/env bash
# matches.sh: a column's pattern is tried on every row, whichever way it comes: files, requests, executables, behind a key.
. "$(dirname "$0")/../lib.sh"
cd "$here" || exit 4
cat >shops.csv <<<"shop,area
A-1,north
B-2,south
C-3,east"
awk 'BEGIN { print "id,code,note,tags,shop,y"; for (i = 0; i < 400; i++) printf "%d,%s,%s,%s,%s,%s\n", i, i % 3 ? "AB-" i % 7 : "ÄÖ-1", i % 5 ? "aab" : "", i % 2 ? "x|yy" : "", i % 4 ? "A-1" : "B-2", i % 3 ? "yes" : "no" }' >rows.csv
spec() { cat >"$1.mlp" <<E2
pipeline $1
goal { predict y, maximize roc_auc }
source rows = $2 {
  id:   id                     @key
  code: category matches """^\p{Lu}{2}-\d+\$"""
  note: text? matches "^(a+)+b\$"
  tags: list(category, "|") matches "^[a-z]+\$"
  shop: id -> shops matches "^[A-Z]-"
  y:    bool
}
source shops = csv("shops.csv") {
  shop: id                     @key
  area: category matches "^[a-z]+\$"
}
split random(seed: 1)
features { $3 }
baseline majority
model m = linear()
E2
}
spec all 'csv("rows.csv")' 'code, n = length(note), x = has(tags, "x"), area = shop.area'
"$MLP" run all.mlp >/dev/null 2>err; rc=$?
t "runs (exit $rc)" test $rc = 0
"$MLP" build all.mlp -o exe --model runs/all-0001 >/dev/null 2>err; rc=$?
t "mlp build (exit $rc)" test $rc = 0
head -1 rows.csv >good.csv; sed -n '11,13p' rows.csv >>good.csv
# what is wrong, in a row; and the column
bad='x,aB-1,aab,x,A-1,yes x,AB-1,aa,x,A-1,yes x,AB-1,aab,x|Y,A-1,yes x,AB-1,aab,x,a-1,yes x,AB-1,aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa,x,A-1,yes'
columns=(code note tags shop note) i=0
for row in $bad; do
    { cat rows.csv; echo "$row"; } >more.csv; { cat good.csv; echo "$row"; } >ask.csv
    sed 's/rows.csv/more.csv/; s/pipeline all/pipeline more/' all.mlp >more.mlp
    says "training refuses: $row" 3 "more.csv:402, column ${columns[i]}" "$MLP" run more.mlp
    says "  with its code" 3 "error[E323]" "$MLP" run more.mlp
    says "mlp predict refuses" 3 "the pattern of column ${columns[i]}" "$MLP" predict all.mlp --model runs/all-0001 ask.csv
    t "  that row, and answers the others" test "$(grep -c E323 "$here/out") $(wc -l <"$here/out")" = "1 5"
    says "row by row too" 3 "the pattern of column ${columns[i]}" "$MLP" predict all.mlp --model runs/all-0001 --rows 1 ask.csv
    ./exe predict <ask.csv >out.csv 2>exe.err; rc=$?
    t "the executable refuses (exit $rc)" test "$rc $(grep -c "the pattern of column ${columns[i]}" out.csv)" = "3 1"
    i=$((i + 1))
done
ask() { ./exe predict --format json <<<"$1" 2>&1; }
t "a cell that the request carries" grep -q 'the pattern of column area' <<<"$(ask '{"id":"q","code":"AB-1","tags":[],"shop.area":"North"}')"
t "JSON: a value of an array" grep -q 'the pattern of column tags' <<<"$(ask '{"id":"q","code":"AB-1","tags":["x","Y"],"shop.area":"north"}')"
printf '%s\n' '{"id":"1","code":"AB-1","note":null,"tags":["x"],"shop":"A-1","y":true}' '{"id":"2","code":"ab-1","note":null,"tags":[],"shop":"A-1","y":false}' >rows.jsonl
spec lines 'jsonl("rows.jsonl")' 'code'
says "jsonl: training refuses" 3 'rows.jsonl:2, column code' "$MLP" run lines.mlp
sed 's/csv("rows.csv")/csv("more.csv", bad_rows: quarantine("bad.csv"))/; s/pipeline all/pipeline aside/' all.mlp >aside.mlp
"$MLP" run aside.mlp >/dev/null 2>err; rc=$?
t "bad rows may be put aside (exit $rc)" test "$rc $(grep -c E323 bad.csv)" = "0 1"
# PCRE2 is in an executable only where a column that it reads has a pattern
has() { grep -qaE 'NOTEMPTY_ATSTART|pcre2_compile' "$1"; }
t "PCRE2 is linked in where it is used" has exe
cut -d, -f1,6 rows.csv >plain.csv
cat >plain.mlp <<<'pipeline plain
goal { predict y, maximize roc_auc }
source rows = csv("rows.csv") { id: id @key, code: category matches "-", tags: list(category, "|"), y: bool }
split random(seed: 1)
features { n = size(tags) }
baseline majority, model m = linear()'
"$MLP" run plain.mlp >/dev/null 2>err; "$MLP" build plain.mlp -o plain --model runs/plain-0001 >/dev/null 2>err; rc=$?
t "a frozen one that reads no such column (exit $rc)" test $rc = 0
t "is without it" eval '! has plain'
