#include "app/train/lesson.h"

#include "app/exit_codes.h"
#include "app/train/teacher.h"
#include "attention/train/fresh_values.h"
#include "attention/train/model_objective.h"
#include "attention/train/stream_objective.h"
#include "pipeline/compute_threads.h"
#include "pipeline/pack/data_set.h"
#include "pipeline/rna_kinds.h"
#include "pipeline/training/gene_streams.h"
#include "pipeline/training/prefetched_source.h"
#include "pipeline/training/rna_head.h"
#include "pipeline/training/window_source.h"

#include <algorithm>
#include <stdexcept>
#include <utility>

namespace heddle::app {
namespace {

using attention::ModelSpec;
using attention::Parameters;
using attention::train::LossKind;
using attention::train::LossSpec;
using attention::train::ModelObjectiveSettings;

constexpr double kRnaWindows = 0.3;

Parameters first_values(const TrainOptions& options) {
  Parameters parameters{attention::Weights(options.from)};
  if (options.fresh) attention::train::set_fresh_values(parameters, options.seed);
  if (options.add == "rna") {  // has a beginning of its own
    parameters = pipeline::with_rna_head(parameters, options.seed, options.from);
  }
  for (const std::string& name : options.freeze) {
    try {
      parameters.set_trainable(name, false);
    } catch (const std::invalid_argument& error) {
      throw std::invalid_argument("--freeze " + name + ": " + error.what());
    }
  }
  return parameters;
}

/// A whole number among the model's fields.
std::int64_t field(const ModelSpec& spec, const std::string& name) {
  const auto found = spec.fields.find(name);
  if (spec.kind == "genes" && found != spec.fields.end()) return std::stoll(found->second);
  throw CommandError(kModel,
                     "model '" + spec.name + "' of kind '" + spec.kind + "' has no '" + name +
                         "' for genes; heddle train trains gene models");
}

/// --window is the one option that must fit a model's shapes.
void require_fitting_window(const TrainOptions& options, const ModelSpec& spec, bool core_needed) {
  if (options.window == 0) return;
  const auto found = spec.fields.find("patch");
  const std::int64_t patch = found == spec.fields.end() ? 1 : std::stoll(found->second);
  const std::int64_t halos = core_needed ? 2 * field(spec, "halo") : 0;
  if (patch < 1 || (options.window % patch == 0 && options.window > halos)) return;
  const std::int64_t below = std::max(options.window, halos + 1) / patch * patch;
  const std::int64_t fitting = below > halos && below > 0 ? below : below + patch;
  throw std::invalid_argument("--window " + std::to_string(options.window) + ": model '" +
                              spec.name + "' takes multiples of " + std::to_string(patch) +
                              " bases" + (core_needed ? " above " + std::to_string(halos) : "") +
                              "; give " + std::to_string(fitting) + ", or 0 for its own " +
                              std::to_string(field(spec, "segment")));
}

bool tells_rna(const ModelSpec& spec) { return pipeline::rna_channel(spec.fields) >= 0; }

pipeline::WindowSettings window_settings(const TrainOptions& options, const ModelSpec& spec) {
  const std::int64_t segment = field(spec, "segment");
  pipeline::WindowSettings settings;
  settings.window = options.window > 0 ? options.window : segment;
  settings.held_back = options.held_back;
  settings.augmentation = {.reverse = options.reverse,
                           .clean = options.clean,
                           .lowest_error = options.lowest_error,
                           .highest_error = options.highest_error,
                           .recoded = options.recoded,
                           .evolved = options.evolved,
                           .cut = options.cut.value_or(pipeline::Augmentation{}.cut),
                           .gaps = options.gaps,
                           .shuffled = options.shuffled,
                           .rna = tells_rna(spec) ? options.rna_windows.value_or(kRnaWindows) : 0};
  return settings;
}

std::vector<pipeline::Shard> shards_of(const TrainingSetup& setup) {
  std::vector<pipeline::Shard> shards;
  for (const std::string& folder : setup.data) {
    for (const std::string& path : pipeline::shards_in(folder)) shards.emplace_back(path);
  }
  return shards;
}

/// Of RNA genes. Windows are drawn around each kind as often (--rna-windows), so that what is left
/// to weigh are the bases: of the short kinds there are few in a window.
LossSpec rna_loss(const TrainOptions& options, int first) {
  constexpr double kLong = 1000, kShortWeight = 4;
  LossSpec loss{.name = "rna",
                .first = first,
                .classes = pipeline::kRnaClasses,
                .column = 3,
                .weight = options.rna_weight.value_or(1),
                .class_weights = {1}};
  for (const pipeline::RnaKind& kind : pipeline::rna_kinds()) {
    loss.class_weights.insert(loss.class_weights.end(), 2, kind.longest < kLong ? kShortWeight : 1);
  }
  return loss;
}

/// Frames of both strands; starts and RNA genes where the model has channels for them.
std::vector<LossSpec> gene_losses(const TrainOptions& options, int channels, int rna) {
  std::vector<LossSpec> losses = {
      {.name = "frames+", .first = 0, .classes = 4, .column = 0, .smoothing = options.smoothing},
      {.name = "frames-", .first = 4, .classes = 4, .column = 1, .smoothing = options.smoothing}};
  if ((rna >= 0 ? rna : channels) >= 11) {
    losses.push_back({.name = "starts",
                      .kind = LossKind::kFocal,
                      .first = 8,
                      .classes = 3,
                      .column = 2,
                      .weight = options.start_weight});
  }
  if (rna >= 0) losses.push_back(rna_loss(options, rna));
  for (LossSpec& loss : losses) loss.taught = teacher_share(options);
  return losses;
}

/// On a device, where a window of 6144 bases takes about 200 MB.
constexpr std::int64_t kMostAtOnce = 32;

ModelObjectiveSettings objective_settings(const TrainOptions& options, const ModelSpec& spec) {
  const std::int64_t segment = field(spec, "segment");
  const int rna = pipeline::rna_channel(spec.fields);
  ModelObjectiveSettings settings;
  settings.losses = [options, rna](int channels) { return gene_losses(options, channels, rna); };
  settings.inputs = {
      attention::shape_of(attention::DType::kU8, {options.window > 0 ? options.window : segment})};
  settings.checkpoint = options.less_memory;
  settings.at_once = std::min<std::int64_t>(options.batch, kMostAtOnce);
  settings.teacher = open_teacher(options, spec);
  return settings;
}

/// For a device, which must not wait: by threads that sleep when enough is made, so that all but
/// one of the host's may be such, and four make more than the smallest model learns from; at most
/// 256 MB. A CPU takes a thousand times as long to learn from a window as to make it.
std::unique_ptr<pipeline::PrefetchedSource> samples_ahead(const TrainingSetup& setup,
                                                          const pipeline::WindowSource& source) {
  constexpr std::int64_t kMostBytes = std::int64_t{1} << 28;
  constexpr int kMostMakers = 4;
  if (!setup.backend.on_device()) return nullptr;
  const TrainOptions& options = setup.options;
  const std::int64_t sample = source.bases().settings().window * (1 + source.columns());
  const int threads = options.run.threads > 0 ? options.run.threads : pipeline::available_threads();
  return std::make_unique<pipeline::PrefetchedSource>(
      source,
      pipeline::PrefetchSettings{
          .batch = options.batch,
          .threads = std::clamp(threads - 1, 1, kMostMakers),
          .ahead = std::clamp<std::int64_t>(
              kMostBytes / sample, 1, std::max<std::int64_t>(64, 2 * options.batch))});
}

class WindowLesson final : public Lesson {
 public:
  WindowLesson(const TrainingSetup& setup, const Parameters& start, const ModelSpec& spec)
      : Lesson(spec.name),
        source_(shards_of(setup), window_settings(setup.options, spec)),
        ahead_(samples_ahead(setup, source_)),
        objective_(start.clone(),
                   spec,
                   ahead_ ? static_cast<const attention::train::BatchSource&>(*ahead_) : source_,
                   objective_settings(setup.options, spec),
                   setup.backend) {}

  attention::train::TrainedModel& model() override { return objective_; }
  const pipeline::TrainingBases& bases() const override { return source_.bases(); }
  std::string held_back() const override {
    return std::to_string(source_.validation_samples()) + " windows";
  }
  std::string sample() const override { return "window"; }

 private:
  const pipeline::WindowSource source_;
  const std::unique_ptr<pipeline::PrefetchedSource> ahead_;  // null: none
  attention::train::ModelObjective objective_;
};

class StreamLesson final : public Lesson {
 public:
  StreamLesson(const TrainingSetup& setup, const Parameters& start, const ModelSpec& spec)
      : Lesson(spec.name),
        segments_(setup.options.segments > 0 ? setup.options.segments : kSegments),
        source_(shards_of(setup),
                window_settings(setup.options, spec),
                {.halo = field(spec, "halo"),
                 .patch = field(spec, "patch"),
                 .chapter = setup.options.chapter.value_or(pipeline::StreamShape{}.chapter)}),
        objective_(start.clone(),
                   spec,
                   source_,
                   objective_settings(setup.options, spec),
                   {.segments = static_cast<int>(segments_)},
                   setup.backend) {}

  attention::train::TrainedModel& model() override { return objective_; }
  const pipeline::TrainingBases& bases() const override { return source_.bases(); }
  std::string held_back() const override {
    return std::to_string(source_.validation_documents()) + " streams";
  }
  std::string sample() const override {
    return "stream of " + std::to_string(segments_) + " segments through memory";
  }

 private:
  static constexpr std::int64_t kSegments = 2;

  const std::int64_t segments_;
  const pipeline::GeneStreams source_;
  attention::train::StreamObjective objective_;
};

/// An option that would change nothing is refused.
void require_fitting(const TrainOptions& options, const ModelSpec& spec) {
  const char* of_rna = options.rna_weight    ? "--rna-weight"
                       : options.rna_windows ? "--rna-windows"
                                             : nullptr;
  if (of_rna != nullptr && !tells_rna(spec)) {
    throw std::invalid_argument(std::string(of_rna) + " is of models that tell RNA genes; model '" +
                                spec.name + "' tells none (--add rna)");
  }
  if (options.teacher_share && options.teacher.empty()) {
    throw std::invalid_argument("--teacher-share is of runs with --teacher");
  }
  if (remembers(spec)) {
    if (!options.cut) return;
    throw std::invalid_argument("--cut is of models without rolling memory; model '" + spec.name +
                                "' has one");
  }
  const char* extra = options.segments > 0 ? "--segments" : options.chapter ? "--chapter" : nullptr;
  if (extra == nullptr) return;
  throw std::invalid_argument(std::string(extra) + " is of models with rolling memory; model '" +
                              spec.name + "' has none");
}

void require_rna_labels(const TrainOptions& options, const ModelSpec& spec, const Lesson& lesson) {
  if (!tells_rna(spec) || options.rna_weight == 0 || lesson.bases().knows_rna()) return;
  throw std::invalid_argument(
      "model '" + spec.name +
      "' tells RNA genes, and the data say nothing of them: they were packed before there were "
      "such "
      "labels, or from annotations without rows of type tRNA or rRNA; pack them again, or give "
      "--rna-weight 0 --rna-windows 0");
}

}  // namespace

std::unique_ptr<Lesson> make_lesson(const TrainingSetup& setup) {
  const Parameters start = first_values(setup.options);
  const ModelSpec spec = attention::model_spec(start, setup.options.from);
  static_cast<void>(field(spec, "segment"));  // throws where the model is of another kind
  require_fitting(setup.options, spec);
  require_fitting_window(setup.options, spec, remembers(spec));
  std::unique_ptr<Lesson> lesson;
  if (remembers(spec)) {
    lesson = std::make_unique<StreamLesson>(setup, start, spec);
  } else {
    lesson = std::make_unique<WindowLesson>(setup, start, spec);
  }
  require_rna_labels(setup.options, spec, *lesson);
  return lesson;
}

}  // namespace heddle::app
