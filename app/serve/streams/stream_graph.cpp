#include "app/serve/streams/stream_graph.h"

#include "app/detector.h"
#include "app/exit_codes.h"
#include "app/init_boxes.h"
#include "io/formats/ffmpeg_address.h"
#include "pipeline/gene_scores.h"
#include "pipeline/heads/consensus/gene_consensus.h"
#include "pipeline/heads/genes/gene_records.h"
#include "pipeline/heads/repeats.h"
#include "pipeline/heads/repeats/repeat_records.h"

#include <algorithm>
#include <utility>

namespace heddle::app::serve {
namespace {

/// Of the budget; the rest is for the stages' state and the features.
constexpr std::size_t kShareInFlight = 2;

/// A file can wait, also where it is played at its pace: it then falls behind, and says so.
bool may_drop(const StreamSpec& spec, const StreamOptions& options, const io::SourceInfo& info) {
  if (spec.policy != "auto") return spec.policy == "drop_oldest";
  const bool endless = io::names_address(spec.input) && info.total <= 0;
  return info.video && !options.realtime && (info.live || endless);
}

pipeline::Limits limits_of(const StreamSpec& spec,
                           const StreamServices& services,
                           const io::SourceInfo& info,
                           bool drops) {
  pipeline::Limits limits = limits_for(services.threads, info.video);
  limits.overflow = drops ? pipeline::Overflow::kDropOldest : pipeline::Overflow::kBlock;
  limits.bytes_in_flight = spec.memory_budget / kShareInFlight;
  const std::size_t frame = frame_bytes(info);
  if (frame == 0) return limits;
  const std::size_t least = (1 + kFramesBeside) * frame;
  if (least > spec.memory_budget) {
    throw CommandError(kResource,
                       "memory_budget of " + std::to_string(spec.memory_budget) +
                           " bytes does not hold frames of " + std::to_string(info.width) + "x" +
                           std::to_string(info.height) + "; give at least " +
                           std::to_string(least));
  }
  const std::size_t fit = (spec.memory_budget - kFramesBeside * frame) / frame;
  limits.in_flight = static_cast<int>(
      std::clamp<std::size_t>(fit / kShareInFlight, 1, static_cast<std::size_t>(limits.in_flight)));
  return limits;
}

void build_tracks(StreamGraph& made,
                  const StreamOptions& options,
                  const attention::Model& model,
                  io::Source& source,
                  std::int64_t begin) {
  FittedBoxes fitted = fit_boxes(options.boxes, options.video.init, source.info());
  for (pipeline::InitBox& box : fitted.boxes) box.over = box.frame.value_or(0) < begin;
  made.verify = build_video(*made.graph,
                            source,
                            model,
                            options.video,
                            std::move(fitted.boxes),
                            open_detector(options.video))
                    .verify;
  made.after.records = [] { return std::vector<io::Record>(); };
}

/// As the feed counts them: bases, and the model's scores of each.
std::size_t segment_bytes_of(const attention::Model& model) {
  const pipeline::SegmentGrid grid = pipeline::segment_grid(model);
  return static_cast<std::size_t>(grid.length) *
         (1 + static_cast<std::size_t>(grid.scores) * sizeof(float));
}

}  // namespace

std::vector<io::Attribute> attributes_of(const StreamSpec& spec, const StreamOptions& options) {
  if (spec.kind == "video") return {};
  if (spec.task == "repeats") return pipeline::repeat_attributes();
  const GenomeOptions& genome = options.genome;
  return genome.consensus ? pipeline::consensus_attributes()
                          : pipeline::gene_attributes(genome.lift);
}

std::size_t frame_bytes(const io::SourceInfo& info) {
  if (!info.video) return 0;
  return std::size_t{3} * static_cast<std::size_t>(info.width) *
         static_cast<std::size_t>(info.height);
}

StreamGraph build_stream(const StreamSpec& spec,
                         const StreamOptions& options,
                         const StreamServices& services,
                         io::Source& source,
                         std::int64_t begin) {
  StreamGraph made;
  made.drops = may_drop(spec, options, source.info());
  const pipeline::Limits limits = limits_of(spec, services, source.info(), made.drops);
  made.graph = std::make_unique<pipeline::Graph>(limits);
  if (made.drops) {
    made.depth.emplace(limits.in_flight);
    made.graph->set_in_flight(made.depth->now());
  }
  if (spec.kind == "video") {
    build_tracks(made, options, *services.video_model, source, begin);
  } else if (spec.task == "repeats") {
    made.segment_bytes = static_cast<std::size_t>(pipeline::repeat_grid().length);
    build_repeats(*made.graph, source, options.genome, options.repeats);
    made.after.records = [] { return std::vector<io::Record>(); };
  } else {
    made.segment_bytes = segment_bytes_of(*services.genome_model);
    made.after = build_genome(*made.graph, source, services.genome_model, options.genome, false);
  }
  return made;
}

}  // namespace heddle::app::serve
