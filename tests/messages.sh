#!/usr/bin/env bash
# messages.sh: the whole text of every diagnostic, as people see it. tests/messages/CODE[_what].mlp is a small spec that fires CODE (its rows
# beside it), CODE[_what].txt what stands on standard error; docs/style.md says how messages are written. `mlp run` where rows stand
# beside the spec, else `mlp check`; a first line `# $ COMMAND` says it otherwise. UPDATE=1 writes what was said: read it aloud.
. "$(dirname "$0")/lib.sh"
export NO_COLOR=1
bin=$here/bin; mkdir "$bin"; ln -s "$MLP" "$bin/mlp"; export PATH=$bin:$PATH
table=$root/compiler/sema/diagnostics.def folder=$root/tests/messages

# What cannot be fired by a small spec, and why.
elsewhere() {
    case $1 in
        E325) echo "it takes more than two milliards of rows" ;;
        E399) echo "memory must run out: tests/unit/memory.c" ;;
        *) return 1 ;;
    esac
}

one() { # NAME: fires its code, with the pinned text, and offers an edit
    local name=$1 code=${1%%_*} command
    rm -rf "$here/work"; mkdir "$here/work"; cd "$here/work" || return
    cp "$folder/$name".* .
    command=$(sed -n '1s/^# \$ //p' "$name.mlp")
    [ -n "$command" ] || { if [ -f "$name.csv" ]; then command="mlp run $name.mlp --quiet"; else command="mlp check $name.mlp"; fi; }
    bash -c "$command" 2>&1 >out </dev/null | sed -E 's/tmp-[0-9]+/tmp-N/' >said
    grep -qE "^(error|warning)\[$code\]: " said || { not_ok "$name fires $code"; sed 's/^/# /' said | head -8; return; }
    grep -qE '^ *= fix: |did you mean|write `|[:;] (write|add|use|leave|make|hash) ' said || { not_ok "$name offers no edit"; sed 's/^/# /' said | head -8; return; }
    case $code in E007|E353) ;; *) grep -qE '^ *--> ' said || { not_ok "$name names no place"; return; } ;; esac   # a file, a model that is not there
    if [ -n "${UPDATE-}" ]; then cp said "$folder/$name.txt"; fi
    t "$name" same "$folder/$name.txt" said
}
# words_WHAT.mlp: a spec with a slip in each line, up to 20, pinned as a whole: wordings that have no page of their own. Every error names
# its line once, and the edit stands behind `= fix:` or in the first line.
words() {
    local name=$1
    rm -rf "$here/work"; mkdir "$here/work"; cd "$here/work" || return
    cp "$folder/$name.mlp" .
    mlp check "$name.mlp" 2>said >out </dev/null
    if [ -n "${UPDATE-}" ]; then cp said "$folder/$name.txt"; fi
    t "$name" same "$folder/$name.txt" said
    t "$name: a line each" test -z "$(grep -oE '^ *--> [^ ]+' said | cut -d: -f2 | uniq -d)"
    t "$name: nothing is left uncounted" eval '! grep -qE "^and [0-9]+ more" said'
}
for f in "$folder"/words_*.mlp; do words "$(basename "$f" .mlp)"; done
for f in "$folder"/[EW]*.mlp; do one "$(basename "$f" .mlp)"; done

codes=$(sed -nE 's/^ROW\(([EW][0-9]+),.*/\1/p' "$table")
for code in $codes; do
    if compgen -G "$folder/$code*.txt" >/dev/null; then
        if elsewhere "$code" >/dev/null; then not_ok "$code is pinned here, so it is not elsewhere"; fi
    elif why=$(elsewhere "$code"); then ok "$code is not pinned here: $why"
    else not_ok "$code has no golden text in tests/messages"; fi
done
used=$(grep -rhoE '"[EW][0-9]{3}"' "$root/compiler" "$root/runtime" "$root/grammar" --include=*.[chly] | tr -d '"' | sort -u)
t "every code that is reported stands in the table" test -z "$(comm -23 <(echo "$used") <(sort <<<"$codes"))"
t "every code of the table is reported" test -z "$(comm -13 <(echo "$used") <(sort <<<"$codes"))"
