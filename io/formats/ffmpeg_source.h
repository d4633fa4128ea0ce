#pragma once
// Video by FFmpeg: files, pipes and standard input, any container and pixel format the installed
// libraries decode, as upright BGR frames in presentation order.
//
// - Sizes: every frame has the size of the first; later sizes are rescaled to it.
// - Time: see ffmpeg_clock.h. `after_gap` marks a jump in time or a place where data was damaged.
// - Damage: a damaged packet is skipped, the frames FFmpeg could mend are returned, and the run
//   ends with an InputError that counts the damage, so that it is never a silent success.
// - Refused: playlists and anything else that would open a second file or a network address by
// itself;
//   pictures of more than `max_pixels`, before they are allocated.
//
// Example: open_source("clip.mp4", {.threads = 2})->next()

#include "io/format.h"
#include "io/formats/ffmpeg_origin.h"
#include "io/source.h"

#include <memory>

namespace heddle::io {

/// Containers and raw streams whose demuxers read only the bytes they are given, for FFmpeg's
/// lists: comma-separated.
inline constexpr const char* kFfmpegDemuxers =
    "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,avi,mpegts,mpeg,mpegvideo,flv,live_flv,asf,ogg,gif,"
    "yuv4mpegpipe,h264,hevc,m4v,h263,vc1,obu,av1,ivf,mjpeg,mxf,nut,dv,rm,wtv,gxf,apng,png_pipe,"
    "jpeg_pipe,bmp_pipe,webp_pipe,tiff_pipe,ppm_pipe,pgm_pipe";

/// Whether the content is one of those.
bool looks_like_video(const Head& head);

/// Opens a video and decodes its first frame, so that info() tells what frames really are. Throws
/// InputError.
std::unique_ptr<Source> open_ffmpeg(std::unique_ptr<PeekedInput> input,
                                    const SourceOptions& options);
/// The same of what FFmpeg opens by itself: `origin` has no bytes.
std::unique_ptr<Source> open_ffmpeg(const FfmpegOrigin& origin, const SourceOptions& options);

}  // namespace heddle::io
