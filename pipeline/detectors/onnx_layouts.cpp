#include "pipeline/detectors/onnx_layouts.h"

#include <algorithm>
#include <cmath>

namespace heddle::pipeline {

namespace {

constexpr int kStrides[] = {8, 16, 32};
constexpr int kFastestStride = 16;
constexpr std::int64_t kMostEndToEnd = 1000;  // boxes of a model that suppresses by itself

std::int64_t cells(const OnnxOutput& output) {
  std::int64_t sum = 0;
  for (const int stride : kStrides) {
    sum += std::int64_t{output.input_width / stride} * (output.input_height / stride);
  }
  return sum;
}

bool has_rank(const OnnxOutput& output, std::size_t rank) {
  return output.shape.size() == rank && output.shape.front() == 1;
}

/// Places in rows of (4 or 5) + C values, or their transpose.
struct Rows {
  Rows(const OnnxOutput& output, bool transposed)
      : values(output.values.data()),
        count(output.shape[transposed ? 2 : 1]),
        width(output.shape[transposed ? 1 : 2]),
        next_row(transposed ? 1 : width),
        next_value(transposed ? count : 1) {}

  float at(std::int64_t row, std::int64_t column) const {
    return values[row * next_row + column * next_value];
  }
  /// The best class of a row, whose classes begin at column `from`.
  std::pair<float, int> best_class(std::int64_t row, std::int64_t from) const {
    std::pair<float, int> best{-1.F, 0};
    for (std::int64_t column = from; column < width; ++column) {
      if (at(row, column) > best.first) best = {at(row, column), static_cast<int>(column - from)};
    }
    return best;
  }

  const float* values;
  std::int64_t count, width, next_row, next_value;
};

/// Whatever a model says: what is not a number is no box (and would have no place among scores).
void keep(std::vector<Candidate>& found, const Box& box, float score, int kind) {
  const bool sane = std::isfinite(score) && std::isfinite(box.x) && std::isfinite(box.y) &&
                    std::isfinite(box.width) && std::isfinite(box.height) && box.width > 0 &&
                    box.height > 0;
  if (sane) found.push_back({box, std::min(score, 1.F), kind});
}

int yolox_classes(const OnnxOutput& output) {
  return has_rank(output, 3) && output.shape[1] == cells(output)
             ? static_cast<int>(std::max<std::int64_t>(output.shape[2] - 5, 0))
             : 0;
}

/// Centres in pixels reach over the whole input; offsets to the cell stay near 0.
bool in_pixels(const OnnxOutput& output) {
  const Rows rows(output, false);
  float farthest = 0;
  for (std::int64_t i = 0; i < rows.count; ++i) farthest = std::max(farthest, rows.at(i, 0));
  return farthest > static_cast<float>(output.input_width) / 2;
}

bool is_yolox(const OnnxOutput& output) { return !in_pixels(output); }

void decode_yolox(const OnnxOutput& output, float least, std::vector<Candidate>& found) {
  const Rows rows(output, false);
  std::int64_t row = 0;
  for (const int stride : kStrides) {
    const int across = output.input_width / stride, down = output.input_height / stride;
    for (int y = 0; y < down; ++y) {
      for (int x = 0; x < across; ++x, ++row) {
        const float objectness = rows.at(row, 4);
        if (objectness < least) continue;  // classes are at most 1
        const auto [share, kind] = rows.best_class(row, 5);
        if (objectness * share < least) continue;
        keep(found,
             centred_box((rows.at(row, 0) + static_cast<float>(x)) * static_cast<float>(stride),
                         (rows.at(row, 1) + static_cast<float>(y)) * static_cast<float>(stride),
                         std::exp(rows.at(row, 2)) * static_cast<float>(stride),
                         std::exp(rows.at(row, 3)) * static_cast<float>(stride)),
             objectness * share,
             kind);
      }
    }
  }
}

int yolov5_classes(const OnnxOutput& output) {
  return has_rank(output, 3) ? static_cast<int>(std::max<std::int64_t>(output.shape[2] - 5, 0)) : 0;
}

bool is_yolov5(const OnnxOutput& output) { return output.shape[1] == 3 * cells(output); }

void decode_yolov5(const OnnxOutput& output, float least, std::vector<Candidate>& found) {
  const Rows rows(output, false);
  for (std::int64_t row = 0; row < rows.count; ++row) {
    const float objectness = rows.at(row, 4);
    if (objectness < least) continue;
    const auto [share, kind] = rows.best_class(row, 5);
    if (objectness * share < least) continue;
    keep(found,
         centred_box(rows.at(row, 0), rows.at(row, 1), rows.at(row, 2), rows.at(row, 3)),
         objectness * share,
         kind);
  }
}

int yolov8_classes(const OnnxOutput& output) {
  return has_rank(output, 3) ? static_cast<int>(std::max<std::int64_t>(output.shape[1] - 4, 0)) : 0;
}

bool is_yolov8(const OnnxOutput& output) { return output.shape[2] == cells(output); }

void decode_yolov8(const OnnxOutput& output, float least, std::vector<Candidate>& found) {
  const Rows rows(output, true);
  for (std::int64_t row = 0; row < rows.count; ++row) {
    const auto [score, kind] = rows.best_class(row, 4);
    if (score < least) continue;
    keep(found,
         centred_box(rows.at(row, 0), rows.at(row, 1), rows.at(row, 2), rows.at(row, 3)),
         score,
         kind);
  }
}

int end_to_end_classes(const OnnxOutput& output) {
  return has_rank(output, 3) && output.shape[2] == 6 ? -1 : 0;
}

bool is_end_to_end(const OnnxOutput& output) { return output.shape[1] <= kMostEndToEnd; }

void decode_end_to_end(const OnnxOutput& output, float least, std::vector<Candidate>& found) {
  const Rows rows(output, false);
  for (std::int64_t row = 0; row < rows.count; ++row) {
    const float score = rows.at(row, 4), left = rows.at(row, 0), top = rows.at(row, 1);
    const float kind = rows.at(row, 5);
    if (score < least || !(kind >= 0 && kind < 1e6F)) continue;
    keep(found,
         {left, top, rows.at(row, 2) - left, rows.at(row, 3) - top},
         score,
         static_cast<int>(kind));
  }
}

int ssd_classes(const OnnxOutput& output) {
  return has_rank(output, 4) && output.shape[1] == 1 && output.shape[3] == 7 ? -1 : 0;
}

bool is_ssd(const OnnxOutput&) { return true; }  // no other layout has the shape

void decode_ssd(const OnnxOutput& output, float least, std::vector<Candidate>& found) {
  for (std::int64_t i = 0; i < output.shape[2]; ++i) {
    const std::span<const float> row = output.values.subspan(static_cast<std::size_t>(7 * i), 7);
    if (row[0] < 0 || row[2] < least || !(row[1] >= 0 && row[1] < 1e6F)) continue;
    const double width = output.input_width, height = output.input_height;
    keep(found,
         {row[3] * width, row[4] * height, (row[5] - row[3]) * width, (row[6] - row[4]) * height},
         row[2],
         static_cast<int>(row[1]));
  }
}

int fastestdet_classes(const OnnxOutput& output) {
  const bool fits = has_rank(output, 4) && output.shape[1] > 5 &&
                    output.shape[2] == output.input_height / kFastestStride &&
                    output.shape[3] == output.input_width / kFastestStride;
  return fits ? static_cast<int>(output.shape[1] - 5) : 0;
}

bool is_fastestdet(const OnnxOutput&) { return true; }

float sigmoid(float value) { return 1 / (1 + std::exp(-value)); }

void decode_fastestdet(const OnnxOutput& output, float least, std::vector<Candidate>& found) {
  const std::int64_t down = output.shape[2], across = output.shape[3], plane = down * across;
  const auto at = [&](std::int64_t channel, std::int64_t cell) {
    return output.values[static_cast<std::size_t>(channel * plane + cell)];
  };
  for (std::int64_t cell = 0; cell < plane; ++cell) {
    std::int64_t best = 5;
    for (std::int64_t channel = 5; channel < output.shape[1]; ++channel) {
      if (at(channel, cell) > at(best, cell)) best = channel;
    }
    const float score = std::pow(at(0, cell), 0.6F) * std::pow(at(best, cell), 0.4F);
    if (!(score >= least)) continue;
    const double x = std::tanh(at(1, cell)) + static_cast<double>(cell % across);
    const double y = std::tanh(at(2, cell)) + static_cast<double>(cell / across);
    keep(found,
         centred_box(x * output.input_width / static_cast<double>(across),
                     y * output.input_height / static_cast<double>(down),
                     sigmoid(at(3, cell)) * static_cast<double>(output.input_width),
                     sigmoid(at(4, cell)) * static_cast<double>(output.input_height)),
         score,
         static_cast<int>(best - 5));
  }
}

// THE LIST.
constexpr PixelForm kBgr255{}, kRgbUnit{.rgb = true, .unit = true}, kBgrUnit{.unit = true};
constexpr OnnxLayout kLayouts[] = {
    {"yolox", "1xNx(5+C)", kBgr255, Fit::kCorner, 0.25, yolox_classes, is_yolox, decode_yolox},
    {"yolox-decoded",
     "1xNx(5+C)",
     kBgr255,
     Fit::kCorner,
     0.25,
     yolox_classes,
     in_pixels,
     decode_yolov5},
    {"yolov5", "1xNx(5+C)", kRgbUnit, Fit::kCentre, 0.25, yolov5_classes, is_yolov5, decode_yolov5},
    {"yolov8", "1x(4+C)xN", kRgbUnit, Fit::kCentre, 0.25, yolov8_classes, is_yolov8, decode_yolov8},
    {"end-to-end",
     "1xNx6",
     kRgbUnit,
     Fit::kCentre,
     0.25,
     end_to_end_classes,
     is_end_to_end,
     decode_end_to_end},
    {"ssd", "1x1xNx7", kBgr255, Fit::kStretch, 0.25, ssd_classes, is_ssd, decode_ssd},
    {"fastestdet",
     "1x(5+C)xHxW",
     kBgrUnit,
     Fit::kStretch,
     0.65,
     fastestdet_classes,
     is_fastestdet,
     decode_fastestdet},
};

}  // namespace

std::span<const OnnxLayout> onnx_layouts() { return kLayouts; }

const OnnxLayout* recognise_layout(const OnnxOutput& output) {
  const auto found =
      std::find_if(std::begin(kLayouts), std::end(kLayouts), [&](const OnnxLayout& layout) {
        return layout.classes(output) != 0 && layout.recognised(output);
      });
  return found == std::end(kLayouts) ? nullptr : found;
}

}  // namespace heddle::pipeline
