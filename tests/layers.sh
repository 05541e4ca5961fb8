#!/usr/bin/env bash
# layers.sh: the directions of docs/architecture.md, by grepping includes and asking nm. Prints TAP.
. "$(dirname "$0")/lib.sh"
cd "$root" || exit 4
none() { ! grep -q . ; }
t "the runtime includes no compiler header" eval 'git ls-files -co --exclude-standard "runtime/*.[ch]" | xargs grep -nE "#include *\"[^\"]*compiler/" | none'
t "LLVM is in compiler/kernel only" eval 'git ls-files -co --exclude-standard "*.c" "*.h" | grep -v ^compiler/kernel/ | xargs grep -lE "#include *<llvm-c/" | none'
t "the runtime library neither prints nor exits" eval 'git ls-files -co --exclude-standard "runtime/*.c" | grep -vE "runtime/(app/|base/(log|progress))" | xargs grep -nE "\b(exit|abort|printf|perror)\(|fprintf\(std(err|out)" | none'
# level of each room; a room includes rooms of lower levels only (and itself)
level() { case $1 in base) echo 0;; comm) echo 1;; data) echo 2;; call|io|split|fit|metric) echo 3;; model) echo 4;; run) echo 5;; store|tune|explain|privacy) echo 4;; report|serve) echo 7;; app) echo 8;; esac; }
bad=
while IFS=: read -r file _ line; do
    from=$(cut -d/ -f2 <<<"$file"); to=$(sed -E 's/.*"runtime\/([a-z]+)\/.*/\1/' <<<"$line")
    [ "$from" = "$to" ] && continue
    [ "$(level "$to")" -lt "$(level "$from")" ] || bad="$bad $file->$to"
done < <(git ls-files -co --exclude-standard 'runtime/*.[ch]' | xargs grep -nE '#include *"runtime/[a-z]+/')
t "rooms of the runtime include lower ones only:$bad" test -z "$bad"
level() { case $1 in syntax) echo 0;; sema) echo 1;; plan) echo 2;; kernel) echo 3;; command) echo 5;; esac; }
bad=
while IFS=: read -r file _ line; do
    from=$(cut -d/ -f2 <<<"$file"); to=$(sed -E 's/.*"compiler\/([a-z]+)\/.*/\1/' <<<"$line")
    case $from$to in *.c*|*.h*) continue ;; esac
    [ "$from" = "$to" ] && continue
    case "$to/$(sed -E 's/.*"([^"]*)".*/\1/' <<<"$line")" in plan/compiler/plan/ir.h) continue ;; esac   # the graph is shared downwards
    [ "$(level "$to")" -lt "$(level "$from")" ] || bad="$bad $file->$to"
done < <(git ls-files -co --exclude-standard 'compiler/*.[ch]' | xargs grep -nE '#include *"compiler/[a-z]+/')
t "rooms of the compiler include lower ones only:$bad" test -z "$bad"
# the archive links alone: what it wants, it defines, or libc, libm, zlib and threads do
undefined=$(nm "$BUILD/libmlprt.a" 2>/dev/null | awk '$1=="U"{u[$2]=1} NF==3{d[$3]=1} END{for(s in u) if(!(s in d)) print s}' | grep -E '^(mlp_|LLVM)' | grep -vE '^mlp_(bind|image|image_end|entries|main_use.*)$')
t "the runtime archive needs nothing of the compiler: $undefined" test -z "$undefined"
