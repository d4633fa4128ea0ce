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

  void snapshot(auto& s) {
    s(sequence, type, strand, parts, score, partial_start, partial_end, attributes, nucleotides);
    s(protein);
  }
};

/// Two stretches that are copies of each other. Coordinates are 0-based half-open on the + strand.
struct Pair {
  struct End {
    std::string sequence;
    std::int64_t start = 0;
    std::int64_t end = 0;     // exclusive
    std::int64_t length = 0;  // of the whole sequence
  };
  std::string name;  // "r17", empty where it has none
  End first;         // the later one in the sequence, read along the + strand
  End second;
  char strand = '+';  // of the second against the first; - : an inverted repeat
  std::int64_t matches = 0;
  std::int64_t columns = 0;  // of the alignment: matches, mismatches and gaps
  double score = 0;
  std::vector<std::pair<std::string, std::string>> attributes;  // in order

  double identity() const {
    return columns > 0 ? static_cast<double>(matches) / static_cast<double>(columns) : 0;
  }
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

using Record = std::variant<Track, Interval, Pair, SequenceStart, SequenceEnd, Failure>;

}  // namespace heddle::io
