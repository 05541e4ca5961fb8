#!/usr/bin/env bash
# dirty.sh: tables as people bring them. Each is refused with a place and an edit, and the edit, made, reads the table.
. "$(dirname "$0")/../lib.sh"
cd "$here" || exit 4
cat > d.mlp <<'SPEC'
pipeline d
param data: path = "good.csv"
goal { predict left, maximize roc_auc }
source rows = csv(data) {
  id:    id    @key
  day:   date
  pay:   float [USD]
  plan:  category in {"basic", "gold"}
  left:  bool
}
split random(train: 60%, validation: 20%, test: 20%, seed: 1, stratify: left)
features { pay, plan, m = month(day) }
baseline majority
model scores = linear(l2: 0.01)
SPEC
awk 'BEGIN { srand(5); print "id,day,pay,plan,left"
    for (i = 1; i <= 200; i++) printf "p%d,2024-%02d-%02d,%.2f,%s,%s\n", i, i % 12 + 1, i % 28 + 1, 1000 + rand() * 3000, (rand() < .5 ? "basic" : "gold"), (rand() < .5 ? "yes" : "no") }' > good.csv
run() { "$MLP" run "$1" --set data="$2" --quiet --out kept; local rc=$?; rm -rf kept; return $rc; }
t "the good table runs" eval 'run d.mlp good.csv >out 2>err'

# NAME, what makes the table of good.csv, CODE, what is said, what the edit does to the spec
dirty() {
    local name=$1 make=$2 code=$3 text=$4 fix=$5
    bash -c "$make" < good.csv > "$name.csv"
    says "$name: refused" 3 "$text" run d.mlp "$name.csv"
    t "$name: $code, a place, an edit" eval "grep -q '^error.$code' err && grep -qE '^ *--> $name.csv' err && grep -q '= fix: ' err"
    sed -E "$fix" d.mlp > fixed.mlp
    t "$name: the edit reads it" eval "run fixed.mlp $name.csv >out 2>err || { sed 's/^/# /' err; false; }"
}
cells() { echo "awk -F, -v OFS=, 'NR > 1 { $1 } { print }'"; }
takeout='s/\{ pay, /{ pay_number, /; s/^  pay: .*/  pay: text\n  pay_number = number(replace(pay, "['
dirty dollars    "$(cells '$3 = "$" $3')"                        E312 'pay_number = number(replace(pay,' "$takeout"'$]", ""))/'
dirty euros      "$(cells '$3 = $3 " €"')"                       E312 'replace(pay, "[ €]", "")'   "$takeout"' €]", ""))/'
dirty percents   "$(cells '$3 = $3 "%"')"                        E312 'replace(pay, "[%]", "")'    "$takeout"'%]", ""))/'
dirty thousands  "$(cells '$3 = "\"" substr($3, 1, 1) "," substr($3, 2) "\""')" E312 'replace(pay, "[,]", "")' "$takeout"',]", ""))/'
dirty commas     "$(cells 'sub(/[.]/, ",", $3); $3 = "\"" $3 "\""')" E312 'decimal comma'               's/\{ pay, /{ pay_number, /; s/^  pay: .*/  pay: text\n  pay_number = number(replace(pay, ",", "."))/'
dirty day_first  "$(cells '$2 = substr($2, 9) "/" substr($2, 6, 2) "/" substr($2, 1, 4)')" E316 'date("%d/%m/%Y")' 's/ date$/ date("%d\/%m\/%Y")/'
dirty month_first "$(cells '$2 = substr($2, 6, 2) "/" substr($2, 9) "/" substr($2, 1, 4)')" E316 '"%m/%d/%Y"`' 's/ date$/ date("%m\/%d\/%Y")/'
dirty points     "$(cells '$2 = substr($2, 9) "." substr($2, 6, 2) "." substr($2, 1, 4)')" E316 'date("%d.%m.%Y")' 's/ date$/ date("%d.%m.%Y")/'
dirty words      "$(cells '$5 = $5 == "yes" ? "Left" : "Stayed"')" E315 'bool('                          's/ bool$/ bool("Left", "Stayed")/'
dirty semicolons "tr , ';'"                                      E309 'delimiter: ";"'                  's/csv\(data\)/csv(data, delimiter: ";")/'
dirty tabs       "tr , '\t'"                                     E309 'delimiter: "\t"'                 's/csv\(data\)/csv(data, delimiter: "\\t")/'
dirty headless   "tail -n +2"                                    E309 'header: false'                   's/csv\(data\)/csv(data, header: false)/; s/^  id: .*/  id: id from 1 @key/; s/ date$/ date from 2/; s/ float \[USD\]/ float [USD] from 3/; s/^  plan: category/& from 4/; s/^  plan:  category in (.*)/  plan: category in \1 from 4/; s/ bool$/ bool from 5/'
dirty capitals   "sed '1s/.*/ID,Day,Pay,Plan,Left/'"             E309 'names: snake'                    's/csv\(data\)/csv(data, names: snake)/'
dirty another    "sed '1s/pay/Salary (USD)/'"                    E309 'not in the header'               's/ float \[USD\]/ float [USD] from "Salary (USD)"/'
dirty twice      "sed '1s/plan/pay/' | sed 's/\$/,basic/; 1s/,basic/,plan/'" E310 'from 3'              's/ float \[USD\]/ float [USD] from 3/'
dirty absent     "sed '7s/,[0-9]*[.][0-9]*,/,NA,/'"              E312 'missing: ["", "NA"]'             's/csv\(data\)/csv(data, missing: ["", "NA"])/; s/ float \[USD\]/ float [USD]?/'
dirty holes      "sed '7s/,[0-9]*[.][0-9]*,/,,/'"                E317 'pay: float?'                     's/ float \[USD\]/ float [USD]?/'
dirty large      "sed '7s/gold/Gold/; 8s/gold/Gold/; 9s/gold/Gold/; 10s/gold/Gold/; 11s/gold/Gold/; 12s/gold/Gold/'" E314 'did you mean "gold"?' 's/\{"basic", "gold"\}/{"basic", "gold", "Gold"}/'

# where the edit is in the file
mend() { # NAME, what spoils good.csv, CODE, what is said, what mends the file
    bash -c "$2" < good.csv > "$1.csv"
    says "$1: refused" 3 "$4" run d.mlp "$1.csv"
    t "$1: $3, a place, an edit" eval "grep -q '^error.$3' err && grep -qE '^ *--> $1.csv' err && grep -q '= fix: ' err"
    bash -c "$5" < "$1.csv" > mended.csv
    t "$1: mended" eval "run d.mlp mended.csv >out 2>err || { sed 's/^/# /' err; false; }"
}
mend title     "(echo 'Report of January'; cat)"   E309 'take away what stands above the header' "tail -n +2"
mend remark    "(echo '# made on 2024-01-01'; cat)" E309 'take away what stands above the header' "tail -n +2"
mend trailing  "sed '2,\$s/\$/,/'"                 E306 'this row ends in a delimiter'           "sed 's/,\$//'"
mend utf16     "iconv -t utf-16"                   E304 'iconv -f utf-16 -t utf-8'               "iconv -f utf-16 -t utf-8"
mend latin1    "sed -E '9s/basic|gold/göld/' | iconv -f utf-8 -t latin1" E305 'iconv -f latin1 -t utf-8'           "iconv -f latin1 -t utf-8 | sed 's/göld/gold/'"
mend oldmac    "tr '\n' '\r'"                      E309 "tr '\\r' '\\n'"                         "tr '\r' '\n'"

# what is no fault
for kind in "(printf '\357\273\277'; cat)" "sed 's/\$/\r/'" "sed '1s/,/ , /g'" "sed 's/,/,  /g'" "sed '1s/\$/,note/; 2,\$s/\$/,\"a, \"\"b\"\"\"/'"; do
    bash -c "$kind" < good.csv > fine.csv
    t "read as it is: $kind" eval "run d.mlp fine.csv >out 2>err || { sed 's/^/# /' err; false; }"
done
echo "1..$number"
