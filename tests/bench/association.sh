#!/bin/sh
# The tables of pipeline/associations/README.md: every association on the same boxes, made from true tracks by the
# detector simulator. The settings of ours were tuned on the sequences of 'tuned' with seeds 1 to 3.
#
# usage: association.sh BENCH DATA [CARS] [VTEST]
# BENCH: the program association_bench; run from the repository's root, where the model is. DATA: a folder with
# MOT17/NAME.gt.txt.gz, MOT15/TUD-Campus/{gt,det}.txt and KITTI/NNNN.txt.gz (tracking labels). CARS: a folder with
# gt/gt.txt and video.mp4, 12.5 frames a second. VTEST: vtest.avi, whose truth is in tests/data/video/vtest.
# With CARS or VTEST also 'looks' on drawn replays, which takes some minutes.
set -eu
bench=$1
data=$2
mot() { for name in "$@"; do echo "$data/MOT17/MOT17-${name%@*}.gt.txt.gz@${name#*@}"; done; }
exact() {
  for name in "$@"; do
    file=$data/MOT17/MOT17-${name%@*}.gt.txt.gz
    echo "$file@${name#*@}@$file"
  done
}
kitti() { for name in "$@"; do echo "$data/KITTI/$name.txt.gz@10"; done; }
tud=$data/MOT15/TUD-Campus

echo "tuned on, other seeds"
"$bench" --seeds 11,12,13 $(mot 02@30:1920x1080 10@30:1920x1080) $(kitti 0002 0004 0007 0011 0017)
echo "held back"
"$bench" --seeds 11,12,13 $(mot 05@14:640x480 13@25:1920x1080) $(kitti 0000 0003 0005 0009 0020) "$tud/gt.txt@25:640x480"
echo "held back, looked for longer: 5 s after each return"
"$bench" --seeds 11,12,13 --window 5 $(mot 05@14:640x480 13@25:1920x1080) $(kitti 0000 0003 0005 0009 0020) "$tud/gt.txt@25:640x480" | tail -n 7
for visible in 0.1 0.25 0.5; do
  echo "hidden: visibility below $visible"
  "$bench" --seeds 11,12,13 --hidden "$visible" $(mot 02@30:1920x1080 10@30:1920x1080 05@14:640x480 13@25:1920x1080) | tail -n 7
done
echo "the true boxes, tuned"
"$bench" $(exact 02@30:1920x1080 10@30:1920x1080)
echo "the true boxes, held back"
"$bench" $(exact 05@14:640x480 13@25:1920x1080) "$tud/gt.txt@25:640x480@$tud/gt.txt"
echo "a real detector's boxes"
"$bench" "$tud/gt.txt@25:640x480@$tud/det.txt"
[ $# -gt 2 ] || exit 0
all=sort,byte,ocsort,attention,looks
echo "videos"
"$bench" --seeds 1,2,3 --assoc $all "$3/gt/gt.txt@12.5@@$3/video.mp4" ${4:+"tests/data/video/vtest/gt.txt@10@@$4"}
echo "drawn, held back"
"$bench" --draw testing --assoc $all "$tud/gt.txt@25:640x480" $(kitti 0000 0003 0005 0009) $(mot 05@14:640x480)
echo "drawn with a swaying camera, held back"
"$bench" --draw testing replay.sway=0.03 --assoc $all $(kitti 0009)
