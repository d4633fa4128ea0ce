#pragma once
// What one update of BoxAttention works on; for its own sources.

#include "pipeline/associations/box_attention.h"

#include <vector>

namespace heddle::pipeline {

struct BoxAttention::Claim {
  std::size_t object = 0, box = 0;
  double certainty = 1;  // 0..1
};

struct BoxAttention::Round {
  const io::Frame& frame;
  std::span<const Detection> boxes;
  std::vector<int> owners;          // of boxes: place in objects_, -1: none yet
  std::vector<Surprise> surprises;  // of settled objects
};

struct BoxAttention::Pairs {
  std::vector<std::size_t> objects, boxes;
  std::vector<double> odds;  // (objects, boxes), logarithms, against 'new'

  double& at(std::size_t object, std::size_t box) { return odds[object * boxes.size() + box]; }
  double at(std::size_t object, std::size_t box) const { return odds[object * boxes.size() + box]; }
};

}  // namespace heddle::pipeline
