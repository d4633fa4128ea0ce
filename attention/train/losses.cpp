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

std::int64_t first_row(const LossSpec& loss, const TensorView& labels, int label) {
  std::int64_t row = 0;
  const std::int64_t columns = labels.shape[1];
  while (labels.as<std::uint8_t>()[row * columns + loss.column] != label) ++row;
  return row;
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

/// -sum_c q_c log p_c, q the teacher's; `scale` times its gradient is added to `slope`, where
/// wanted.
double taught(int classes, const float* teacher, const Row& logs, double scale, float* slope) {
  Row wanted;
  log_softmax(teacher, classes, wanted);
  double sum = 0;
  for (int c = 0; c < classes; ++c) {
    const double q = std::exp(wanted[static_cast<std::size_t>(c)]);
    const double log_p = logs[static_cast<std::size_t>(c)];
    sum -= q * log_p;
    if (slope != nullptr) slope[c] += static_cast<float>(scale * (std::exp(log_p) - q));
  }
  return sum;
}

/// What a group is made of; empty where it is not there.
struct Tables {
  const TensorView& logits;
  const TensorView& labels;
  const TensorView& gradient;
  const TensorView& teacher;
};

/// One group over all rows.
class Group {
 public:
  Group(const LossSpec& loss, const Tables& of)
      : loss_(loss),
        logits_(of.logits.as<float>()),
        labels_(of.labels.as<std::uint8_t>()),
        gradient_(of.gradient.empty() ? nullptr : of.gradient.as<float>()),
        teacher_(of.teacher.empty() || loss.taught == 0 ? nullptr : of.teacher.as<float>()),
        rows_(of.logits.shape[0]),
        channels_(of.logits.shape[1]),
        columns_(of.labels.shape[1]) {}

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
    const std::int64_t at = row * channels_ + loss_.first;
    float* slope = gradient_ == nullptr ? nullptr : gradient_ + at;
    const double share = teacher_ == nullptr ? 0 : loss_.taught;
    const double scale = scale_ * w * (1 - share);
    const double own =
        w * (loss_.kind == LossKind::kFocal ? focal(loss_, y, logs, scale, slope)
                                            : cross_entropy(loss_, y, logs, scale, slope));
    if (teacher_ == nullptr) return own;
    return (1 - share) * own +
           share * w * taught(loss_.classes, teacher_ + at, logs, scale_ * w * share, slope);
  }

  const LossSpec& loss_;
  const float* logits_;
  const std::uint8_t* labels_;
  float* gradient_;
  const float* teacher_;
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
    const auto share = [](double x) { return x >= 0 && x <= 1; };
    if (below || !(loss.weight >= 0) || !(loss.gamma >= 0) || !share(loss.smoothing) ||
        !share(loss.taught)) {
      fail(loss, "weights and gamma are 0 or more, smoothing and what is taught 0 to 1");
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
  // Neighbours mostly have one label: counted in turns, so that no count waits for the one before.
  std::array<std::array<std::int64_t, kIgnored + 1>, 2> counts{};
  const auto* label = labels.as<std::uint8_t>() + loss.column;
  for (std::int64_t row = 0; row < labels.shape[0]; ++row, label += labels.shape[1]) {
    ++counts[static_cast<std::size_t>(row & 1)][*label];
  }
  const auto count = [&](int y) {
    const auto at = static_cast<std::size_t>(y);
    return counts[0][at] + counts[1][at];
  };
  LossWeight sum;
  for (int y = 0; y < kIgnored; ++y) {
    if (count(y) == 0) continue;
    if (y >= loss.classes) require_class(loss, first_row(loss, labels, y), y);
    sum.weights += static_cast<double>(count(y)) * class_weight(loss, y);
    sum.rows += static_cast<double>(count(y));
  }
  return sum;
}

std::vector<LossValue> evaluate_losses(std::span<const LossSpec> losses,
                                       const TensorView& logits,
                                       const TensorView& labels,
                                       const TensorView& gradient,
                                       const TensorView& teacher) {
  const auto alike = [&](const TensorView& one) {
    return one.empty() || (one.rank == 2 && one.shape == logits.shape && one.contiguous());
  };
  if (logits.rank != 2 || labels.rank != 2 || logits.shape[0] != labels.shape[0] ||
      !logits.contiguous() || !labels.contiguous() || !alike(gradient) || !alike(teacher)) {
    throw std::invalid_argument("losses: logits " + describe(logits) + ", labels " +
                                describe(labels) +
                                (gradient.empty() ? "" : ", gradient " + describe(gradient)) +
                                (teacher.empty() ? "" : ", teacher " + describe(teacher)));
  }
  require_sound(losses, static_cast<int>(logits.shape[1]), static_cast<int>(labels.shape[1]));
  if (!gradient.empty()) std::fill_n(gradient.as<float>(), gradient.size(), 0.0f);
  std::vector<LossValue> values;
  for (const LossSpec& loss : losses) {
    values.push_back(Group(loss, {logits, labels, gradient, teacher}).value());
  }
  return values;
}

double total_of(std::span<const LossSpec> losses, std::span<const LossValue> values) {
  double total = 0;
  for (std::size_t i = 0; i < losses.size(); ++i) total += losses[i].weight * values[i].loss;
  return total;
}

}  // namespace heddle::attention::train
