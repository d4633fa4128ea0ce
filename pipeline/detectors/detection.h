#pragma once
// A proposal: the box of something worth an identity, whoever found it. What detectors leave in
// Item::detections and associations read.

#include "pipeline/box.h"

namespace heddle::pipeline {

struct Detection {
  Box box;            // frame pixels
  double score = 0;   // 0..1, how solid the evidence is
  double change = 1;  // 0..1, share of its pixels that changed since the last frame
  int kind = -1;      // class of a detector that tells one, from 0
};

}  // namespace heddle::pipeline
