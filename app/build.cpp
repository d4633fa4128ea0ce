#include "app/build.h"

#include "app/backend_choice.h"
#include "app/exit_codes.h"
#include "app/gene_classes.h"
#include "app/gene_passes.h"
#include "app/init_boxes.h"
#include "app/models.h"
#include "io/address.h"
#include "io/formats/mot_rows.h"
#include "io/sink.h"
#include "pipeline/associations/attention_stage.h"
#include "pipeline/associations/box_association.h"
#include "pipeline/associations/box_attention_stage.h"
#include "pipeline/detectors/class_votes.h"
#include "pipeline/detectors/given_boxes.h"
#include "pipeline/detectors/motion_stage.h"
#include "pipeline/detectors/onnx_stage.h"
#include "pipeline/encoders/frames.h"
#include "pipeline/encoders/segments.h"
#include "pipeline/gene_scores.h"
#include "pipeline/heads/consensus/consensus_stage.h"
#include "pipeline/heads/genes.h"
#include "pipeline/heads/genes/error_models.h"
#include "pipeline/heads/lift.h"
#include "pipeline/heads/motifs.h"
#include "pipeline/heads/repeats.h"
#include "pipeline/motifs/motif_search.h"

#include <algorithm>
#include <chrono>
#include <cstring>
#include <stdexcept>
#include <utility>

namespace heddle::app {
namespace {

pipeline::Topology topology_named(const std::string& name) {
  if (name == "auto") return pipeline::Topology::kFromSource;
  if (name == "yes") return pipeline::Topology::kCircular;
  if (name == "no") return pipeline::Topology::kLinear;
  throw std::logic_error("no topology '" + name + "'");
}

/// Roughly how many bases a byte of input holds: for estimates in minutes, not for results.
double bases_per_byte(const std::string& format) {
  if (format.find("CRAM") != std::string::npos) return 4;
  if (format.find("BAM") != std::string::npos) return 1.2;
  const double text = format.find("FASTQ") != std::string::npos ? 0.45 : 0.98;
  const bool packed =
      format.find("gzip") != std::string::npos || format.find("bgzf") != std::string::npos;
  return packed ? 3.5 * text : text;
}

}  // namespace

attention::Model load_model(const RunOptions& options, const Job& job) {
  const std::string name = options.model.empty() ? job.default_model : options.model;
  const std::string file = find_model(name).string();
  attention::Model model = attention::Model::load(file, backend_named(options.device));
  if (model.info().kind != job.kind) {
    throw CommandError(kModel,
                       "model " + name + " is of kind '" + model.info().kind + "', heddle " +
                           job.command + " needs '" + job.kind + "'; see heddle info");
  }
  if (job.kind == "genes") gene_passes({}, model);  // refuses what is no number of passes
  return model;
}

std::unique_ptr<io::Source> open_input(const std::string& uri,
                                       io::SourceOptions options,
                                       bool video) {
  const auto refuse = [&](const std::string& what) {
    throw io::InputError(io::without_password(uri) + " is " + what + "; use heddle " +
                         (video ? "genome" : "video"));
  };
  // A file of the other kind may be damaged too, but that is not what is wrong with it here.
  const io::FormatInfo* format = io::sniff_file(uri);
  if (format != nullptr && !(video ? format->video : format->genome)) {
    refuse(format->video ? "video" : format->description);
  }
  options.wanted =
      video ? io::SourceOptions::Wanted::kVideo : io::SourceOptions::Wanted::kSequences;
  try {
    std::unique_ptr<io::Source> source = io::open_source(uri, options);
    if (source->info().video != video) refuse(source->info().format);
    return source;
  } catch (const io::RequestError& error) {
    throw CommandError(kUsage, error.what());
  }
}

pipeline::Limits limits_for(int threads, bool video) {
  pipeline::Limits limits;
  limits.in_flight = video ? threads + 4 : 3 * threads + 2;
  limits.bytes_in_flight = std::size_t{256} << 20;
  return limits;
}

namespace {

/// Arrays of CRISPR alone: nothing is asked of a model.
void build_arrays(pipeline::Graph& graph, io::Source& source, const GenomeOptions& options) {
  constexpr pipeline::SegmentGrid kGrid{.length = 1 << 16};  // results do not depend on it
  graph.from(
      std::make_unique<pipeline::SegmentFeed>(source, kGrid, topology_named(options.topology)));
  pipeline::GeneClasses classes;
  classes.coding = false;
  classes.arrays = true;
  graph.then(std::make_unique<pipeline::GeneHead>(pipeline::GeneOptions{}, 1, classes));
}

/// The genes of reads on their references, and what the reads agree on.
AfterRun lift_genes(pipeline::Graph& graph, const GenomeOptions& options) {
  auto lift_stage = std::make_unique<pipeline::LiftStage>();
  const pipeline::LiftStage& lift = *lift_stage;
  graph.then(std::move(lift_stage));
  const auto lifted = [&lift] {
    const auto seen = lift.statistics();
    return std::vector{std::to_string(seen.reads) + " reads, " + std::to_string(seen.unplaced) +
                       " of them not aligned; " + std::to_string(seen.lifted) + " genes lifted, " +
                       std::to_string(seen.lost) + " without a place on the reference"};
  };
  if (!options.consensus) return {[] { return std::vector<io::Record>(); }, lifted};
  auto stage = std::make_unique<pipeline::ConsensusStage>(options.min_support, options.min_length);
  pipeline::ConsensusStage& consensus = *stage;
  graph.then(std::move(stage));
  return {[&consensus] { return consensus.rest(); },
          [&consensus, lifted] {
            std::vector<std::string> notes = lifted();
            notes.push_back(std::to_string(consensus.genes()) + " genes that reads agree on; " +
                            std::to_string(consensus.refused()) + " ends with too few reads");
            if (consensus.unsorted() > 0) {
              notes.push_back(std::to_string(consensus.unsorted()) +
                              " reads lie before ones that came earlier and were left out: sort "
                              "the reads by coordinate (samtools sort)");
            }
            return notes;
          }};
}

}  // namespace

AfterRun build_genome(pipeline::Graph& graph,
                      io::Source& source,
                      const attention::Model* model,
                      const GenomeOptions& options,
                      bool wants_sequences) {
  const AfterRun nothing{[] { return std::vector<io::Record>(); },
                         [] { return std::vector<std::string>(); }};
  beside_coding(options);  // refuses what cannot be told
  if (!needs_model(options)) {
    build_arrays(graph, source, options);
    return nothing;
  }
  try {
    graph.from(std::make_unique<pipeline::SegmentFeed>(
        source, pipeline::segment_grid(*model), topology_named(options.topology)));
    graph.then(std::make_unique<pipeline::GeneScores>(
        *model, pipeline::GeneScoresOptions{gene_passes(options, *model), options.memory == "on"}));
  } catch (const std::invalid_argument& error) {
    throw CommandError(kModel, model->info().path + ": " + error.what());
  }
  pipeline::GeneOptions genes;
  genes.genetic_code = options.genetic_code;
  const pipeline::NamedErrorModel& errors = pipeline::error_model_named(options.error_model);
  genes.error_model = errors.model;
  genes.prices.shift = errors.shift;
  genes.min_length = options.min_length;
  genes.min_open_length = 2 * options.min_length / 3;
  genes.partial = !options.closed;
  genes.wants_sequences = wants_sequences;
  graph.then(std::make_unique<pipeline::GeneHead>(
      genes, 1, gene_classes(options, *model, wants_sequences)));
  return options.lift ? lift_genes(graph, options) : nothing;
}

void build_motifs(pipeline::Graph& graph,
                  io::Source& source,
                  const GenomeOptions& options,
                  std::span<const pipeline::ScoredMotif> motifs,
                  bool as_records) {
  graph.from(std::make_unique<pipeline::SegmentFeed>(
      source, pipeline::motif_grid(motifs), topology_named(options.topology)));
  graph.then(std::make_unique<pipeline::MotifSearch>(motifs));
  if (as_records) graph.then(std::make_unique<pipeline::MotifHead>(motifs));
}

void build_repeats(pipeline::Graph& graph,
                   io::Source& source,
                   const GenomeOptions& options,
                   const pipeline::RepeatOptions& repeats) {
  graph.from(std::make_unique<pipeline::SegmentFeed>(
      source, pipeline::repeat_grid(), topology_named(options.topology)));
  graph.then(std::make_unique<pipeline::TandemHead>(repeats));
  graph.then(std::make_unique<pipeline::PairHead>(repeats));
}

double estimate_genome(const io::Source& source,
                       const attention::Model& model,
                       int passes,
                       int threads) {
  const double bases =
      static_cast<double>(source.info().total) * bases_per_byte(source.info().format);
  const auto core = static_cast<double>(model.field("segment") - 2 * model.field("halo"));
  if (bases < 100 * core) return 0;
  attention::Workspace work = model.make_workspace(
      "forward", {attention::shape_of(attention::DType::kU8, {model.field("segment")})});
  attention::MemorySet memory = model.make_memory("forward");
  if (memory.size() > 0) return 0;
  std::memset(work.input("bases").data, 0, static_cast<std::size_t>(work.input("bases").size()));
  model.run(work);  // the first run also warms caches and pages up
  const auto start = std::chrono::steady_clock::now();
  model.run(work);
  const std::chrono::duration<double> one = std::chrono::steady_clock::now() - start;
  return bases / core * one.count() * passes / threads;
}

namespace {

/// Where the part of a video that is read has a beginning, every box lies behind it.
std::function<void(const io::Frame&)> beginning(const std::vector<pipeline::InitBox>& boxes,
                                                const VideoOptions& options) {
  if (boxes.empty() || options.from.empty()) return {};
  return [boxes, texts = options.init](const io::Frame& first) {
    refuse_early(boxes, texts, first.number);
  };
}

AfterVideo follow(pipeline::Graph& graph,
                  const io::Source& source,
                  std::vector<pipeline::InitBox> boxes,
                  const attention::Model& model,
                  const VideoOptions& options) {
  pipeline::FollowSettings settings = pipeline::follow_preset(options.settings);
  if (options.memory == "off") settings.memory = pipeline::MemoryUse::kFirstOnly;
  auto stage = std::make_unique<pipeline::FollowStage>(settings, std::move(boxes), model);
  const pipeline::FollowStage& asked = *stage;
  graph.then(std::move(stage));
  AfterVideo after;
  after.verify = [&asked, texts = options.init, input = source.info().name] {
    refuse_unseen(asked.seen(), texts, input);
  };
  after.notes = [&asked] {
    std::vector<std::string> notes;
    if (const std::int64_t cuts = asked.cuts(); cuts > 0) {
      notes.push_back("the scene changes " + std::to_string(cuts) +
                      " times; an object is lost there until it is seen again");
    }
    return notes;
  };
  return after;
}

/// A detector's boxes, one an object: with memory they are looked at too.
void then_associate(pipeline::Graph& graph,
                    const attention::Model& model,
                    const VideoOptions& options) {
  if (options.association == "attention") {
    const bool looks = options.memory == "on";
    graph.then(std::make_unique<pipeline::BoxAttentionStage>(
        looks ? std::optional(model) : std::nullopt, options.detect_every));
  } else {
    graph.then(std::make_unique<pipeline::BoxAssociationStage>(options.association));
  }
}

Notes associate(pipeline::Graph& graph,
                const attention::Model& model,
                const VideoOptions& options) {
  auto motion = std::make_unique<pipeline::MotionStage>();
  const pipeline::MotionStage& asked = *motion;
  graph.then(std::move(motion));
  // Its proposals may be pieces of objects or several in one: only the yardsticks take them for
  // boxes of objects.
  if (options.association == "attention") {
    pipeline::AssociationSettings settings;
    settings.memory = options.memory == "on";
    graph.then(std::make_unique<pipeline::AssociationStage>(settings, model));
  } else {
    graph.then(std::make_unique<pipeline::BoxAssociationStage>(options.association));
  }
  return [&asked] {
    const pipeline::MotionStatistics seen = asked.statistics();
    std::vector<std::string> notes;
    if (seen.frames >= 50 && seen.quiet * 2 > seen.frames) {
      notes.push_back("the background was not steady in " + std::to_string(seen.quiet) + " of " +
                      std::to_string(seen.frames) +
                      " frames, which have no motion proposals; name objects with --init");
    }
    return notes;
  };
}

Notes associate_detected(pipeline::Graph& graph,
                         const std::shared_ptr<const pipeline::OnnxDetector>& detector,
                         const attention::Model& model,
                         const VideoOptions& options) {
  graph.then(std::make_unique<pipeline::OnnxStage>(detector, options.detect_every));
  then_associate(graph, model, options);
  graph.then(std::make_unique<pipeline::ClassVotesStage>(
      [detector](int kind) { return detector->class_name(kind); }));
  return [] { return std::vector<std::string>(); };
}

const pipeline::FrameFeed& from_frames(pipeline::Graph& graph,
                                       io::Source& source,
                                       const VideoOptions& options,
                                       std::function<void(const io::Frame&)> first = {}) {
  auto feed = std::make_unique<pipeline::FrameFeed>(source, options.frames, std::move(first));
  const pipeline::FrameFeed& frames = *feed;
  graph.from(std::move(feed));
  return frames;
}

/// Puts a detector's boxes into the path.
Notes then_boxes(pipeline::Graph& graph,
                 const pipeline::FrameFeed& feed,
                 std::span<const io::MotRow> rows,
                 const VideoOptions& options) {
  const std::string file = options.detections;
  // Of the associations these weigh boxes by their scores.
  const bool scores = options.association == "byte" || options.association == "ocsort";
  auto boxes = std::make_unique<pipeline::GivenBoxesStage>(rows, file, scores);
  const pipeline::GivenBoxesStage& asked = *boxes;
  graph.then(std::move(boxes));
  const bool cut = options.frames > 0 || !options.to.empty();
  return [&graph, &feed, &asked, file, cut, stride = options.stride] {
    std::vector<std::string> notes;
    if (asked.boxes() + asked.empty_boxes() == 0) notes.push_back(file + " has no boxes");
    if (asked.empty_boxes() > 0) {
      notes.push_back(std::to_string(asked.empty_boxes()) + " boxes of " + file +
                      " have no area and were left out");
    }
    // Who has not seen the end knows of no frame that it is not there; up to the next that a stride
    // would have come to, frames may be.
    const bool end_seen = !cut && !graph.report().stopped;
    const std::int64_t beyond = end_seen ? asked.boxes_from(feed.last() + stride) : 0;
    if (beyond > 0) {
      notes.push_back(std::to_string(beyond) + " boxes of " + file +
                      " are of frames that the video does not have");
    }
    return notes;
  };
}

Notes associate_given(pipeline::Graph& graph,
                      const pipeline::FrameFeed& feed,
                      const attention::Model& model,
                      const VideoOptions& options) {
  Notes notes = then_boxes(graph, feed, io::read_mot(options.detections), options);
  then_associate(graph, model, options);
  return notes;
}

}  // namespace

Notes build_boxes(pipeline::Graph& graph,
                  io::Source& source,
                  std::vector<io::MotRow> rows,
                  const VideoOptions& options) {
  const pipeline::FrameFeed& feed = from_frames(graph, source, options);
  Notes notes = then_boxes(graph, feed, rows, options);
  graph.then(std::make_unique<pipeline::BoxAssociationStage>(options.association));
  return notes;
}

AfterVideo build_video(pipeline::Graph& graph,
                       io::Source& source,
                       const attention::Model& model,
                       const VideoOptions& options,
                       std::vector<pipeline::InitBox> boxes,
                       const std::shared_ptr<const pipeline::OnnxDetector>& detector) {
  const pipeline::FrameFeed& feed = from_frames(graph, source, options, beginning(boxes, options));
  if (!options.detections.empty()) return {associate_given(graph, feed, model, options)};
  if (detector) return {associate_detected(graph, detector, model, options)};
  if (!boxes.empty()) return follow(graph, source, std::move(boxes), model, options);
  return {associate(graph, model, options)};
}

}  // namespace heddle::app
