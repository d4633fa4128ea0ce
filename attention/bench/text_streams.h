#pragma once
// A text as streams of bytes to predict: chapters of documents, each read segment by segment. Input
// "bytes" u8 (rows); the label of a row is the byte behind it. UTF-8 never has a byte of 255, which
// is the label that nobody is asked for.
//
// A row of a batch reads all chapters in an order of its own, then all again in another. Held back
// for validation: every tenth document where there are ten or more, else the last tenth of each;
// they are read as a whole. Equal documents count once, or what is held back would be known by
// heart. Threads: const. Ownership: keeps the text.

#include "attention/train/stream_source.h"

#include <string>
#include <string_view>
#include <vector>

namespace heddle::attention::bench {

struct TextSettings {
  std::int64_t segment = 256;       // bytes
  std::int64_t chapter = 16384;     // bytes that a stream reads before it forgets
  std::int64_t most_held = 131072;  // bytes that are held back to be read, at most
};

class TextStreams : public train::StreamSource {
 public:
  /// Throws std::invalid_argument where there are not two segments to learn from and one to hold
  /// back.
  TextStreams(std::vector<std::string> documents, const TextSettings& settings);
  TextStreams(const TextStreams&) = delete;  // its views are of its own documents
  TextStreams& operator=(const TextStreams&) = delete;

  int columns() const override { return 1; }
  train::StreamSegment fill(const train::SegmentKey& key, const train::Batch& batch) const override;
  std::int64_t validation_documents() const override {
    return static_cast<std::int64_t>(held_.size());
  }
  std::int64_t validation_segments(std::int64_t document) const override;
  train::StreamSegment fill_validation(std::int64_t document,
                                       std::int64_t segment,
                                       const train::Batch& batch) const override;

  std::int64_t training_bytes() const { return training_bytes_; }
  std::int64_t held_bytes() const { return held_bytes_; }
  /// Bits a byte of what is held back by the frequencies of the training text (one of each byte
  /// added): what a model without any context can reach.
  double order_0_bits() const;

 private:
  void hold_back();
  std::int64_t segments_of(std::string_view text) const;
  train::StreamSegment write(std::string_view text,
                             std::int64_t segment,
                             const train::Batch& batch) const;

  const TextSettings settings_;
  const std::vector<std::string> documents_;
  std::vector<std::string_view> chapters_;
  std::vector<std::string_view> held_;
  std::int64_t segments_ = 0;  // of all chapters
  std::int64_t training_bytes_ = 0;
  std::int64_t held_bytes_ = 0;
};

}  // namespace heddle::attention::bench
