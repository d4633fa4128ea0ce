#include "pipeline/metrics/paired_sequence.h"

#include <map>
#include <stdexcept>
#include <string>

namespace heddle::pipeline {
namespace {

/// A side's identities, numbered in order of their first box.
class Numbering {
 public:
  int number_of(std::int64_t id) {
    const auto [entry, fresh] = numbers_.emplace(id, static_cast<int>(boxes_.size()));
    if (fresh) boxes_.push_back(0);
    ++boxes_[static_cast<std::size_t>(entry->second)];
    return entry->second;
  }
  std::vector<std::int64_t> take_boxes() { return std::move(boxes_); }

 private:
  std::map<std::int64_t, int> numbers_;
  std::vector<std::int64_t> boxes_;
};

using Boxes = std::map<std::int64_t, Box>;  // by id

struct BothSides {
  Boxes truth, said;
};

void add(std::map<std::int64_t, BothSides>& frames,
         std::span<const LabelledBox> list,
         Boxes BothSides::*side) {
  for (const LabelledBox& entry : list) {
    if (!(frames[entry.frame].*side).emplace(entry.id, entry.box).second) {
      throw std::invalid_argument("id " + std::to_string(entry.id) + " appears twice in frame " +
                                  std::to_string(entry.frame) + "; a frame holds an id once");
    }
  }
}

}  // namespace

PairedSequence pair_up(std::span<const LabelledBox> truth, std::span<const LabelledBox> said) {
  std::map<std::int64_t, BothSides> frames;
  add(frames, truth, &BothSides::truth);
  add(frames, said, &BothSides::said);
  Numbering truths, others;
  PairedSequence paired;
  for (const auto& [number, sides] : frames) {
    PairedFrame& frame = paired.frames.emplace_back();
    for (const auto& [id, box] : sides.truth) {
      frame.truths.push_back(truths.number_of(id));
      for (const auto& [other, candidate] : sides.said) {
        frame.ious.push_back(iou(box, candidate));
      }
    }
    for (const auto& [id, box] : sides.said) frame.said.push_back(others.number_of(id));
  }
  paired.truth_boxes = truths.take_boxes();
  paired.said_boxes = others.take_boxes();
  return paired;
}

}  // namespace heddle::pipeline
