#pragma once
// FFmpeg's C structures as owned values, and FFmpeg's complaints as text.
// Not part of io's public face: only ffmpeg_* and video_overlay_* include it.

extern "C" {
#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
#include <libavutil/frame.h>
#include <libswscale/swscale.h>
}

#include <memory>
#include <mutex>
#include <string>

namespace heddle::io {

struct FfmpegDeleter {
  void operator()(AVCodecContext* codec) const { avcodec_free_context(&codec); }
  void operator()(AVPacket* packet) const { av_packet_free(&packet); }
  void operator()(AVFrame* frame) const { av_frame_free(&frame); }
  void operator()(SwsContext* scaler) const { sws_freeContext(scaler); }
  void operator()(AVIOContext* bytes) const {
    av_freep(&bytes->buffer);
    avio_context_free(&bytes);
  }
};
template <typename T>
using FfmpegHandle = std::unique_ptr<T, FfmpegDeleter>;

/// Allocates with `make()`; std::bad_alloc where FFmpeg returns null.
template <typename T>
FfmpegHandle<T> ffmpeg_handle(T* made) {
  if (made == nullptr) throw std::bad_alloc();
  return FfmpegHandle<T>(made);
}

/// FFmpeg's text for a negative return value: "Invalid data found when processing input".
std::string ffmpeg_error_text(int code);

/// Collects what FFmpeg would have printed for one source or sink. The library logs through one
/// callback per process: the first FfmpegLog installs it for good, and nothing of FFmpeg reaches
/// stderr any more. A context belongs to a log when its `opaque` field points to it; the decoder's
/// own threads copy that field. Thread-safe; must outlive its contexts.
class FfmpegLog {
 public:
  FfmpegLog();
  FfmpegLog(const FfmpegLog&) = delete;
  FfmpegLog& operator=(const FfmpegLog&) = delete;

  /// The last error, one line without its line break; empty when there was none.
  std::string last() const;
  /// ": last error" or, without one, ": " and the text of `code`.
  std::string because(int code) const;
  /// How many errors there were.
  int errors() const;
  void take(const char* line);

 private:
  mutable std::mutex mutex_;
  std::string last_;
  int errors_ = 0;
};

}  // namespace heddle::io
