#!/usr/bin/env bash
# vectors.sh: a vector is its numbers: however it is written in the file, the model is that of as many columns of numbers.
. "$(dirname "$0")/../lib.sh"
cd "$here" || exit 4
awk 'BEGIN { srand(7); print "id,v,v_1,v_2,v_3,y"; for (i = 0; i < 500; i++) { a = int(rand() * 2000 - 1000) / 100; b = int(rand() * 100); c = rand() < .5 ? -1 : 1
    m = i % 19 == 4; v = i % 3 == 0 ? a " " b " " c : i % 3 == 1 ? "\"[" a ", " b "," c "]\"" : "[" a "  " b " " c "]"
    printf "%d,%s,%s,%s,%s,%s\n", i, m ? "" : v, m ? "" : a, m ? "" : b, m ? "" : c, (a + c * 5 + rand() * 8 > 2) ? "yes" : "no" } }' >rows.csv
spec() { cat >"$1.mlp" <<E2
pipeline $1
goal { predict y, maximize roc_auc }
source rows = $2 {
  id: id @key
  $3
  y:  bool
}
split random(seed: 1)
features { $4 }
baseline majority
model trees = boosted_trees(trees: 30)
model line  = linear(l2: 0.01)
E2
}
spec plain 'csv("rows.csv")' 'v_1: float?, v_2: float?, v_3: float?' 'v_1, v_2, v_3'
spec vector 'csv("rows.csv")' 'v: vector(3)?' 'v'
spec lines 'jsonl("rows.jsonl")' 'v: vector(3)?' 'v'
awk -F, 'NR > 1 { n = NF; printf "{\"id\": \"%s\", \"v\": %s, \"y\": %s}\n", $1, $(n - 1) == "" ? "null" : "[" $(n - 3) ", " $(n - 2) ", " $(n - 1) "]", $n == "yes" ? "true" : "false" }' rows.csv >rows.jsonl
for s in plain vector lines; do "$MLP" run $s.mlp >$s.txt 2>err; rc=$?; t "$s runs (exit $rc)" test $rc = 0; done
"$MLP" predict plain.mlp --model runs/plain-0001 rows.csv >plain.csv 2>err
"$MLP" predict vector.mlp --model runs/vector-0001 rows.csv >block.csv 2>err
t "the same predictions" same plain.csv block.csv
"$MLP" predict vector.mlp --model runs/vector-0001 --rows 1 rows.csv >row.csv 2>err
t "the same of both models on each part" same <(grep -E "roc_auc|log_loss" plain.txt) <(grep -E "roc_auc|log_loss" vector.txt)
"$MLP" predict lines.mlp --model runs/lines-0001 --format csv rows.jsonl >lines.csv 2>err
t "learnt from arrays of JSON" same plain.csv lines.csv
t "row by row" same block.csv row.csv
"$MLP" predict vector.mlp --model runs/vector-0001 --format csv rows.jsonl >json.csv 2>err
t "from arrays of JSON" same block.csv json.csv
"$MLP" build vector.mlp -o exe --model runs/vector-0001 >/dev/null 2>err
./exe predict <rows.csv >exe.csv 2>err
t "in an executable" same block.csv exe.csv
{ head -1 rows.csv; echo 'a,1 2,,,,'; echo 'b,1 2 x,,,,'; } >bad.csv
./exe predict <bad.csv >bad.out 2>err; rc=$?
t "a request with too few numbers, and with a word (exit $rc)" test "$rc $(grep -c E322 bad.out) $(grep -c E312 bad.out)" = "3 1 1"
