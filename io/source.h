#pragma once
// Where samples come from. Single-threaded by contract: the graph calls next() from one serial
// node.

#include "io/error.h"
#include "io/read_filter.h"
#include "io/sample.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

namespace heddle::io {

class AlignmentHeader;  // io/formats/alignment_records.h

struct SourceInfo {
  std::string format;                     // "FASTA (bgzf)", "mp4: h264 768x576 yuv420p 10 fps"
  std::string name;                       // the URI as given
  bool live = false;                      // cameras and network streams: drop rather than block
  bool video = false;                     // Frame samples, else Sequence samples
  int width = 0, height = 0;              // upright, video
  int pixel_width = 1, pixel_height = 1;  // shape of an upright pixel, as a ratio
  double frames_per_second = 0;           // 0: unknown
  std::shared_ptr<const AlignmentHeader> header;  // of SAM, BAM and CRAM
  bool names_references = false;                  // the header does: reads may be aligned
  std::string order;  // of reads, as the header says: coordinate, queryname ...; empty: it does not
  std::int64_t total = -1;  // frames or bytes in all, -1 unknown: for progress and estimates
};

class Source {
 public:
  virtual ~Source() = default;
  virtual const SourceInfo& info() const = 0;
  /// The next sample, or nothing at a clean end. Throws InputError on corrupt or truncated input;
  /// what was returned before stays valid. Blocks.
  virtual std::optional<Sample> next() = 0;
  /// Progress in the units of info().total.
  virtual std::int64_t position() const = 0;
};

struct SourceOptions {
  enum class Wanted { kAny, kVideo, kSequences };
  /// What the caller can use: who gives something else is told only of these.
  Wanted wanted = Wanted::kAny;
  int threads = 1;              // decoding threads this source may use
  std::size_t piece = 1 << 16;  // bases a Sequence piece, at most
  std::string reference;        // CRAM reference FASTA, empty: none (never fetched)
  ReadFilter reads;           // of SAM, BAM and CRAM; others refuse a filter that leaves reads out
  bool keep_letters = false;  // FASTA: in upper case, but otherwise as written (R, U, -)
  bool keep_records = false;  // samples carry their SAM, BAM or CRAM records, to be written again
  double picture_rate = 25;   // frames a second of sequences of pictures, which tell no times
  std::int64_t max_pixels = 8192LL * 8192;
  // Becomes readable when the run is asked to stop; -1: none. Borrowed for the source's life, only
  // polled. Waiting for input, and passing over frames that nobody gets, then end with an
  // InterruptedError, "interrupted while waiting for NAME", in open_source() and in next().
  int stop_descriptor = -1;
};

/// Sniffs the content (the name is only a hint) and opens it. "-" is standard input.
/// Throws InputError naming the file, what it looks like and what would be accepted.
std::unique_ptr<Source> open_source(const std::string& uri, const SourceOptions& options = {});

}  // namespace heddle::io
