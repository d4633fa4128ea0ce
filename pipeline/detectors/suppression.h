#pragma once
// Non-maximum suppression: of boxes that overlap, the best one stays.

#include "pipeline/detectors/onnx_layouts.h"

#include <vector>

namespace heddle::pipeline {

/// Best first. A box is dropped when its intersection over union with a better one, of whatever
/// class, is above `overlap`: a thing has one box, whatever it is called. Only the best `most` are
/// looked at. Ties go to the earlier candidate.
std::vector<Candidate> suppress(std::vector<Candidate> candidates,
                                double overlap,
                                std::size_t most);

}  // namespace heddle::pipeline
