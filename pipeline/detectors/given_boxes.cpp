#include "pipeline/detectors/given_boxes.h"

#include <algorithm>

namespace heddle::pipeline {

GivenBoxesStage::GivenBoxesStage(std::span<const io::MotRow> rows) {
  for (const io::MotRow& row : rows) {
    if (row.width <= 0 || row.height <= 0) {
      ++empty_;
      continue;
    }
    frames_[row.frame - 1].push_back(
        {{row.x - 1, row.y - 1, row.width, row.height}, std::clamp(row.confidence, 0.0, 1.0)});
    ++boxes_;
  }
}

void GivenBoxesStage::process(Item& item) {
  if (!item.frame) return;
  const auto found = frames_.find(item.frame->number);
  if (found == frames_.end()) return;
  item.detections = found->second;
  used_ += static_cast<std::int64_t>(found->second.size());
}

}  // namespace heddle::pipeline
