#!/usr/bin/env bash
# machines.sh: one executable, several processors: both x86-64 levels in it give the same bytes, an older processor gets a clear refusal,
# and the same kernels compiled for aarch64 give the same bytes under qemu. Needs qemu-user and a cross compiler (make deps).
. "$(dirname "$0")/../lib.sh"
cp -r "$root/tests/run/probes" "$here/p" && cd "$here/p" || exit 4
for name in nullable contains target_encode; do
    "$MLP" run $name.mlp --quiet >/dev/null 2>&1
    "$MLP" predict $name.mlp $name.csv >$name.here 2>/dev/null
    t "$name: there are predictions" test "$(wc -l <$name.here)" = "$(wc -l <$name.csv)"
    MLP_LEVEL=x86-64-v3 "$MLP" predict $name.mlp $name.csv >$name.v3 2>/dev/null
    t "$name: mlp at level v3, same bytes" same $name.here $name.v3
    "$MLP" build $name.mlp -o $name.exe --model runs/$name-0001 --quiet 2>/dev/null
    MLP_LEVEL=x86-64-v3 ./$name.exe predict <$name.csv >$name.v3 2>/dev/null
    t "$name: the executable at level v3, same bytes" same $name.here $name.v3
done
case $BUILD in *asan*) ok "emulated processors: not together with the sanitizers"; exit ;; esac
[ "$(uname -m)" = x86_64 ] || { ok "emulated processors: tested from x86-64 only"; exit; }
says "an executable on an old processor" 2 "older than x86-64-v3" qemu-x86_64 -cpu Nehalem ./nullable.exe predict nullable.csv
says "mlp on an old processor" 2 "older than x86-64-v3" qemu-x86_64 -cpu Nehalem "$MLP" version
qemu-x86_64 -cpu Haswell ./nullable.exe predict <nullable.csv >nullable.haswell 2>/dev/null
t "an emulated Haswell, same bytes" same nullable.here nullable.haswell
# aarch64: the runtime by a cross compiler, the kernels by mlp
cc=aarch64-linux-gnu-gcc
mkdir arm include && cp /usr/include/pcre2.h include/ && cd "$root" || exit 4      # a header of all machines; no probe here has a pattern
list=$(ls runtime/*/*.c runtime/*/*/*.c)
printf '%s\n' $list | xargs -P 2 -I{} sh -c "$cc -std=gnu17 -O1 -ffp-contract=off -ffunction-sections -fdata-sections -I. -I$BUILD/gen -I$here/p/include -c {} -o $here/p/arm/\$(echo {} | tr / _).o" 2>"$here/p/arm.log"
t "the runtime compiles for aarch64" test "$(ls "$here"/p/arm/*.o | wc -l)" = "$(wc -w <<<"$list")"
cd "$here/p" || exit 4
aarch64-linux-gnu-ar rcs libmlprt-arm.a arm/*.o
for name in nullable contains target_encode; do
    "$MLP" build $name.mlp --objects arm-$name --level aarch64 --model runs/$name-0001 --quiet 2>/dev/null
    (cd arm-$name && $cc -O1 -static -Wl,--gc-sections -o ../$name.arm main.c tables.s kernels.a64.o ../libmlprt-arm.a -lpthread -lm) 2>arm-$name.log
    qemu-aarch64 ./$name.arm predict <$name.csv >$name.a64 2>/dev/null
    t "$name: kernels for aarch64 under qemu, same bytes" same $name.here $name.a64 || head -3 arm-$name.log
done
