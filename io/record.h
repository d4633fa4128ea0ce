#pragma once
// What goes out. Coordinates are 0-based half-open here; each format converts to its own
// convention.

#include <cstdint>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace heddle::io {

/// One object in one frame. Pixels of the upright frame, (x, y) the top-left corner, not clipped to
/// the frame.
struct Track {
  enum class State : std::uint8_t { kNew, kTracked, kLost, kRecovered, kEnded };
  std::int64_t frame = 0;  // 0-based
  double seconds = 0;
  std::int64_t id = 0;  // 1-based, never used twice in a run
  double x = 0, y = 0, width = 0, height = 0;
  double score = 0;  // confidence that the object is visible here, 0..1
  State state = State::kTracked;
  std::string label;  // class, empty where unknown
};

/// A feature of a sequence. A gene broken by a frameshift has several parts, in ascending
/// coordinates.
struct Interval {
  struct Part {
    std::int64_t start = 0;  // 0-based
    std::int64_t end = 0;    // exclusive
    int phase = 0;  // GFF3 phase: bases to skip to reach the next codon, in reading direction
  };
  std::string sequence;
  std::string type;         // Sequence Ontology term: CDS, repeat_region ...
  char strand = '+';        // + - or .
  std::vector<Part> parts;  // at least one; a feature over a circular origin has an end beyond the
                            // sequence's length
  double score = 0;
  bool partial_start = false;  // the 5' end (in reading direction) lies beyond the sequence's edge
  bool partial_end = false;    // the 3' end does
  std::vector<std::pair<std::string, std::string>>
      attributes;           // GFF3 column 9, in order; values not yet escaped
  std::string nucleotides;  // in reading direction, frameshifts mended with N; empty unless a sink
                            // asks for sequences
  std::string protein;      // ends with * when the stop is there
};

/// Marks a sequence's start and end for sinks that write per-sequence headers. `length` is known on
/// both for reads, else at the end.
struct SequenceStart {
  std::string sequence;
  std::int64_t length = -1;  // -1: not known yet
  bool circular = false;     // its end is followed by its start, as the source says
};
struct SequenceEnd {
  std::string sequence;
  std::int64_t length = 0;
};

/// A sample that could not be processed: it leaves the run as this record instead of vanishing.
struct Failure {
  std::string what;    // which sample: 'read r17', 'frame 204'
  std::string reason;  // one sentence
};

using Record = std::variant<Track, Interval, SequenceStart, SequenceEnd, Failure>;

}  // namespace heddle::io
