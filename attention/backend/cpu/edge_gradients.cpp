#include "attention/backend/cpu/edge_gradients.h"

#include "attention/backend/cpu/parallel.h"
#include "attention/backend/cpu/row_gradients.h"
#include "attention/backend/cpu/vector_ops.h"
#include "attention/backend/gradient_checks.h"

#include <algorithm>
#include <cmath>
#include <cstring>

namespace heddle::attention::cpu {
namespace {

constexpr std::int64_t kRowsATask = 64;

template <class Body>
void for_each_row(std::int64_t rows, const Body& body) {
  if (rows == 0) return;
  parallel_blocks((rows + kRowsATask - 1) / kRowsATask, [&](std::int64_t block) {
    const std::int64_t end = std::min(rows, (block + 1) * kRowsATask);
    for (std::int64_t row = block * kRowsATask; row < end; ++row) body(row);
  });
}

void put(bool add, float& to, float gradient) { to = add ? to + gradient : gradient; }

/// Weights (out, classes, width) and (width, classes, out), one element of both at a time.
template <class Body>
void for_each_turned(std::int64_t outs, std::int64_t known, std::int64_t width, const Body& body) {
  for (std::int64_t o = 0; o < outs; ++o) {
    for (std::int64_t c = 0; c < known; ++c) {
      for (std::int64_t tap = 0; tap < width; ++tap) {
        body((o * known + c) * width + tap, (tap * known + c) * outs + o);
      }
    }
  }
}

}  // namespace

void columns(const ColumnsArgs& args) {
  check(args);
  for_each_row(row_count(args.from), [&](std::int64_t row) {
    const float* from = row_start(args.from, row) + args.at_from;
    float* to = row_start(args.to, row) + args.at_to;
    if (args.scale == 0) {
      if (!args.add) std::fill_n(to, args.count, 0.0f);
    } else if (args.scale != 1) {
      for (std::int64_t i = 0; i < args.count; ++i) put(args.add, to[i], args.scale * from[i]);
    } else if (args.add) {
      add_row(to, from, to, args.count);
    } else {
      std::memmove(to, from, static_cast<std::size_t>(args.count) * sizeof(float));
    }
  });
}

void exp_clamp_gradient(const ExpClampGradientArgs& args) {
  check(args);
  if (args.in_gradient.view.empty()) return;
  for_each_row(row_count(args.in), [&](std::int64_t row) {
    const float* x = row_start(args.in, row);
    const float* dy = row_start(args.out_gradient, row);
    float* dx = row_start(args.in_gradient.view, row);
    for (std::int64_t i = 0; i < args.in.shape[args.in.rank - 1]; ++i) {
      const float slope = std::fabs(x[i]) <= args.limit ? args.scale * std::exp(x[i]) : 0;
      put(args.in_gradient.add, dx[i], dy[i] * slope);
    }
  });
}

void log_softmax_gradient(const LogSoftmaxGradientArgs& args) {
  check(args);
  if (args.in_gradient.view.empty()) return;
  const std::int64_t width = args.out.shape[args.out.rank - 1] / args.groups;
  for_each_row(row_count(args.out), [&](std::int64_t row) {
    for (std::int64_t at = 0; at < width * args.groups; at += width) {
      const float* y = row_start(args.out, row) + at;
      const float* dy = row_start(args.out_gradient, row) + at;
      float* dx = row_start(args.in_gradient.view, row) + at;
      float sum = 0;
      for (std::int64_t i = 0; i < width; ++i) sum += dy[i];
      for (std::int64_t i = 0; i < width; ++i) {
        put(args.in_gradient.add, dx[i], dy[i] - std::exp(y[i]) * sum);
      }
    }
  });
}

void one_hot_product(const OneHotProductArgs& args) {
  check(args);
  const auto* classes = args.classes.as<std::uint8_t>();
  const std::int64_t length = args.classes.shape[0];
  const std::int64_t outs = args.weight.shape[0];
  const std::int64_t known = args.weight.shape[1];
  const std::int64_t width = args.weight.shape[2];
  const Tensor turned(DType::kF32, {width, known, outs});
  auto* rows = turned.view().as<float>();
  const auto* weight = args.weight.as<float>();
  for_each_turned(
      outs, known, width, [&](std::int64_t from, std::int64_t to) { rows[to] = weight[from]; });
  for_each_row(length, [&](std::int64_t p) {
    float* to = row_start(args.out, p);
    if (args.bias.empty()) {
      std::fill_n(to, outs, 0.0f);
    } else {
      std::copy_n(args.bias.as<float>(), outs, to);
    }
    for (std::int64_t tap = 0; tap < width; ++tap) {
      const std::int64_t at = p + tap - width / 2;
      if (at < 0 || at >= length || classes[at] >= known) continue;
      add_row(to, rows + (tap * known + classes[at]) * outs, to, outs);
    }
  });
}

void one_hot_product_gradient(const OneHotGradientArgs& args) {
  check(args);
  if (args.out_gradient.size() == 0) return;
  if (!args.bias_gradient.empty()) add_column_sums(args.out_gradient, args.bias_gradient);
  if (args.weight_gradient.empty()) return;
  const auto* classes = args.classes.as<std::uint8_t>();
  const std::int64_t length = args.classes.shape[0];
  const std::int64_t outs = args.weight_gradient.shape[0];
  const std::int64_t known = args.weight_gradient.shape[1];
  const std::int64_t width = args.weight_gradient.shape[2];
  const Tensor turned(DType::kF32, {width, known, outs});
  auto* sums = turned.view().as<float>();
  parallel_blocks(width, [&](std::int64_t tap) {
    for (std::int64_t p = 0; p < length; ++p) {
      const std::int64_t at = p + tap - width / 2;
      if (at < 0 || at >= length || classes[at] >= known) continue;
      float* sum = sums + (tap * known + classes[at]) * outs;
      add_row(sum, row_start(args.out_gradient, p), sum, outs);
    }
  });
  auto* gradient = args.weight_gradient.as<float>();
  for_each_turned(
      outs, known, width, [&](std::int64_t to, std::int64_t from) { gradient[to] += sums[from]; });
}

}  // namespace heddle::attention::cpu
