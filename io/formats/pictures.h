#pragma once
// A sequence of pictures as video: a folder, or a numbered pattern as ffmpeg has it.
//
// - "frames/": every JPEG, PNG, BMP, WebP, TIFF, PPM and PGM of the folder, by name in natural
// order
//   (img2 before img10). Frame k is the k-th picture.
// - "frames/img%06d.jpg": the files of that pattern, whatever number comes first. Frame k is the
// one
//   whose number is k more; where numbers are missing so are frames, and the next says after_gap.
// - Pictures have no time: frame k is at k / SourceOptions::picture_rate seconds.
// - All have the size of the first, or it is an InputError naming the odd one.
// - A picture that cannot be decoded whole is left out, and the next says after_gap; the end is
// then
//   an InputError that counts them, as for damaged video.
//
// Example: open_source("MOT17-02/img1/%06d.jpg", {.picture_rate = 30})->next()

#include "io/source.h"

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace heddle::io {

/// A folder, or a pattern that is not the name of a file itself.
bool names_pictures(const std::string& uri);

/// The name without its "%06d", for names of outputs: "img" of "frames/img%06d.jpg". What is no
/// pattern stays.
std::string without_number(std::string_view uri);

/// The files of the sequence, in the order of their frames; none is opened. Throws InputError: no
/// such files.
std::vector<std::string> picture_files(const std::string& uri);

/// Finds the files and decodes the first. Throws InputError: no such files, none that can be
/// decoded.
std::unique_ptr<Source> open_pictures(const std::string& uri, const SourceOptions& options);

}  // namespace heddle::io
