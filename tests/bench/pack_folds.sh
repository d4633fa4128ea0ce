#!/bin/bash
# The four folds of cross-validation by genus, packed for heddle train --data: FOLDER/A is everything
# but fold A, and so on, FOLDER/all is everything.
#
# usage: pack_folds.sh HEDDLE FOLDER GENOMES
#
# GENOMES holds NAME.fna.gz and NAME.gff3.gz; a genome's fold is that of the genus in its name, and
# one of no fold is in every set. FOLDER/A.held names the genomes that set A has never seen, a line
# NAME.fna.gz=NAME.gff3.gz each, as the benches take them:
#
#   heddle train configs/train/genes.toml --data folds/A -o run-a
#   FRAMES=0 HEDDLE_OPTIONS='-m run-a' tests/bench/genes_beside_prodigal.sh heddle $(cat folds/A.held)
set -euo pipefail
if [ $# -ne 3 ]; then
  sed -n '2,13p' "$0" | cut -c3-
  exit 2
fi
heddle=$1
out=$2
genomes=$3

fold_of() {
  case $1 in
    *Escherichia* | *Shigella*) echo A ;;
    *Mycobacterium* | *Mycolicibacterium* | *Corynebacterium*) echo B ;;
    *Methanosarcina* | *Leptospira* | *Chlamydia*) echo C ;;
    *Streptococcus* | *Mycoplasma* | *Brucella* | *Haemophilus* | *Yersinia*) echo D ;;
    *) echo none ;;
  esac
}

mkdir -p "$out"
for fold in A B C D all; do
  fasta=()
  gff=()
  held=()
  for file in "$genomes"/*.fna.gz; do
    name=$(basename "$file" .fna.gz)
    annotation=$genomes/$name.gff3.gz
    [ -e "$annotation" ] || { echo "# $name has no annotation: left out" >&2; continue; }
    if [ "$(fold_of "$name")" = "$fold" ]; then
      held+=("$file=$annotation")
    else
      fasta+=("$file")
      gff+=("$annotation")
    fi
  done
  [ ${#fasta[@]} -gt 0 ] || { echo "$genomes: nothing is left for $fold" >&2; exit 1; }
  "$heddle" train --pack "$out/$fold" --fasta "${fasta[@]}" --gff "${gff[@]}"
  [ "$fold" = all ] || printf '%s\n' ${held[@]+"${held[@]}"} > "$out/$fold.held"
done
