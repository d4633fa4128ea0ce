#include "pipeline/occlusion_suite/clip.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <stdexcept>
#include <utility>

namespace heddle::pipeline {
namespace {

constexpr double kCoverPower = 8;     // nearly a rectangle
constexpr double kCoverReach = 0.56;  // its half sides, in sides of the object's way
constexpr double kGridSteps = 24;     // of the count of what is visible
constexpr std::uint64_t kTexturesAClip = 3;

std::uint64_t seed_of(SuiteHalf half, std::uint64_t number) {
  return (half == SuiteHalf::kTuning ? 0x7475ULL : 0x7465ULL) << 48 | number;
}

}  // namespace

SuiteHalf suite_half(std::string_view name) {
  if (name == "tuning") return SuiteHalf::kTuning;
  if (name == "testing") return SuiteHalf::kTesting;
  throw std::invalid_argument("unknown half '" + std::string(name) +
                              "' of the occlusion suite; known: tuning, testing");
}

TextureSource painted_textures(SuiteHalf half) {
  return [half](std::uint64_t number) { return paint_texture(seed_of(half, number)); };
}

double OcclusionClip::Path::at(double frame) const {
  double value = place;
  for (std::size_t i = 0; i < sizes.size(); ++i) {
    value += sizes[i] * std::sin(2 * std::numbers::pi * frame / periods[i] + phases[i]);
  }
  return value;
}

OcclusionClip::Path OcclusionClip::path(
    ClipDraws& draws, double place, double size, double shortest, double longest) {
  Path path;
  path.place = place;
  for (std::size_t i = 0; i < path.sizes.size(); ++i) {
    path.sizes[i] = size * draws.uniform(0.3, 1) / static_cast<double>(i + 1);
    path.periods[i] = draws.log_uniform(shortest, longest) / static_cast<double>(i + 1);
    path.phases[i] = draws.angle();
  }
  return path;
}

OcclusionClip::OcclusionClip(SuiteHalf half, int index, const TextureSource& textures)
    : half_(half), index_(index) {
  ClipDraws draws(seed_of(half, 0xc11bULL << 32 | static_cast<std::uint64_t>(index)));
  const std::uint64_t texture = static_cast<std::uint64_t>(index) * kTexturesAClip;
  background_ = textures(texture);
  set_camera(draws);
  set_target(draws, textures(texture + 1));
  if (index % 2 == 1) set_twin(draws);
  set_cover(draws, textures(texture + 2));
}

void OcclusionClip::set_camera(ClipDraws& draws) {
  camera_.x = path(draws, draws.uniform(-200, 200), 45, 70, 160);
  camera_.y = path(draws, draws.uniform(-200, 200), 25, 70, 160);
  camera_.zoom = path(draws, 0, 0.05, 70, 160);
  camera_.roll = path(draws, draws.uniform(-0.1, 0.1), 0.03, 70, 160);
  camera_.gain = path(draws, 1, 0.04, 20, 100);
  camera_.noise = draws.uniform(2, 6);
  for (int i = 0; i < kFrames; ++i) {
    const double x = 0.6 * draws.normal();
    camera_.shake.push_back({x, 0.6 * draws.normal()});
  }
}

void OcclusionClip::set_target(ClipDraws& draws, Texture texture) {
  Coat& coat = target_.coat;
  coat.shape = draws.chance(0.6) ? Shape::blob(draws) : Shape::rounded(draws.uniform(2, 8));
  coat.texture = std::move(texture);
  coat.zoom = draws.log_uniform(0.25, 0.8);
  coat.u = draws.uniform(-1, 1);
  coat.v = draws.uniform(-1, 1);
  const double scale = draws.uniform(16, 28);
  const double aspect = std::exp(std::clamp(draws.normal() * 0.25, -0.5, 0.5));
  target_.half_x = scale * aspect;
  target_.half_y = scale / aspect;
  target_.x = path(draws, kWidth / 2.0, 40, 70, 160);
  target_.y = path(draws, kHeight / 2.0, 24, 70, 160);
  target_.size = path(draws, 0, 0.08, 60, 150);
  target_.angle = path(draws, draws.uniform(-0.2, 0.2), 0.1, 60, 150);
}

void OcclusionClip::set_twin(ClipDraws& draws) {
  twin_ = target_;
  twin_->angle = path(draws, target_.angle.place, 0.1, 60, 150);
  twin_angle_ = draws.angle();
  const double way = draws.sign();
  twin_turn_ = way * draws.uniform(0.005, 0.025);
  twin_distance_ = draws.uniform(3.2, 4.6);
  twin_swing_ = draws.uniform(0.3, 0.8);
}

/// The cover is as large as the object's way while it is hidden, and a little more.
void OcclusionClip::set_cover(ClipDraws& draws, Texture texture) {
  Box way = bounds(target_.coat.shape, pose(target_, kHiddenFrom));
  const double side = way.scale();
  for (int i = kHiddenFrom; i < kHiddenFrom + kHiddenFrames; ++i) {
    way = union_of(way, bounds(target_.coat.shape, pose(target_, i)));
  }
  cover_ = {Shape::rounded(kCoverPower), std::move(texture), 0.5, 0, 0};
  cover_place_ = {
      way.centre_x(), way.centre_y(), way.width * kCoverReach, way.height * kCoverReach, 0};
  if (draws.chance(0.5)) cover_place_.half_y *= draws.uniform(1.5, 3);  // a pillar
  // A cover near the lens passes at once, one further off takes its time to bare what it hid.
  slide_ = (cover_place_.half_x + side / 2) / draws.log_uniform(1, 8);
  const double enter = draws.chance(0.5) ? 0 : std::numbers::pi;
  const double leave = draws.chance(0.5) ? enter : enter + std::numbers::pi;
  const double tilt = draws.uniform(-0.3, 0.3);
  enter_x_ = std::cos(enter + tilt);
  enter_y_ = std::sin(enter + tilt);
  leave_x_ = std::cos(leave + tilt);
  leave_y_ = std::sin(leave + tilt);
}

std::string OcclusionClip::name() const {
  char number[16];
  std::snprintf(number, sizeof number, "%03d", index_);
  return std::string(half_ == SuiteHalf::kTuning ? "tuning-" : "testing-") + number;
}

Pose OcclusionClip::pose(const Thing& thing, int frame) const {
  const double grown = std::exp(thing.size.at(frame) + camera_.zoom.at(frame));
  return {thing.x.at(frame) + camera_.shake[frame][0],
          thing.y.at(frame) + camera_.shake[frame][1],
          thing.half_x * grown,
          thing.half_y * grown,
          thing.angle.at(frame) + camera_.roll.at(frame)};
}

/// The cover comes straight, stands over where the object will go, and leaves as it came or beyond.
Pose OcclusionClip::cover_pose(int frame) const {
  Pose cover = cover_place_;
  const double coming = std::max(0, kHiddenFrom - frame);
  const double gone = std::max(0, frame - kHiddenFrom - kHiddenFrames + 1);
  cover.x += slide_ * (coming * enter_x_ + gone * leave_x_) + camera_.shake[frame][0];
  cover.y += slide_ * (coming * enter_y_ + gone * leave_y_) + camera_.shake[frame][1];
  return cover;
}

/// Around the object, never over it.
Pose OcclusionClip::twin_pose(int frame) const {
  Pose twin = pose(*twin_, frame);
  const double side = std::max(twin.half_x, twin.half_y);
  const double angle = twin_angle_ + twin_turn_ * frame;
  const double away = side * (twin_distance_ + twin_swing_ * std::sin(0.07 * frame + twin_angle_));
  twin.x += away * std::cos(angle);
  twin.y += away * std::sin(angle);
  return twin;
}

OcclusionClip::Truth OcclusionClip::truth(int frame) const {
  const Pose pose = this->pose(target_, frame);
  const Pose cover = cover_pose(frame);
  Truth truth{bounds(target_.coat.shape, pose), 0};
  int whole = 0, seen = 0;
  for (double y = 0.5; y < kGridSteps; ++y) {
    for (double x = 0.5; x < kGridSteps; ++x) {
      const double fx = truth.box.x + truth.box.width * x / kGridSteps;
      const double fy = truth.box.y + truth.box.height * y / kGridSteps;
      if (depth(target_.coat.shape, pose, pose.inside(fx, fy)) < 0) continue;
      ++whole;
      if (fx < 0 || fy < 0 || fx >= kWidth || fy >= kHeight) continue;
      if (depth(cover_.shape, cover, cover.inside(fx, fy)) < 0) ++seen;
    }
  }
  truth.visible = whole > 0 ? static_cast<double>(seen) / whole : 0;
  return truth;
}

void OcclusionClip::paint_background(int frame, Canvas& canvas) const {
  constexpr double kTextureHalf = 200;  // frame pixels
  const double zoom = std::exp(-camera_.zoom.at(frame));
  const double c = std::cos(camera_.roll.at(frame)) * zoom;
  const double s = std::sin(camera_.roll.at(frame)) * zoom;
  const double left = camera_.x.at(frame), top = camera_.y.at(frame);
  float* to = canvas.bgr.data();
  for (int y = 0; y < kHeight; ++y) {
    for (int x = 0; x < kWidth; ++x, to += 3) {
      const double dx = x + 0.5 - kWidth / 2.0 - camera_.shake[frame][0];
      const double dy = y + 0.5 - kHeight / 2.0 - camera_.shake[frame][1];
      const auto colour = background_.at((left + dx * c + dy * s) / kTextureHalf,
                                         (top + dy * c - dx * s) / kTextureHalf);
      std::copy(colour.begin(), colour.end(), to);
    }
  }
}

io::Frame OcclusionClip::draw(int frame) const {
  Canvas picture{kWidth, kHeight, std::vector<float>(std::size_t{kWidth} * kHeight * 3)};
  paint_background(frame, picture);
  if (twin_) paint(twin_->coat, twin_pose(frame), picture);
  paint(target_.coat, pose(target_, frame), picture);
  paint(cover_, cover_pose(frame), picture);
  ClipDraws draws(
      seed_of(half_, 0x401eULL << 32 | static_cast<std::uint64_t>(index_ * kFrames + frame)));
  const double gain = camera_.gain.at(frame);
  io::Frame made;
  made.number = frame;
  made.seconds = frame / 25.0;
  made.width = kWidth;
  made.height = kHeight;
  made.stream = name();
  made.bgr.reserve(picture.bgr.size());
  for (const float value : picture.bgr) {
    // Four uniform numbers are normal enough for noise, and cheap.
    double grain = 0;
    for (int i = 0; i < 4; ++i) grain += draws.uniform();
    const double lit = value * gain + (grain - 2) * camera_.noise * std::sqrt(3.0);
    made.bgr.push_back(static_cast<std::uint8_t>(std::clamp(lit + 0.5, 0.0, 255.0)));
  }
  return made;
}

}  // namespace heddle::pipeline
