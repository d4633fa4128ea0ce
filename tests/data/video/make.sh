#!/bin/sh
# Made the clips of this folder (ffmpeg 5.1). A blue picture with a red upper left corner shows
# which way is up; a flat grey-red one shows range and matrix; testsrc2 moves.
set -e
cd "$(dirname "$0")"
make() { ffmpeg -v error -y -fflags +bitexact "$@"; }
bits="-flags:v +bitexact -fflags +bitexact -threads 1"
corner="-f lavfi -i color=blue:s=64x48:r=10:d=0.5,drawbox=0:0:32:24:red:fill,format=yuv420p"
moving="-f lavfi -i testsrc2=s=64x48:r=10:d=2"
flat="-f lavfi -i color=0xC83232:s=32x32:r=10:d=0.3"

make $moving -c:v libx264 -pix_fmt yuv420p -g 5 -movflags +faststart $bits plain.mp4
make -i plain.mp4 -c copy plain.ts
make $moving -frames:v 1 -c:v libx264 -pix_fmt yuv420p $bits one_frame.mp4
make $corner -c:v libx264 -crf 10 $bits upright.mp4
turn() { make -i upright.mp4 -c copy -metadata:s:v rotate=$1 -fflags +bitexact $2; }
turn 270 turned_right.mp4  # FFmpeg 5.1 counts this option against the clock
turn 180 turned_over.mp4
turn 90 turned_left.mp4
rm upright.mp4
make $moving -vf "select='not(mod(n,3))+eq(n,7)+eq(n,16)'" -fps_mode passthrough \
  -c:v libx264 -pix_fmt yuv420p $bits vfr.mp4
make $moving -vf "setpts='if(lt(N,10),PTS,PTS+3/TB)'" -fps_mode passthrough \
  -c:v libx264 -pix_fmt yuv420p $bits gap.mkv
make -f lavfi -i testsrc=s=33x17:r=10:d=0.3 -c:v ffv1 -pix_fmt yuv444p $bits odd_33x17.mkv
make $moving -frames:v 3 -c:v ffv1 -pix_fmt gray $bits gray.mkv
make $moving -frames:v 3 -c:v libx264 -pix_fmt yuv420p10le $bits ten_bits.mp4
make $moving -frames:v 3 -c:v libx264 -pix_fmt yuv444p $bits yuv444.mp4
for range in full limited; do
  for matrix in bt709 bt601; do
    tag=$(echo $matrix | sed s/bt601/smpte170m/)
    make $flat -vf "scale=out_range=$range:out_color_matrix=$matrix,format=yuv420p" \
      -c:v libx264 -crf 4 -colorspace $tag -color_range $([ $range = full ] && echo pc || echo tv) $bits flat_${range}_$matrix.mp4
  done
done
make $moving -frames:v 6 -c:v mpeg2video $bits small.m2v
make -f lavfi -i testsrc2=s=96x80:r=10:d=0.6 -c:v mpeg2video $bits large.m2v
cat small.m2v large.m2v > two_sizes.m2v
rm small.m2v large.m2v
make $moving -frames:v 4 $bits moving.gif
make -f lavfi -i sine=d=0.2 -c:a aac -b:a 32k -flags:a +bitexact audio_only.m4a
make $moving -frames:v 1 cover.png
make -i audio_only.m4a -i cover.png -map 0 -map 1 -c copy -disposition:v attached_pic \
  -fflags +bitexact audio_with_cover.m4a
rm cover.png
make $moving -frames:v 5 -vf setsar=16/9 -c:v libx264 -pix_fmt yuv420p $bits wide_pixels.mp4
make $moving -frames:v 8 -c:v libtheora $bits moving.ogv
make $moving -c:v libvpx -deadline good $bits moving.webm
