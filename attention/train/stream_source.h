#pragma once
// Where the segments of streams come from. Each row of a batch is a stream of documents, one after
// another, each read from its beginning, segment by segment; what a model remembers of one document
// is forgotten before the next. The other room fills it; nothing here knows what a document is.
//
// Threads: const and safe from any thread. A key gives the same segment at any time, in any order
// and in any process: that is what makes a resumed run the same run. Errors: what is thrown ends
// the run.

#include "attention/train/batch_source.h"

#include <cstdint>

namespace heddle::attention::train {

struct SegmentKey {
  std::uint64_t seed = 0;
  std::int64_t row = 0;     // of the batch
  std::int64_t number = 0;  // of the row's segments since training began
};

struct StreamSegment {
  bool begins = false;          // a document: the memory is empty before it
  std::int64_t core_begin = 0;  // tokens [core_begin, core_end) of the segment go into memory
  std::int64_t core_end = 0;    // (model/layer.h, SegmentPosition)
};

class StreamSource {
 public:
  virtual ~StreamSource() = default;

  virtual int columns() const = 0;  // of labels
  /// Number 0 of a row begins a document. Every segment's core follows the one before it.
  virtual StreamSegment fill(const SegmentKey& key, const Batch& batch) const = 0;

  /// Documents that training never sees.
  virtual std::int64_t validation_documents() const = 0;
  virtual std::int64_t validation_segments(std::int64_t document) const = 0;
  virtual StreamSegment fill_validation(std::int64_t document,
                                        std::int64_t segment,
                                        const Batch& batch) const = 0;
};

}  // namespace heddle::attention::train
