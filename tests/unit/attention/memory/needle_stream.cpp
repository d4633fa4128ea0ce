#include "tests/unit/attention/memory/needle_stream.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace heddle::attention {
namespace {

constexpr std::int64_t kChunk = 4096;
constexpr float kScale = 64;  // 0.1 of cosine is a factor of 600

std::uint64_t next(std::uint64_t& state) {  // SplitMix64
  std::uint64_t x = state += 0x9e3779b97f4a7c15u;
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
  x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
  return x ^ (x >> 31);
}

double dot(const float* a, const float* b) { return std::inner_product(a, a + kNeedleDim, b, 0.0); }

void normalise(float* x) {
  const auto norm = static_cast<float>(1 / std::sqrt(dot(x, x)));
  for (int i = 0; i < kNeedleDim; ++i) x[i] *= norm;
}

}  // namespace

NeedleStream::NeedleStream(int needles, std::uint64_t seed)
    : state_(seed),
      needles_(DType::kF32, {needles, kNeedleDim}),
      keys_(DType::kF32, {1, kChunk, kNeedleDim}),
      values_(DType::kF32, {1, kChunk, kNeedleClasses}) {
  for (int i = 0; i < needles; ++i) {
    random_unit(needles_.view().at(0, i).as<float>());
    classes_.push_back(static_cast<int>(next(state_) % kNeedleClasses));
  }
}

float NeedleStream::uniform() {
  return static_cast<float>(static_cast<std::int64_t>(next(state_) >> 40) - (1 << 23)) /
         static_cast<float>(1 << 23);
}

void NeedleStream::random_unit(float* x) {
  for (int i = 0; i < kNeedleDim; ++i) x[i] = uniform();
  normalise(x);
}

void NeedleStream::random_beside(const float* to, double cosine, float* x) {
  random_unit(x);
  const double along = dot(x, to);
  for (int i = 0; i < kNeedleDim; ++i) x[i] -= static_cast<float>(along) * to[i];
  normalise(x);
  const double across = std::sqrt(1 - cosine * cosine);
  for (int i = 0; i < kNeedleDim; ++i) {
    x[i] = static_cast<float>(cosine * to[i] + across * x[i]);
  }
}

void NeedleStream::set_row(std::int64_t row, const float* key, int value) {
  std::copy_n(key, kNeedleDim, keys_.view().at(0, 0).at(0, row).as<float>());
  float* values = values_.view().at(0, 0).at(0, row).as<float>();
  std::fill_n(values, kNeedleClasses, 0.0f);
  values[value] = 1;
}

void NeedleStream::append(RollingMemory& memory, std::int64_t rows) {
  memory.append(keys_.view().slice(1, 0, rows), values_.view().slice(1, 0, rows));
}

void NeedleStream::plant(RollingMemory& memory) {
  const auto needles = static_cast<std::int64_t>(classes_.size());
  const std::int64_t each = 1 + kDistractors;
  std::vector<std::int64_t> order(static_cast<std::size_t>(2 * needles * each));
  std::iota(order.begin(), order.end(), 0);  // below half: number / each is the needle
  for (std::size_t i = order.size(); i > 1; --i) std::swap(order[i - 1], order[next(state_) % i]);
  float key[kNeedleDim];
  std::int64_t rows = 0;
  for (const std::int64_t number : order) {
    int value = static_cast<int>(next(state_) % kNeedleClasses);
    if (number >= needles * each) {
      random_unit(key);
    } else if (number % each != 0) {
      random_beside(needles_.view().at(0, number / each).as<float>(), 0.9, key);
    } else {
      std::copy_n(needles_.view().at(0, number / each).as<float>(), kNeedleDim, key);
      value = classes_[static_cast<std::size_t>(number / each)];
    }
    set_row(rows++, key, value);
    if (rows < kChunk) continue;
    append(memory, rows);
    rows = 0;
  }
  append(memory, rows);
  planted_ = memory.length();
}

void NeedleStream::go_on(RollingMemory& memory, std::int64_t distance) {
  float key[kNeedleDim];
  while (memory.length() < planted_ + distance) {
    const std::int64_t rows = std::min(kChunk, planted_ + distance - memory.length());
    for (std::int64_t row = 0; row < rows; ++row) {
      random_unit(key);
      set_row(row, key, static_cast<int>(next(state_) % kNeedleClasses));
    }
    append(memory, rows);
  }
}

double NeedleStream::found(RollingMemory& memory, double cosine) {
  const Pattern near = window(64, Direction::kCausal);
  const Tensor query(DType::kF32, {1, 1, kNeedleDim});
  const Tensor out(DType::kF32, {1, 1, kNeedleClasses});
  int right = 0;
  for (std::size_t i = 0; i < classes_.size(); ++i) {
    const float* needle = needles_.view().at(0, static_cast<std::int64_t>(i)).as<float>();
    random_beside(needle, cosine, query.view().as<float>());
    memory.attend(backend(),
                  {.queries = query.view(),
                   .first = memory.length(),
                   .live_first = memory.length(),
                   .near = &near,
                   .scale = kScale,
                   .out = out.view()});
    const float* answer = out.view().as<float>();
    const auto best = std::max_element(answer, answer + kNeedleClasses) - answer;
    right += best == classes_[i];
  }
  return right / static_cast<double>(classes_.size());
}

MemorySpec needle_spec(SummaryKind summary, std::int64_t external_blocks, int top_k) {
  return {.key_dim = kNeedleDim,
          .value_dim = kNeedleClasses,
          .sink_blocks = 0,
          .long_blocks = external_blocks > 0 ? std::max(64, top_k) : 0,
          .top_k = external_blocks > 0 ? top_k : 0,
          .summary = summary,
          .external = {.blocks = external_blocks}};
}

}  // namespace heddle::attention
