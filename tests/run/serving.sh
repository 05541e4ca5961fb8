#!/usr/bin/env bash
# serving.sh: windows at `predict`: what a request does not carry is computed from the source's rows or from the rows before it, as of
# its decision moment: the numbers are those of training (beside pandas), in every form, and nobody sees a row of its own or later ones.
. "$(dirname "$0")/../lib.sh"
cp "$root"/tests/run/windows/* "$root"/tests/run/probes/earlier* "$root"/tests/run/probes/window* "$here" && cd "$here" || exit 4
column() { awk -F, -v name="$1" 'NR == 1 { for (i = 1; i <= NF; i++) if ($i == name) at = i; next } { print $at }' "$2"; }
wrong() { paste -d, <(column score "$1") <(column z "$2") | awk -F, '{ d = $1 - $2; if ($1 == "" || d > 1e-6 || d < -1e-6) n++ } END { print n + 0 "/" NR }'; }

# ---- every window of every row is what pandas says: a wrong one moves the prediction by 1 ----
beside() { # NAME
    local name=$1 rc
    sed -E 's/predict y = z \+ wrong/predict y = z/; s/^  zz$//; s/^  let wrong =/  a = zz +/; s/^(  w_[a-z0-9]+: float\?)$/\1 @known/' "$name.mlp" >"served_$name.mlp"
    "$MLP" run --quiet "served_$name.mlp" >/dev/null 2>err; rc=$?
    t "$name: trains (exit $rc)" test $rc = 0
    "$MLP" predict --quiet "served_$name.mlp" "$name.csv" >"$name.block" 2>err; rc=$?
    t "$name: predicts (exit $rc)" test $rc = 0
    t "$name: every window of every request is what pandas says ($(wrong "$name.block" "$name.csv") wrong)" \
        test "$(wrong "$name.block" "$name.csv")" = "0/$(($(wc -l <"$name.csv") - 1))"
    "$MLP" predict --quiet "served_$name.mlp" --rows 1 "$name.csv" >row.csv 2>err
    t "$name: row form, same bytes" same "$name.block" row.csv
    for k in 2 7; do
        "$MLP" predict --quiet "served_$name.mlp" --threads $k "$name.csv" >row.csv 2>err
        t "$name: $k threads, same bytes" same "$name.block" row.csv
    done
    "$MLP" build "served_$name.mlp" -o "$name.exe" --model "runs/$name-0001" >/dev/null 2>err
    "./$name.exe" predict <"$name.csv" >row.csv 2>err
    t "$name: the executable, same bytes" same "$name.block" row.csv
    # one request whose wanted numbers are others
    awk -F, -v OFS=, 'NR == 1 { for (i = 1; i <= NF; i++) if ($i ~ /^w_/) at[i] = 1 } NR == 90 { for (i in at) $i = $i + 3 } { print }' "$name.csv" >other.csv
    "$MLP" predict --quiet "served_$name.mlp" --history "$name.csv" other.csv >row.csv 2>err
    t "$name: a row whose wanted numbers are others is wrong: the test can fail" test "$(wrong row.csv other.csv)" = "1/$(($(wc -l <"$name.csv") - 1))"
}
beside exact
beside ahead

# ---- rows without a time: by their place in the history ----
"$MLP" run --quiet earlier.mlp >/dev/null 2>err
"$MLP" predict --quiet earlier.mlp earlier.csv >looked.csv 2>err
said=$("$MLP" eval --quiet --json earlier.mlp earlier.csv | grep -m1 -oE '"rmse": \{"value": [0-9.]+' | sed 's/.* //')
here_is=$(paste -d, <(column score looked.csv) <(column y earlier.csv) | awk -F, '{ s += ($1 - $2) ^ 2 } END { printf "%.12g", sqrt(s / NR) }')
t "predict over the training file is what eval judges ($here_is)" test "$(printf %.12g "$said")" = "$here_is"
head -200 earlier.csv >begin.csv
"$MLP" predict --quiet earlier.mlp --history begin.csv begin.csv >begin.out 2>err
t "a history without later rows: the same" same <(head -200 looked.csv) begin.out
tac <(tail -n +2 earlier.csv) | cat <(head -1 earlier.csv) - >backwards.csv
"$MLP" predict --quiet earlier.mlp backwards.csv >out.csv 2>err
t "requests in another order: the same" same <(sort looked.csv) <(sort out.csv)
last=$(tail -1 earlier.csv)
{ head -1 earlier.csv; echo "new${last#*,}" | sed 's/^new/new,/'; } >new.csv
head -n -1 earlier.csv >without.csv
"$MLP" predict --quiet earlier.mlp --history without.csv new.csv >out.csv 2>err
t "a row that the history does not have comes after all of it" test "$(column score out.csv)" = "$(column score looked.csv | tail -1)"
cut -d, -f1 --complement new.csv >keyless.csv
"$MLP" predict --quiet earlier.mlp --history without.csv keyless.csv >out.csv 2>err
t "so does one without a key" test "$(column score out.csv)" = "$(column score looked.csv | tail -1)"
sed 's/^\(r[0-9]*\),[^,]*,/\1,,/' earlier.csv | head -9 >nobody.csv
"$MLP" predict --quiet earlier.mlp nobody.csv >out.csv 2>err; rc=$?
t "a key that is missing gives no rows, and is no error (exit $rc)" test $rc = 0

# ---- carried, or computed ----
"$MLP" run --quiet window.mlp >/dev/null 2>err
"$MLP" predict --quiet window.mlp window.csv >computed.csv 2>err
awk -F, -v OFS=, 'NR == FNR { if (FNR > 1) { split($2, d, "-"); day = mktime(d[1] " " d[2] " " d[3] " 12 0 0"); n[$1]++; at[$1, n[$1]] = day; talk[$1, n[$1]] = int($3 * 10 + 0.5) } next }
    FNR == 1 { print $1, $2, $3, "calls_30d", "talk_90d"; next }
    { split($2, d, "-"); now = mktime(d[1] " " d[2] " " d[3] " 12 0 0"); c = 0; m = 0
      for (i = 1; i <= n[$1]; i++) { back = (now - at[$1, i]) / 86400; if (back > 0.5 && back < 30.5) c++; if (back > 0.5 && back < 90.5) m += talk[$1, i] }
      printf "%s,%s,%s,%d,%d.%d\n", $1, $2, $3, c, m / 10, m % 10 }' window_calls.csv window.csv >carried.csv
"$MLP" predict --quiet window.mlp carried.csv >out.csv 2>err
t "computed is what is carried by a request that counted for itself" same computed.csv out.csv
awk -F, -v OFS=, 'NR > 1 { $4 = 50 } { print }' carried.csv >told.csv
"$MLP" predict --quiet window.mlp told.csv >out.csv 2>err
t "what a request carries is taken" eval "! cmp -s computed.csv out.csv"
t "a number that is carried needs no key" test "$("$MLP" predict --quiet window.mlp --format json <<<'{"tenure":37,"calls_30d":0,"talk_90d":49.8}' | grep -c '"score":0')" = 1
t "JSON: what is left out is computed" test "$("$MLP" predict --quiet window.mlp --format json <<<'{"tenure":37,"customer":"c0","asked":"2025-09-19"}' | sed 's/.*"score":\([0-9.]*\).*/\1/')" = "$(column score computed.csv | head -1)"
says "JSON: null is no number, and is not computed" 3 '`calls_30d` is not there, and may not be missing' "$MLP" predict --quiet window.mlp --format json <(echo '{"tenure":37,"customer":"c0","asked":"2025-09-19","calls_30d":null}')
"$MLP" build window.mlp -o frozen --model runs/window-0001 >/dev/null 2>err
"./frozen" info >info.txt
t "info says what may be left out" grep -qF 'number, or it is computed from `calls` by `customer`' info.txt
t "and what it takes then" grep -qE '^ +asked .*only to look up by' info.txt
mkdir away && cp frozen window.csv away && cd away || exit 4
says "without the file, and without the number" 3 'it cannot be computed: window_calls.csv cannot be opened' ./frozen predict window.csv
says "the message names both ways" 3 'send `calls_30d` with it, or let `calls_30d` be looked up in calls (--source calls=FILE)' ./frozen predict window.csv
./frozen predict --source calls=../window_calls.csv window.csv >out.csv 2>err
t "--source says where the file is" same ../computed.csv out.csv
"../frozen" predict ../carried.csv >out.csv 2>err
t "alone in a folder it takes what the request carries" same ../computed.csv out.csv
cd ..
cut -d, -f1,3 window.csv >undated.csv
says "as of which moment?" 3 'nor `asked`, by which it could be computed' ./frozen predict undated.csv
cut -d, -f2,3 window.csv >nobody.csv
says "of whom?" 3 'nor `customer`, by which it could be computed' ./frozen predict nobody.csv
says "a history that is not there" 3 'let it be computed from the rows before it (--history FILE)' "$MLP" predict --quiet earlier.mlp --history no.csv earlier.csv
"$MLP" build earlier.mlp -o earlier.exe --model runs/earlier-0001 >/dev/null 2>err
./earlier.exe predict earlier.csv >out.csv 2>err
t "an executable reads its history beside it" same looked.csv out.csv
cp earlier.csv keep.csv; rm earlier.csv
./earlier.exe predict --history keep.csv keep.csv >out.csv 2>err
t "or where --history says" same looked.csv out.csv
{ head -100 keep.csv; echo "r900,w1,A,what,1"; } >broken.csv
says "a history that cannot be read says where" 3 'is not a number' ./earlier.exe predict --history broken.csv keep.csv
