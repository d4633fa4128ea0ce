#!/bin/sh
# Installs what configs/deps.txt (or the file given) names and this machine lacks; silent when all is there.
set -eu
list=${1:-$(dirname "$0")/deps.txt}
missing=
for package in $(grep -v '^#' "$list"); do
  state=$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null || true)
  [ "$state" = installed ] || missing="$missing $package"
done
[ -n "$missing" ] || exit 0
if [ "$(id -u)" = 0 ]; then as_root=
elif command -v sudo >/dev/null; then as_root=sudo
else
  echo "error: missing packages:$missing; run as root, or install sudo, or: apt-get install$missing" >&2
  exit 1
fi
echo "installing with apt-get (configs/deps.txt):$missing"
$as_root env DEBIAN_FRONTEND=noninteractive apt-get update -qq
# shellcheck disable=SC2086
$as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing >/dev/null
