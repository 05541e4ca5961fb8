#!/usr/bin/env bash
# bad_input.sh: what goes wrong on a bad day, and what is said then: the place, the cause, the fix; nothing half is left behind.
. "$(dirname "$0")/../lib.sh"
cd "$here" || exit 4
cat > t.mlp <<'SPEC'
pipeline t
param data: path = "t.csv"
goal { predict left, maximize roc_auc }
source rows = csv(data) {
  id:    id                          @key
  age:   int in 0..120
  plan:  category in {"basic", "gold"}
  spend: float [EUR]?
  left:  bool
}
split random(train: 60%, validation: 20%, test: 20%, seed: 1)
features { age, plan, spend }
baseline majority
model scores = linear(l2: 0.01)
SPEC
good() { # N rows
    echo "id,age,plan,spend,left"
    awk -v n="$1" 'BEGIN { srand(7); for (i = 1; i <= n; i++) { a = int(rand() * 100); printf "r%d,%d,%s,%.2f,%s\n", i, a, (rand() < .5 ? "basic" : "gold"), rand() * 90, (rand() < a / 100 ? "yes" : "no") } }'
}
good 200 > good.csv
run() { "$MLP" run t.mlp --set data="$1"; }
t "the good file runs" eval 'run good.csv > out.txt 2>&1'
runs_before=$(ls runs | wc -l)

: > empty.csv;                                                        says "empty file" 3 "empty" run empty.csv
head -1 good.csv > header.csv;                                        says "header only" 3 "no rows" run header.csv
{ head -5 good.csv; echo "r900,33,gold"; } > ragged.csv;              says "ragged row: place" 3 "ragged.csv:6" run ragged.csv
                                                                      says "ragged row: count" 3 "3 cells" run ragged.csv
{ head -5 good.csv; echo 'r900,33,"gold,1.0,yes'; tail -50 good.csv; } > quote.csv; says "unterminated quote: where it opened" 3 "quote.csv:6" run quote.csv
{ head -5 good.csv; printf 'r900,3\0003,gold,1.0,yes\n'; } > nul.csv; says "NUL byte" 3 "nul.csv:6" run nul.csv
{ head -5 good.csv; printf 'r9\377\3760,33,gold,1.0,yes\n'; } > utf8.csv; says "invalid UTF-8" 3 "utf8.csv:6" run utf8.csv
                                                                      says "invalid UTF-8 is named" 3 "UTF-8" run utf8.csv
{ head -5 good.csv; echo 'r900,133,gold,1.0,yes'; } > range.csv;      says "number out of range" 3 "range.csv:6" run range.csv
                                                                      says "range: what was expected" 3 "0..120" run range.csv
{ head -5 good.csv; echo 'r900,33,golf,1.0,yes'; } > set.csv;         says "unknown category" 3 "golf" run set.csv
                                                                      says "unknown category: did you mean" 3 "gold" run set.csv
{ head -5 good.csv; echo 'r900,old,gold,1.0,yes'; } > nan.csv;        says "not a number" 3 "old" run nan.csv
{ head -5 good.csv; echo 'r900,33,gold,"1,5",yes'; } > comma.csv;     says "decimal comma" 3 "comma" run comma.csv
{ head -5 good.csv; echo 'r900,33,gold,NaN,yes'; } > n.csv;           says "NaN" 3 "n.csv:6" run n.csv
{ head -5 good.csv; echo 'r900,33,gold,inf,yes'; } > inf.csv;         says "inf" 3 "inf.csv:6" run inf.csv
{ head -5 good.csv; echo 'r900,,gold,1,yes'; } > miss.csv;            says "missing where none may be" 3 "miss.csv:6" run miss.csv
cut -d, -f1,2,4,5 good.csv > column.csv;                              says "column missing" 3 "plan" run column.csv
sed '1s/spend/age/' good.csv > twice.csv;                             says "column twice" 3 "twice" run twice.csv
sed '2,$s/,yes$/,no/' good.csv > constant.csv;                        says "target constant" 3 "left" run constant.csv
{ head -40 good.csv | sed '2,$s/,yes$/,no/'; echo 'r900,33,gold,1.0,yes'; } > one.csv; says "one class in a part" 3 "class" run one.csv
                                                                      says "file missing" 3 "nowhere.csv" run nowhere.csv
mkdir folder.csv;                                                     says "a folder, not a file" 3 "folder.csv" run folder.csv
good 5000 | gzip | head -c 20000 > cut.csv.gz;                        says "gz cut in the middle" 3 "cut.csv.gz" run cut.csv.gz
t "no failed run left a folder" test "$(ls runs | wc -l)" = "$runs_before"
t "nor a half one" eval '! ls -d runs/.tmp* 2>/dev/null | grep -q .'

model=$(ls -d "$here"/runs/t-0001)
file=$(ls "$model"/*.safetensors)
cp -r "$model" broken; name=$(basename "$file")
head -c $(($(stat -c %s "$file") / 2)) "$file" > "broken/$name";      says "a truncated model" 3 "$name" "$MLP" predict t.mlp --model broken good.csv
cp "$file" "broken/$name"; size=$(stat -c %s "$file")
flips=0
for at in 3 100 $((size / 3)) $((size / 2)) $((size - 9)); do
    cp "$file" "broken/$name"
    byte=$(od -An -tu1 -j "$at" -N1 "$file" | tr -d ' ')
    printf "\\$(printf %03o $((byte ^ 4)))" | dd of="broken/$name" bs=1 seek="$at" conv=notrunc status=none
    "$MLP" predict t.mlp --model broken good.csv > out 2> err; rc=$?
    [ $rc = 3 ] && grep -q "$name" err && flips=$((flips + 1))
done
t "a flipped bit in the model is refused ($flips of 5)" test $flips = 5

# a disk that is full while the run is written: a limit on the size of files stands for it
big() { (ulimit -f 1; trap '' XFSZ; "$MLP" run t.mlp --set data=good.csv); }
says "disk full" 3 "runs" big
t "a full disk leaves no half run" eval '! ls -d runs/.tmp* 2>/dev/null | grep -q . && test "$(ls runs | wc -l)" = "$runs_before"'

{ echo 'pipeline many'; for i in $(seq 200); do echo "goal$i { predict"; echo "modle m$i = linear("; done; } > many.mlp
"$MLP" check many.mlp > out 2> err; rc=$?
t "200 errors: exit 2" test $rc = 2
t "200 errors: bounded output" test "$(wc -c < err)" -lt 20000
t "200 errors: the rest is counted" grep -q "more" err
{ printf 'pipeline deep\nbaseline b = '; printf '(%.0s' $(seq 10000); printf 1; printf ')%.0s' $(seq 10000); echo; } > deep.mlp
says "nesting 10,000 deep" 2 "deep" "$MLP" check deep.mlp
{ printf 'pipeline deep\nbaseline b = '; for i in $(seq 10000); do printf 'not '; done; echo true; } > deep2.mlp
says "10,000 nots" 2 "deep" "$MLP" check deep2.mlp
: > nothing.mlp;                                                      says "an empty spec" 2 "goal" "$MLP" check nothing.mlp
says "no such spec" 2 "nowhere.mlp" "$MLP" check nowhere.mlp
says "an unknown command" 2 "did you mean" "$MLP" rnu t.mlp
says "a param that is not there" 2 "dta" "$MLP" run t.mlp --set dta=x

# Ctrl-C during training
good 60000 > long.csv
sed 's/linear(l2: 0.01)/boosted_trees(trees: 20000, leaves: 255, learning_rate: 0.001)/' t.mlp > slow.mlp
"$MLP" run slow.mlp --set data=long.csv > out 2> err & pid=$!
sleep 2; kill -INT $pid; wait $pid; rc=$?
t "Ctrl-C during training: exit 130" test $rc = 130
t "Ctrl-C leaves no half run" eval '! ls -d runs/.tmp* runs/slow* 2>/dev/null | grep -q .'
"$MLP" run slow.mlp --set data=long.csv > out 2> err & pid=$!
sleep 2; kill -KILL $pid; wait $pid 2>/dev/null
t "a killed run leaves nothing that counts as a run" eval '! ls -d runs/slow* runs/t-*-* 2>/dev/null | grep -q .'
