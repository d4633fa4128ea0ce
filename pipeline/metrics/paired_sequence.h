#pragma once
// One sequence's true and said boxes, lined up for the scores: what every one of them counts over.

#include "pipeline/box.h"

#include <cstdint>
#include <span>
#include <vector>

namespace heddle::pipeline {

struct LabelledBox {
  std::int64_t frame = 0;
  std::int64_t id = 0;
  Box box;
};

/// A frame with at least one box. Identities are numbered from 0 over the sequence.
struct PairedFrame {
  std::vector<int> truths;   // identity of each true box
  std::vector<int> said;     // and of each said box
  std::vector<double> ious;  // (truths, said)

  double iou(std::size_t truth, std::size_t s) const { return ious[truth * said.size() + s]; }
};

struct PairedSequence {
  std::vector<PairedFrame> frames;        // in order of time; frames without boxes are left out
  std::vector<std::int64_t> truth_boxes;  // of each true identity
  std::vector<std::int64_t> said_boxes;   // of each said identity
};

/// Both lists in any order. Throws std::invalid_argument when an id appears twice in a frame.
PairedSequence pair_up(std::span<const LabelledBox> truth, std::span<const LabelledBox> said);

}  // namespace heddle::pipeline
