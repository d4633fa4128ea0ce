#pragma once
// One look at a frame for one object: crop, encode, read the memory, run the head, find peaks.
// Threads: one Viewer a lane, shared by its objects. Allocates its buffers once.

#include "attention/memory/rolling_memory.h"
#include "attention/tensor/tensor.h"
#include "io/sample.h"
#include "pipeline/box.h"
#include "pipeline/encoders/patches.h"
#include "pipeline/encoders/tracking_net.h"

#include <vector>

namespace heddle::pipeline {

struct Peak {
  double visible = 0;  // probability
  Box box;             // frame pixels, amodal
};

struct LookRequest {
  double cx = 0, cy = 0;                  // centre of the crop, frame pixels
  double side = 0;                        // frame pixels that kNormalCrop crop pixels cover
  bool wide = false;                      // kWideCrop instead of kNormalCrop
  double expected_x = 0, expected_y = 0;  // where motion expects the object
  double sigma = 0;  // of that expectation, half crops; kFlatPrior and more: nowhere
  int target_peaks = 1;
  double rival_visible = 0.5;
};

struct LookResult {
  std::vector<Peak> target;  // memory and motion; strongest first, at least one
  std::vector<Peak> alike;   // first frame only, no motion: everything that looks like the object
};

/// A memory frame is the 32 x 32 cells of one normal crop.
inline constexpr int kNormalCells = kNormalCrop / 8 * (kNormalCrop / 8);
attention::MemorySpec follow_memory_spec(int long_every);

class Viewer {
 public:
  explicit Viewer(TrackingNet& net);  // borrows

  LookResult look(const io::Frame& frame,
                  const attention::RollingMemory& memory,
                  const LookRequest& request);
  /// Writes the last look's cells (the inner normal crop of a wide one) with `box`, in frame
  /// pixels, as their values. Only right after look() or see() of the same frame.
  void remember(const Box& box, attention::RollingMemory& memory);
  /// Encodes the normal crop around (cx, cy), without a memory to read.
  void see(const io::Frame& frame, double cx, double cy, double side);

 private:
  struct Buffers {
    explicit Buffers(int pixels);
    int cells;  // a side
    attention::Tensor image, embedding, features, first, recent, maps, logit, sides;
  };

  void encode(const io::Frame& frame, const CropWindow& window, Buffers& buffers);
  void run_head(Buffers& buffers, const attention::Tensor& second, const LookRequest* prior);
  std::vector<Peak> peaks(const Buffers& buffers, double least, int most) const;

  TrackingNet& net_;
  Buffers normal_, wide_;
  attention::Tensor inner_, values_;
  CropWindow window_;  // of the last look
  bool last_wide_ = false;
  std::vector<attention::KeySegment> segments_;
};

}  // namespace heddle::pipeline
