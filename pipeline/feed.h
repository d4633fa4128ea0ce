#pragma once
// Where a graph's items come from: wraps one source, called from the graph's reader thread only.

#include "pipeline/item.h"

#include <cstdint>

namespace heddle::pipeline {

class Feed {
 public:
  virtual ~Feed() = default;
  /// Fills `item` with the next unit of work and sets item.bytes and item.lane; false at a clean
  /// end. May block on input. Throws what the source throws: the graph then drains what is inside
  /// and rethrows.
  virtual bool next(Item& item) = 0;
  /// How far the source is, in the units of io::SourceInfo::total. Reader thread only.
  virtual std::int64_t position() const { return 0; }
};

}  // namespace heddle::pipeline
