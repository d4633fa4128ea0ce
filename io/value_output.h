#pragma once
// What a model says of each base, and the sinks that can show it. Beside Sink, because only two
// formats do.

#include "io/sample.h"

#include <cstdint>
#include <vector>

namespace heddle::io {

/// How likely each base of a piece lies in a gene, 0..1; both of one length.
struct Coding {
  std::vector<float> plus, minus;  // by strand
};

/// How many features cover a base, or how likely it lies in a gene (of either strand, of one).
enum class Values : std::uint8_t { kDepth, kCoding, kPlus, kMinus };

/// A sink of values along sequences (bedGraph, bigWig). Threads: as Sink.
class ValueOutput {
 public:
  virtual ~ValueOutput() = default;
  /// Before the first write(); kDepth where nobody says.
  virtual void show(Values values) = 0;
  virtual bool wants_coding() const = 0;
  /// What a model said of the bases of a piece, before that is written; where it is wanted.
  virtual void write_coding(const Sequence& piece, const Coding& coding) = 0;
};

}  // namespace heddle::io
