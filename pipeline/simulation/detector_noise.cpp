#include "pipeline/simulation/detector_noise.h"

#include "pipeline/box.h"
#include "pipeline/simulation/draws.h"

#include <algorithm>
#include <cmath>
#include <map>

namespace heddle::pipeline {
namespace {

constexpr int kPedestrian = 1;
constexpr double kMoodMemory = 0.93;                   // a frame: moods last for half a second
constexpr double kJitterMemory = 0.7;                  // errors of successive boxes are alike
constexpr double kScoreLow = 0.35, kScoreHigh = 0.95;  // of a hidden and a visible object, about
constexpr double kScoreSpread = 0.08;
constexpr double kDoubleJitter = 2;                   // of the usual jitter
constexpr double kFalseLow = 0.1, kFalseHigh = 0.65;  // scores

using Frame = std::vector<const io::MotRow*>;

Box box_of(const io::MotRow& row) { return {row.x, row.y, row.width, row.height}; }

/// A quantity that wanders about 0 with standard deviation 1.
class Wander {
 public:
  double step(double memory, NoiseDraws& random) {
    const double fresh = random.normal();
    at_ = started_ ? memory * at_ + std::sqrt(1 - memory * memory) * fresh : fresh;
    started_ = true;
    return at_;
  }

 private:
  double at_ = 0;
  bool started_ = false;
};

struct ObjectNoise {
  Wander mood, x, y, width, height;
};

struct FalseThing {
  Box box;
  double score = 0;
};

/// How far a box is off, in spreads.
struct Error {
  double right = 0, down = 0, wider = 0, taller = 0;
};

Box moved(const Box& box, double spread, const Error& error) {
  return centred_box(box.centre_x() + spread * box.width * error.right,
                     box.centre_y() + spread * box.height * error.down,
                     box.width * std::exp(spread * error.wider),
                     box.height * std::exp(spread * error.taller));
}

double visibility(const io::MotRow& row, const Frame& frame) {
  if (row.columns > 8 && row.visibility >= 0) return row.visibility;
  const Box box = box_of(row);
  double left = 1;
  for (const io::MotRow* other : frame) {
    if (other != &row && box_of(*other).bottom() > box.bottom()) {
      left *= 1 - share_inside(box, box_of(*other));
    }
  }
  return left;
}

class Simulation {
 public:
  explicit Simulation(const DetectorNoise& noise) : noise_(noise), random_(noise.seed) {}

  void add_frame(std::int64_t number, const Frame& frame) {
    for (const io::MotRow* row : frame) see(*row, visibility(*row, frame));
    imagine(number, frame);
  }
  std::vector<io::MotRow> take() { return std::move(said_); }

 private:
  void say(std::int64_t frame, std::int64_t id, const Box& box, double score) {
    io::MotRow row;
    row.frame = frame;
    row.id = id;
    row.x = box.x;
    row.y = box.y;
    row.width = box.width;
    row.height = box.height;
    row.confidence = std::clamp(score, 0.05, 0.99);
    said_.push_back(row);
  }

  void see(const io::MotRow& row, double visible) {
    ObjectNoise& own = objects_[row.id];
    const double mood = noise_.mood * own.mood.step(kMoodMemory, random_);
    const double ease = (visible - noise_.half_visible + mood) / noise_.visible_spread;
    const Box truth = box_of(row);
    const double spread = noise_.jitter + (noise_.hidden_jitter - noise_.jitter) * (1 - visible);
    const double taller = own.height.step(kJitterMemory, random_);
    const double wider = own.width.step(kJitterMemory, random_);
    const double down = own.y.step(kJitterMemory, random_);
    const double right = own.x.step(kJitterMemory, random_);
    const Box box = moved(truth, spread, {right, down, wider, taller});
    const double score =
        kScoreLow + (kScoreHigh - kScoreLow) * visible + mood / 2 + kScoreSpread * random_.normal();
    const bool seen = random_.chance(noise_.best_recall / (1 + std::exp(-ease)));
    const bool twice = random_.chance(noise_.doubles);
    if (seen) say(row.frame, row.id, box, score);
    if (seen && twice) say_again(row, box, spread, score);
  }

  void say_again(const io::MotRow& row, const Box& box, double spread, double score) {
    const double less = random_.uniform(0.5, 1);
    const double taller = random_.normal(), wider = random_.normal();
    const double down = random_.normal(), right = random_.normal();
    const Box other = moved(box, kDoubleJitter * spread, {right, down, wider, taller});
    say(row.frame, row.id, other, score * less);
  }

  /// False boxes of the sizes of true ones, anywhere that true ones have been.
  void imagine(std::int64_t number, const Frame& frame) {
    for (const io::MotRow* row : frame)
      seen_area_ = seen_area_.area() > 0 ? union_of(seen_area_, box_of(*row)) : box_of(*row);
    std::vector<FalseThing> staying;
    for (const FalseThing& thing : false_) {
      if (!random_.chance(1 / noise_.false_frames)) staying.push_back(thing);
    }
    false_ = std::move(staying);
    for (const io::MotRow* row : frame) {
      if (!random_.chance(noise_.false_share / noise_.false_frames)) continue;
      const double x =
          random_.uniform(seen_area_.x, std::max(seen_area_.x, seen_area_.right() - row->width));
      const double y =
          random_.uniform(seen_area_.y, std::max(seen_area_.y, seen_area_.bottom() - row->height));
      false_.push_back({{x, y, row->width, row->height}, random_.uniform(kFalseLow, kFalseHigh)});
    }
    for (const FalseThing& thing : false_) {
      const double surer = random_.normal(), down = random_.normal(), right = random_.normal();
      const Box box = moved(thing.box, noise_.jitter, {right, down, 0, 0});
      say(number, -1, box, thing.score + kScoreSpread * surer);
    }
  }

  const DetectorNoise noise_;
  NoiseDraws random_;
  std::map<std::int64_t, ObjectNoise> objects_;
  std::vector<FalseThing> false_;
  Box seen_area_;
  std::vector<io::MotRow> said_;
};

}  // namespace

std::vector<io::MotRow> simulate_detector(std::span<const io::MotRow> truth,
                                          const DetectorNoise& noise) {
  std::map<std::int64_t, Frame> frames;
  const bool classes = std::ranges::any_of(truth, [](const auto& row) { return row.type >= 0; });
  for (const io::MotRow& row : truth) {
    const bool there = row.confidence != 0 && row.width > 0 && row.height > 0;
    if (there && (!classes || row.type == kPedestrian)) frames[row.frame].push_back(&row);
  }
  Simulation simulation(noise);
  for (const auto& [number, frame] : frames) simulation.add_frame(number, frame);
  return simulation.take();
}

}  // namespace heddle::pipeline
