#pragma once
// Frames -> H.264 in mp4. Single-threaded, and the encoder gets one thread, so that equal frames
// give equal bytes on any machine with the same libraries.

#include "io/atomic_file.h"
#include "io/formats/ffmpeg_handles.h"
#include "io/formats/mp4_fragments.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace heddle::io {

struct EncoderShape {
  int width = 0;  // of the frames; an odd side is padded by one row or column
  int height = 0;
  int pixel_width = 1;  // shape of a pixel, as a ratio
  int pixel_height = 1;
  double frames_per_second = 0;  // for rate control and key frames; 0: unknown
};

/// The file is a fragmented mp4: every two seconds a closed group of pictures is written out, so
/// that memory does not grow with length, and a run that dies leaves a file that plays. Each group
/// has an encoder of its own: what it writes depends on the group's frames alone.
class VideoOverlayEncoder {
 public:
  /// Borrows `file`. Throws OutputError.
  VideoOverlayEncoder(AtomicFile& file, const EncoderShape& shape);
  VideoOverlayEncoder(const VideoOverlayEncoder&) = delete;
  VideoOverlayEncoder& operator=(const VideoOverlayEncoder&) = delete;

  /// `bgr` is (height, width, 3); `seconds` must increase, and is kept from the
  /// first frame on, to 1/90000 s.
  void add(const std::vector<std::uint8_t>& bgr, double seconds);
  /// Writes what the encoder still holds and the end of the file.
  void finish();

  std::int64_t group_frames() const { return group_frames_; }
  /// A group has just been completed.
  bool between_groups() const { return in_group_ == 0; }
  /// Between groups only.
  void snapshot(Snapshot& s) { s(fragments_.value(), begin_, last_stamp_, last_length_, group_); }

 private:
  void open_encoder();
  void open_scaler();
  void end_encoding();
  void write_group(std::int64_t end);
  void to_picture(const std::vector<std::uint8_t>& bgr);
  void drain();
  void check(int result, const char* what) const;

  AtomicFile& file_;
  const EncoderShape shape_;
  const int width_, height_;  // of the frames
  FfmpegLog log_;
  FfmpegHandle<AVCodecContext> encoder_;
  FfmpegHandle<AVFrame> picture_;
  FfmpegHandle<AVPacket> packet_;
  FfmpegHandle<SwsContext> scaler_;
  std::optional<Mp4Fragments> fragments_;
  std::int64_t group_frames_ = 1;
  std::int64_t in_group_ = 0;        // frames given to the encoder
  std::vector<CodedPicture> group_;  // waits for the stamp that ends it
  double begin_ = 0;                 // seconds of the first frame
  std::int64_t last_stamp_ = -1;
  std::int64_t last_length_ = 1;  // from the frame before it
};

}  // namespace heddle::io
