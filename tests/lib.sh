# lib.sh: for tests in shell. Source it; then `t NAME CONDITION…` prints a TAP line; work in $here, a folder that goes away.
set -u
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
BUILD=${BUILD:-build}
MLP=${MLP:-$root/$BUILD/mlp}
here=$(mktemp -d) && trap 'rm -rf "$here"' EXIT
export XDG_CACHE_HOME=${XDG_CACHE_HOME:-$here/cache}
number=0
ok()     { number=$((number + 1)); echo "ok $number - $*"; }
not_ok() { number=$((number + 1)); echo "not ok $number - $*"; }
t()      { local name=$1; shift; if "$@"; then ok "$name"; else not_ok "$name"; fi; }
same()   { cmp -s "$1" "$2" || { diff <(head -c 100000 "$1") <(head -c 100000 "$2") | head -5 | sed 's/^/# /'; return 1; }; }
# says NAME CODE TEXT COMMAND…: the command ends with CODE and standard error holds TEXT
says() {
    local name=$1 code=$2 text=$3 rc; shift 3
    "$@" >"$here/out" 2>"$here/err" </dev/null; rc=$?
    if [ $rc = "$code" ] && grep -qF -- "$text" "$here/err"; then ok "$name"
    else not_ok "$name (exit $rc, wanted $code and: $text)"; head -8 "$here/err" | sed 's/^/# /'; fi
}
