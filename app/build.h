#pragma once
// The only place that composes: options -> model, source, stages, graph.

#include "app/jobs.h"
#include "app/options.h"
#include "attention/model/model.h"
#include "io/formats/mot_rows.h"
#include "io/source.h"
#include "pipeline/detectors/onnx.h"
#include "pipeline/encoders/segments.h"
#include "pipeline/graph.h"
#include "pipeline/heads/repeats/repeat_options.h"
#include "pipeline/heads/tracks_stage.h"
#include "pipeline/limits.h"
#include "pipeline/motifs/scored_motif.h"

#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace heddle::app {

/// Loads the model on the back end that the options name. Throws CommandError: kModel when it is
/// missing or made for another job, kResource when the back end cannot run.
attention::Model load_model(const RunOptions& options, const Job& job);

/// Opens an input and refuses one that belongs to the other command. Throws InputError, and
/// CommandError (usage) for what was asked of it in words that mean nothing.
std::unique_ptr<io::Source> open_input(const std::string& uri,
                                       io::SourceOptions options,
                                       bool video);

pipeline::Limits limits_for(int threads, bool video);

/// What a person should know after a run, one sentence each; ask while the graph lives.
using Notes = std::function<std::vector<std::string>()>;

/// What a graph keeps until all samples were seen; ask while it lives.
struct AfterRun {
  std::function<std::vector<io::Record>()> records;  // that waited for the end; once
  Notes notes;
};

/// feed -> infer -> genes [-> lift [-> consensus]]. Without a model, of whose classes needs_model()
/// says no: feed -> arrays.
AfterRun build_genome(pipeline::Graph& graph,
                      io::Source& source,
                      const attention::Model* model,
                      const GenomeOptions& options,
                      bool wants_sequences);
/// feed -> scan [-> sites as records, unless they wait for their q-values]. Borrows the motifs.
void build_motifs(pipeline::Graph& graph,
                  io::Source& source,
                  const GenomeOptions& options,
                  std::span<const pipeline::ScoredMotif> motifs,
                  bool as_records);
/// feed -> tandem arrays -> pairs and families.
void build_repeats(pipeline::Graph& graph,
                   io::Source& source,
                   const GenomeOptions& options,
                   const pipeline::RepeatOptions& repeats);
/// Seconds a run will take, from one measured segment; 0 where the length is unknown or short.
double estimate_genome(const io::Source& source,
                       const attention::Model& model,
                       int passes,
                       int threads);

/// What a graph over video knows behind its run; ask while it lives.
struct AfterVideo {
  Notes notes;
  /// Of a run that came to its input's end: throws CommandError (usage) where a box of --init lies
  /// behind it.
  std::function<void()> verify = [] {};
};

/// feed of blank frames -> given boxes -> association by boxes alone.
Notes build_boxes(pipeline::Graph& graph,
                  io::Source& source,
                  std::vector<io::MotRow> rows,
                  const VideoOptions& options);

/// feed -> proposals (of motion, --detections, or the detector, where there is one) -> association,
/// or, with boxes of --init, feed -> follow. With --ss a box whose frame lies before it ends the
/// run at its first frame, with a CommandError (usage).
AfterVideo build_video(pipeline::Graph& graph,
                       io::Source& source,
                       const attention::Model& model,
                       const VideoOptions& options,
                       std::vector<pipeline::InitBox> boxes,
                       const std::shared_ptr<const pipeline::OnnxDetector>& detector);

}  // namespace heddle::app
