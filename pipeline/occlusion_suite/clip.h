#pragma once
// A drawn clip with its truth: one object before a background that a moving camera films. It is
// seen, wholly hidden for 25 frames by something of another texture, and seen again; in every
// second clip a second object of the same shape and texture keeps it company, also while it is
// hidden. After the synthetic suite that the reference tracker was measured on.
// Threads: const after construction; frames may be drawn concurrently.

#include "io/sample.h"
#include "pipeline/box.h"
#include "pipeline/occlusion_suite/coat.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace heddle::pipeline {

/// No texture and no path of one half is in the other: what is chosen by looking at clips is chosen
/// on kTuning, what is reported is measured on kTesting.
enum class SuiteHalf : std::uint8_t { kTuning, kTesting };

/// "tuning" or "testing". Throws std::invalid_argument naming both.
SuiteHalf suite_half(std::string_view name);

/// The painted textures of a half.
TextureSource painted_textures(SuiteHalf half);

class OcclusionClip {
 public:
  static constexpr int kWidth = 320, kHeight = 240;
  static constexpr int kHiddenFrames = 25;  // wholly hidden
  static constexpr int kFrames = 81;        // it is hidden in the middle
  static constexpr int kHiddenFrom = (kFrames - kHiddenFrames) / 2;

  struct Truth {
    Box box;             // amodal, of the whole outline, also while hidden
    double visible = 1;  // share of its area that is in the frame and not covered
  };

  /// Clip `index` of a half. Odd ones have a second object.
  OcclusionClip(SuiteHalf half, int index, const TextureSource& textures);

  std::string name() const;  // testing-007
  bool has_twin() const { return twin_.has_value(); }
  Truth truth(int frame) const;
  io::Frame draw(int frame) const;  // 25 frames a second

 private:
  /// A smooth path: a place and three swings around it.
  struct Path {
    double place = 0;
    std::array<double, 3> sizes{}, periods{}, phases{};
    double at(double frame) const;
  };
  struct Thing {
    Coat coat;
    double half_x = 1, half_y = 1;
    Path x, y, size, angle;  // size: logarithm
  };
  struct Camera {
    Path x, y, zoom, roll, gain;               // zoom: logarithm
    std::vector<std::array<double, 2>> shake;  // a frame
    double noise = 0;                          // grey levels
  };

  static Path path(ClipDraws& draws, double place, double size, double shortest, double longest);
  void set_camera(ClipDraws& draws);
  void set_target(ClipDraws& draws, Texture texture);
  void set_twin(ClipDraws& draws);
  void set_cover(ClipDraws& draws, Texture texture);
  Pose pose(const Thing& thing, int frame) const;
  Pose cover_pose(int frame) const;
  Pose twin_pose(int frame) const;
  void paint_background(int frame, Canvas& canvas) const;

  SuiteHalf half_;
  int index_;
  Texture background_;
  Camera camera_;
  Thing target_;
  std::optional<Thing> twin_;
  double twin_angle_ = 0, twin_turn_ = 0, twin_distance_ = 0, twin_swing_ = 0;
  Coat cover_;
  Pose cover_place_;                                              // while it hides the object
  double slide_ = 0;                                              // frame pixels a frame
  double enter_x_ = 0, enter_y_ = 0, leave_x_ = 0, leave_y_ = 0;  // unit directions
};

}  // namespace heddle::pipeline
