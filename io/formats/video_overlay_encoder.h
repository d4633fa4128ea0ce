#pragma once
// Frames -> H.264 in mp4. Single-threaded, and the encoder gets one thread, so that equal frames
// give equal bytes on any machine with the same libraries.

#include "io/formats/ffmpeg_handles.h"

#include <cstdint>
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
/// that memory does not grow with length, and a run that dies leaves a file that plays.
class VideoOverlayEncoder {
 public:
  /// Writes to `working_path`; messages name `path`. Throws OutputError.
  VideoOverlayEncoder(const std::string& working_path,
                      const std::string& path,
                      const EncoderShape& shape);
  ~VideoOverlayEncoder();
  VideoOverlayEncoder(const VideoOverlayEncoder&) = delete;
  VideoOverlayEncoder& operator=(const VideoOverlayEncoder&) = delete;

  /// `bgr` is (height, width, 3); `seconds` must increase, and is kept to 1/90000 s.
  void add(const std::vector<std::uint8_t>& bgr, double seconds);
  /// Writes what the encoder still holds and the end of the file.
  void finish();

 private:
  void open_encoder(const EncoderShape& shape);
  void open_file(const std::string& working_path);
  void to_picture(const std::vector<std::uint8_t>& bgr);
  void drain();
  void check(int result, const char* what) const;

  std::string path_;
  int width_, height_;  // of the frames
  FfmpegLog log_;
  FfmpegHandle<AVCodecContext> encoder_;
  FfmpegHandle<AVFrame> picture_;
  FfmpegHandle<AVPacket> packet_;
  FfmpegHandle<SwsContext> scaler_;
  AVFormatContext* format_ = nullptr;
  std::int64_t last_stamp_ = -1;
};

}  // namespace heddle::io
