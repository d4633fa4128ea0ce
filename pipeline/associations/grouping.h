#pragma once
// Where proposals and objects are not one to one: pieces of one object, and objects in one blob.

#include "pipeline/associations/tracked_object.h"
#include "pipeline/detectors/detection.h"

#include <vector>

namespace heddle::pipeline {

/// Joins detections that lie inside one object's predicted box (and in no other's) when their union
/// fits the prediction better than each alone.
void join_fragments(const std::vector<TrackedObject>& objects, std::vector<Detection>& detections);

struct Group {
  std::size_t detection = 0;
  std::vector<std::size_t> members;  // indices of objects
};

/// Detections that cover several objects seen until now and fit none of them alone.
std::vector<Group> find_groups(const std::vector<TrackedObject>& objects,
                               const std::vector<Detection>& detections);

/// `box` moved by the least that brings it inside `blob` (centred where it is larger).
Box moved_inside(const Box& box, const Box& blob);

}  // namespace heddle::pipeline
