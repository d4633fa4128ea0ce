#include "attention/train/losses.h"

#include "attention/train/flat.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <stdexcept>

namespace heddle::attention::train {
namespace {

constexpr int kMostClasses = 255;
constexpr std::int64_t kRowBlock = 512;

using Row = std::array<double, kMostClasses>;

[[noreturn]] void fail(const LossSpec& loss, const std::string& what) {
  throw std::invalid_argument("loss '" + loss.name + "': " + what);
}

double class_weight(const LossSpec& loss, int label) {
  return loss.class_weights.empty() ? 1.0 : loss.class_weights[static_cast<std::size_t>(label)];
}

void require_class(const LossSpec& loss, std::int64_t row, int label) {
  if (label < loss.classes) return;
  fail(loss,
       "row " + std::to_string(row) + " has label " + std::to_string(label) + " of " +
           std::to_string(loss.classes) + " classes");
}

void log_softmax(const float* logits, int classes, Row& logs) {
  const float largest = *std::max_element(logits, logits + classes);
  double sum = 0;
  for (int c = 0; c < classes; ++c) sum += std::exp(static_cast<double>(logits[c]) - largest);
  const double normaliser = largest + std::log(sum);
  for (int c = 0; c < classes; ++c) logs[static_cast<std::size_t>(c)] = logits[c] - normaliser;
}

/// The row's loss and, where `slope` is wanted, `scale` times its gradient.
double cross_entropy(const LossSpec& loss, int label, const Row& logs, double scale, float* slope) {
  const double even = loss.smoothing / loss.classes;
  double sum = 0;
  for (int c = 0; c < loss.classes; ++c) {
    const double wanted = even + (c == label ? 1 - loss.smoothing : 0);
    const double log_p = logs[static_cast<std::size_t>(c)];
    if (wanted != 0) sum -= wanted * log_p;
    if (slope != nullptr) slope[c] = static_cast<float>(scale * (std::exp(log_p) - wanted));
  }
  return sum;
}

/// d/dz_c of -(1 - p)^g log p is (g (1 - p)^(g - 1) p log p - (1 - p)^g) ([c = y] - p_c).
double focal(const LossSpec& loss, int label, const Row& logs, double scale, float* slope) {
  const double log_p = logs[static_cast<std::size_t>(label)];
  const double miss = -std::expm1(log_p);  // 1 - p without cancellation
  const double power = std::pow(miss, loss.gamma);
  if (slope != nullptr) {
    const double lower = miss > 0 ? std::pow(miss, loss.gamma - 1) : 0;
    const double factor = loss.gamma * lower * std::exp(log_p) * log_p - power;
    for (int c = 0; c < loss.classes; ++c) {
      const double p = std::exp(logs[static_cast<std::size_t>(c)]);
      slope[c] = static_cast<float>(scale * factor * ((c == label ? 1 : 0) - p));
    }
  }
  return -power * log_p;
}

/// One group over all rows.
class Group {
 public:
  Group(const LossSpec& loss,
        const TensorView& logits,
        const TensorView& labels,
        const TensorView& gradient)
      : loss_(loss),
        logits_(logits.as<float>()),
        labels_(labels.as<std::uint8_t>()),
        gradient_(gradient.empty() ? nullptr : gradient.as<float>()),
        rows_(logits.shape[0]),
        channels_(logits.shape[1]),
        columns_(labels.shape[1]) {}

  LossValue value() {
    LossValue value;
    const double weights = sum([this](std::int64_t row) { return weight(row); });
    if (weights == 0) return value;
    value.rows = sum([this](std::int64_t row) { return label(row) == kIgnored ? 0.0 : 1.0; });
    scale_ = loss_.weight / weights;
    value.loss = sum([this](std::int64_t row) { return one_row(row); }) / weights;
    value.right = sum([this](std::int64_t row) { return right(row) ? 1.0 : 0.0; });
    return value;
  }

 private:
  template <class F>
  double sum(const F& of_row) const {
    return ordered_sum(rows_, kRowBlock, [&](std::int64_t begin, std::int64_t end) {
      double sum = 0;
      for (std::int64_t row = begin; row < end; ++row) sum += of_row(row);
      return sum;
    });
  }

  int label(std::int64_t row) const { return labels_[row * columns_ + loss_.column]; }
  const float* group(std::int64_t row) const { return logits_ + row * channels_ + loss_.first; }

  double weight(std::int64_t row) const {
    const int y = label(row);
    if (y == kIgnored) return 0;
    require_class(loss_, row, y);
    return class_weight(loss_, y);
  }

  bool right(std::int64_t row) const {
    const int y = label(row);
    const float* logits = group(row);
    return y != kIgnored && logits[y] == *std::max_element(logits, logits + loss_.classes);
  }

  double one_row(std::int64_t row) const {
    const int y = label(row);
    if (y == kIgnored) return 0;
    Row logs;
    log_softmax(group(row), loss_.classes, logs);
    const double w = class_weight(loss_, y);
    float* slope = gradient_ == nullptr ? nullptr : gradient_ + row * channels_ + loss_.first;
    return w * (loss_.kind == LossKind::kFocal ? focal(loss_, y, logs, scale_ * w, slope)
                                               : cross_entropy(loss_, y, logs, scale_ * w, slope));
  }

  const LossSpec& loss_;
  const float* logits_;
  const std::uint8_t* labels_;
  float* gradient_;
  std::int64_t rows_, channels_, columns_;
  double scale_ = 0;
};

}  // namespace

void require_sound(std::span<const LossSpec> losses, int channels, int columns) {
  std::vector<bool> taken(static_cast<std::size_t>(channels), false);
  for (const LossSpec& loss : losses) {
    if (loss.classes < 2 || loss.classes > kMostClasses || loss.first < 0 ||
        loss.first + loss.classes > channels) {
      fail(loss,
           "channels " + std::to_string(loss.first) + " to " +
               std::to_string(loss.first + loss.classes) + " of " + std::to_string(channels));
    }
    if (loss.column < 0 || loss.column >= columns) {
      fail(loss,
           "labels of column " + std::to_string(loss.column) + " of " + std::to_string(columns));
    }
    if (!loss.class_weights.empty() &&
        static_cast<int>(loss.class_weights.size()) != loss.classes) {
      fail(loss,
           std::to_string(loss.class_weights.size()) + " class weights for " +
               std::to_string(loss.classes) + " classes");
    }
    const bool below = std::any_of(
        loss.class_weights.begin(), loss.class_weights.end(), [](double w) { return !(w >= 0); });
    if (below || !(loss.weight >= 0) || !(loss.gamma >= 0) || !(loss.smoothing >= 0) ||
        loss.smoothing > 1) {
      fail(loss, "weights and gamma are 0 or more, smoothing is 0 to 1");
    }
    for (int c = loss.first; c < loss.first + loss.classes; ++c) {
      if (taken[static_cast<std::size_t>(c)]) {
        fail(loss, "channel " + std::to_string(c) + " belongs to another loss");
      }
      taken[static_cast<std::size_t>(c)] = true;
    }
  }
}

LossWeight weigh_labels(const LossSpec& loss, const TensorView& labels) {
  LossWeight sum;
  const auto* label = labels.as<std::uint8_t>() + loss.column;
  for (std::int64_t row = 0; row < labels.shape[0]; ++row, label += labels.shape[1]) {
    if (*label == kIgnored) continue;
    require_class(loss, row, *label);
    sum.weights += class_weight(loss, *label);
    sum.rows += 1;
  }
  return sum;
}

std::vector<LossValue> evaluate_losses(std::span<const LossSpec> losses,
                                       const TensorView& logits,
                                       const TensorView& labels,
                                       const TensorView& gradient) {
  if (logits.rank != 2 || labels.rank != 2 || logits.shape[0] != labels.shape[0] ||
      !logits.contiguous() || !labels.contiguous() ||
      (!gradient.empty() && (gradient.rank != 2 || gradient.shape[0] != logits.shape[0] ||
                             gradient.shape[1] != logits.shape[1] || !gradient.contiguous()))) {
    throw std::invalid_argument("losses: logits " + describe(logits) + ", labels " +
                                describe(labels) +
                                (gradient.empty() ? "" : ", gradient " + describe(gradient)));
  }
  require_sound(losses, static_cast<int>(logits.shape[1]), static_cast<int>(labels.shape[1]));
  if (!gradient.empty()) std::fill_n(gradient.as<float>(), gradient.size(), 0.0f);
  std::vector<LossValue> values;
  for (const LossSpec& loss : losses) {
    values.push_back(Group(loss, logits, labels, gradient).value());
  }
  return values;
}

double total_of(std::span<const LossSpec> losses, std::span<const LossValue> values) {
  double total = 0;
  for (std::size_t i = 0; i < losses.size(); ++i) total += losses[i].weight * values[i].loss;
  return total;
}

}  // namespace heddle::attention::train
