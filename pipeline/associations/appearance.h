#pragma once
// What an object looks like, remembered: embeddings of its crops in a rolling memory of its own
// (first sight, recent sights, every n-th sight for long), and how like that memory a candidate is,
// by attention read-out.
// Threads: one AppearanceReader a lane. Steady state allocates nothing but new objects' memories.

#include "attention/memory/rolling_memory.h"
#include "attention/tensor/tensor.h"
#include "io/sample.h"
#include "pipeline/box.h"
#include "pipeline/encoders/tracking_net.h"

namespace heddle::pipeline {

inline constexpr int kSightCrop = 64;    // crop pixels a side of one sight
inline constexpr int kSightCells = 64;   // 8 x 8 cells
inline constexpr int kSightObject = 44;  // crop pixels that sqrt(w * h) of the object takes

/// One look at one box: embeddings and what each cell says about the box.
struct Sight {
  Sight();
  attention::Tensor keys;    // (1, kSightCells, kEmbedding) f32
  attention::Tensor values;  // (1, kSightCells, 4) f32
};

/// kSightCells positions a block; 1 + 3 + 3 blocks, about 0.25 MB an object in f32.
attention::MemorySpec sight_memory_spec();

class AppearanceReader {
 public:
  explicit AppearanceReader(TrackingNet& net);  // borrows

  /// Encodes the crop around `box`.
  void look(const io::Frame& frame, const Box& box, Sight& sight);
  /// -1..1: how well the cells inside the sight's box find themselves inside the remembered object;
  /// the mean over cells, weighted by e, of the best cosine to a remembered cell inside it.
  double likeness(const Sight& sight, const attention::RollingMemory& memory);

 private:
  TrackingNet& net_;
  attention::Tensor crop_, features_, maps_;
  std::vector<attention::KeySegment> segments_;
};

}  // namespace heddle::pipeline
