#!/bin/sh
# The table of pipeline/associations/README.md: every association on the same boxes, made from true tracks by the
# detector simulator. The settings of ours were tuned on the sequences of 'tuned' with seeds 1 to 3.
#
# usage: association.sh BENCH DATA
# BENCH: the program association_bench. DATA: a folder with MOT17/NAME.gt.txt.gz, MOT15/TUD-Campus/{gt,det}.txt and
# KITTI/NNNN.txt.gz (tracking labels).
set -eu
bench=$1
data=$2
mot() { for name in "$@"; do echo "$data/MOT17/MOT17-${name%@*}.gt.txt.gz@${name#*@}"; done; }
kitti() { for name in "$@"; do echo "$data/KITTI/$name.txt.gz@10"; done; }
tud=$data/MOT15/TUD-Campus

echo "tuned on, other seeds"
"$bench" --seeds 11,12,13 $(mot 02@30 10@30) $(kitti 0002 0004 0007 0011 0017)
echo "held back"
"$bench" --seeds 11,12,13 $(mot 05@14 13@25) $(kitti 0000 0003 0005 0009 0020) "$tud/gt.txt@25"
echo "a real detector's boxes"
"$bench" "$tud/gt.txt@25@$tud/det.txt"
