#pragma once
// A fragmented mp4 of one video track, fragment by fragment. A fragment's bytes follow from its
// pictures and its number alone, so that a run that goes on behind a whole one writes the same
// file. Single-threaded. Errors: OutputError.

#include "io/atomic_file.h"
#include "io/formats/ffmpeg_handles.h"
#include "io/snapshot.h"

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace heddle::io {

/// An encoded picture; decoded in the order shown.
struct CodedPicture {
  std::string bytes;
  std::int64_t stamp = 0;  // in units of the encoder's time base
  bool key = false;

  void snapshot(Snapshot& s) { s(bytes, stamp, key); }
};

class Mp4Fragments {
 public:
  /// Writes the file's head. Borrows `file`; `encoder` is an open one with global headers, such as
  /// will make all pictures.
  Mp4Fragments(AtomicFile& file, const AVCodecContext& encoder);

  /// A closed group, begun by a key picture; `end` is the stamp at which the last one is over.
  void add(std::span<const CodedPicture> group, std::int64_t end);
  /// The file's last box, by which players find the fragments.
  void finish();
  void snapshot(Snapshot& s) { s(size_, starts_); }

 private:
  struct Start {
    std::int64_t stamp = 0;
    std::int64_t offset = 0;  // in the file
  };
  std::string mux(std::span<const CodedPicture> group, std::int64_t end) const;
  void check(int result, const char* what) const;
  void write(const std::string& bytes);

  AtomicFile& file_;
  mutable FfmpegLog log_;
  AVRational time_base_, frame_rate_, pixel_;
  struct DropParameters {
    void operator()(AVCodecParameters* p) const { avcodec_parameters_free(&p); }
  };
  std::unique_ptr<AVCodecParameters, DropParameters> parameters_;
  std::size_t head_ = 0;  // bytes
  std::int64_t size_ = 0;
  std::vector<Start> starts_;
};

}  // namespace heddle::io
