#!/usr/bin/env bash
# valgrind.sh: the whole life of a run with kernels in plain C (tests/unit/program.c) without one wrong access or lost block.
. "$(dirname "$0")/../lib.sh"
case $BUILD in *asan*) ok "valgrind: not together with the sanitizers"; exit ;; esac
if valgrind -q --error-exitcode=9 --leak-check=full --show-leak-kinds=definite --errors-for-leak-kinds=definite \
    "$root/$BUILD/unit/program" >"$here/out" 2>&1; then ok "valgrind: the program by hand, kernels in plain C"
else not_ok "valgrind: the program by hand, kernels in plain C"; grep -E '^(==|not ok)' "$here/out" | head -30 | sed 's/^/# /'; fi
