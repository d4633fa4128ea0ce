#include "attention/train/trainer.h"

#include "attention/train/flat.h"
#include "attention/train/training_error.h"

#include <algorithm>
#include <cmath>
#include <stdexcept>
#include <utility>

namespace heddle::attention::train {
namespace {

void require_sound(const TrainingOptions& options) {
  const auto share = [](double x) { return x >= 0 && x < 1; };
  static_cast<void>(learning_rate(options.schedule, 0));  // throws
  if (options.batch < 1 || options.most_bad_steps < 1 || !(options.clip >= 0) ||
      !share(options.keep_average) || !share(options.adamw.beta1) || !share(options.adamw.beta2) ||
      !(options.adamw.epsilon > 0) || !(options.adamw.decay >= 0)) {
    throw std::invalid_argument(
        "training: batch and bad steps are 1 or more, clip and decay 0 or more, epsilon above 0, "
        "and the betas and the average's share from 0 to below 1");
  }
}

void add(const SampleLoss& one, SampleLoss& sum) {
  sum.total += one.total;
  sum.groups.resize(one.groups.size());
  for (std::size_t i = 0; i < one.groups.size(); ++i) {
    sum.groups[i].loss += one.groups[i].loss;
    sum.groups[i].rows += one.groups[i].rows;
    sum.groups[i].right += one.groups[i].right;
  }
}

/// Losses as means of samples, rows as their sum.
void divide(SampleLoss& sum, std::int64_t samples) {
  const auto n = static_cast<double>(std::max<std::int64_t>(1, samples));
  sum.total /= n;
  for (LossValue& group : sum.groups) group.loss /= n;
}

}  // namespace

Trainer::Trainer(Objective& objective, const TrainingOptions& options)
    : objective_(objective), options_(options) {
  require_sound(options_);
  const auto size = static_cast<std::size_t>(objective_.parameters().size());
  state_.values.resize(size);
  objective_.initial(state_.values);
  state_.average = state_.values;
  state_.first.resize(size);
  state_.second.resize(size);
  there_ = objective_.arrays(options_.bfloat16);
  if (there_) {
    there_->load(state_);
  } else {
    gradient_.resize(size);
  }
}

const TrainingState& Trainer::state() const {
  if (behind_) there_->store(state_);
  behind_ = false;  // not where that threw: the arrays here are then an older step's
  return state_;
}

void Trainer::give(std::span<const float> values) {
  if (!options_.bfloat16) return objective_.use(values);
  rounded_.resize(values.size());
  round_to_bfloat16(values, rounded_);
  objective_.use(rounded_);
}

SampleLoss Trainer::gather() {
  std::vector<SampleKey> keys;
  for (std::int64_t i = 0; i < options_.batch; ++i) keys.push_back({options_.seed, state_.step, i});
  std::vector<SampleLoss> losses(keys.size());
  if (there_) {
    there_->train(keys, losses);
  } else {
    std::fill(gradient_.begin(), gradient_.end(), 0.0f);
    give(state_.values);
    objective_.train_all(keys, gradient_, losses);
  }
  SampleLoss sum;
  for (const SampleLoss& loss : losses) add(loss, sum);
  divide(sum, options_.batch);
  return sum;
}

void Trainer::update(StepReport& report) {
  const double mean = 1 / static_cast<double>(options_.batch);
  report.norm = (there_ ? there_->norm() : norm_of(gradient_)) * mean;
  report.skipped = !std::isfinite(report.loss.total) || !std::isfinite(report.norm);
  if (report.skipped) {
    if (there_) there_->drop();
    ++state_.skipped;
    ++state_.bad_in_a_row;
    return;
  }
  const bool clipped = options_.clip > 0 && report.norm > options_.clip;
  const AdamStep step{
      state_.updates + 1, report.rate, clipped ? mean * options_.clip / report.norm : mean};
  // Early on, the average forgets faster: it would otherwise be the initial values for long.
  const auto t = static_cast<double>(step.number);
  const double keep = std::min(options_.keep_average, t / (t + 9));
  change(step, options_.keep_average == 0 ? 0 : keep);
  state_.updates = step.number;  // a change that throws is none
  state_.bad_in_a_row = 0;
}

void Trainer::change(const AdamStep& step, double keep_average) {
  if (there_) {
    there_->step(options_.adamw, step, keep_average);
    behind_ = true;
    return;
  }
  adamw_step(options_.adamw,
             objective_.parameters(),
             step,
             {gradient_, state_.first, state_.second, state_.values});
  move_average(state_.values, keep_average, state_.average);
}

StepReport Trainer::step() {
  StepReport report;
  report.rate = learning_rate(options_.schedule, state_.step);
  report.loss = gather();
  update(report);
  report.step = ++state_.step;
  if (state_.bad_in_a_row >= options_.most_bad_steps) {
    throw TrainingError("step " + std::to_string(report.step) +
                        ": loss or gradient was no number " + std::to_string(state_.bad_in_a_row) +
                        " times in a row; a lower learning rate or a longer warm-up may help");
  }
  return report;
}

std::optional<SampleLoss> Trainer::validate(const std::function<bool()>& stop) {
  SampleLoss sum;
  sum.groups.resize(objective_.loss_names().size());
  const std::int64_t samples = objective_.validation_samples();
  if (samples == 0) return sum;
  if (there_) {
    there_->give_average();
  } else {
    give(state_.average);
  }
  std::vector<SampleLoss> losses;
  for (std::int64_t first = 0; first < samples; first += static_cast<std::int64_t>(losses.size())) {
    if (stop && stop()) return std::nullopt;
    losses.resize(static_cast<std::size_t>(std::min(objective_.at_once(), samples - first)));
    objective_.validate_all(first, losses);
    for (const SampleLoss& loss : losses) add(loss, sum);
  }
  divide(sum, samples);
  return sum;
}

void Trainer::restore(TrainingState state, const std::string& carried) {
  const auto size = static_cast<std::size_t>(objective_.parameters().size());
  for (const auto* array : {&state.values, &state.first, &state.second, &state.average}) {
    if (array->size() == size) continue;
    throw TrainingError("checkpoint: " + std::to_string(array->size()) +
                        " values where the model has " + std::to_string(size) + " parameters");
  }
  objective_.carry(carried);
  state_ = std::move(state);
  behind_ = false;
  if (there_) there_->load(state_);
}

}  // namespace heddle::attention::train
