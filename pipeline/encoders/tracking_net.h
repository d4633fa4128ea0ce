#pragma once
// The tracking network as the track logic sees it: three calls on views. One object a lane (it may
// hold scratch memory); the weights behind it are const and shared.
// Threads: calls on one object must not overlap.

#include "attention/backend/attention_op.h"
#include "attention/tensor/tensor.h"

#include <span>

namespace heddle::pipeline {

inline constexpr int kEmbedding = 128;    // floats a cell's embedding, unit length
inline constexpr int kFeatures = 32;      // floats a cell's features for the head
inline constexpr int kReadOutMaps = 6;    // what read_out gives a cell
inline constexpr int kHeadMaps = 13;      // [first 6, recent 6, prior 1]
inline constexpr int kObjectInCrop = 72;  // crop pixels that sqrt(w * h) of the object takes
inline constexpr int kNormalCrop = 256;   // crop pixels a side around a tracked object
inline constexpr int kWideCrop = 512;     // the same scale, twice the view

class TrackingNet {
 public:
  virtual ~TrackingNet() = default;
  /// image (n, n, 3) f32 BGR 0..255, n divisible by 8 -> embedding (n / 8 * n / 8, 128), features
  /// (n / 8, n / 8, 32), f32.
  virtual void encode(const attention::TensorView& image,
                      const attention::TensorView& embedding,
                      const attention::TensorView& features) = 0;
  /// queries (q, 128) against memory segments -> out (6, q): the softmax mean of the values m, e,
  /// m u, m v, then the best similarity inside the object and outside it (-1 where none).
  virtual void read_out(const attention::TensorView& queries,
                        std::span<const attention::KeySegment> segments,
                        const attention::TensorView& out) = 0;
  /// maps (h, w, 13), features (h, w, 32) -> logit (h, w) that the object is visible at the cell,
  /// sides (h, w, 4): left, top, right, bottom of its box in crop pixels from the cell's centre.
  virtual void head(const attention::TensorView& maps,
                    const attention::TensorView& features,
                    const attention::TensorView& logit,
                    const attention::TensorView& sides) = 0;
};

}  // namespace heddle::pipeline
