#!/bin/sh
# Genes of annotated genomes beside Prodigal's, a genome after the other: stops, starts, bases, time,
# and how many of them errors leave in frame.
#
# usage: genes_beside_prodigal.sh HEDDLE GENOME.fna[.gz]=TRUTH.gff3[.gz] ...
#
# The genome itself comes first; FRAMES=0 ends there. Then the share of genes in frame after 0, 0.1,
# 0.3, 1 and 3 % sequencing errors in the first 1.5 Mb (seed 5), and 1 and 3 % in READS (300) of 5 kb
# (seed 1), made by heddle eval errors and judged by heddle eval frames. Then the genes that reads
# agree on (--lift --consensus): of the first CONSENSUS_BASES (300000), DEPTH-fold (15) reads of 5 kb,
# each fold with errors of its own, aligned by minimap2 and sorted by samtools, judged as the genome
# is. With the defaults that step is 4.5 Mb of reads for each rate, as long as a genome of that size
# takes; all that FRAMES=0 leaves out is some 20 Mb.
# PRODIGAL_OPTIONS is for genomes of another genetic code (-g 4), HEDDLE_OPTIONS likewise. A phage
# shows within a minute of processor time that all of it runs:
#
#   READS=10 DEPTH=4 tests/bench/genes_beside_prodigal.sh heddle phage.fna.gz=phage.gff3.gz
set -eu

[ $# -ge 2 ] || { sed -n '2,17p' "$0" | cut -c3-; exit 2; }
heddle=$(realpath "$1")
shift
command -v prodigal > /dev/null || { echo "prodigal is not installed (Debian: prodigal)" >&2; exit 1; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

seconds() { date +%s.%N; }
taken() { echo "$1 $(seconds)" | awk '{ printf "%.1f s", $2 - $1 }'; }

# FASTA NAME: both programs, their genes in NAME.heddle.gff3 and NAME.prodigal.gff3
find_genes() {
  start=$(seconds)
  "$heddle" genome "$1" --quiet -y ${HEDDLE_OPTIONS:-} -O gff3 -o "$2.heddle.gff3"
  heddle_time=$(taken "$start")
  start=$(seconds)
  prodigal -q ${3:-} ${PRODIGAL_OPTIONS:-} -f gff -i "$1" -o "$2.prodigal.gff3"
  prodigal_time=$(taken "$start")
}

# EVALUATION TRUTH PREFIX: a table with a row each of PREFIX.heddle.gff3 and PREFIX.prodigal.gff3
judge() {
  cp "$3.heddle.gff3" "$work/heddle"
  cp "$3.prodigal.gff3" "$work/prodigal"
  (cd "$work" && "$heddle" eval "$1" "$2" heddle prodigal)
}

# PREFIX [PRODIGAL-MODE]: PREFIX.fa and PREFIX.labels
score_frames() {
  find_genes "$1.fa" "$1" "${2:-}"
  judge frames "$1.labels" "$1"
}

# GENOME TRUTH RATE: a row 'consensus' of the genes that noisy reads agree on
score_consensus() {
  most=${CONSENSUS_BASES:-300000}
  awk -v most="$most" '/^>/ { if (seen++) exit; print; next }
    { left = most - bases; if (left <= 0) exit; $0 = substr($0, 1, left); bases += length; print }
  ' "$work/genome.fa" > "$work/first.fa"
  case $2 in *.gz) zcat "$2" ;; *) cat "$2" ;; esac |
    awk -F'\t' -v most="$most" -v name="$(sed -n '1s/^>\([^ ]*\).*/\1/p' "$work/first.fa")" '
      /^##FASTA/ { exit } /^##sequence-region/ { next } /^#/ || ($1 == name && $5 <= most)
    ' > "$work/first.gff3"
  bases=$(grep -v '>' "$work/first.fa" | tr -d '\n' | wc -c)
  : > "$work/deep.fa"
  for seed in $(seq "${DEPTH:-15}"); do
    "$heddle" eval errors "$work/first.fa" "$work/first.gff3" -y -o "$work/fold" --rate "$3" \
      --seed "$seed" --reads $((bases / 5000 + 1)) --mean-length 5000 > /dev/null
    sed "s/^>/>fold${seed}_/" "$work/fold.fa" >> "$work/deep.fa"
  done
  minimap2 -a -x map-ont "$work/first.fa" "$work/deep.fa" 2> /dev/null |
    samtools sort -o "$work/deep.bam" - 2> /dev/null
  "$heddle" genome "$work/deep.bam" --quiet -y ${HEDDLE_OPTIONS:-} --lift --consensus -O gff3 \
    -o "$work/deep.gff3"
  (cd "$work" && cp deep.gff3 consensus && "$heddle" eval genes first.gff3 consensus)
}

for pair in "$@"; do
  genome=${pair%%=*}
  truth=${pair#*=}
  name=$(basename "$genome" .gz)
  echo "== $name"
  case $genome in
    *.gz) zcat "$genome" > "$work/genome.fa" ;;
    *) cp "$genome" "$work/genome.fa" ;;
  esac
  find_genes "$work/genome.fa" "$work/whole"
  case $truth in /*) ;; *) truth=$PWD/$truth ;; esac
  judge genes "$truth" "$work/whole"
  echo "time: heddle $heddle_time, prodigal $prodigal_time"
  [ "${FRAMES:-1}" != 0 ] || continue
  for rate in 0 0.001 0.003 0.01 0.03; do
    echo "contig, error rate $rate:"
    "$heddle" eval errors "$work/genome.fa" "$truth" -y -o "$work/contig" --rate $rate --seed 5 \
      --max-bases 1500000 > /dev/null
    score_frames "$work/contig"
  done
  for rate in 0.01 0.03; do
    echo "${READS:-300} reads, error rate $rate:"
    "$heddle" eval errors "$work/genome.fa" "$truth" -y -o "$work/reads" --rate $rate --seed 1 \
      --reads "${READS:-300}" --mean-length 5000 > /dev/null
    score_frames "$work/reads" "-p meta"
  done
  if ! command -v minimap2 > /dev/null || ! command -v samtools > /dev/null; then
    echo "consensus: left out, for it needs minimap2 and samtools"
    continue
  fi
  for rate in 0.01 0.03; do
    echo "genes that ${DEPTH:-15}-fold reads agree on, error rate $rate:"
    score_consensus "$genome" "$truth" "$rate"
  done
done
