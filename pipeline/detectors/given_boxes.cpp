#include "pipeline/detectors/given_boxes.h"

#include "io/error.h"

#include <algorithm>
#include <sstream>

namespace heddle::pipeline {

namespace {

constexpr double kNone = -1;          // written where a detector tells no confidence
constexpr double kRounding = 1e-3;    // above 1, or above 100 per cent
constexpr double kLeastPercent = 10;  // highest confidence of a file in per cent: less is a score

/// Maps the confidences of one file to scores 0..1.
class Confidences {
 public:
  Confidences(std::span<const io::MotRow> rows, std::string_view file, bool needed) {
    if (rows.empty()) return;
    const auto [lowest, highest] = std::ranges::minmax_element(rows, {}, &io::MotRow::confidence);
    const double low = lowest->confidence, high = highest->confidence;
    none_ = low == kNone && high == kNone;
    const bool percent = high >= kLeastPercent && high <= 100 * (1 + kRounding);
    if (none_ || (low >= 0 && high <= 1 + kRounding)) return;
    if (percent && low >= 0) {
      whole_ = 100;
      return;
    }
    none_ = true;
    if (!needed) return;
    std::ostringstream message;
    message << file << ": confidences from " << low << " to " << high
            << " are neither 0 to 1 nor per cent; scale column 7 to 0 to 1, or write " << kNone
            << " in all of it";
    throw io::InputError(message.str());
  }

  double score(double confidence) const { return none_ ? 1 : std::min(confidence / whole_, 1.0); }

 private:
  bool none_ = false;
  double whole_ = 1;
};

}  // namespace

GivenBoxesStage::GivenBoxesStage(std::span<const io::MotRow> rows,
                                 std::string_view file,
                                 bool needs_confidence) {
  const Confidences confidences(rows, file, needs_confidence);
  for (const io::MotRow& row : rows) {
    if (row.width <= 0 || row.height <= 0) {
      ++empty_;
      continue;
    }
    frames_[row.frame - 1].push_back(
        {{row.x - 1, row.y - 1, row.width, row.height}, confidences.score(row.confidence)});
    ++boxes_;
  }
}

void GivenBoxesStage::process(Item& item) {
  if (!item.frame) return;
  const auto found = frames_.find(item.frame->number);
  if (found == frames_.end()) return;
  item.detections = found->second;
}

std::int64_t GivenBoxesStage::boxes_from(std::int64_t frame) const {
  std::int64_t sum = 0;
  for (auto at = frames_.lower_bound(frame); at != frames_.end(); ++at) {
    sum += static_cast<std::int64_t>(at->second.size());
  }
  return sum;
}

}  // namespace heddle::pipeline
