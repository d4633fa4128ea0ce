#include "pipeline/encoders/patches.h"

#include <tbb/blocked_range.h>
#include <tbb/parallel_for.h>
#include <tbb/task_arena.h>

#include <algorithm>
#include <cmath>
#include <span>
#include <stdexcept>
#include <vector>

namespace heddle::pipeline {
namespace {

/// The frame columns (or rows) that one output pixel reads, and their weights; they sum to 1.
struct Taps {
  int first = 0;
  int offset = 0;  // of its weights
  int count = 0;
};

struct Axis {
  std::vector<Taps> taps;  // one an output pixel
  std::vector<float> weights;
  std::span<const float> of(const Taps& t) const {
    return std::span(weights).subspan(t.offset, t.count);
  }
};

Axis make_axis(double centre, double side, int n, int extent) {
  const int k = std::max(1, static_cast<int>(std::nearbyint(side / n)));
  const double samples = static_cast<double>(n) * k;
  const double last = extent - 1;
  Axis axis;
  axis.taps.reserve(n);
  for (int i = 0; i < n; ++i) {
    const auto at = [&](int j) {  // the sample's place, in units where pixel centres are integers
      const double x = centre + ((i * k + j + 0.5) / samples - 0.5) * side - 0.5;
      return std::clamp(x, 0.0, last);
    };
    const int first = static_cast<int>(at(0));
    const int end = std::min(extent, static_cast<int>(at(k - 1)) + 2);
    const int offset = static_cast<int>(axis.weights.size());
    axis.weights.resize(offset + end - first, 0.0F);
    for (int j = 0; j < k; ++j) {
      const double x = at(j);
      const int low = static_cast<int>(x);
      const double part = x - low;
      axis.weights[offset + low - first] += static_cast<float>((1 - part) / k);
      if (low + 1 < end) axis.weights[offset + low + 1 - first] += static_cast<float>(part / k);
    }
    axis.taps.push_back({first, offset, end - first});
  }
  return axis;
}

/// The weighted sum of frame rows, columns [begin, end), interleaved BGR.
void blend_rows(const io::Frame& frame,
                const Axis& rows,
                const Taps& taps,
                int begin,
                std::span<float> blended) {
  std::fill(blended.begin(), blended.end(), 0.0F);
  const auto weights = rows.of(taps);
  for (int r = 0; r < taps.count; ++r) {
    const std::size_t start = (static_cast<std::size_t>(taps.first + r) * frame.width + begin) * 3;
    const std::uint8_t* from = frame.bgr.data() + start;
    const float weight = weights[r];
    for (std::size_t i = 0; i < blended.size(); ++i) blended[i] += weight * from[i];
  }
}

void blend_columns(std::span<const float> blended, const Axis& columns, int begin, float* out) {
  for (const Taps& taps : columns.taps) {
    const auto weights = columns.of(taps);
    const float* from = blended.data() + static_cast<std::size_t>(taps.first - begin) * 3;
    float b = 0, g = 0, r = 0;
    for (int i = 0; i < taps.count; ++i, from += 3) {
      b += weights[i] * from[0];
      g += weights[i] * from[1];
      r += weights[i] * from[2];
    }
    *out++ = b;
    *out++ = g;
    *out++ = r;
  }
}

void check(const io::Frame& frame, const CropWindow& w, const attention::TensorView& out) {
  if (frame.width <= 0 || frame.height <= 0 ||
      frame.bgr.size() != static_cast<std::size_t>(frame.width) * frame.height * 3) {
    throw std::invalid_argument("sample_crop: the frame says " + std::to_string(frame.width) + "x" +
                                std::to_string(frame.height) + " but holds " +
                                std::to_string(frame.bgr.size()) + " bytes; pass whole BGR rows");
  }
  if (!(w.side > 0) || !std::isfinite(w.side) || !std::isfinite(w.cx) || !std::isfinite(w.cy)) {
    throw std::invalid_argument("sample_crop: a window of side " + std::to_string(w.side) +
                                " around (" + std::to_string(w.cx) + ", " + std::to_string(w.cy) +
                                "); pass a positive, finite one");
  }
  if (out.rank != 3 || out.shape[0] != out.shape[1] || out.shape[2] != 3 || !out.contiguous()) {
    throw std::invalid_argument("sample_crop: the output is " + describe(out) +
                                "; pass a contiguous (n, n, 3)");
  }
}

}  // namespace

void sample_crop(const io::Frame& frame, const CropWindow& w, const attention::TensorView& out) {
  check(frame, w, out);
  const int n = static_cast<int>(out.shape[0]);
  const Axis columns = make_axis(w.cx, w.side, n, frame.width);
  const Axis rows = make_axis(w.cy, w.side, n, frame.height);
  const int begin = columns.taps.front().first;
  const int end = columns.taps.back().first + columns.taps.back().count;
  float* const to = out.as<float>();
  constexpr int kRowsATask = 16;
  tbb::this_task_arena::isolate([&] {
    tbb::parallel_for(tbb::blocked_range<int>(0, n, kRowsATask), [&](const auto& range) {
      std::vector<float> blended(static_cast<std::size_t>(end - begin) * 3);
      for (int i = range.begin(); i < range.end(); ++i) {
        blend_rows(frame, rows, rows.taps[i], begin, blended);
        blend_columns(blended, columns, begin, to + static_cast<std::size_t>(i) * n * 3);
      }
    });
  });
}

}  // namespace heddle::pipeline
