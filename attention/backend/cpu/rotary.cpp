#include "attention/backend/cpu/parallel.h"
#include "attention/backend/cpu/row_ops.h"
#include "attention/backend/cpu/vector_ops.h"
#include "attention/backend/operands.h"

#include <algorithm>
#include <cmath>
#include <vector>

namespace heddle::attention::cpu {
namespace {

constexpr std::int64_t kBlock = 64;  // positions a base angle, anchored at position 0

/// cos and sin of position * frequency: (base + offset) by the addition theorem, in double. Sixty-four
/// times fewer sines than asking for each position, and exact to 1e-15 of the reduced angle.
class Angles {
 public:
  void prepare(double theta, std::int64_t half) {
    if (theta == theta_ && half == half_) return;
    frequency_.resize(static_cast<std::size_t>(half));
    offset_.resize(static_cast<std::size_t>(half * kBlock));
    base_.resize(static_cast<std::size_t>(half));
    cosines_.resize(static_cast<std::size_t>(half));
    sines_.resize(static_cast<std::size_t>(half));
    for (std::int64_t i = 0; i < half; ++i) {
      frequency_[i] = std::pow(theta, -static_cast<double>(i) / static_cast<double>(half));
    }
    for (std::int64_t r = 0; r < kBlock; ++r) {
      for (std::int64_t i = 0; i < half; ++i) {
        offset_[r * half + i] = turn_of(static_cast<double>(r) * frequency_[i]);
      }
    }
    theta_ = theta;
    half_ = half;
  }

  void move_to(std::int64_t block) {
    for (std::int64_t i = 0; i < half_; ++i) {
      base_[i] = turn_of(static_cast<double>(block * kBlock) * frequency_[i]);
    }
  }

  /// Fills cosines() and sines() for position block * kBlock + offset.
  void select(std::int64_t offset, bool inverse) {
    const double sign = inverse ? -1 : 1;
    for (std::int64_t i = 0; i < half_; ++i) {
      const Turn& a = base_[i];
      const Turn& b = offset_[offset * half_ + i];
      cosines_[i] = static_cast<float>(a.cosine * b.cosine - a.sine * b.sine);
      sines_[i] = static_cast<float>(sign * (a.sine * b.cosine + a.cosine * b.sine));
    }
  }

  const float* cosines() const { return cosines_.data(); }
  const float* sines() const { return sines_.data(); }

 private:
  struct Turn {
    double cosine;
    double sine;
  };
  static Turn turn_of(double angle) { return {std::cos(angle), std::sin(angle)}; }

  double theta_ = 0;
  std::int64_t half_ = 0;
  std::vector<double> frequency_;  // (half)
  std::vector<Turn> offset_;       // (kBlock, half)
  std::vector<Turn> base_;         // (half)
  std::vector<float> cosines_;     // (half)
  std::vector<float> sines_;       // (half)
};

std::int64_t block_of(std::int64_t position) {
  return position >= 0 ? position / kBlock : -((kBlock - 1 - position) / kBlock);
}

void rotate_block(const RotaryArgs& args, std::int64_t block) {
  thread_local Angles angles;
  const std::int64_t half = args.x.shape[2] / 2;
  angles.prepare(args.theta, half);
  angles.move_to(block);
  const std::int64_t begin = std::max(args.first_position, block * kBlock);
  const std::int64_t end = std::min(args.first_position + args.x.shape[1], (block + 1) * kBlock);
  for (std::int64_t position = begin; position < end; ++position) {
    angles.select(position - block * kBlock, args.inverse);
    for (std::int64_t head = 0; head < args.x.shape[0]; ++head) {
      float* x = args.x.as<float>() + head * args.x.stride[0] +
                 (position - args.first_position) * args.x.stride[1];
      rotate_row(x, x + half, angles.cosines(), angles.sines(), half);
    }
  }
}

}  // namespace

void rotary(const RotaryArgs& args) {
  check_rotary(args);
  if (args.x.size() == 0) return;
  const std::int64_t first = block_of(args.first_position);
  const std::int64_t last = block_of(args.first_position + args.x.shape[1] - 1);
  parallel_blocks(last - first + 1, [&](std::int64_t block) { rotate_block(args, first + block); });
}

}  // namespace heddle::attention::cpu
