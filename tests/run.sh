#!/usr/bin/env bash
# run.sh [PATH]: the whole test runner. Everything it starts speaks TAP ("ok 1 - name", "not ok 1 - name"); it counts and shows
# what failed. A PATH (a file, a folder, or a unit test's source) runs that alone.
#   tests/unit/*.c        cmocka programs, built by make
#   tests/lang/**/*.mlp   a spec with its answer inside: `# expect: line 7[, E103]: text` (each is one error), or `# ok`
#   tests/lang/specs/     whole pipelines: nothing is wrong with them but what is not built yet (E290)
#   tests/plan/*.mlp      `mlp plan` prints exactly NAME.plan
#   tests/**/*.sh         programs that print TAP themselves (tests/lib.sh helps)
set -u
cd "$(dirname "$0")/.." || exit 4
export BUILD=${BUILD:-build} MLP="$PWD/${BUILD:-build}/mlp" CMOCKA_MESSAGE_OUTPUT=TAP NO_COLOR=1
work=$(mktemp -d) && trap 'rm -rf "$work"' EXIT
export XDG_CACHE_HOME="$work/cache"
passed=0 failed=0

count() { # NAME, TAP on standard input, exit code in $work/rc
    local name=$1 good bad rc
    good=$(grep -c '^ok ' "$work/tap"); bad=$(grep -c '^not ok ' "$work/tap"); rc=$(cat "$work/rc")
    if [ "$rc" != 0 ] && [ "$bad" = 0 ]; then bad=1; echo "not ok - $name: exit code $rc" >>"$work/tap"; fi
    if [ "$good$bad" = 00 ]; then bad=1; echo "not ok - $name: no test ran" >>"$work/tap"; fi
    passed=$((passed + good)) failed=$((failed + bad))
    if [ "$bad" != 0 ]; then echo "FAIL $name"; grep -v '^ok ' "$work/tap" | head -${FAIL_LINES:-40} | sed 's/^/    /'; else echo "pass $name ($good)"; fi
}
program() { # NAME COMMAND…
    local name=$1; shift
    "$@" >"$work/tap" 2>&1 </dev/null; echo $? >"$work/rc"
    count "$name"
}
lang() { # a spec that says what check must answer
    local file=$1 out want line code text n=0 bad=
    out=$("$MLP" check "$file" 2>&1 >/dev/null); local rc=$?
    local flat; flat=$(awk '/^(error|warning)\[/ { sub(/^[a-z]+\[[A-Z0-9]+\]: /, ""); m = $0 } /^ *= fix: / { sub(/^ *= fix: /, ""); print m ": " $0 }' <<<"$out")
    while IFS= read -r want; do
        n=$((n + 1)); want=${want#*# expect: }
        line=$(sed -E 's/^line ([0-9]+).*/\1/' <<<"$want"); code=$(sed -nE 's/^line [0-9]+, ([EW][0-9]+): .*/\1/p' <<<"$want")
        text=$(sed -E 's/^line [0-9]+(, [EW][0-9]+)?: //' <<<"$want")
        grep -qF -- "$text" <<<"$out$flat" || bad="$bad says nothing like '$text';"
        grep -qE -- "--> .*:$line:" <<<"$out" || bad="$bad names no line $line;"
        [ -z "$code" ] || grep -qF "[$code]" <<<"$out" || bad="$bad no code $code;"
    done < <(grep -E '^# expect: ' "$file")
    local errors; errors=$(grep -cE '^(error|warning)\[' <<<"$out")
    local only; only=$(grep -cE '^error\[' <<<"$out")
    if [ "$n" = 0 ]; then
        if [ $rc != 0 ] || [ "$errors" != 0 ]; then bad="should be quiet;"; fi
    else
        if [ "$only" -gt "$n" ]; then bad="$bad $only errors where $n are expected;"; fi
        if grep -qE '^# expect: line [0-9]+, W' "$file"; then [ $rc = 0 ] || bad="$bad exit $rc;"; else [ $rc = 2 ] || bad="$bad exit $rc, not 2;"; fi
    fi
    if [ -n "$bad" ]; then failed=$((failed + 1)); echo "FAIL $file: $bad"; sed 's/^/    /' <<<"$out" | head -15; else passed=$((passed + 1)); fi
}
whole() { # a spec of which check finds nothing wrong, but perhaps E290
    local file=$1 out rc
    out=$("$MLP" check "$file" 2>&1 >/dev/null); rc=$?
    if grep -E '^error\[' <<<"$out" | grep -qv '^error\[E290\]' || { [ $rc != 0 ] && ! grep -q '^error\[E290\]' <<<"$out"; }; then
        failed=$((failed + 1)); echo "FAIL $file: something else than E290"; sed 's/^/    /' <<<"$out" | head -15
    else passed=$((passed + 1)); fi
}
plan() { # NAME.mlp and what is printed
    local file=$1
    if "$MLP" plan "$file" 2>&1 | diff -u "${file%.mlp}.plan" - >"$work/diff"; then passed=$((passed + 1))
    else failed=$((failed + 1)); echo "FAIL $file"; head -30 "$work/diff" | sed 's/^/    /'; fi
}
one() {
    case $1 in
        tests/unit/*.c) program "$1" "$BUILD/unit/$(basename "$1" .c)" ;;
        tests/lang/specs/*.mlp) whole "$1" ;;
        tests/lang/*.mlp) lang "$1" ;;
        tests/plan/*.mlp) plan "$1" ;;
        tests/lib.sh|tests/run.sh|tests/deps.sh|tests/fresh.sh|tests/acceptance/*|tests/bench/*|tests/fuzz/*) ;;
        tests/*.sh) program "$1" bash "$1" ;;
    esac
}
start=$SECONDS
if [ -n "${1-}" ]; then list=$(find "$1" -type f | sort); else list=$(find tests -type f \( -path 'tests/unit/*.c' -o -path 'tests/lang/*.mlp' -o -path 'tests/plan/*.mlp' -o -name '*.sh' \) | sort); fi
for f in $list; do one "$f"; done
echo "in $((SECONDS - start)) s"
echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
