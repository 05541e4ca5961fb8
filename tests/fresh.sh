#!/usr/bin/env bash
# fresh.sh SUITE…: the README's two commands in a bare Debian root made for it (debootstrap), so that no missing package hides; then the
# mlp of `make dist` in another bare root that has nothing of LLVM or of this tree: it runs and predicts there, says what `mlp build`
# needs, and builds once that is installed. Needs root and debootstrap; leaves nothing. The mirror is the one that this machine's apt
# uses. FRESH_TARGETS="quickstart" runs less.
set -eu
cd "$(dirname "$0")/.."
[ "$(id -u)" = 0 ] || { echo "make fresh needs root (debootstrap and chroot)" >&2; exit 2; }
sh tests/deps.sh debootstrap git
mirror=$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' | grep -v security | head -1)
for suite in "${@:-bookworm trixie}"; do for s in $suite; do
    root=$(mktemp -d "${TMPDIR:-/tmp}/mlp-fresh-XXXXXX")
    bare=$(mktemp -d "${TMPDIR:-/tmp}/mlp-bare-XXXXXX")
    trap 'umount "$root/proc" "$bare/proc" 2>/dev/null || true; rm -rf "$root" "$bare" "$root.log"' EXIT
    debootstrap --variant=minbase --include=make,ca-certificates "$s" "$root" "$mirror" >"$root.log" 2>&1 || { tail -5 "$root.log"; exit 1; }
    cp /etc/resolv.conf "$root/etc/" 2>/dev/null || true
    cp /etc/apt/apt.conf.d/*proxy* /etc/apt/apt.conf.d/99* "$root/etc/apt/apt.conf.d/" 2>/dev/null || true
    chmod 755 "$root"                                       # other users live there too
    cp -a "$root/." "$bare/"
    git clone -q . "$root/mlp"
    mount -t proc proc "$root/proc"
    for target in ${FRESH_TARGETS:-quickstart test dist}; do
        echo "== $s: make $target"
        start=$SECONDS
        chroot "$root" env HOME=/root LC_ALL=C.UTF-8 make -C /mlp "$target" >"$root.log" 2>&1 || { grep -E 'FAIL|not ok|error' "$root.log" | head -20; tail -5 "$root.log"; exit 1; }
        tail -3 "$root.log"
        echo "   $((SECONDS - start)) s"
    done
    if [ -x "$root/mlp/build/dist/mlp" ]; then
        echo "== $s: the mlp of make dist in a bare root: run, predict, build"
        cp -r "$root/mlp/examples/churn" "$bare/churn"; rm -rf "$bare/churn/runs"; cp "$root/mlp/build/dist/mlp" "$bare/churn/"
        mount -t proc proc "$bare/proc"
        chroot "$bare" env HOME=/tmp DEBIAN_FRONTEND=noninteractive sh -euc '
            cd /churn
            if command -v cc; then exit 1; fi
            ./mlp run churn.mlp --quiet | tail -3
            head -4 wa_churn.csv >few.csv
            ./mlp predict churn.mlp few.csv | tee predicted
            if ./mlp build churn.mlp -o churn 2>said; then exit 1; fi
            cat said
            apt-get update -qq
            $(sed -n "s/.*: \(apt-get install\)/\1 -y -qq --no-install-recommends/p" said) >/dev/null 2>&1
            ./mlp build churn.mlp -o churn --model runs/churn-0001
            ./churn predict <few.csv | cmp - predicted'
        umount "$bare/proc"
    fi
    umount "$root/proc"; rm -rf "$root" "$bare" "$root.log"; trap - EXIT
done; done
echo "fresh: fine"
