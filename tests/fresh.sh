#!/usr/bin/env bash
# fresh.sh SUITE…: the README's two commands in a bare Debian root made for it (debootstrap), so that no missing package hides; then the
# mlp of `make dist` in another bare root that has nothing of LLVM or of this tree. Needs root and debootstrap; leaves nothing.
# The mirror is the one that this machine's apt uses. FRESH_TARGETS="quickstart" runs less.
set -eu
cd "$(dirname "$0")/.."
[ "$(id -u)" = 0 ] || { echo "make fresh needs root (debootstrap and chroot)" >&2; exit 2; }
sh tests/deps.sh debootstrap git
mirror=$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' | grep -v security | head -1)
for suite in "${@:-bookworm trixie}"; do for s in $suite; do
    root=$(mktemp -d "${TMPDIR:-/tmp}/mlp-fresh-XXXXXX")
    bare=$(mktemp -d "${TMPDIR:-/tmp}/mlp-bare-XXXXXX")
    trap 'umount "$root/proc" 2>/dev/null || true; rm -rf "$root" "$bare"' EXIT
    debootstrap --variant=minbase --include=make,ca-certificates "$s" "$root" "$mirror" >"$root.log" 2>&1 || { tail -5 "$root.log"; exit 1; }
    cp -a "$root/." "$bare/"
    cp /etc/resolv.conf "$root/etc/" 2>/dev/null || true
    cp /etc/apt/apt.conf.d/*proxy* /etc/apt/apt.conf.d/99* "$root/etc/apt/apt.conf.d/" 2>/dev/null || true
    git clone -q . "$root/mlp"
    mount -t proc proc "$root/proc"
    for target in ${FRESH_TARGETS:-quickstart test dist}; do
        echo "== $s: make $target"
        chroot "$root" env HOME=/root LC_ALL=C.UTF-8 make -C /mlp "$target" >"$root.log" 2>&1 || { grep -E 'FAIL|not ok|error' "$root.log" | head -20; tail -5 "$root.log"; exit 1; }
        tail -3 "$root.log"
    done
    if [ -x "$root/mlp/build/dist/mlp" ]; then
        echo "== $s: the mlp of make dist in a bare root: run, predict"
        cp -r "$root/mlp/examples/churn" "$bare/churn"; rm -rf "$bare/churn/runs"; cp "$root/mlp/build/dist/mlp" "$bare/churn/"
        chroot "$bare" sh -c 'cd /churn && HOME=/tmp ./mlp run churn.mlp --quiet | tail -3 && head -3 wa_churn.csv | HOME=/tmp ./mlp predict churn.mlp && ! HOME=/tmp ./mlp build churn.mlp -o x'
    fi
    umount "$root/proc"; rm -rf "$root" "$bare" "$root.log"; trap - EXIT
done; done
echo "fresh: fine"
