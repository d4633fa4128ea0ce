#pragma once
// What is remembered of an object that is known by its boxes alone: where it goes and how large it
// is, as Gaussians that widen while it is not seen. A box is asked how well it fits; that is the
// logit of attention from the box to this memory.
//
// Centre in pixels, sides as logarithms, each with a velocity a frame (constant_velocity.h). Noises
// are shares of the object's scale, so that far and near things behave alike. A value.

#include "pipeline/associations/constant_velocity.h"
#include "pipeline/box.h"

#include <optional>

namespace heddle::pipeline {

struct BoxMemorySettings {
  double jitter = 0.042;        // of a sure box, standard deviation, share of its sides
  double hidden_jitter = 0.01;  // more, the less the score
  double sway_x = 0.008;        // change of the velocity in a frame, share of the scale
  double sway_y = 0.03;
  double growth = 0.007;        // change of the sides' velocities
  double first_velocity = 0.2;  // standard deviations of what a new object may do
  double first_growth = 0.05;
  double fade_growth = 0.65;  // of the sides' velocities, a frame
  double steady = 0.05;       // how fast the long-term velocity follows
  double calm = 0.1;          // how fast an unseen object returns to it, a frame
  double size_doubt = 0.06;   // of an unseen object's sides, a second
  double heavy_tail = 7;      // degrees of freedom of Student's t: how soon a bad fit is forgiven
  int view = 3;               // frames without a box after which an object is out of view
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

class BoxMemory {
 public:
  BoxMemory(const Box& box, double score, const BoxMemorySettings& settings);

  void predict(const BoxMemorySettings& settings, const Step& step);
  Surprise correct(const Box& box, double score, const BoxMemorySettings& settings);
  /// How far the object has strayed since this was asked last, if that is at least a second ago and
  /// it was in view all the time.
  std::optional<Drift> strayed(double now);

  /// Log-likelihood of the box, 0 for a perfect fit to an object whose place is known for sure.
  double fit(const Box& box, double score, const BoxMemorySettings& settings) const;
  Box box() const;
  int unseen() const { return unseen_; }  // frames since its last box

 private:
  struct Place {
    double x = 0, y = 0;
  };
  struct Anchor {
    Place at, velocity;
    double seconds = 0;
    int seen = 0;
  };
  void take_up_again(const Box& box, const BoxMemorySettings& settings);

  ConstantVelocity x_, y_, width_, height_;
  Place steady_;  // long-term velocity, a frame
  Place last_seen_;
  std::optional<Anchor> anchor_;
  int seen_ = 1;  // boxes since it came into view
  int unseen_ = 0;
};

}  // namespace heddle::pipeline
