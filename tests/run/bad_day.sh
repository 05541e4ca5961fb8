#!/usr/bin/env bash
# bad_day.sh: what happens around a run: no right to write, a full disk, a process that is killed, a lock or a cache that is damaged, several
# runs at once. What is said names the place and the edit; what was kept before stays whole; the next run goes as if nothing had been.
. "$(dirname "$0")/../lib.sh"
cd "$here" || exit 4
cat > t.mlp <<'SPEC'
pipeline t
param data: path = "t.csv"
goal { predict left, maximize roc_auc }
source rows = csv(data) {
  id:    id                          @key
  age:   int in 0..120
  left:  bool
}
split random(train: 60%, validation: 20%, test: 20%, seed: 1)
features { age }
baseline majority
model scores = linear(l2: 0.01)
SPEC
awk 'BEGIN { srand(7); print "id,age,left"; for (i = 1; i <= 20000; i++) { a = int(rand() * 100); printf "r%d,%d,%s\n", i, a, (rand() < a / 100 ? "yes" : "no") } }' > t.csv
head -4 t.csv > few.csv
run() { "$MLP" run t.mlp --quiet; }
nothing_half() { ! find . -name '*.tmp-*' | grep -q .; }
whole() { local r; for r in runs/t-*; do "$MLP" predict t.mlp --model "$r" few.csv --quiet >/dev/null 2>&1 || return 1; done; }

# ---- no right to write, and something else in its place: said before the work, not after ----
: > runs;                                       says "a file stands where runs belongs" 3 "E360" run
                                                says "and which" 3 "--> runs" run
rm runs; mkdir runs; chmod 555 runs
if [ "$(id -u)" = 0 ]; then chmod 777 . ; as() { HOME=$here setpriv --reuid 65534 --regid 65534 --clear-groups "$@"; }; else as() { "$@"; }; fi
denied() { as "$MLP" run t.mlp; }
if as "$MLP" version >/dev/null 2>&1; then
    says "no right to write into runs" 3 "Permission denied" denied
    t "it is said before anything is trained" eval '! grep -q "train" err'
    says "the way out is named" 3 "--out" denied
else ok "no right to write: mlp stands where no other user may run it"; fi
rm -rf runs

# ---- no room for what is printed ----
"$MLP" run t.mlp --quiet >/dev/full 2>err; rc=$?
t "the result cannot be printed: exit 3" test $rc = 3
t "the run is kept, and that is said" eval 'grep -q "kept in runs/t-0001" err && whole'
"$MLP" predict t.mlp few.csv >/dev/full 2>err; rc=$?
t "predictions cannot be printed: exit 3" test $rc = 3
"$MLP" check t.mlp --json >/dev/full 2>err; rc=$?
t "check --json cannot be printed: exit 3" test $rc = 3

# ---- killed at any moment, and run again ----
for wait in 0.01 0.03 0.06 0.09 0.12 0.15 0.18 0.21 0.24 0.27 0.3; do
    "$MLP" run t.mlp --quiet >/dev/null 2>&1 & pid=$!
    sleep $wait; kill -KILL $pid 2>/dev/null; wait $pid 2>/dev/null
done
cp t.lock t.lock.tmp-999999 2>/dev/null || : > t.lock.tmp-999999     # as a killed process would leave them
mkdir -p runs/.tmp-999999; echo half > runs/.tmp-999999/model.safetensors
t "after eleven kills, every run that is there is whole" whole
t "the next run goes" eval "run >out 2>&1"
t "and clears what they left" nothing_half
t "nothing has changed for the lock" eval '"$MLP" run t.mlp --locked --quiet >out 2>&1'

# ---- several at once ----
before=$(ls runs | wc -l)
for i in 1 2 3 4; do "$MLP" run t.mlp --quiet >o$i 2>&1 & p[i]=$!; done
fine=0; for i in 1 2 3 4; do wait "${p[i]}" && fine=$((fine + 1)); done
t "four runs at once end well" test $fine = 4
t "each has a folder of its own" test "$(ls runs | wc -l)" = $((before + 4))
t "all of them whole, and the lock too" eval 'whole && nothing_half && "$MLP" run t.mlp --locked --quiet >out 2>&1'

# ---- a damaged lock ----
cp t.lock good.lock; before=$(ls runs | wc -l)
damaged() { # NAME COMMAND…: writes t.lock
    local name=$1; shift
    "$@" > t.lock 2>/dev/null
    says "a lock file that is $name" 3 "the lock file t.lock cannot be read" run
}
damaged "cut off" head -c 100 good.lock
damaged "empty" true
damaged "another thing" head -c 300 t.csv
says "its fix" 3 "remove it" run
rm t.lock; mkdir t.lock; says "a folder in its place" 3 "t.lock" run; rmdir t.lock
t "none of them left a run" test "$(ls runs | wc -l)" = "$before"
t "without a lock the next run writes one" eval 'run >/dev/null 2>&1 && cmp t.lock good.lock'

# ---- a damaged cache is no matter ----
object=$(find "$XDG_CACHE_HOME" -name '*.o' -newer t.csv | head -1); cp "$object" object
"$MLP" predict t.mlp few.csv --quiet > good.out 2>/dev/null
for what in "head -c 500 object" true "head -c 20000 t.csv"; do
    $what > "$object"
    "$MLP" predict t.mlp few.csv --quiet > again.out 2>err
    t "a cached kernel that is damaged ($what) is made again" same good.out again.out
done

# ---- models that are not there or not whole ----
says "no such run" 3 "runs/t-0001" "$MLP" predict t.mlp --model nowhere few.csv
says "a folder without a model" 3 "--model" "$MLP" predict t.mlp --model . few.csv
: > empty; says "an empty model file" 3 "it is empty" "$MLP" predict t.mlp --model empty few.csv
says "an executable where none can be written" 3 "-o" "$MLP" build t.mlp -o /proc/nowhere
