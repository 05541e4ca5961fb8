#!/usr/bin/env bash
# sources.sh: what a source is made of, beside reading: steps and their counts, derived columns, what stands behind keys: as of the
# decision moment to the second, in training, in `predict` and in executables.
. "$(dirname "$0")/../lib.sh"
cp "$root"/tests/run/probes/joins* "$here" && cd "$here" || exit 4

# ---- steps, and what they say ----
"$MLP" run joins.mlp >run.txt 2>err; rc=$?
t "joins: runs (exit $rc)" test $rc = 0
t "the run says what append added" grep -qF 'source `orders`: `append(csv("joins_more.csv"))` added 200 rows' err
t "the run says what distinct left out" grep -qF 'source `orders`: `distinct()` left out 20 of 520 rows' err
t "the run says what where left out" grep -qE 'source `orders`: `where\(amount > 20 and seller.region.wealth < 5\)` left out [0-9]+ of 500 rows' err
t "the run says what sample left out" grep -qE 'source `orders`: `sample\(90%\)` left out [0-9]+ of' err
t "metrics.json has the counts" grep -qF '"step": "distinct()", "before": 520, "after": 500' <(tr -d '\n' <runs/joins-0001/metrics.json | sed -E 's/ +/ /g')
t "the log has them" grep -q 'distinct(): 500 rows, 520 before' runs/joins-0001/log.jsonl

# ---- one second too late is not seen ----
numbers() { sed -E '/changes_since_lock/,$d; s/"(seconds|cpu_seconds|started|kept|read)": *[^,}]*//g' "$1/metrics.json"; }
cat joins_sellers.csv <(tail -n +2 joins_told.csv) >planted.csv
"$MLP" run joins.mlp --set sellers_file=planted.csv >/dev/null 2>err; rc=$?
t "with versions that tell the answer, planted at the moment and a second after (exit $rc)" test $rc = 0
t "the model is none the wiser" same <(numbers runs/joins-0001) <(numbers runs/joins-0002)
tensors() { tail -c +$((9 + $(od -An -t u8 -N 8 "$1" | tr -d ' '))) "$1"; }   # behind the header
t "not by a bit" same <(tensors runs/joins-0001/model.safetensors) <(tensors runs/joins-0002/model.safetensors)
awk -F, -v OFS=, 'NR > 1 { sub(/T/, " ", $2); cmd = "date -u -d \"" $2 " UTC - 2 seconds\" +%Y-%m-%dT%H:%M:%S"; cmd | getline $2; close(cmd) } { print }' joins_told.csv >early.csv
"$MLP" run joins.mlp --set sellers_file=early.csv >/dev/null 2>err
t "two seconds earlier they are seen: the test can fail" grep -q '"value": 1,' runs/joins-0003/metrics.json

# ---- serving: carried by the request, or looked up ----
{ head -1 joins.csv; tail -60 joins_more.csv; } >keys.csv
"$MLP" predict joins.mlp --model runs/joins-0001 joins.request.csv >carried.csv 2>err
"$MLP" predict joins.mlp --model runs/joins-0001 keys.csv >looked.csv 2>err
t "looked up gives the bytes that a request gives which carries it" same carried.csv looked.csv
"$MLP" predict joins.mlp --model runs/joins-0001 --source sellers=planted.csv keys.csv >planted.out 2>err
t "what came too late is not looked up" same carried.csv planted.out
"$MLP" predict joins.mlp --model runs/joins-0001 --set sellers_file=planted.csv keys.csv >planted.out 2>err
t "--set names the file too" same carried.csv planted.out
"$MLP" predict joins.mlp --model runs/joins-0001 --rows 1 keys.csv >row.csv 2>err
t "row form, same bytes" same carried.csv row.csv
"$MLP" build joins.mlp -o frozen --model runs/joins-0001 >/dev/null 2>err
./frozen predict <keys.csv >frozen.csv 2>err
t "a frozen executable looks up beside itself" same carried.csv frozen.csv
mkdir away && cp frozen keys.csv joins.request.csv away && cd away || exit 4
./frozen predict <joins.request.csv >out.csv 2>err
t "alone in a folder it takes what the request carries" same ../carried.csv out.csv
says "without the file, and without the value" 3 'cannot be looked up: joins_sellers.csv cannot be opened' ./frozen predict keys.csv
says "which the message calls skew between training and serving" 3 'error[E107]' ./frozen predict keys.csv
./frozen predict --source sellers=../joins_sellers.csv --source regions=../joins_regions.csv keys.csv >out.csv 2>err
t "--source says where the files are" same ../carried.csv out.csv
cd ..
says "--source of no source" 2 'did you mean `sellers`?' ./frozen predict --source seller=x.csv keys.csv
cut -d, -f1,2,5,6 keys.csv >undated.csv
says "as of which moment?" 3 'nor `placed`, the moment as of which it could be looked up' ./frozen predict undated.csv
json='{"order":"x","amount":3,"items":2,"seller":'
one() { ./frozen predict --format json <<<"$1" 2>/dev/null | sed -E 's/"order":"[^"]*",//'; }
flat="${json}\"s1\",\"seller.rating\":4.5,\"seller.city\":\"Oslo\",\"seller.tier\":\"mid\",\"seller.good\":true,\"seller.region.wealth\":null,\"seller.region.zone\":\"B\"}"
nested="${json}{\"rating\":4.5,\"city\":\"Oslo\",\"tier\":\"mid\",\"good\":true,\"region\":{\"wealth\":null,\"zone\":\"B\"}}}"
t "JSON: a dotted key or a nested object" test "$(one "$flat")" = "$(one "$nested")"
t "JSON: and it is a prediction" grep -q '"score":0' <<<"$(one "$flat")"
late=$(awk -F, 'NR == 3 { print $1 }' joins_sellers.csv)
full="${json}{\"id\":\"$late\",\"rating\":4.5},\"day\":\"2027-01-01\",\"second\":5}"
t "JSON: the rest is looked up by the nested key" grep -q '"score":0' <<<"$(one "$full")"
t "and what the request carries wins" test "$(one "$full")" != "$(one "${full/4.5/1.5}")"
t "info says what is looked up" eval './frozen info | grep -qF "or it is looked up by \`seller\`"'

# ---- keys that stand twice ----
spec() { printf '%s\n' 'pipeline p' 'goal { predict y, maximize roc_auc }' "$@" 'split random(train: 60%, validation: 20%, test: 20%, seed: 1)' \
    'features { x = who.x, n }' 'baseline majority' 'model m = linear()' >p.mlp; }
main='source rows = csv("rows.csv") { id: id @key, who: id -> people, n: float, y: bool }'
{ echo id,who,n,y; for i in $(seq 200); do echo "r$i,p$((i % 7)),$((i % 13)),$([ $((i * 7 % 5)) -gt 2 ] && echo yes || echo no)"; done; } >rows.csv
{ echo who,x; for i in 0 1 2 3 4 5 6; do echo "p$i,$i"; done; } >people.csv
spec "$main" 'source people = csv("people.csv") { who: id @key, x: float }'
"$MLP" run p.mlp >/dev/null 2>err; rc=$?
t "a plain look-up table (exit $rc)" test $rc = 0
echo p3,9 >>people.csv
says "a key twice: where, which, and both lines" 3 '"p3" stands twice in the key `who` of source `people`, first in line 5' "$MLP" run p.mlp
says "with its place" 3 'people.csv:9, column who' "$MLP" run p.mlp
says "and the edit" 3 'write `|> distinct(who)` to keep the first' "$MLP" run p.mlp
spec "$main" 'source people = csv("people.csv") |> distinct(who) { who: id @key, x: float }'
"$MLP" run p.mlp >/dev/null 2>err; rc=$?
t "which works (exit $rc)" test $rc = 0
spec "$main" 'source people = csv("people.csv") { who: id @key @pii, x: float }'
says "a personal key is not shown" 3 'this key (not shown: @pii) stands twice' "$MLP" run p.mlp
sed -E 's/^who,x/who,x,at/; s/^(p.*)/\1,2025-01-01/' people.csv >versions.csv
spec 'source rows = csv("rows.csv") { id: id @key, who: id -> people, n: float, y: bool }' \
    'source people = csv("versions.csv") { who: id @key, x: float, at: date @time }'
says "two versions of one moment" 3 '"p3" stands twice in the key `who` of source `people` with the same time' "$MLP" run p.mlp

# ---- made ahead: what was in force when the decision was made, at that moment too ----
cat >ahead.mlp <<'S'
pipeline ahead
param prices: path = "prices.csv"
goal { predict y ahead 1d, maximize roc_auc }
source rows = csv("asked.csv") {
  id: id @key @known
  item: id -> items @known
  at: time @time
  y: bool
}
source items = csv(prices) { item: id @key, since: time @time, price: float, sold: bool? @outcome(after: 2h) }
split by_time(train: 60%, validation: 20%, test: 20%)
features { price = items_price, sold = item.sold
  let items_price = item.price }
baseline majority
model m = linear()
S
{ echo id,item,at,y; for i in $(seq 0 299); do echo "r$i,i$i,2025-$(printf '%02d-%02d' $((i / 28 + 1)) $((i % 28 + 1)))T12:00:00,$([ $((i * 7 % 5)) -gt 2 ] && echo yes || echo no)"; done; } >asked.csv
versions() { # SHIFT of the last version, in seconds from the decision; the one before holds since a month
    awk -F, -v shift="$1" -v sold="$2" 'NR > 1 { split($3, d, /[-T:]/); t = mktime(d[1] " " d[2] " " d[3] " 12 00 00") - 86400
        print $2 "," strftime("%Y-%m-%dT%H:%M:%S", t - 2592000) ",1,"
        print $2 "," strftime("%Y-%m-%dT%H:%M:%S", t + shift) "," ($4 == "yes" ? 9 : 5) "," sold }' asked.csv; }
auc() { "$MLP" run ahead.mlp --set prices="$1" 2>/dev/null | awk '/^  roc_auc/ { print $2; exit }'; }
export TZ=UTC
{ echo item,since,price,sold; versions 0 ''; } >at.csv
{ echo item,since,price,sold; versions 1 ''; } >late.csv
t "ahead: a version at the decision moment is read ($(auc at.csv))" test "$(auc at.csv)" = 1.000
t "ahead: one second later it is not ($(auc late.csv))" test "$(auc late.csv)" = 0.500
sed -i -E 's/price = items_price, sold = item.sold/sold = item.sold/; /let items_price/d; s/(sold = item.sold)$/\1 }/' ahead.mlp
sold() { { echo item,since,price,sold; versions "$1" no | awk -F, -v OFS=, '{ if ($4 == "no") $4 = $3 == 9 ? "yes" : "no"; print }'; } >sold.csv; auc sold.csv; }
t "an outcome of the referenced row is read once it is known, two hours later ($(sold -7200))" test "$(sold -7200)" = 1.000
t "and not one second before ($(sold -7199))" test "$(sold -7199)" = 0.500

# ---- E103: what belongs together on both sides ----
part() { for i in $(seq 120); do echo "k$((i % $1)),$((i % 13)),$([ $((i / 10 % 3)) = 1 ] && echo yes || echo no),$(case $((i % 10)) in 8) echo validation ;; 9) echo test ;; *) echo train ;; esac)"; done; }
{ echo k,n,y,part; part 7; } >parts.csv
both() { printf '%s\n' 'pipeline p' 'goal { predict y, maximize roc_auc }' "source rows = csv(\"$1\") { k: id $2, n: float, y: bool, part: category in {\"train\", \"validation\", \"test\"} }" \
    "split by_column(part) ${3-}" 'features { n }' 'baseline majority' 'model m = linear()' >p.mlp; }
both parts.csv @group
says "a group on both sides" 3 'E103' "$MLP" run p.mlp
says "which, and both rows" 3 'one group, "k1", has rows on both sides of the split: in the validation part here, in the training part in line 2' "$MLP" run p.mlp
both parts.csv @key
says "a key without a time" 3 'one key, "k' "$MLP" run p.mlp
both parts.csv @key '@allow(E103, reason: "a test")'
"$MLP" run p.mlp >/dev/null 2>err; rc=$?
t "unless it is allowed (exit $rc)" test $rc = 0
{ echo k,n,y,part; part 1000; } >parts.csv
both parts.csv @key
"$MLP" run p.mlp >/dev/null 2>err; rc=$?
t "quiet where each stands once (exit $rc)" test $rc = 0
spec 'source rows = csv("many2.csv") { n: float, m: float, y: bool }'; sed -i 's/x = who.x, n/n, m/' p.mlp
{ echo n,m,y; for i in $(seq 400); do echo "$i,$((i * 37 % 11)),$([ $((i * 7 % 5)) -gt 2 ] && echo yes || echo no)"; done; } >many2.csv
"$MLP" run p.mlp >/dev/null 2>err
t "no twins, no note" eval '! grep -q E103 err'
tail -n +2 many2.csv | head -100 >>many2.csv
"$MLP" run p.mlp >/dev/null 2>err; rc=$?
t "equal rows without a key: by their content they stay on one side, or a note says so (exit $rc)" test $rc = 0 -a "$(grep -c 'E103: [0-9]* rows that judge stand in the training part too' err)" = 1

# ---- bad steps ----
spec 'source rows = csv("rows.csv") |> where(n > 1000) { id: id @key, n: float, y: bool }' ; sed -i 's/x = who.x, n/n/' p.mlp
says "nothing is left" 3 '`where(n > 1000)` leaves no row of source `rows`' "$MLP" run p.mlp
spec 'source rows = csv("rows.csv") |> append(csv("none.csv")) { id: id @key, n: float, y: bool }' ; sed -i 's/x = who.x, n/n/' p.mlp
says "what is appended must be there" 3 'none.csv' "$MLP" run p.mlp
echo "r9,p1,x,yes" >>rows.csv
spec 'source rows = csv("people.csv") |> append(csv("rows.csv")) { who: id @key, n: float, y: bool }' ; sed -i 's/x = who.x, n/n/' p.mlp
says "and has the same columns" 3 'column n' "$MLP" run p.mlp
spec 'source rows = csv("rows.csv") { id: id @key, who: id, n: text, y: bool, day = 2025-01-01 + (if length(n) > 1 then 1d else missing) @time }'
sed -i 's/x = who.x, n/k = length(n)/; s/split.*/split by_time(train: 60%, validation: 20%, test: 20%)/' p.mlp
says "a derived time that is missing: where" 3 '`day`, which is derived, is missing in this row' "$MLP" run p.mlp

# ---- sample: alike for all parts, stable, by what it says ----
{ echo id,g,n,y; for i in $(seq 2000); do echo "r$i,g$((i % 40)),$((i % 13)),$([ $((i * 7 % 5)) -gt 2 ] && echo yes || echo no)"; done; } >many.csv
{ head -1 many.csv; tail -n +2 many.csv | tac; } >turned.csv
for f in many turned; do
    spec "source rows = csv(\"$f.csv\") |> sample(25%, by: g) { id: id @key, g: id, n: float, y: bool }"; sed -i 's/x = who.x, n/n/' p.mlp
    "$MLP" run p.mlp --out $f >/dev/null 2>$f.err
done
t "a sample does not hang on the order of rows" same <(grep left many.err) <(grep left turned.err)
left=$(sed -nE 's/.*left out ([0-9]+) of 2000 rows/\1/p' many.err)
t "by a column keeps whole values of it ($left left out)" test $((left % 50)) = 0
t "about the share that it names" test "$left" -gt 1000 -a "$left" -lt 1900
exit 0
