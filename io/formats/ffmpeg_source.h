#pragma once
// Video by FFmpeg: files and standard input, any container and pixel format the installed libraries
// decode, as upright BGR frames in presentation order.
//
// - Sizes: every frame has the size of the first; later sizes are rescaled to it.
// - Time: see ffmpeg_clock.h. `after_gap` marks a jump in time or a place where data was damaged.
// - Damage: a damaged packet is skipped, the frames FFmpeg could mend are returned, and the run
//   ends with an InputError that counts the damage, so that it is never a silent success.
// - Refused: network addresses, playlists and anything else that would open a second file;
//   pictures of more than `max_pixels`, before they are allocated.
//
// Example: open_ffmpeg("clip.mp4", {.threads = 2})->next()

#include "io/source.h"

#include <memory>
#include <string>

namespace heddle::io {

/// Opens a video and decodes its first frame, so that info() tells what frames really are.
/// `uri` is a path or "-". Throws InputError.
std::unique_ptr<Source> open_ffmpeg(const std::string& uri, const SourceOptions& options);

/// Whether the first bytes of a file are a video format that open_ffmpeg accepts. A page (4 KiB)
/// is enough for all but raw streams.
bool looks_like_video(const std::string& head);

}  // namespace heddle::io
