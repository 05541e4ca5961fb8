#!/usr/bin/env bash
# windows.sh: every window beside the values of pandas (tests/numeric/windows.py), and values planted one second too late.
. "$(dirname "$0")/../lib.sh"
cp "$root"/tests/run/windows/* "$here" && cd "$here" || exit 1
beside() { # NAME: a spec whose bound holds only when every window of every row is that of pandas
    local name=$1 rc
    "$MLP" run "$name.mlp" >"$name.txt" 2>"$name.err"; rc=$?
    t "$name: every window is what pandas says (exit $rc)" test $rc = 0
    [ $rc = 0 ] || { grep -E 'error|rmse' "$name.err" "$name.txt" | head -5 | sed 's/^/# /'; return; }
    awk -F, 'NR == 1 { for (i = 1; i <= NF; i++) if ($i == "w_rmean") at = i } NR == 200 { $at = $at + 0.001 } { OFS = ","; print }' "$name.csv" >changed.csv
    sed "s/\"$name.csv\"/\"changed.csv\"/" "$name.mlp" >changed.mlp
    "$MLP" run changed.mlp >changed.txt 2>/dev/null; rc=$?
    t "$name: one value that is another is seen (exit $rc)" test $rc = 1
}
beside exact
beside ahead

# A value one microsecond after the border is not seen, on the border as the contract says: the window's number is read off
# `perfect` rows: want holds what must be seen.
planted() { # NAME PREDICT_TAIL EXPRESSION WANT: one row decided at 2025-03-10T12:00:00Z, others far away so that the parts are whole
    local name=$1 tail=$2 expression=$3 want=$4 rc
    {   echo "row,cust,at,v,late,want,zz"
        for k in $(seq 1 40); do echo "$k,other$k,2024-01-$(printf %02d $((k % 28 + 1)))T00:00:00Z,0,0,,$k"; done
        echo "41,a,2025-03-10T12:00:00Z,99,99,$want,41"
        echo "42,a,2025-03-08T12:00:00Z,1,10,,42"            # its `late` is known at 2025-03-10T12:00:00Z, to the second
        echo "43,a,2025-03-08T11:59:59Z,2,20,,43"            # and this one a second before
        echo "44,a,2025-03-08T12:00:01Z,4,40,,44"            # this one a second too late
        echo "45,a,2025-03-09T11:59:59Z,8,80,,45"
        echo "46,a,2025-03-09T12:00:00Z,16,160,,46"          # a day before, to the second
        echo "47,a,2025-03-10T11:59:59Z,32,320,,47"
        echo "48,a,2025-03-10T12:00:01Z,64,640,,48"; } >planted.csv
    cat >planted.mlp <<SPEC
fn bad(a, b) = if b is missing then 0 else if a == b then 0 else 1_000
goal { predict y = zz0 + bad($expression, want)$tail, minimize rmse, require rmse <= 0.001 on train }
source rows = csv("planted.csv") {
  row: id @known
  cust: id @known
  at: time @time
  v: float @outcome
  late: float @outcome(after: 2d)
  want: float?
  zz0: float from "zz"
  zz: float @known
}
split random(train: 90%, validation: 5%, test: 5%, seed: 1) @allow(E104, reason: "nothing is learnt")
features { zz }
baseline mean
model m = linear(l2: 0)
SPEC
    "$MLP" run planted.mlp >planted.txt 2>planted.err; rc=$?
    t "planted: $name (exit $rc)" test $rc = 0
    [ $rc = 0 ] || grep -hE 'error|rmse' planted.err planted.txt | head -4 | sed 's/^/# /'
}
planted "rows strictly before are seen, the own and later ones are not" "" "sum(rows.v, on: cust)" 63
planted "an outcome known at the moment itself is not seen, a second before it is" "" "sum(rows.late, on: cust)" 20
planted "ahead: known at the decision moment is seen, a second later is not" " ahead 1d" "sum(rows.v, on: cust)" 31
planted "ahead: the outcome's time counts from its own row" " ahead 1s" "sum(rows.late, on: cust)" 20
planted "a window begins on its border" "" "sum(rows.v, on: cust, last: 1d)" 48
planted "ahead: a window begins behind its border" " ahead 1s" "rolling_sum(v, last: 1d, by: cust)" 48
planted "a lag is exact to the second" "" "lag(v, 1d, by: cust)" 16
planted "a lag of which nothing is there is missing" "" "fill(lag(v, 90_000s, by: cust), -7)" -7
planted "the second row before" "" "lag(v, rows: 2, by: cust)" 16
planted "of an outcome, the latest that was known" "" "lag(late, rows: 1, by: cust)" 20

# A target that looks forward: [@time, @time + 24h), incomplete windows have no answer; `where` picks decisions.
{ echo "machine,at,load"; for k in $(seq 0 299); do echo "m$((k % 5)),$(date -u -d "2025-01-01 00:00 UTC + $((k * 2)) hours" +%Y-%m-%dT%H:%M:%SZ),$k"; done; } >machines.csv
{ echo "machine,at"; for k in $(seq 0 99); do echo "m$((k % 7)),$(date -u -d "2025-01-01 00:00 UTC + $((k * 6)) hours" +%Y-%m-%dT%H:%M:%SZ)"; done; } >failures.csv
cat >forward.mlp <<'SPEC'
goal { predict fails = count(failures, on: machine, next: 24h) > 0, maximize roc_auc }
source machines = csv("machines.csv") {
  machine: id @key
  at:      time @time
  load:    float
}
source failures = csv("failures.csv") {
  machine: id -> machines
  at:      time @time
}
split by_time(train: 60%, validation: 20%, test: 20%, gap: 24h)
features { load, ever = count(failures) }
baseline majority
model m = linear()
SPEC
"$MLP" run forward.mlp >forward.txt 2>forward.err
# the failures end 594 h in: a row at hour 2k is complete when 2k + 24 <= 594, k <= 285: 14 of 300 are not
t "a forward window that is not complete has no answer" grep -qF '14 of 300 rows have no `fails`' forward.err
