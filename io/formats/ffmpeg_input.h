#pragma once
// An open input as FFmpeg sees it: a container, one chosen video stream, and bytes that we read or,
// of an address, FFmpeg.
// Our bytes all come from the one input handed in: demuxers that would open something else by name
// (playlists, external tracks) are refused three times over: by the list of formats, by an empty
// protocol list, and by an io_open that always fails. Formats are found by content; FFmpeg never
// sees the file's name. An address is opened with the same list of formats (and rtsp's) and only
// the protocols that its scheme needs. Single-threaded.

#include "io/formats/ffmpeg_handles.h"
#include "io/formats/ffmpeg_origin.h"
#include "io/source.h"

#include <chrono>
#include <string>

namespace heddle::io {

class FfmpegInput {
 public:
  /// Reads from the first byte and chooses the video stream. The origin's bytes and `log` must
  /// outlive this. Throws InputError naming the input, what it holds and what would be accepted.
  FfmpegInput(const FfmpegOrigin& origin, const SourceOptions& options, FfmpegLog& log);
  ~FfmpegInput() { avformat_close_input(&format_); }
  FfmpegInput(const FfmpegInput&) = delete;
  FfmpegInput& operator=(const FfmpegInput&) = delete;

  AVFormatContext& format() const { return *format_; }
  AVStream& stream() const { return *stream_; }
  const std::string& name() const { return origin_.name; }  // for messages
  bool seekable() const { return origin_.seekable(); }
  std::string container() const;  // "mp4", "matroska", "avi"
  /// Why the system could not give more bytes; empty: it could.
  const std::string& read_failure() const { return read_failure_; }
  /// Throws the InputError of a stop that came while FFmpeg waited for bytes.
  void throw_if_interrupted() const;
  /// Before each call that may wait for an address: it may wait kSilenceSeconds from now.
  void expect_soon();
  /// After the demuxer's end of file: how it ends too early ("inside a picture"), for the formats
  /// whose demuxers take a file cut short for a whole one. Empty: it does not. `last_packet_end` is
  /// the byte position after the last packet.
  std::string missing_end(std::int64_t last_packet_end) const;

 private:
  static int read(void* self, std::uint8_t* buffer, int size);
  static std::int64_t seek(void* self, std::int64_t offset, int whence);
  static int should_give_up(void* self);
  void open_container(const SourceOptions& options);
  int open_bytes();
  int open_address();
  [[noreturn]] void refuse_container(int result) const;
  void choose_stream();

  FfmpegOrigin origin_;
  FfmpegLog& log_;
  int stop_descriptor_;
  bool stopped_ = false;  // an address was waited for when the stop came
  std::chrono::steady_clock::time_point patience_;
  std::string read_failure_;
  FfmpegHandle<AVIOContext> adapter_;  // from our bytes to FFmpeg
  AVFormatContext* format_ = nullptr;
  AVStream* stream_ = nullptr;  // of format_
};

}  // namespace heddle::io
