#pragma once
// True tracks drawn: a clip of things that move as the boxes of a truth file do, where there is no
// video to the file. Every object is a rounded rectangle with a texture of its own (some share one)
// before a textured background; who is nearer, by the lower edge of the box, hides who is behind.
// For judging associations that look.
//
// The camera may sway: it then pans and shakes over the scene, and truth() moves with it. Light and
// the objects' own brightness change slowly, and there is noise. Everything follows from the truth
// and the settings; the textures of the two halves have nothing in common (occlusion_suite/clip.h).
// Threads: const after construction; frames may be drawn concurrently.
//
// Example: heddle eval simulate gt.txt --draw replay.ppm --sway 0.02 -o det.txt

#include "io/formats/mot_rows.h"
#include "io/sample.h"
#include "pipeline/occlusion_suite/clip.h"
#include "pipeline/occlusion_suite/coat.h"
#include "pipeline/simulation/draws.h"

#include <array>
#include <cstdint>
#include <map>
#include <span>
#include <vector>

namespace heddle::pipeline {

struct ReplaySettings {
  SuiteHalf half = SuiteHalf::kTesting;
  std::uint64_t seed = 1;
  double frames_per_second = 30;
  int most_pixels = 520'000;  // a frame; the scene is shrunk to it
  double twins = 0.25;        // share of objects that look like another one
  double sway = 0;            // how far the camera swings, share of the frame's width
  double noise = 4;           // grey levels
};

class Replay {
 public:
  /// Throws std::invalid_argument for a truth without boxes.
  Replay(std::span<const io::MotRow> truth, const ReplaySettings& settings);

  int width() const { return width_; }
  int height() const { return height_; }
  std::int64_t frames() const { return frames_; }
  /// The rows as they are drawn: in the replay's pixels, moved with the camera, with what can be
  /// seen of each by drawing order as visibility.
  const std::vector<io::MotRow>& truth() const { return truth_; }
  io::Frame draw(std::int64_t number) const;  // 0-based

 private:
  struct Swing {
    std::array<double, 3> sizes{}, periods{}, phases{};
    double at(double frame) const;
  };
  struct Look {
    std::size_t coat = 0;  // in coats_
    Swing light;
  };

  static Swing swing(NoiseDraws& draws, double size, double shortest, double longest);
  void measure(std::span<const io::MotRow> truth);
  void dress(NoiseDraws& draws);
  void place(std::span<const io::MotRow> truth, NoiseDraws& draws);
  void see();

  ReplaySettings settings_;
  int width_ = 0, height_ = 0;
  double shrink_ = 1;  // the truth's pixels -> the replay's
  std::int64_t frames_ = 0;
  std::vector<io::MotRow> truth_;
  std::vector<std::vector<std::size_t>> order_;  // rows of a frame, the farthest first
  std::map<std::int64_t, Look> looks_;           // by id
  std::vector<Coat> coats_;
  Texture background_;
  Swing light_;                                // factor, from 1
  std::vector<std::array<double, 2>> camera_;  // a frame: pixels
  std::vector<float> grain_;                   // noise, for all frames
};

}  // namespace heddle::pipeline
