#!/bin/sh
# Every file of two corpora of odd and broken files through the executable: odd videos against what
# FFmpeg's tools said of them, hts-specs' and biopython's test files against samtools and seqtk
# (where these are installed) and against GenBank's own LOCUS lines. A file is well when it ends with
# the same counts, or with exit code 3 and one line that names it; it is bad when it crashes, hangs,
# or ends well with other counts.
#
#   tests/bench/corpora.sh HEDDLE DATA [video|genome]
#
# DATA holds video/expected.tsv and the files that it names, and genome_edgecases/*.tar.xz. Prints a
# line for every file that is bad, and the counts; exit code 1 when there is one.
set -u
heddle=$1
data=$2
only=${3:-}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
bad=0

# run FILE WORDS...: $code, $work/out, $work/err
run() {
  timeout -k 5 60 "$heddle" "$@" >"$work/out" 2>"$work/err"
  code=$?
}

# An error that a person can use: exit code 3, one line, which names the file.
clear_error() {
  [ "$code" -eq 3 ] && [ "$(grep -c '^error: ' "$work/err")" -eq 1 ] &&
    grep '^error: ' "$work/err" | grep -qF -- "$(basename "$1")"
}

complain() {
  bad=$((bad + 1))
  printf 'BAD %s: exit code %s, %s; %s\n' "$1" "$code" "$2" "$(head -c 200 "$work/err" | tail -1)"
}

videos() {
  whole=0 cut=0 none=0 before=$bad
  tab=$(printf '\t')
  tail -n +2 "$data/video/expected.tsv" >"$work/table"
  while IFS=$tab read -r file _ codec _ _ _ _ _ frames first last _ _ _ complaints; do
    case $file in odd/*) ;; *) continue ;; esac
    run video "$data/video/$file" -q --detector motion -O jsonl
    seen=$(awk -F'[:,]' '/"record":"frame"/ { n++; s = $6 } END { printf "%d %.3f", n, s }' "$work/out")
    wanted=$(awk -v n="$frames" -v a="$first" -v b="$last" \
      'BEGIN { printf "%d %.3f", n, a == "-" ? -1 : b - a }')
    same=$(printf '%s %s\n' "$seen" "$wanted" |
      awk '{ d = $2 - $4; print ($1 == $3 && ($4 < 0 || d * d < 4e-6)) ? "yes" : "no" }')
    if [ "$frames" = 0 ]; then
      if clear_error "$file"; then none=$((none + 1)); else complain "$file" "no frame is there"; fi
    elif [ "$same" = no ]; then
      complain "$file" "frames and last second are $seen and should be $wanted"
    elif [ "$complaints" = 0 ] && [ "$code" -eq 0 ]; then
      whole=$((whole + 1))
    elif [ "$complaints" != 0 ] && clear_error "$file"; then
      cut=$((cut + 1))
    else
      complain "$file" "$complaints complaints of FFmpeg, $codec"
    fi
  done <"$work/table"
  find "$data/video/odd" -type f | sort >"$work/files"
  while read -r path; do  # what the table leaves out
    file=${path#"$data/video/"}
    cut -f 1 "$work/table" | grep -qxF -- "$file" && continue
    run video "$path" -q --detector motion -O jsonl
    if [ "$code" -eq 0 ]; then
      whole=$((whole + 1))
    elif clear_error "$file"; then
      none=$((none + 1))
    else
      complain "$file" "no clear error"
    fi
  done <"$work/files"
  echo "odd videos: $whole whole, $cut damaged (all frames that decode, then a clear error)," \
    "$none without a frame (a clear error), $((bad - before)) bad"
}

# What the other program says: 'SEQUENCES BASES', or 'refused', or '-' where there is none.
other() {
  case $1 in
    *.sam | *.bam | *.cram)
      command -v samtools >/dev/null || { echo - && return; }
      timeout 60 samtools view -F 0x900 -T "$work/hts-specs/cram/ce.fa" "$1" >"$work/records" 2>/dev/null &&
        awk -F'\t' '{ n++; b += $10 == "*" ? 0 : length($10) } END { print n + 0, b + 0 }' "$work/records" ||
        echo refused
      ;;
    *.gb | *.gbk | *.gb.bgz)  # no tool here reads GenBank: what its LOCUS lines promise
      gzip -dcf "$1" | awk '/^LOCUS/ { n++; for (i = 3; i < NF; ++i) if ($(i + 1) == "bp") b += $i } END { print n + 0, b + 0 }'
      ;;
    *)
      command -v seqtk >/dev/null || { echo - && return; }
      timeout 60 seqtk comp "$1" 2>/dev/null |
        awk '{ n++; b += $2 } END { if (n == 0) print "refused"; else print n, b }'
      ;;
  esac
}

genomes() {
  equal=0 refused=0 alone=0 before=$bad
  for corpus in hts-specs biopython; do
    mkdir -p "$work/$corpus" && tar -xf "$data/genome_edgecases/$corpus.tar.xz" -C "$work"
  done
  printf '>motif\nACGTACGTACGTACGTACGT\n' >"$work/motif.fa"
  find "$work/hts-specs" "$work/biopython" -type f | sort >"$work/files"
  while read -r file; do
    name=${file#"$work"/}
    reference=
    case $file in *.cram) reference="-T $work/hts-specs/cram/ce.fa" ;; esac
    # shellcheck disable=SC2086
    run genome "$file" $reference --quiet --task motifs --motifs "$work/motif.fa" --background uniform -O jsonl
    seen=$(sed -n 's/^{"record":"sequence_end".*"length":\([0-9]*\)}$/\1/p' "$work/out" |
      awk '{ n++; b += $1 } END { print n + 0, b + 0 }')
    said=$(other "$file")
    if clear_error "$file"; then
      refused=$((refused + 1))
    elif [ "$code" -ne 0 ]; then
      complain "$name" "no clear error"
    elif [ "$seen" = "$said" ]; then
      equal=$((equal + 1))
    elif [ "$said" = - ] || [ "$said" = refused ]; then
      alone=$((alone + 1))
      echo "ALONE $name: $seen sequences and bases, the other program: $said"
    else
      complain "$name" "sequences and bases are $seen, the other program says $said"
    fi
  done <"$work/files"
  echo "odd genomes: $equal as samtools, seqtk or LOCUS, $refused refused with a clear error," \
    "$alone read here alone, $((bad - before)) bad"
}

[ "$only" = genome ] || videos
[ "$only" = video ] || genomes
[ "$bad" -eq 0 ]
