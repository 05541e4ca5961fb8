#!/usr/bin/env bash
# console.sh: what the documentation shows is what happens. Every ```console block of the README, the tutorial and the examples is run in
# a copy of its folder: a line `$ COMMAND`, then exactly what it prints on standard output. Times and sizes that vary are not compared
# (`0.12 s`, `1.3 MB`); a line `…` stands for any number of lines. UPDATE=1 writes what was printed into the documents instead.
. "$(dirname "$0")/lib.sh"
bin=$here/bin; mkdir "$bin"; ln -s "$MLP" "$bin/mlp"; export PATH=$bin:$PATH
plain() { sed -E 's/[0-9]+\.[0-9]+ (s|ms|MB)\b/N \1/g; s/[[:space:]]+$//'; }
fits() { # WANTED GOT: equal, where a line `…` of WANTED matches any lines
    awk 'NR == FNR { want[++n] = $0; next } { got[++m] = $0 }
         END { i = j = 1; star = 0
               while (j <= m) {
                   if (i <= n && want[i] == "…") { star = i++; from = j }
                   else if (i <= n && want[i] == got[j]) { i++; j++ }
                   else if (star) { i = star + 1; j = ++from }
                   else { print "# wanted: " want[i]; print "# got:    " got[j]; exit 1 }
               }
               while (i <= n && want[i] == "…") i++
               if (i <= n) { print "# wanted: " want[i]; print "# got nothing more"; exit 1 } }' "$1" "$2"
}
console() { # FILE FOLDER: the folder that its commands run in
    local file=$1 name command= line inside= n=0
    name=${file#"$root"/}
    rm -rf "$here/work"; cp -r "$2" "$here/work"; cd "$here/work" || return
    find . -name runs -type d -prune -exec rm -rf {} + ; find . -name '*.lock' -delete
    : >"$here/wanted"; : >"$here/new"
    finish() {
        [ -n "$command" ] || return 0
        n=$((n + 1)); bash -c "$command" >"$here/got.raw" 2>"$here/got.err" </dev/null; local rc=$?
        plain <"$here/wanted" >"$here/wanted.plain"; plain <"$here/got.raw" >"$here/got.plain"
        if fits "$here/wanted.plain" "$here/got.plain" >"$here/why"; then
            ok "$name: \$ $command"; cat "$here/wanted" >>"$here/new"
        elif [ -n "${UPDATE-}" ]; then cat "$here/got.raw" >>"$here/new"
        else not_ok "$name: \$ $command (exit $rc)"; cat "$here/why"; head -4 "$here/got.err" | sed 's/^/# /'; fi
        command=; : >"$here/wanted"
    }
    while IFS= read -r line || [ -n "$line" ]; do
        case $line in
            '```console') inside=1 ;;
            '```') [ -z "$inside" ] || finish; inside= ;;
            '$ '*) [ -z "$inside" ] || { finish; command=${line#\$ }; } ;;
            *) [ -z "$inside" ] || { printf '%s\n' "$line" >>"$here/wanted"; continue; } ;;
        esac
        printf '%s\n' "$line" >>"$here/new"
    done <"$file"
    [ -z "${UPDATE-}" ] || cmp -s "$here/new" "$file" || cp "$here/new" "$file"
    [ $n -gt 0 ] || not_ok "$name shows no command"
}
mkdir "$here/root"; cp -r "$root/examples" "$here/root/"
console "$root/README.md" "$here/root"
for f in "$root"/examples/*/README.md; do console "$f" "$(dirname "$f")"; done
if [ -f "$root/docs/tutorial.md" ]; then console "$root/docs/tutorial.md" "$root/docs/tutorial"; fi
