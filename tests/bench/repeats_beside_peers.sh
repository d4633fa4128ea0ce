#!/bin/bash
# Repeats beside what people run: pairs against minimap2 -X and nucmer, tandem arrays against trf.
# Prints a row for each genome and peer: recall of the peer's pairs among all of ours, precision of
# ours among all of the peer's and of either aligner's ('union'), seconds (user and system) and peak
# memory of both. Pairs count from 300 bases and 90 % identity, unless their ends run into each
# other; found is what overlaps by 80 % reciprocally (heddle eval repeats), for arrays too.
#
#   tests/bench/repeats_beside_peers.sh HEDDLE GENOME.fa[.gz] ...
#
# Needs minimap2, nucmer (Debian: mummer) and trf; one that is missing is left out and named.
set -euo pipefail
if [ $# -lt 2 ]; then
  echo "usage: $0 HEDDLE GENOME.fa[.gz] ..." >&2
  exit 2
fi
heddle=$1
shift
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# Runs the rest with its time and memory in $1: seconds, MB.
timed() {
  local cost=$1
  shift
  /usr/bin/time -o "$work/time" -f '%U %S %M' "$@"
  awk '{printf "%.1f s %.0f MB\n", $1 + $2, $3 / 1024}' "$work/time" > "$cost"
}

has() {
  command -v "$1" > /dev/null || { echo "# $1 is not here: left out" >&2; return 1; }
}

# PAF or show-coords -rclTH to BEDPE with identity and columns; no sequence with itself whole.
paf_to_bedpe() {
  awk -v OFS='\t' '{print $1, $3, $4, $6, $8, $9, ".", 0, "+", $5, 100 * $10 / $11, $11}' "$1"
}
coords_to_bedpe() {
  awk -v OFS='\t' '{
    strand = $3 < $4 ? "+" : "-"
    from = $3 < $4 ? $3 : $4
    to = $3 < $4 ? $4 : $3
    if ($12 == $13 && $1 == from && $2 == to) next
    print $12, $1 - 1, $2, $13, from - 1, to, ".", 0, "+", strand, $7, $5
  }' "$1"
}

row() { # genome peer recall precision ours peer's
  printf '%-34s %-9s %8s %10s %18s %18s\n' "$@"
}

score() { # truth: 'recall precision' of our pairs
  "$heddle" eval repeats "$1" "$work/ours.paf" | awk 'NR == 2 {print $1, $2}'
}

compare_pairs() { # genome peer
  read -r recall precision < <(score "$work/$2.bedpe")
  row "$1" "$2" "$recall" "$precision" "$(cat "$work/ours.cost")" "$(cat "$work/$2.cost")"
}

compare_arrays() { # genome
  awk -F'\t' '$3 == "tandem_repeat" {print $1, $4 - 1, $5}' "$work/ours.gff3" > "$work/ours.arrays"
  awk '/^@/ {name = substr($1, 2); next} {print name, $1 - 1, $2}' "$work/trf.txt" > "$work/trf.arrays"
  share() { # what share of the first file's arrays the second has
    awk 'NR == FNR {n[$1]++; from[$1, n[$1]] = $2; to[$1, n[$1]] = $3; next}
      {
        all++
        for (i = 1; i <= n[$1]; ++i) {
          low = $2 > from[$1, i] ? $2 : from[$1, i]
          high = $3 < to[$1, i] ? $3 : to[$1, i]
          if (high - low >= .8 * ($3 - $2) && high - low >= .8 * (to[$1, i] - from[$1, i])) {
            found++
            break
          }
        }
      }
      END {printf "%.2f", all ? 100 * found / all : 0}' "$2" "$1"
  }
  row "$1" trf "$(share "$work/trf.arrays" "$work/ours.arrays")" \
    "$(share "$work/ours.arrays" "$work/trf.arrays")" "$(cat "$work/ours.cost")" \
    "$(cat "$work/trf.cost")"
}

echo "# $("$heddle" --version); $(nproc) processors; $(date -u +%F)"
row genome peer recall precision ours peer
for genome in "$@"; do
  name=$(basename "$genome")
  name=${name%%.*}
  fasta=$work/genome.fa
  case $genome in *.gz) gzip -dc "$genome" > "$fasta" ;; *) cp "$genome" "$fasta" ;; esac
  : > "$work/union.bedpe"
  mkdir -p "$work/ours"
  timed "$work/ours.cost" "$heddle" genome "$fasta" --task repeats --quiet -y -O gff3,paf -o "$work/ours"
  mv "$work/ours/genome.gff3" "$work/ours.gff3"
  mv "$work/ours/genome.paf" "$work/ours.paf"
  if has minimap2; then
    timed "$work/minimap2.cost" minimap2 -X -c -t "$(nproc)" "$fasta" "$fasta" \
      > "$work/minimap2.paf" 2> /dev/null
    paf_to_bedpe "$work/minimap2.paf" > "$work/minimap2.bedpe"
    cat "$work/minimap2.bedpe" >> "$work/union.bedpe"
    compare_pairs "$name" minimap2
  fi
  if has nucmer; then
    timed "$work/nucmer.cost" nucmer --maxmatch --nosimplify -p "$work/nucmer" \
      "$fasta" "$fasta" 2> /dev/null
    show-coords -rclTH "$work/nucmer.delta" > "$work/nucmer.coords"
    coords_to_bedpe "$work/nucmer.coords" > "$work/nucmer.bedpe"
    cat "$work/nucmer.bedpe" >> "$work/union.bedpe"
    compare_pairs "$name" nucmer
  fi
  if [ -s "$work/union.bedpe" ]; then
    read -r recall precision < <(score "$work/union.bedpe")
    row "$name" union "$recall" "$precision" "$(cat "$work/ours.cost")" -
  fi
  if has trf; then
    # trf ends with the number of sequences, not with 0.
    timed "$work/trf.cost" bash -c 'trf "$1" 2 7 7 80 10 50 500 -h -ngs > "$2" || true' - \
      "$fasta" "$work/trf.txt"
    compare_arrays "$name"
  fi
done
