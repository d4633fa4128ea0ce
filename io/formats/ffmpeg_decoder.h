#pragma once
// One pass over one video: packets in, upright frames out, damage counted. Single-threaded; the
// library's own decoding threads stay inside.

#include "io/formats/ffmpeg_clock.h"
#include "io/formats/ffmpeg_handles.h"
#include "io/formats/ffmpeg_input.h"
#include "io/formats/ffmpeg_picture.h"
#include "io/source.h"

#include <cstdint>
#include <optional>
#include <string>

namespace heddle::io {

class FfmpegDecoder {
 public:
  /// Opens the container and its decoder; the input's bytes must outlive this. `threads` counts for
  /// what can be read again; a pipe gets one. Throws InputError.
  FfmpegDecoder(const FfmpegOrigin& input, const SourceOptions& options, int threads);

  /// The next frame in presentation order, or nothing at the end, damaged or not.
  std::optional<Frame> next();

  /// Whether FFmpeg has complained since the opening: frames may hold concealed data.
  bool complained() const { return damaged_ > 0 || log_.errors() > quiet_errors_; }
  /// Throws the InputError that tells of the damage, where there was any.
  void report_damage() const;
  /// The error for a video without any frame.
  InputError no_frame() const;
  /// What is known once the first frame is out.
  const SourceInfo& info() const { return info_; }
  bool threaded() const { return codec_->thread_count > 1; }

 private:
  void open_codec(const SourceOptions& options, int threads);
  void describe(const AVFrame& first);
  bool receive();
  void feed();
  void end_of_file(int result, int errors);
  void note_damage(const std::string& reason);
  std::optional<double> stamp_of(const AVFrame& picture);
  Frame upright(const AVFrame& picture);

  FfmpegLog log_;
  FfmpegInput input_;
  FfmpegHandle<AVCodecContext> codec_;
  FfmpegHandle<AVPacket> packet_ = ffmpeg_handle(av_packet_alloc());
  FfmpegHandle<AVFrame> picture_ = ffmpeg_handle(av_frame_alloc());
  Orientation orientation_;
  UprightBgr to_bgr_;
  FrameClock clock_;
  SourceInfo info_;
  std::optional<std::int64_t> first_stamp_;
  std::int64_t last_packet_end_ = 0;  // bytes
  std::int64_t decoded_ = 0;          // frames
  std::int64_t damaged_ = 0;          // faults
  std::string first_damage_;
  int quiet_errors_ = 0;  // complaints of the opening
  int retries_ = 0;
  bool gap_ = false;  // before the next frame
};

}  // namespace heddle::io
