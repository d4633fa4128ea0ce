#pragma once
// Boxes that somebody else's detector found, from a MOTChallenge file, in the path in place of the
// motion proposals: leaves each frame's boxes in item.detections as the motion stage does. Frame
// and pixel 1 of the file are our 0.
//
// Confidences are 0 to 1, or per cent (none below 0, the highest 10 to 100), by the whole file; -1
// everywhere says that there are none, and each box counts in full. Other scales, as the margins of
// a support vector machine, have no fixed meaning that thresholds could be held against: an error.
// Threads: any; the boxes are only read. Memory: the whole file.

#include "io/formats/mot_rows.h"
#include "pipeline/detectors/detection.h"
#include "pipeline/item.h"

#include <cstdint>
#include <map>
#include <span>
#include <string_view>
#include <vector>

namespace heddle::pipeline {

class GivenBoxesStage : public Stage {
 public:
  /// Confidences are 0 to 1, per cent, or -1 throughout (none: taken for 1). On any other scale
  /// (the margins of a support vector machine, say) they count as none where nothing needs them,
  /// and are an io::InputError, which names `file`, where `needs_confidence`.
  GivenBoxesStage(std::span<const io::MotRow> rows,
                  std::string_view file,
                  bool needs_confidence = true);
  std::string_view name() const override { return "boxes"; }
  Concurrency concurrency() const override { return Concurrency::kUnlimited; }
  void process(Item& item) override;

  /// Boxes without an area, which are left out.
  std::int64_t empty_boxes() const { return empty_; }
  /// All others.
  std::int64_t boxes() const { return boxes_; }
  /// Of these, those of the frame of this number and later ones.
  std::int64_t boxes_from(std::int64_t frame) const;

 private:
  std::map<std::int64_t, std::vector<Detection>> frames_;
  std::int64_t boxes_ = 0;
  std::int64_t empty_ = 0;
};

}  // namespace heddle::pipeline
