#include "pipeline/associations/box_memory.h"

#include <algorithm>
#include <cmath>

namespace heddle::pipeline {
namespace {

double square(double x) { return x * x; }

double jitter(double score, const BoxMemorySettings& settings) {
  return settings.jitter + settings.hidden_jitter * (1 - score);
}

}  // namespace

BoxMemory::BoxMemory(const Detection& seen, const BoxMemorySettings& settings) {
  const Box& box = seen.box;
  const double noise = square(jitter(seen.score, settings));
  const double speed = square(settings.first_velocity * box.scale());
  const double growth = square(settings.first_growth);
  x_ = {box.centre_x(), 0, noise * square(box.width), 0, speed};
  y_ = {box.centre_y(), 0, noise * square(box.height), 0, speed / 4};
  width_ = {std::log(box.width), 0, noise, 0, growth};
  height_ = {std::log(box.height), 0, noise, 0, growth};
  told_ = box;
}

Box BoxMemory::box() const {
  return centred_box(
      x_.position, y_.position, std::exp(width_.position), std::exp(height_.position));
}

void BoxMemory::predict(const BoxMemorySettings& settings, const Step& step) {
  ++unseen_;
  ++age_;
  const double scale = std::exp((width_.position + height_.position) / 2);
  for (ConstantVelocity* side : {&width_, &height_}) side->velocity *= settings.fade_growth;
  if (unseen_ > settings.view) {
    const auto drift = [&](ConstantVelocity& axis, double steady, double stray) {
      axis.velocity += settings.calm * (steady - axis.velocity);
      axis.position += axis.velocity;
      axis.pp = square(std::sqrt(axis.pp) + stray);
    };
    drift(x_, steady_.x, step.drift.x * scale * step.seconds);
    drift(y_, steady_.y, step.drift.y * scale * step.seconds);
    drift(width_, 0, settings.size_doubt * step.seconds);
    drift(height_, 0, settings.size_doubt * step.seconds);
    return;
  }
  const double qx = square(settings.sway_x * scale) * step.pace.x;
  const double qy = square(settings.sway_y * scale) * step.pace.y;
  const double qs = square(settings.growth);
  x_.predict(qx / 4, qx, qx / 2);
  y_.predict(qy / 4, qy, qy / 2);
  width_.predict(qs / 4, qs, qs / 2);
  height_.predict(qs / 4, qs, qs / 2);
}

Surprise BoxMemory::correct(const Detection& seen,
                            double doubt,
                            const BoxMemorySettings& settings,
                            double told_noise) {
  const Box& box = seen.box;
  const double noise = doubt * square(jitter(seen.score, settings));
  const Box expected = this->box();
  const double noise_x = noise * square(expected.width), noise_y = noise * square(expected.height);
  const Surprise surprise{square(box.centre_x() - x_.position) / (x_.pp + noise_x),
                          square(box.centre_y() - y_.position) / (y_.pp + noise_y)};
  const auto told = [&](const ConstantVelocity& axis, double measured, double unit) {
    const double gain = axis.pp / (axis.pp + told_noise * unit);
    return axis.position + gain * (measured - axis.position);
  };
  told_ = centred_box(told(x_, box.centre_x(), noise_x),
                      told(y_, box.centre_y(), noise_y),
                      std::exp(told(width_, std::log(box.width), noise)),
                      std::exp(told(height_, std::log(box.height), noise)));
  x_.correct(box.centre_x(), noise_x);
  y_.correct(box.centre_y(), noise_y);
  width_.correct(std::log(box.width), noise);
  height_.correct(std::log(box.height), noise);
  ++seen_;
  unseen_ = 0;
  const double gain = std::max(settings.steady, 1.0 / seen_);
  steady_.x += gain * (x_.velocity - steady_.x);
  steady_.y += gain * (y_.velocity - steady_.y);
  return surprise;
}

void BoxMemory::move(const CameraStep& camera) {
  const auto place = [&](double& x, double& y, bool shift) {
    const double right = camera.a * x - camera.b * y + (shift ? camera.dx : 0);
    y = camera.b * x + camera.a * y + (shift ? camera.dy : 0);
    x = right;
  };
  place(x_.position, y_.position, true);
  place(x_.velocity, y_.velocity, false);
  place(steady_.x, steady_.y, false);
  const double zoom = std::hypot(camera.a, camera.b);
  for (ConstantVelocity* axis : {&x_, &y_}) {
    axis->pp *= zoom * zoom;
    axis->pv *= zoom * zoom;
    axis->vv *= zoom * zoom;
  }
  width_.position += std::log(zoom);
  height_.position += std::log(zoom);
  if (!anchor_) return;
  place(anchor_->at.x, anchor_->at.y, true);
  place(anchor_->velocity.x, anchor_->velocity.y, false);
}

std::optional<Drift> BoxMemory::strayed(double now) {
  constexpr int kSettled = 8;  // boxes
  std::optional<Drift> drift;
  if (anchor_ && now - anchor_->seconds < 1) return drift;
  if (anchor_) {
    const int frames = age_ - anchor_->age;
    const double unit = box().scale() * (now - anchor_->seconds);
    drift = {std::abs(x_.position - anchor_->at.x - frames * anchor_->velocity.x) / unit,
             std::abs(y_.position - anchor_->at.y - frames * anchor_->velocity.y) / unit};
  }
  if (seen_ >= kSettled) anchor_ = {{x_.position, y_.position}, steady_, now, age_};
  return drift;
}

double BoxMemory::fit(const Detection& seen, const BoxMemorySettings& settings) const {
  const Box& box = seen.box;
  const Box expected = this->box();
  const double noise = square(jitter(seen.score, settings));
  const double sure = square(settings.jitter);
  double distance = 0, volume = 1;  // volume: against a place that is known for sure
  const auto add = [&](double difference, double variance, double unit) {
    distance += square(difference) / (variance + noise * unit);
    volume *= variance / (sure * unit) + 1;
  };
  add(box.centre_x() - x_.position, x_.pp, square(expected.width));
  add(box.centre_y() - y_.position, y_.pp, square(expected.height));
  add(std::log(box.width) - width_.position, width_.pp, 1);
  add(std::log(box.height) - height_.position, height_.pp, 1);
  constexpr double kDimensions = 4;
  return -0.5 * (settings.heavy_tail + kDimensions) * std::log1p(distance / settings.heavy_tail) -
         0.5 * std::log(volume);
}

}  // namespace heddle::pipeline
