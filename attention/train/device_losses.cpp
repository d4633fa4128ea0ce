#include "attention/train/device_losses.h"

#include "attention/train/few_threads.h"

#include <algorithm>
#include <cstring>
#include <utility>

namespace heddle::attention::train {
namespace {

/// Groups, and the weights of all their classes side by side.
std::vector<LossGroup> groups_of(const std::vector<LossSpec>& losses,
                                 std::vector<double>& weights) {
  std::vector<LossGroup> groups;
  for (const LossSpec& loss : losses) {
    groups.push_back({.gamma = loss.gamma,
                      .smoothing = loss.smoothing,
                      .taught = loss.taught,
                      .focal = loss.kind == LossKind::kFocal ? 1 : 0,
                      .first = loss.first,
                      .classes = loss.classes,
                      .column = loss.column});
    if (loss.class_weights.empty()) continue;
    groups.back().weights = static_cast<std::int32_t>(weights.size());
    weights.insert(weights.end(), loss.class_weights.begin(), loss.class_weights.end());
  }
  return groups;
}

}  // namespace

DeviceLosses::DeviceLosses(const Backend& backend,
                           std::vector<LossSpec> losses,
                           const TrainingWorkspace& work,
                           const std::string& output,
                           const ModelLabels& labels)
    : losses_(std::move(losses)),
      rows_(work.output(output).shape[0]),
      channels_(work.output(output).shape[1]),
      shape_(labels),
      counted_(static_cast<std::size_t>(labels.windows) * losses_.size()) {
  std::vector<double> weights;
  const std::vector<LossGroup> groups = groups_of(losses_, weights);
  at_ = layout(weights.size());
  arena_ = backend.arena(at_.bytes, at_.bytes);
  std::memset(arena_->host(), 0, at_.bytes);
  std::copy(groups.begin(), groups.end(), host<LossGroup>(at_.groups));
  std::copy(weights.begin(), weights.end(), host<double>(at_.weights));
  const LossArgs args = {.logits = static_cast<const float*>(work.device_output(output).data),
                         .teacher = shape_.teacher,
                         .labels = device<std::uint8_t>(at_.labels),
                         .groups = device<LossGroup>(at_.groups),
                         .class_weights = device<double>(at_.weights),
                         .scales = device<double>(at_.scales),
                         .gradient = static_cast<float*>(work.device_output_gradient(output).data),
                         .sums = device<LossSums>(at_.sums),
                         .rows = rows_,
                         .samples = static_cast<std::int32_t>(shape_.windows),
                         .channels = static_cast<std::int32_t>(channels_),
                         .columns = shape_.columns,
                         .count = static_cast<std::int32_t>(losses_.size()),
                         .ignored = kIgnored};
  between_.in = {{host<std::uint8_t>(0), device<std::uint8_t>(0), at_.sums}};
  between_.steps = [ops = backend.gradients()->losses(), args] { ops->losses(args); };
  between_.out = {
      {host<std::uint8_t>(at_.sums), device<std::uint8_t>(at_.sums), at_.bytes - at_.sums}};
}

DeviceLosses::Layout DeviceLosses::layout(std::size_t class_weights) const {
  const auto windows = static_cast<std::size_t>(shape_.windows);
  const auto rows = static_cast<std::size_t>(rows_ * shape_.columns);
  Layout made{};
  made.labels = 0;
  made.scales = device_aligned(windows * rows);
  made.groups = made.scales + device_aligned(windows * losses_.size() * sizeof(double));
  made.weights = made.groups + device_aligned(losses_.size() * sizeof(LossGroup));
  made.sums = made.weights + device_aligned(class_weights * sizeof(double));
  made.bytes = made.sums + device_aligned(windows * losses_.size() * sizeof(LossSums));
  return made;
}

TensorView DeviceLosses::labels(std::int64_t window) const {
  return view_of(host<std::uint8_t>(at_.labels) + window * rows_ * shape_.columns,
                 {rows_, std::int64_t{shape_.columns}});
}

void DeviceLosses::begin(std::int64_t count) {
  for_each_by_few(shape_.windows, [&](std::int64_t window) {
    if (window >= count) {
      std::memset(labels(window).data, kIgnored, static_cast<std::size_t>(labels(window).size()));
    }
    for (std::size_t i = 0; i < losses_.size(); ++i) {
      const std::size_t at = static_cast<std::size_t>(window) * losses_.size() + i;
      counted_[at] = weigh_labels(losses_[i], labels(window));
      const double sum = counted_[at].weights;
      host<double>(at_.scales)[at] = sum == 0 ? 0 : losses_[i].weight / sum;
    }
  });
}

SampleLoss DeviceLosses::of(std::int64_t window) const {
  SampleLoss loss;
  for (std::size_t i = 0; i < losses_.size(); ++i) {
    const std::size_t at = static_cast<std::size_t>(window) * losses_.size() + i;
    const LossSums& sums = host<LossSums>(at_.sums)[at];
    if (counted_[at].weights == 0) {
      loss.groups.emplace_back();
      continue;
    }
    loss.groups.push_back(
        {.loss = sums.loss / counted_[at].weights, .rows = counted_[at].rows, .right = sums.right});
  }
  loss.total = total_of(losses_, loss.groups);
  return loss;
}

}  // namespace heddle::attention::train
