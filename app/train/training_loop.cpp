#include "app/train/training_loop.h"

#include "app/exit_codes.h"
#include "app/train/teacher.h"
#include "attention/train/checkpoint.h"
#include "attention/train/flat.h"
#include "attention/weights/sha256.h"
#include "io/atomic_file.h"

#include <nlohmann/json.hpp>

#include <chrono>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <functional>
#include <span>
#include <utility>
#include <vector>

namespace heddle::app {
namespace {

using attention::Parameters;

std::string format(const char* pattern, auto... values) {
  char text[256];
  std::snprintf(text, sizeof text, pattern, values...);
  return text;
}

attention::train::TrainingOptions training_options(const TrainOptions& options) {
  attention::train::TrainingOptions made;
  made.schedule = {.peak = options.learning_rate,
                   .warm_up = std::min(options.warm_up, options.steps),
                   .steps = options.steps,
                   .final_share = options.final_share};
  made.adamw.decay = options.decay;
  made.batch = options.batch;
  made.clip = options.clip;
  made.keep_average = options.average;
  made.bfloat16 = options.bfloat16;
  made.seed = options.seed;
  return made;
}

constexpr char kMachine[] = "machine";

std::string text_of(const RunFacts& facts) { return nlohmann::json(facts).dump(); }

std::string text_of(const RunFacts& facts, const RunFacts& machine) {
  nlohmann::json json(facts);
  json[kMachine] = machine;
  return json.dump();
}

RunFacts facts_in(const nlohmann::json& json) {
  RunFacts facts;
  if (!json.is_object()) return facts;
  for (const auto& [name, value] : json.items()) {
    if (value.is_string()) facts[name] = value;
  }
  return facts;
}

/// Progress of steps, shown for as long as it lives: what it reads may go away then.
class ShownProgress {
 public:
  ShownProgress(Report& report, std::function<Progress()> read) : report_(report) {
    report_.start_progress("steps", std::move(read));
  }
  ~ShownProgress() { report_.stop_progress(); }
  ShownProgress(const ShownProgress&) = delete;
  ShownProgress& operator=(const ShownProgress&) = delete;

 private:
  Report& report_;
};

attention::DType stored_type(const std::string& name) {
  if (name == "f32") return attention::DType::kF32;
  return name == "f16" ? attention::DType::kF16 : attention::DType::kBF16;
}

}  // namespace

TrainingLoop::TrainingLoop(const TrainingSetup& setup, RunFolder& folder, Report& report)
    : options_(setup.options),
      facts_(setup.facts),
      machine_(setup.machine),
      folder_(folder),
      report_(report),
      lesson_(make_lesson(setup)),
      trainer_(lesson_->model(), training_options(options_)) {
  facts_["the data"] = lesson_->bases().fingerprint();
  facts_["the model"] = attention::sha256(attention::Weights(options_.from).bytes());
  if (!options_.teacher.empty()) {
    facts_["the teacher"] = attention::sha256(attention::Weights(options_.teacher).bytes());
  }
  if (options_.resume) resume();
  steps_done_ = trainer_.steps_done();
}

void TrainingLoop::resume() {
  auto loaded = attention::train::load_checkpoint(folder_.checkpoint(), trainer_.parameters());
  const auto before = nlohmann::json::parse(loaded.run, nullptr, false);
  const std::string differs = difference(facts_in(before), facts_);
  if (!differs.empty()) {
    throw CommandError(kUsage,
                       options_.output + ": cannot be resumed: " + differs +
                           "; give the same options and data, or -y to begin again");
  }
  if (before.contains(kMachine)) warn_of_another_machine(facts_in(before[kMachine]));
  trainer_.restore(std::move(loaded.state), loaded.carried);
}

void TrainingLoop::warn_of_another_machine(const RunFacts& before) {
  const std::string differs = difference(before, machine_);
  if (differs.empty()) return;
  report_.warn(options_.output + ": " + differs +
               "; the run goes on, but its last digits are not those of an undisturbed one");
}

void TrainingLoop::describe(int threads) {
  const std::string sample = lesson_->sample();
  report_.say(format("model %s%s, %lld parameters%s, %.3g GFLOP a %s",
                     lesson_->name().c_str(),
                     options_.fresh ? " with new values" : "",
                     static_cast<long long>(trainer_.parameters().size()),
                     options_.freeze.empty() ? "" : " that are not frozen",
                     lesson_->model().flop() * 1e-9,
                     sample.c_str()));
  if (!options_.teacher.empty()) {
    report_.say(format("of each target the teacher's answer is %.3g", teacher_share(options_)) +
                " (" + options_.teacher + ")");
  }
  report_.say(format("data: %lld bases to train on, %s held back",
                     static_cast<long long>(lesson_->bases().training_bases()),
                     lesson_->held_back().c_str()));
  if (lesson_->bases().held_back().empty() && options_.held_back > 0) {
    report_.warn(
        "nothing is held back: the sequences are too short and too few for --held-back; "
        "every loss is of training");
  }
  const auto at_once = static_cast<long long>(lesson_->model().at_once());
  const std::string together =
      at_once > 1 ? format("%lld %ss at once", at_once, sample.c_str()) : "a " + sample;
  report_.say(
      format("%lld steps of %lld samples on %d threads, %.3g MB for %s%s",
             static_cast<long long>(options_.steps),
             static_cast<long long>(options_.batch),
             threads,
             static_cast<double>(lesson_->model().workspace_bytes()) * 1e-6,
             together.c_str(),
             options_.resume
                 ? format(", from step %lld", static_cast<long long>(trainer_.steps_done())).c_str()
                 : ""));
}

void TrainingLoop::validate(const std::atomic<bool>& stop) {
  const std::int64_t step = trainer_.steps_done();
  if (lesson_->model().validation_samples() == 0 || validated_ == step) return;
  const auto loss = trainer_.validate([&stop] { return stop.load(); });
  if (!loss) return;
  validated_ = step;
  log_->validation(step, *loss);
  report_.say(format(
      "step %lld: loss of what is held back %.5f", static_cast<long long>(step), loss->total));
}

void TrainingLoop::one_step() {
  const auto begin = std::chrono::steady_clock::now();
  const auto report = trainer_.step();
  const double seconds =
      std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  step_seconds_ += seconds;
  ++steps_here_;
  steps_done_ = report.step;
  log_->step(report, seconds);
  if (report.skipped) {
    report_.warn(format("step %lld: loss or gradient is no number; skipped",
                        static_cast<long long>(report.step)));
  }
}

void TrainingLoop::save() {
  attention::train::save_checkpoint(folder_.checkpoint(),
                                    trainer_.parameters(),
                                    trainer_.state(),
                                    text_of(facts_, machine_),
                                    trainer_.carried());
  folder_.stands();
  log_->moved_to(folder_.log());
  const std::string curve = log_->curve_svg();
  if (curve.empty()) return;
  io::AtomicFile file(folder_.curve());
  file.write(curve);
  file.commit();
}

/// What was learned first is kept beside what was learned now by the mean of both in weight space:
/// Wortsman et al., Robust fine-tuning of zero-shot models, arXiv:2109.01903.
void TrainingLoop::save_weights() {
  const std::span<const float> average = trainer_.average();
  std::vector<float> written(average.begin(), average.end());
  if (options_.keep_start > 0) {
    lesson_->model().initial(written);
    attention::train::move_average(average, options_.keep_start, written);
  }
  Parameters trained = lesson_->model().with(written);
  trained.set_metadata("heddle.training", text_of(facts_));
  trained.save(folder_.weights(), stored_type(options_.store));
}

void TrainingLoop::save_after_fault() noexcept {
  if (trainer_.steps_done() == 0) return;  // nothing was learned
  try {
    save();
    report_.warn(format("a checkpoint of step %lld was kept; --resume goes on",
                        static_cast<long long>(trainer_.steps_done())));
  } catch (const std::exception& error) {
    report_.warn(std::string("no checkpoint of the last steps: ") + error.what());
  }
}

void TrainingLoop::learn(const std::atomic<bool>& stop) {
  const auto due = [this](std::int64_t every) {
    return every > 0 && trainer_.steps_done() % every == 0;
  };
  // Of a resumed run: what was stopped before it could be written.
  if (trainer_.steps_done() == 0 || due(options_.validate_every)) validate(stop);
  while (!trainer_.finished() && !stop) {
    one_step();
    if (due(options_.validate_every)) validate(stop);
    if (due(options_.checkpoint_every)) save();
  }
  if (trainer_.finished()) validate(stop);
}

void TrainingLoop::tell_speed() {
  if (steps_here_ == 0) return;
  const double flop = lesson_->model().flop() * static_cast<double>(options_.batch * steps_here_);
  report_.say(format("%.3g s a step, %.1f GFLOP/s of the model's own work",
                     step_seconds_ / static_cast<double>(steps_here_),
                     flop / step_seconds_ * 1e-9));
}

void TrainingLoop::tell_stop() {
  const bool older = std::filesystem::exists(folder_.weights());
  report_.say(format("stopped at step %lld of %lld; --resume goes on%s",
                     static_cast<long long>(trainer_.steps_done()),
                     static_cast<long long>(options_.steps),
                     older ? "; until its end the weights are those of the run before" : ""));
}

void TrainingLoop::run(const std::atomic<bool>& stop) {
  log_.emplace(
      folder_.log(), lesson_->model().loss_names(), options_.resume ? trainer_.steps_done() : -1);
  validated_ = log_->last_validation();
  try {
    const ShownProgress shown(report_, [this] {
      const std::int64_t done = steps_done_;
      return Progress{done, options_.steps, done};
    });
    learn(stop);
  } catch (...) {
    save_after_fault();
    throw;
  }
  if (trainer_.steps_done() == 0 && folder_.replaces()) {
    folder_.leave_as_it_was();
    return report_.say("stopped before the first step; " + options_.output +
                       " holds the run before, as it was");
  }
  save();
  tell_speed();
  if (!trainer_.finished()) return tell_stop();
  save_weights();
  report_.say("wrote " + folder_.weights());
}

}  // namespace heddle::app
