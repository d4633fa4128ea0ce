#include "pipeline/simulation/replay.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <set>
#include <stdexcept>

namespace heddle::pipeline {
namespace {

constexpr std::uint64_t kFirstTexture = 0x5e9'0000;  // far from those of the occlusion suite
constexpr std::uint64_t kTexturesASeed = 4096;
constexpr double kOutline = 5;           // power of the rounded rectangle
constexpr double kLeastHalf = 1;         // pixels
constexpr double kBackgroundHalf = 190;  // frame pixels that half the texture takes
constexpr double kObjectLight = 0.08, kSceneLight = 0.05;
constexpr double kShake = 0.0006;  // a frame, of the width, while the camera sways
constexpr std::size_t kGrains = 1 << 16;

Box box_of(const io::MotRow& row) { return {row.x, row.y, row.width, row.height}; }

}  // namespace

double Replay::Swing::at(double frame) const {
  double value = 0;
  for (std::size_t i = 0; i < sizes.size(); ++i) {
    value += sizes[i] * std::sin(2 * std::numbers::pi * frame / periods[i] + phases[i]);
  }
  return value;
}

Replay::Swing Replay::swing(NoiseDraws& draws, double size, double shortest, double longest) {
  Swing swing;
  for (std::size_t i = 0; i < swing.sizes.size(); ++i) {
    swing.sizes[i] = size * draws.uniform(0.3, 1) / static_cast<double>(i + 1);
    swing.periods[i] = draws.log_uniform(shortest, longest) / static_cast<double>(i + 1);
    swing.phases[i] = draws.angle();
  }
  return swing;
}

Replay::Replay(std::span<const io::MotRow> truth, const ReplaySettings& settings)
    : settings_(settings) {
  NoiseDraws draws(settings.seed ^ (settings.half == SuiteHalf::kTuning ? 0x7e9100000000 : 0));
  measure(truth);
  place(truth, draws);
  dress(draws);
  see();
}

/// The frame holds all boxes, but for what leaves it on the left and above.
void Replay::measure(std::span<const io::MotRow> truth) {
  double right = 0, bottom = 0;
  for (const io::MotRow& row : truth) {
    frames_ = std::max(frames_, row.frame);
    right = std::max(right, row.x + row.width);
    bottom = std::max(bottom, row.y + row.height);
  }
  if (frames_ == 0 || right < 1 || bottom < 1) {
    throw std::invalid_argument("a replay needs boxes; the truth has none");
  }
  shrink_ = std::min(1.0, std::sqrt(settings_.most_pixels / (right * bottom)));
  // Even sides suit every video format.
  width_ = std::max(2, 2 * static_cast<int>(right * shrink_ / 2));
  height_ = std::max(2, 2 * static_cast<int>(bottom * shrink_ / 2));
}

/// The camera's way, and the rows as it sees them.
void Replay::place(std::span<const io::MotRow> truth, NoiseDraws& draws) {
  const double second = settings_.frames_per_second, reach = settings_.sway * width_;
  const Swing x = swing(draws, reach, 2 * second, 8 * second);
  const Swing y = swing(draws, reach / 2, 2 * second, 8 * second);
  light_ = swing(draws, kSceneLight, second, 6 * second);
  const double shake = settings_.sway > 0 ? kShake * width_ : 0;
  for (std::int64_t f = 0; f < frames_; ++f) {
    const auto frame = static_cast<double>(f);
    const double right = shake * draws.normal(), down = shake * draws.normal();
    camera_.push_back({x.at(frame) + right, y.at(frame) + down});
  }
  for (const io::MotRow& row : truth) {
    if (row.width <= 0 || row.height <= 0) continue;
    io::MotRow& drawn = truth_.emplace_back(row);
    const auto& camera = camera_[static_cast<std::size_t>(row.frame - 1)];
    drawn.x = row.x * shrink_ + camera[0];
    drawn.y = row.y * shrink_ + camera[1];
    drawn.width = row.width * shrink_;
    drawn.height = row.height * shrink_;
  }
}

/// Textures: the background's, then one an object; twins wear that of an earlier one.
void Replay::dress(NoiseDraws& draws) {
  const TextureSource textures = painted_textures(settings_.half);
  const std::uint64_t first = kFirstTexture + settings_.seed * kTexturesASeed;
  background_ = textures(first);
  std::set<std::int64_t> ids;
  for (const io::MotRow& row : truth_) ids.insert(row.id);
  for (const std::int64_t id : ids) {
    Look& look = looks_[id];
    look.light = swing(
        draws, kObjectLight, 2 * settings_.frames_per_second, 8 * settings_.frames_per_second);
    const bool twin = draws.chance(settings_.twins);
    const int other = draws.below(static_cast<int>(std::max<std::size_t>(coats_.size(), 1)));
    if (twin && !coats_.empty()) {
      look.coat = static_cast<std::size_t>(other);
      continue;
    }
    look.coat = coats_.size();
    const double zoom = draws.log_uniform(0.25, 0.8);
    const double u = draws.uniform(-1, 1), v = draws.uniform(-1, 1);
    coats_.push_back({Shape::rounded(kOutline), textures(first + 1 + coats_.size()), zoom, u, v});
  }
  grain_.resize(kGrains);
  for (float& grain : grain_) grain = static_cast<float>(settings_.noise * draws.normal());
}

/// Who stands before whom, and what that leaves to be seen.
void Replay::see() {
  order_.resize(static_cast<std::size_t>(frames_));
  for (std::size_t i = 0; i < truth_.size(); ++i) {
    order_[static_cast<std::size_t>(truth_[i].frame - 1)].push_back(i);
  }
  const Box frame{0, 0, static_cast<double>(width_), static_cast<double>(height_)};
  for (std::vector<std::size_t>& rows : order_) {
    std::stable_sort(rows.begin(), rows.end(), [&](std::size_t a, std::size_t b) {
      return box_of(truth_[a]).bottom() < box_of(truth_[b]).bottom();
    });
    for (std::size_t far = 0; far < rows.size(); ++far) {
      io::MotRow& row = truth_[rows[far]];
      row.visibility = share_inside(box_of(row), frame);
      for (std::size_t near = far + 1; near < rows.size(); ++near) {
        row.visibility *= 1 - share_inside(box_of(row), box_of(truth_[rows[near]]));
      }
      row.columns = std::max(row.columns, 9);
    }
  }
}

io::Frame Replay::draw(std::int64_t number) const {
  const auto& camera = camera_.at(static_cast<std::size_t>(number));
  Canvas canvas{width_, height_, {}};
  canvas.bgr.resize(static_cast<std::size_t>(width_) * height_ * 3);
  float* to = canvas.bgr.data();
  for (int y = 0; y < height_; ++y) {
    for (int x = 0; x < width_; ++x, to += 3) {
      const auto colour = background_.at((x + 0.5 - camera[0]) / kBackgroundHalf,
                                         (y + 0.5 - camera[1]) / kBackgroundHalf);
      std::copy(colour.begin(), colour.end(), to);
    }
  }
  const auto when = static_cast<double>(number);
  for (const std::size_t i : order_[static_cast<std::size_t>(number)]) {
    const io::MotRow& row = truth_[i];
    const Look& look = looks_.at(row.id);
    const Box box = box_of(row);
    const Pose pose{box.centre_x(),
                    box.centre_y(),
                    std::max(kLeastHalf, box.width / 2),
                    std::max(kLeastHalf, box.height / 2),
                    0};
    paint(coats_[look.coat], pose, canvas, 1 + look.light.at(when));
  }
  NoiseDraws draws(settings_.seed << 32 | static_cast<std::uint64_t>(number));
  const auto gain = static_cast<float>(1 + light_.at(when));
  io::Frame frame;
  frame.number = number;
  frame.seconds = when / settings_.frames_per_second;
  frame.width = width_;
  frame.height = height_;
  frame.stream = "replay";
  frame.bgr.resize(canvas.bgr.size());
  const std::size_t row = static_cast<std::size_t>(width_) * 3;
  for (std::size_t at = 0; at < canvas.bgr.size(); at += row) {
    const auto shift = static_cast<std::size_t>(draws.below(kGrains));
    for (std::size_t i = 0; i < row; ++i) {
      const float lit = canvas.bgr[at + i] * gain + grain_[(shift + i) % kGrains];
      frame.bgr[at + i] = static_cast<std::uint8_t>(std::clamp(lit + 0.5F, 0.0F, 255.0F));
    }
  }
  return frame;
}

}  // namespace heddle::pipeline
