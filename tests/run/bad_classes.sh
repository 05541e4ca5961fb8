#!/usr/bin/env bash
# bad_classes.sh: targets of classes whose rows do not carry them: two values, one value, none; a class that only the test part has.
. "$(dirname "$0")/../lib.sh"
cd "$here" || exit 4
spec() { cat >s.mlp <<S
pipeline s
goal { predict c }
source r = csv("r.csv") {
  id:   int      @key
  x:    float
  part: category in {"train", "validation", "test"}
  c:    category?
}
split by_column(part)
features { x }
baseline majority
model m = linear()
model t = boosted_trees(trees: 5, min_rows: 2)
S
}
rows() { # three classes by turns, then what is given
    echo id,x,part,c
    for i in $(seq 0 59); do p=train; [ $((i % 5)) = 3 ] && p=validation; [ $((i % 5)) = 4 ] && p=test; echo "$i,$((i * 7 % 11)),$p,${1:-c}$((i % ${2:-3}))"; done
}
says() { out=$("$MLP" run s.mlp 2>&1); [ $? = "$1" ] && grep -qF -- "$2" <<<"$out" && { [ -z "${3-}" ] || grep -qF -- "$3" <<<"$out"; }; }
spec
rows c 2 >r.csv
t "two values are a question" says 3 'the target `c` has two values, "c0" and "c1": it is a question' 'predict c = c == "c1"'
rows c 1 >r.csv
t "one value is constant" says 3 'it is "c0" in every row'
rows | sed 's/,c[0-9]$/,/' >r.csv
t "no value at all" says 3 'missing in'
{ rows; echo 100,3,test,rare; } >r.csv
t "a class that training does not have is noted" says 0 'class "rare" has no row in the training part'
cp r.csv r1.csv; for i in 1 2 3 4 5; do echo "11$i,3,test,new$i"; done >>r.csv
t "of many such classes four are named" says 0 'classes "new1", "new2", "new3", "new4" and 2 more have no row in the training part'
cp r1.csv r.csv; "$MLP" run s.mlp --quiet >/dev/null 2>&1
t "and has probability 0" eval '"$MLP" predict s.mlp r.csv 2>/dev/null | tail -1 | cut -d, -f6 | grep -qx 0'
t "its column is there" eval '"$MLP" predict s.mlp r.csv 2>/dev/null | head -1 | grep -qx "id,prediction,score_c0,score_c1,score_c2,score_rare,error"'
{ rows; echo 101,,test,c1; } >r2.csv
"$MLP" predict s.mlp r2.csv >p.csv 2>/dev/null
t "a bad row keeps its line, with as many cells as the others" eval 'tail -1 p.csv | grep -qE "^101,,,,,,.*may not be missing|^101,,,,,,.*E3"'
{ rows; echo 102,3,test,strange; } >r3.csv
t "eval leaves out a class that the model does not know, and counts it" eval '"$MLP" eval s.mlp r3.csv 2>&1 | grep -qE "^ *unlabelled +1 rows"'
