#pragma once
// What is remembered of an object that is known by its boxes alone: where it goes and how large it
// is, as Gaussians that widen while it is not seen. A box is asked how well it fits; that is the
// logit of attention from the box to this memory.
//
// Centre in pixels, sides as logarithms, each with a velocity a frame (constant_velocity.h). Noises
// are shares of the object's scale, so that far and near things behave alike. A value.

#include "io/snapshot.h"
#include "pipeline/associations/camera_step.h"
#include "pipeline/associations/constant_velocity.h"
#include "pipeline/box.h"
#include "pipeline/detectors/detection.h"

#include <optional>

namespace heddle::pipeline {

/// A scale is the root of a box's area.
struct BoxMemorySettings {
  double jitter = 0.053;        // of a sure box, standard deviation, share of its sides
  double hidden_jitter = 0.04;  // more, the less the score
  double sway_x = 0.011;        // change of the velocity in a frame, scales
  double sway_y = 0.032;
  double growth = 0.007;        // change of the sides' velocities in a frame, share
  double first_velocity = 0.2;  // standard deviation of a new object's, scales a frame
  double first_growth = 0.035;  // of its sides', share a frame
  double fade_growth = 0.65;    // of the sides' velocities, a frame
  double steady = 0.03;         // how fast the long-term velocity follows, a frame
  double calm = 0.06;           // how fast an unseen object returns to it, a frame
  double size_doubt = 0.023;    // of an unseen object's sides, share a second
  double heavy_tail = 7.5;      // degrees of freedom of Student's t: how soon misfits are forgiven
  int view = 5;                 // frames without a box after which an object is out of view
};

/// Of a centre, in pixels; or of its velocity, a frame.
struct Place {
  double x = 0, y = 0;
};

/// How restless a stream's objects are against the settings' sway; learned from surprises.
struct Pace {
  double x = 1, y = 1;
};

/// How far objects stray from their long-term velocity in a second, in their scales.
struct Drift {
  double x = 0.4, y = 0.15;
};

/// How far a box was from what was expected, squared, in expected variances.
struct Surprise {
  double x = 0, y = 0;
};

/// What the memory needs to know of the stream to go one frame on.
struct Step {
  Pace pace;
  Drift drift;
  double seconds = 0;
};

/// Where the long-term velocity was told last. Not in the class below, for clang 14 knows its
/// defaults too late there.
struct BoxAnchor {
  Place at, velocity;
  double seconds = 0;
  int age = 0;
};

class BoxMemory {
 public:
  BoxMemory() = default;  // for a snapshot
  BoxMemory(const Detection& seen, const BoxMemorySettings& settings);

  void predict(const BoxMemorySettings& settings, const Step& step);  // one frame on
  /// `doubt`: from 1, how many times as noisy as usual the box is. `told_noise`: 0..1, what of that
  /// noise told() smooths away; 0: told() is the box as it was seen.
  Surprise correct(const Detection& seen,
                   double doubt,
                   const BoxMemorySettings& settings,
                   double told_noise = 1);
  /// How far the object is from where its long-term velocity led, a second or more after this was
  /// told last. Ask in every frame in which it was seen; `now` in seconds.
  std::optional<Drift> strayed(double now);

  /// Log-likelihood of the box, 0 for a perfect fit to an object whose place is known for sure.
  double fit(const Detection& seen, const BoxMemorySettings& settings) const;
  Box box() const;
  Box told() const { return told_; }  // what to say of where it was last seen
  void tell(const Box& box) { told_ = box; }
  void move(const CameraStep& camera);  // the camera moved: the same things, elsewhere
  void snapshot(io::Snapshot& s) {
    s(x_, y_, width_, height_, told_, steady_, anchor_, seen_, unseen_, age_);
  }

 private:
  ConstantVelocity x_, y_, width_, height_;
  Box told_;
  Place steady_;  // long-term velocity, a frame
  std::optional<BoxAnchor> anchor_;
  int seen_ = 1;    // boxes
  int unseen_ = 0;  // frames since its last box
  int age_ = 0;     // frames since its first
};

}  // namespace heddle::pipeline
