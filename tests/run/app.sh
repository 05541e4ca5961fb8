#!/usr/bin/env bash
# app.sh: the command line of runs and predictions: exit codes, streams, signals, full disks, damaged models. Prints TAP.
. "$(dirname "$0")/../lib.sh"
cp "$root"/examples/churn/{churn.mlp,wa_churn.csv} "$here" && cd "$here" || exit 4
rows=wa_churn.csv

t "a run ends with 0 and keeps its folder" eval '"$MLP" run churn.mlp --threads 2 >run.txt 2>run.err && [ -f runs/churn-0001/model.safetensors ] && [ -f churn.lock ]'
t "its table names goals in words" grep -q "✓ met .*maximize roc_auc" run.txt
t "standard error holds the steps" grep -q "train" run.err
t "standard output holds no escape codes" eval '! grep -q $'"'\\033'"' run.txt'
for f in metrics.json plan.json churn.mlp log.jsonl; do t "the run keeps $f" test -s runs/churn-0001/$f; done
t "--json is one JSON object" eval '"$MLP" run churn.mlp --json --quiet --out second >run.json 2>/dev/null && head -c 1 run.json | grep -q "{" && grep -q "\"met\": true" run.json'
t "the model's bytes do not depend on threads" eval '"$MLP" run churn.mlp --quiet --threads 7 --out seven >/dev/null && cmp -s seven/model.safetensors runs/churn-0001/model.safetensors'
says "a folder that is there is refused" 3 "there already" "$MLP" run churn.mlp --quiet --out second
says "an unknown param is refused" 2 "no param" "$MLP" run churn.mlp --set dat=x.csv
says "an unknown option is refused" 2 "no option" "$MLP" run churn.mlp --sed 3
says "a missing file is named" 3 "gone.csv" "$MLP" run churn.mlp --set data=gone.csv
sed 's/roc_auc >= 0.80 /roc_auc >= 0.99 /' churn.mlp >strict.mlp
t "an unmet goal is exit code 1, and the run is kept" eval '"$MLP" run strict.mlp --quiet --out unmet >unmet.txt; [ $? = 1 ] && grep -q "✗ not met" unmet.txt && [ -f unmet/model.safetensors ]'

# the lock
t "nothing changed: --locked agrees" eval '"$MLP" run churn.mlp --quiet --locked --out locked >/dev/null'
head -6000 $rows >fewer.csv
says "other data: --locked refuses" 3 "7043 rows" "$MLP" run churn.mlp --quiet --locked --set data=fewer.csv

# predictions
"$MLP" predict churn.mlp $rows >all.csv 2>/dev/null
t "one line per row" test "$(wc -l <all.csv)" = 7044
t "a pipe gives the same" eval 'cat $rows | "$MLP" predict churn.mlp | cmp -s - all.csv'
t "columns in another order give the same" eval 'awk -F, -v OFS=, "{t=\$6; \$6=\$16; \$16=t; print}" $rows | "$MLP" predict churn.mlp | cmp -s - all.csv'
to_json() { awk -F, 'NR==1{gsub(/"/,""); n=split($0,h,","); next} {printf "{"; for(i=1;i<=n;i++) printf("%s\"%s\":%s", (i>1?",":""), h[i], ($i==""?"null":$i)); print "}"}' "$1"; }
head -200 $rows >some.csv; to_json some.csv >some.jsonl
t "JSON Lines give the same scores" eval '"$MLP" predict churn.mlp <some.jsonl | sed -E "s/.*\"score\":([^}]*)}/\1/" >j; head -200 all.csv | tail -n +2 | cut -d, -f2 >c; same j c'
(head -2 $rows; echo 'broken'; sed -n 3p $rows | sed 's/Month-to-month\|One year\|Two year/Ten years/'; sed -n 4p $rows) >bad.csv
t "bad rows keep their lines, exit code 3" eval '"$MLP" predict churn.mlp bad.csv >bad.out 2>bad.err; [ $? = 3 ] && [ $(wc -l <bad.out) = 5 ] && sed -n 3,4p bad.out | grep -c "^,,.*E3" | grep -qx 2 && sed -n 5p bad.out | grep -q "^\(true\|false\),0"'
t "the first bad row is named" grep -q "bad.csv:3" bad.err
cut -d, -f1-5,7- $rows | head -3 >narrow.csv
says "a column that is missing is named" 3 "tenure" "$MLP" predict churn.mlp narrow.csv
t "a reader that leaves is no error" eval '"$MLP" predict churn.mlp $rows 2>sigpipe.err | head -1 >/dev/null; [ ! -s sigpipe.err ]'
says "a full disk is an error" 3 "No space left" bash -c '"$1" predict churn.mlp wa_churn.csv >/dev/full' _ "$MLP"
t "an answer comes at once when rows come slowly" eval '(head -2 $rows; sleep 2) | "$MLP" predict churn.mlp >slow & sleep 1; [ $(wc -l <slow) = 2 ]; r=$?; wait; [ $r = 0 ]'
says "--set is for training" 2 "for training" "$MLP" predict churn.mlp --set data=x.csv $rows

# models that are not whole
cp -r runs/churn-0001 damaged && head -c 20000 runs/churn-0001/model.safetensors >damaged/model.safetensors
says "a truncated model is refused" 3 "model.safetensors" "$MLP" predict churn.mlp --model damaged $rows
cp runs/churn-0001/model.safetensors damaged/ && printf '\xff' | dd of=damaged/model.safetensors bs=1 seek=30000 conv=notrunc 2>/dev/null
says "a changed byte is refused" 3 "checksum" "$MLP" predict churn.mlp --model damaged $rows
sed 's/l2: 0.001/l2: 0.002/' churn.mlp >other.mlp
says "a model of another spec is refused" 3 "another spec" "$MLP" predict other.mlp --model runs/churn-0001 $rows

# signals and disks while a run is made
for i in $(seq 40); do tail -n +2 $rows; done >body && (head -1 $rows; cat body) >large.csv
before=$(ls runs | wc -l)
( "$MLP" run churn.mlp --quiet --set data=large.csv >/dev/null 2>int.err & pid=$!; sleep 0.6; kill -INT $pid; wait $pid; echo $? >int.rc )
t "Ctrl-C is exit code 130" test "$(cat int.rc)" = 130
t "and leaves no run, nor half of one" eval '[ $(ls runs | wc -l) = $before ] && [ -z "$(ls -A runs | grep tmp)" ]'
t "a full disk leaves nothing half" eval 'bash -c "ulimit -f 8; trap \"\" XFSZ; exec \"\$1\" run churn.mlp --quiet" _ "$MLP" >/dev/null 2>full.err; [ $? = 3 ] && grep -q "E360" full.err && [ $(ls runs | wc -l) = $before ] && [ -z "$(ls -A runs | grep tmp)" ]'

# what data can be wrong in
awk -F, 'NR==1 || $1=="\"No\""' $rows >one.csv
says "a constant target is refused" 3 "is constant" "$MLP" run churn.mlp --quiet --set data=one.csv
awk -F, 'NR==1 || $1=="\"No\"" || n++<1' $rows >nearly.csv
says "one class in a part is refused" 3 "one class in the" "$MLP" run churn.mlp --quiet --set data=nearly.csv
head -1 $rows >header.csv; : >empty.csv
says "a header alone is refused" 3 "no rows" "$MLP" run churn.mlp --quiet --set data=header.csv
says "an empty file is refused" 3 "empty" "$MLP" run churn.mlp --quiet --set data=empty.csv
echo "1..$number"
