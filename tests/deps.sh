#!/bin/sh
# deps.sh PACKAGE…: installs, by Debian package name, what is missing; quiet when nothing is. Needs root or sudo only then.
set -eu
missing=
for p in "$@"; do
    case $(dpkg-query -W -f '${db:Status-Abbrev}' "$p" 2>/dev/null || true) in ii*) ;; *) missing="$missing $p" ;; esac
done
[ -z "$missing" ] && exit 0
echo "installing:$missing" >&2
as_root=
[ "$(id -u)" = 0 ] || as_root=sudo
if [ -n "$as_root" ] && ! command -v sudo >/dev/null; then
    echo "run as root, or install these packages by hand:$missing" >&2
    exit 2
fi
$as_root apt-get update -qq
DEBIAN_FRONTEND=noninteractive $as_root apt-get install -y -qq --no-install-recommends $missing >/dev/null
