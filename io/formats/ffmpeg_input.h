#pragma once
// A video file or standard input, opened by FFmpeg's demuxers but read by us.
// Every byte comes from the one descriptor opened here: demuxers that would open something else by
// name (playlists, external tracks) are refused three times over: by the list of formats, by an
// empty protocol list, and by an io_open that always fails. Formats are found by content; FFmpeg
// never sees the file's name. Single-threaded.

#include "io/formats/ffmpeg_handles.h"
#include "io/source.h"

#include <string>

namespace heddle::io {

class FfmpegInput {
 public:
  /// Opens `uri` ("-": standard input) and chooses its video stream. `log` must outlive this.
  /// Throws InputError naming the file, what it holds and what would be accepted.
  FfmpegInput(const std::string& uri, const SourceOptions& options, FfmpegLog& log);
  ~FfmpegInput();
  FfmpegInput(const FfmpegInput&) = delete;
  FfmpegInput& operator=(const FfmpegInput&) = delete;

  AVFormatContext& format() const { return *format_; }
  AVStream& stream() const { return *stream_; }
  const std::string& name() const { return name_; }  // for messages: the path or "standard input"
  std::string container() const;                     // "mp4", "matroska", "avi"

 private:
  static int read(void* self, std::uint8_t* buffer, int size);
  static std::int64_t seek(void* self, std::int64_t offset, int whence);
  void open_descriptor(const std::string& uri);
  void open_container(const SourceOptions& options);
  void choose_stream();

  std::string name_;
  FfmpegLog& log_;
  int descriptor_ = -1;
  bool owned_ = false;  // standard input is not ours to close
  bool regular_ = false;
  FfmpegHandle<AVIOContext> bytes_;
  AVFormatContext* format_ = nullptr;
  AVStream* stream_ = nullptr;  // of format_
};

/// Whether FFmpeg's accepted demuxers recognise the first bytes of a file. Allocates nothing that
/// depends on the content.
bool looks_like_video(const std::string& head);

}  // namespace heddle::io
