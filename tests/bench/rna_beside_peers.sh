#!/bin/bash
# RNA genes of annotated genomes beside aragorn's (tRNA, tmRNA) and barrnap's (rRNA): a table a genome,
# and the seconds (user and system) that each took.
#
# usage: rna_beside_peers.sh HEDDLE MODEL GENOME.fna[.gz]=TRUTH.gff3[.gz] ...
#
# MODEL tells RNA genes (heddle train configs/train/genes-rna.toml). Peers that are not installed
# (Debian: aragorn, barrnap) are left out and named. KINGDOM=arc is for archaea, as barrnap calls them.
set -euo pipefail
if [ $# -lt 3 ]; then
  sed -n '2,8p' "$0" | cut -c3-
  exit 2
fi
heddle=$(realpath "$1")
model=$2
shift 2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

has() {
  command -v "$1" > /dev/null || { echo "# $1 is not here: left out" >&2; return 1; }
}

# NAME COMMAND..: its output in NAME, its time shown
timed() {
  local name=$1
  shift
  /usr/bin/time -o "$work/time" -f '%U %S' "$@" > "$work/$name" 2> "$work/errors" ||
    { cat "$work/errors" >&2; exit 1; }
  awk -v name="$name" '{ printf "# %s: %.1f s\n", name, $1 + $2 }' "$work/time"
}

# aragorn -w to GFF3: '1   tRNA-Ile   c[225381,225457]   35   (gat)'
aragorn_to_gff3() {
  awk -v OFS='\t' '
    BEGIN { print "##gff-version 3" }
    /^>/ { name = substr($1, 2); next }
    $3 ~ /^c?\[-?[0-9]+,[0-9]+\]$/ {
      type = $2 ~ /^tmRNA/ ? "tmRNA" : $2 ~ /^tRNA/ ? "tRNA" : ""
      if (type == "") next
      strand = $3 ~ /^c/ ? "-" : "+"
      split($3, ends, /[^-0-9]+/)
      if (ends[2] < 1 || ends[3] < ends[2]) next  # over the origin
      print name, "aragorn", type, ends[2], ends[3], ".", strand, ".",
            "ID=a" ++count ";product=" $2 ($2 ~ /\*$/ ? ";pseudo=true" : "")
    }' "$1"
}

for pair in "$@"; do
  genome=${pair%%=*}
  truth=${pair#*=}
  echo "== $(basename "$genome" .gz)"
  case $genome in
    *.gz) zcat "$genome" > "$work/genome.fa" ;;
    *) cp "$genome" "$work/genome.fa" ;;
  esac
  timed heddle "$heddle" genome "$work/genome.fa" --quiet -m "$model" --classes trna,rrna,tmrna -O gff3
  judged=(heddle)
  if has aragorn; then
    timed aragorn.txt aragorn -l -w -t -m "$work/genome.fa"
    aragorn_to_gff3 "$work/aragorn.txt" > "$work/aragorn"
    judged+=(aragorn)
  fi
  if has barrnap; then
    timed barrnap barrnap --quiet --kingdom "${KINGDOM:-bac}" "$work/genome.fa"
    judged+=(barrnap)
  fi
  case $truth in /*) ;; *) truth=$PWD/$truth ;; esac
  (cd "$work" && "$heddle" eval rna "$truth" "${judged[@]}" | awk 'NR == 1 || $3 != 0 || $4 != 0')
done
