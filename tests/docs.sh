#!/usr/bin/env bash
# docs.sh: the pages that `make docs` makes are committed as it makes them now, and every relative link of the documentation leads to a
# file that is there, and to a heading of it where it names one (as GitHub spells headings: small letters, no punctuation, `-` for a space).
. "$(dirname "$0")/lib.sh"
cd "$root" || exit 4
mkdir "$here/made"
"$BUILD/reference" "$here/made" stdlib/*.mlp || not_ok "the pages can be made"
for page in reference diagnostics; do
    t "docs/$page.md is what \`make docs\` gives; where it is not: run \`make docs\` and commit" same docs/$page.md "$here/made/$page.md"
done
# the text of a page without its blocks of code; then without code in lines
prose() { awk '/^ *```/ { code = !code; next } !code' "$1"; }
links() { prose "$1" | sed 's/`[^`]*`//g' | grep -oE '\]\([^) ]+\)' | sed -E 's/^\]\(//; s/\)$//' | grep -vE '^[a-z]+:' | sort -u; }
anchors() { prose "$1" | sed -nE 's/^#+ +//p' | LC_ALL=C tr A-Z a-z | LC_ALL=C sed -E 's/[^a-z0-9_ -]//g; s/ /-/g' | awk '{ print seen[$0]++ ? $0 "-" seen[$0] - 1 : $0 }'; }
all=0
for page in README.md docs/*.md examples/*/README.md; do
    bad=
    for link in $(links "$page"); do
        all=$((all + 1)) file=${link%%#*} at=${page%/*}/
        [ "$at" = "$page/" ] && at=
        [ -n "$file" ] && file=$at$file || file=$page
        if [ ! -e "$file" ]; then bad="$bad $link"
        elif [ "${link#*#}" != "$link" ] && ! anchors "$file" | grep -qxF -- "${link#*#}"; then bad="$bad $link"; fi
    done
    t "links of $page lead somewhere${bad:+, but not these:$bad}" test -z "$bad"
done
t "links were found ($all)" test "$all" -gt 20
