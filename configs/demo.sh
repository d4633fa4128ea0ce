#!/bin/sh
# Runs both jobs on real input: a phage genome and a pedestrian video out of Debian packages, or VIDEO= and GENOME=.
# HEDDLE= and RESULTS= name another binary and folder. The packages are downloaded and unpacked into cache/, not installed.
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)
cache=$root/cache
results=${RESULTS:-$root/results}
heddle=${HEDDLE:-$root/build/release/app/heddle}
mkdir -p "$cache" "$results"

# fetch PACKAGE SIZE FILE: the file of that name out of a Debian package, through the cache.
fetch() {
  [ -s "$cache/$3" ] && return 0
  echo "downloading Debian package $1 ($2) into cache/ for $3; it is not installed" >&2
  work=$(mktemp -d "$cache/unpack.XXXXXX")
  chmod 755 "$work"
  if ! (cd "$work" && apt-get download "$1" >apt.log 2>&1); then
    # A new machine has no package lists yet; apt.log says what else it could be.
    if [ "$(id -u)" = 0 ]; then apt-get update -qq; elif command -v sudo >/dev/null; then sudo apt-get update -qq; fi
    (cd "$work" && apt-get download "$1" >apt.log 2>&1) || {
      cat "$work/apt.log" >&2
      echo "error: cannot download $1; give your own input: make demo VIDEO=... GENOME=..." >&2
      exit 1
    }
  fi
  dpkg-deb -x "$work"/*.deb "$work/x"
  found=$(find "$work/x" -name "$3" | head -n 1)
  [ -n "$found" ] || { echo "error: package $1 has no file $3" >&2; exit 1; }
  mv "$found" "$cache/$3"
  rm -rf "$work"
}

if [ -z "${GENOME:-}" ]; then
  fetch bowtie2-examples "10 MB" lambda_virus.fa.gz
  GENOME=$cache/lambda_virus.fa.gz
fi
if [ -z "${VIDEO:-}" ]; then
  fetch opencv-doc "96 MB" vtest.avi
  VIDEO=$cache/vtest.avi
fi

echo "== genes of $GENOME"
"$heddle" genome "$GENOME" -O gff3,bed,faa,ffn -o "$results/genome/" -y
echo "== tracks of $VIDEO"
"$heddle" video "$VIDEO" -O mot,jsonl,mp4 -o "$results/video/" -y

echo
echo "results in $results:"
for file in "$results"/genome/* "$results"/video/*; do echo "  $file"; done
