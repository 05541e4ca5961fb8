#!/usr/bin/env bash
# readers.sh: rows from JSON Lines, plain text, CSV without a header; bad rows left out and kept; columns that nobody declared.
. "$(dirname "$0")/../lib.sh"
cd "$here" || exit 4
people() { # N rows of CSV
    echo "id,age,plan,spend,tags,left"
    awk -v n="$1" 'BEGIN { srand(7); for (i = 1; i <= n; i++) { a = int(rand() * 100); printf "r%d,%d,%s,%.2f,%s,%s\n", i, a, (rand() < .5 ? "basic" : "gold"), rand() * 90, (rand() < .3 ? "" : rand() < .5 ? "a|b" : "b"), (rand() < a / 100 ? "yes" : "no") } }'
}
people 300 > rows.csv
awk -F, 'NR > 1 { n = split($5, t, "|"); l = ""; for (i = 1; i <= n; i++) l = l (i > 1 ? ", " : "") "\"" t[i] "\""; printf "{\"id\": \"%s\", \"person\": {\"age\": %s, \"plan\": \"%s\"}, \"spend\": %s, \"left\": %s, \"tags\": [%s], \"more\": [[1], {}]}\n", $1, $2, $3, $4, ($6 == "yes" ? "true" : "false"), l }' rows.csv > rows.jsonl
schema='id: id @key, spend: float [EUR], tags: list(category, "|") @never, left: bool'
spec() { # NAME READER COLUMNS
    cat > "$1.mlp" <<SPEC
pipeline $1
goal { predict left, maximize roc_auc }
source rows = $2 { $3 }
split random(train: 60%, validation: 20%, test: 20%, seed: 1)
features { age, plan, spend }
baseline majority
model scores = linear(l2: 0.01)
SPEC
}
spec table 'csv("rows.csv")' "$schema, age: int, plan: category in {\"basic\", \"gold\"}"
spec lines 'jsonl("rows.jsonl")' "$schema, age: int from \"person.age\", plan: category in {\"basic\", \"gold\"} from \"person.plan\""
numbers() { sed -E 's/"(seconds|cpu_seconds|threads|started|kept|name)": *[^,}]*//g' "$1"; }
"$MLP" run table.mlp > table.out 2>&1; "$MLP" run lines.mlp > lines.out 2>&1
t "JSON Lines give the same numbers as the same rows in CSV" eval 'diff <(numbers runs/table-0001/metrics.json) <(numbers runs/lines-0001/metrics.json) > /dev/null'
gzip -k rows.jsonl; sed 's/rows.jsonl/rows.jsonl.gz/; s/pipeline lines/pipeline packed/' lines.mlp > packed.mlp
"$MLP" run packed.mlp > packed.out 2>&1
t "and compressed" eval 'diff <(numbers runs/table-0001/metrics.json) <(numbers runs/packed-0001/metrics.json) > /dev/null'
"$MLP" predict lines.mlp rows.jsonl --format csv > from_lines.csv 2>err
"$MLP" predict table.mlp rows.csv > from_table.csv 2>err
t "requests in JSON, fields within objects, give the same bytes as in CSV" same from_lines.csv from_table.csv
"$MLP" build lines.mlp --model runs/lines-0001 -o exe > /dev/null 2>err
./exe predict --format csv < rows.jsonl > from_exe.csv 2>err
t "an executable too" same from_lines.csv from_exe.csv
"$MLP" build lines.mlp -o life > /dev/null 2>err && ./life train --out trained > out 2>err
t "an executable trains from JSON Lines" same runs/lines-0001/model.safetensors trained/model.safetensors
cmp -s runs/lines-0001/model.safetensors trained/model.safetensors || ls trained | sed 's/^/# /'

{ sed '3d' rows.jsonl; echo '{"id": "x", "spend": 1, "left": true, "tags": [], "person": {"age": 1, "plan": "gold"}'; } > broken.jsonl
jl() { sed "s/rows.jsonl/$1/; s/pipeline lines/pipeline j/" lines.mlp > j.mlp; "$MLP" run j.mlp; }
says "a line that is no JSON: place" 3 "broken.jsonl:300" jl broken.jsonl
says "a line that is no JSON: why" 3 "the line is no JSON row" jl broken.jsonl
sed '7s/"spend": [0-9.]*/"spend": "much"/' rows.jsonl > word.jsonl;       says "JSON: a wrong value names line and column" 3 "word.jsonl:7" jl word.jsonl
                                                                          says "JSON: and the value" 3 '"much" is not a number' jl word.jsonl
sed '7s/"spend": [0-9.]*/"spend": null/' rows.jsonl > null.jsonl;         says "JSON: null where nothing may be missing" 3 "the cell is missing" jl null.jsonl
sed '7s/"spend": [0-9.]*, //' rows.jsonl > gone.jsonl;                    says "JSON: a field that is not there" 3 "gone.jsonl:7" jl gone.jsonl
sed '7s/"spend": /"spend": [/; 7s/, "left"/], "left"/' rows.jsonl > array.jsonl; says "JSON: an array where no list is declared" 3 "its type is no list" jl array.jsonl
sed '7s/"spend": /"spend": 1, "spend": /' rows.jsonl > twice.jsonl;       says "JSON: a field twice" 3 "stands in the row twice" jl twice.jsonl
{ echo '['; cat rows.jsonl; echo ']'; } > one.jsonl;                      says "JSON: one array instead of lines" 3 "one JSON array" jl one.jsonl
says "JSON: CSV instead" 3 "is it CSV?" jl rows.csv
: > empty.jsonl;                                                          says "JSON: an empty file" 3 "no rows" jl empty.jsonl
sed -i 's/jsonl("rows.jsonl")/jsonl("rows.jsonl", others: error)/' lines.mlp; says "JSON: a field that nobody listed" 3 '"more"' "$MLP" run lines.mlp

# ---- no header, several files, line ends ----
tail -n +2 rows.csv > bare.csv
spec bare 'csv("bare.csv", header: false)' "id: id @key, age: int, plan: category, spend: float [EUR], left: bool from 6"
"$MLP" run bare.mlp > out 2>err; t "a file without a header" grep -q '300 rows' out
"$MLP" predict bare.mlp bare.csv > bare_p.csv 2>err; t "predict reads such rows too" test "$(wc -l < bare_p.csv)" = 301
sed -i 's/from 6/from 9/' bare.mlp; says "a cell that no row has" 3 "cell 9 of a row, and the first row has 6" "$MLP" run bare.mlp
head -101 rows.csv > p1.csv; { head -1 rows.csv; tail -n +102 rows.csv; } | sed 's/$/\r/' > p2.csv
sed 's/"rows.csv"/["p1.csv", "p2.csv"]/; s/pipeline table/pipeline parts/' table.mlp > parts.mlp; "$MLP" run parts.mlp > out 2>err
t "two files, one with other line ends, are the whole" eval 'diff <(numbers runs/table-0001/metrics.json) <(numbers runs/parts-0001/metrics.json) > /dev/null'
{ head -50 rows.csv; tail -n +51 rows.csv | sed 's/$/\r/'; } > mixed.csv
sed 's/"rows.csv"/"mixed.csv"/; s/pipeline table/pipeline mixed/' table.mlp > mixed.mlp; "$MLP" run mixed.mlp > out 2>err
t "mixed line ends in one file" eval 'diff <(numbers runs/table-0001/metrics.json) <(numbers runs/mixed-0001/metrics.json) > /dev/null'
sed 's/"rows.csv"/"no_*.csv"/' table.mlp > none.mlp; says "a pattern that matches nothing" 3 "no file matches no_*.csv" "$MLP" run none.mlp
sed 's/"rows.csv"/["p1.csv", "no_*.csv"]/' table.mlp > none.mlp; says "one of two patterns matches nothing" 3 "no file matches no_*.csv" "$MLP" run none.mlp

# ---- text ----
for i in $(seq 60); do echo "the sea is blue and wide number $i"; echo; done > a.txt; for i in $(seq 60); do echo "stocks fell $i"; [ $((i % 2)) = 1 ] || echo; done > b.txt
cat > text.mlp <<'SPEC'
pipeline text
goal { predict sea = book == "a.txt", maximize roc_auc }
source rows = text("?.txt", rows: paragraph) { line: text, book: category from file }
split random(train: 60%, validation: 20%, test: 20%, seed: 1)
features { long = length(line), blue = contains(line, "blue") }
baseline majority
model scores = linear()
SPEC
"$MLP" run text.mlp > out 2>err; t "text by paragraph: 60 of one file, 30 of the other" grep -q ' 90 rows' out
sed -i 's/paragraph/line/' text.mlp; "$MLP" run text.mlp > out 2>err; t "text by line: blank lines are rows" grep -q ' 210 rows' out
sed -i 's/rows: line/rows: file/' text.mlp; says "text by file: two rows are too few" 3 "the validation part is empty" "$MLP" run text.mlp

# ---- bad rows ----
{ head -200 rows.csv; echo 'r900,33,gold,"1,5",a,yes'; echo 'r901,gold'; echo 'r902,33,gold,much,"a ""b""|c",yes'; tail -n +201 rows.csv; } > bad.csv
sed 's/csv("rows.csv")/csv("bad.csv", bad_rows: quarantine("away\/kept.csv"))/; s/pipeline table/pipeline q/' table.mlp > q.mlp
says "a quarantine in a folder that is not there" 3 "away/kept.csv" "$MLP" run q.mlp
mkdir away; "$MLP" run q.mlp > q.out 2> q.err; t "a quarantine: the run goes on" test $? = 0
t "its report counts the rows" grep -q '"bad_rows": \[' runs/q-0001/metrics.json
t "and says where they are" grep -q 'kept in away/kept.csv' q.out
t "nothing is lost: rows with their place and reason" test "$(wc -l < away/kept.csv)" = 4
t "a reason" grep -q '^bad.csv,201,spend,"E312: ""1,5"" has a decimal comma' away/kept.csv
t "a row as it stood in the file" grep -qF '"r902,33,gold,much,""a """"b""""|c"",yes"' away/kept.csv
t "the numbers are those of the good rows" eval 'diff <(grep -E "roc_auc|log_loss" table.out) <(grep -E "roc_auc|log_loss" q.out)'
for k in 1 2 7; do cp away/kept.csv "kept$k.csv"; "$MLP" run q.mlp --threads $k > /dev/null 2>&1; cmp -s away/kept.csv kept1.csv || break; done
t "the quarantine is the same for 1, 2, 7 threads" same away/kept.csv kept1.csv
awk -F, 'NR > 1 { $4 = "x" } 1' OFS=, rows.csv > all.csv
sed 's/"bad.csv"/"all.csv"/' q.mlp > qa.mlp; says "all rows quarantined" 3 "all 300 rows of source \`rows\` are bad: they are in away/kept.csv" "$MLP" run qa.mlp
t "and they are there" test "$(wc -l < away/kept.csv)" = 301
sed 's/bad_rows: quarantine("away\/kept.csv")/bad_rows: skip(max: 5%)/; s/pipeline q/pipeline s/' q.mlp > s.mlp
"$MLP" run s.mlp > out.txt 2>&1; t "bad rows skipped" grep -q '3 of 303 rows are bad and were left out' out.txt
sed -i 's/5%/0.5%/' s.mlp; says "too many bad rows" 3 "3 of 303 rows of source rows are bad, and at most 0.5% may be" "$MLP" run s.mlp
                            says "too many bad rows: how many there are" 3 "skip(max: 1%)" "$MLP" run s.mlp
sed 's/jsonl("rows.jsonl", others: error)/jsonl("broken.jsonl", bad_rows: quarantine("away\/lines.csv"))/; s/pipeline lines/pipeline ql/' lines.mlp > ql.mlp
"$MLP" run ql.mlp > out.txt 2>&1; t "a quarantine for JSON Lines" eval 'test $? = 0 && grep -q "E307: the line is no JSON row" away/lines.csv'

# ---- columns that nobody declared ----
cat > least.mlp <<'SPEC'
goal { predict left }
source rows = csv("rows.csv")
SPEC
"$MLP" run least.mlp > least.out 2> least.err; t "the least that runs: a goal and a source" test $? = 0
t "a default model and baseline" grep -q 'trees (kept).*majority' least.out
t "the lock pins what was inferred" grep -q '"inferred rows.spend": "float"' least.lock
t "a text of few values is a category, a name of rows an id" eval 'grep -q "\"inferred rows.plan\": \"category\"" least.lock && grep -q "\"inferred rows.id\": \"id\"" least.lock'
"$MLP" run least.mlp > out 2>&1; t "a second run finds nothing changed" eval '! grep -q "since the lock" out'
cp rows.csv keep.csv; sed -i '9s/,[0-9.]*,\([^,]*\),\(yes\|no\)$/,unknown,\1,\2/' rows.csv
says "other data that contradicts the pin" 3 "pinned in the lock file" "$MLP" run least.mlp
says "it names the place" 3 "rows.csv:9" "$MLP" run least.mlp
sed -i '/inferred/d' least.lock; "$MLP" run least.mlp > out 2>&1
t "without the pins types are inferred anew: unknown beside numbers is missing" grep -q '"inferred rows.spend": "float? missing in {\\"unknown\\"}"' least.lock
mv rows.csv gone.csv; "$MLP" check least.mlp > out 2>&1; t "check needs no rows when the lock has the pins" test $? = 0
rm least.lock; says "without rows and lock" 2 "cannot be read" "$MLP" check least.mlp
cp keep.csv rows.csv; "$MLP" run least.mlp > /dev/null 2>&1; "$MLP" predict least.mlp rows.csv > l.csv 2>err; t "predict with inferred columns" test "$(wc -l < l.csv)" = 301
sed 's/"rows.csv"/"rows.jsonl"/; s/csv(/jsonl(/' least.mlp > least_j.mlp; "$MLP" run least_j.mlp > out 2> err; t "JSON Lines without a schema" grep -q '"inferred rows.person_age": "int from \\"person.age\\""' least_j.lock
