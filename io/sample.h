#pragma once
// What comes in: frames of video and pieces of sequence. Values that move through the graph; nobody
// shares them.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace heddle::io {

class AlignmentRecords;  // io/formats/alignment_records.h

/// One decoded picture, upright (rotation tags applied), 8-bit BGR, rows without gaps.
struct Frame {
  std::int64_t number = 0;  // 0-based in its stream, counted over decoded frames
  double seconds = 0;       // presentation time from the first frame; strictly increasing
  int width = 0;
  int height = 0;
  bool after_gap = false;         // time or data is missing before this frame
  std::vector<std::uint8_t> bgr;  // (height, width, 3)
  std::string stream;             // the input's name, for records and messages
};

/// One step of a CIGAR (SAM v1, 1.4.6): code M I D N S H P = X.
struct CigarOperation {
  char code = 'M';
  std::int64_t length = 0;
};

/// Where an aligned read lies, as its record says. SEQ as stored reads along the reference.
struct Placement {
  std::string reference;
  std::int64_t reference_length = 0;
  std::int64_t start = 0;  // 0-based, of the first base that has a place there
  int quality = 0;         // of the mapping; 255: not known
  std::vector<CigarOperation> cigar;

  void snapshot(auto& s) { s(reference, reference_length, start, quality, cigar); }
};

/// A piece of one contig or one whole read. Pieces of a contig arrive in order; their size is an
/// I/O matter and never changes results. Letters are upper-case A C G T N: IUPAC codes and
/// soft-masked bases are folded by the source.
struct Sequence {
  enum class Kind : std::uint8_t { kContig, kRead };
  Kind kind = Kind::kContig;
  std::string name;         // first word of the header; unique in the input, or an error
  std::string description;  // the rest of the header
  std::int64_t offset = 0;  // 0-based position of bases[0] in the sequence
  std::string bases;
  std::vector<std::uint8_t> qualities;         // Phred, reads only; empty where unknown
  bool first = true;                           // starts its sequence
  bool last = true;                            // ends its sequence
  std::optional<std::int64_t> length;          // of the whole sequence, where the source knows it
  std::shared_ptr<const Placement> placement;  // of an aligned read
  std::shared_ptr<const AlignmentRecords> records;  // its own, where SourceOptions keeps them
  std::size_t record_bytes = 0;                     // of `records`
  bool circular = false;  // said by the source (a 'circular' topology in the description)
};

using Sample = std::variant<Frame, Sequence>;

}  // namespace heddle::io
