#include "app/box_input.h"
#include "app/build.h"
#include "app/command.h"
#include "app/detector.h"
#include "app/dump_config.h"
#include "app/exit_codes.h"
#include "app/follow_estimate.h"
#include "app/given_options.h"
#include "app/init_boxes.h"
#include "app/job_run.h"
#include "app/jobs.h"
#include "app/option_rules.h"
#include "app/options.h"
#include "app/outputs.h"
#include "app/run_facts.h"
#include "app/summary.h"
#include "app/video_input.h"
#include "io/formats/ffmpeg_address.h"
#include "io/formats/pictures.h"

#include <CLI/CLI.hpp>

namespace heddle::app {
namespace {

struct Options {
  VideoOptions video;
  RunOptions run;
  OutputOptions output;
  std::vector<pipeline::InitBox> boxes;  // video.init, parsed
};

/// What is wrong whatever the inputs are. Sets the boxes.
void check(const CLI::App& command, Options& options) {
  const VideoOptions& video = options.video;
  if (video.inputs.empty()) check_boxes_alone(command, video);
  options.boxes = parse_boxes(video.init);
  if (!video.detections.empty() && video.inputs.size() > 1) {
    throw CommandError(kUsage, "--detections belong to one input; give one");
  }
  if (video.detector == "none" && video.init.empty() && video.detections.empty()) {
    throw CommandError(kUsage,
                       "--detector none leaves nothing to track; give boxes with --init "
                       "x,y,w,h[@frame] or --detections FILE");
  }
}

/// Boxes behind the last of --frames, where it is known before the run: numbers of pictures leave
/// some out, and where --ss begins only the times of the frames say.
void refuse_cut(const std::string& input, const Options& options) {
  const VideoOptions& video = options.video;
  if (video.frames == 0 || !video.from.empty() || io::names_pictures(input)) return;
  const std::int64_t last = (video.frames - 1) * video.stride;
  refuse_late(options.boxes, video.init, last, "--frames " + std::to_string(video.frames));
}

void run_one(const std::string& input,
             std::span<const OutputTarget> targets,
             const Options& options,
             JobRun& job) {
  io::SourceOptions source_options;
  source_options.stop_descriptor = job.stop_descriptor();
  source_options.threads = job.threads().video_decoding(io::is_live(input));
  const auto source = open_video(input, source_options, options.video);
  FittedBoxes fitted = fit_boxes(options.boxes, options.video.init, source->info());
  const auto detector = open_detector(options.video);
  pipeline::Limits limits = limits_for(job.threads().compute(), true);
  if (source->info().live) limits.overflow = pipeline::Overflow::kDropOldest;
  pipeline::Graph graph(limits);
  const AfterVideo after =
      build_video(graph, *source, job.model(), options.video, std::move(fitted.boxes), detector);
  job.describe(*source, targets);
  if (detector) job.report().say("detector " + detector->description());
  for (const std::string& note : fitted.notes) job.report().warn(note);
  if (options.run.dry_run) return;
  const std::int64_t most = options.video.frames;
  refuse_cut(input, options);
  job.expect_at_most(most);
  job.say_if_long(estimate_following(*source, job.model(), options.boxes.size(), most),
                  "following with --init will take about ",
                  "; --frames N stops earlier");
  Outputs outputs(targets, job.sink_options(*source, 0));
  VideoSummary summary;
  RunHooks hooks;
  hooks.see = [&](const pipeline::Item& item) { summary.add(item.records); };
  hooks.verify = after.verify;
  hooks.snapshot = [&](io::Snapshot& snapshot) { snapshot(summary); };
  hooks.found = [&] { return summary.text(); };
  job.run(graph, outputs, *source, hooks);
  for (const std::string& note : after.notes()) job.report().warn(note);
  if (const std::int64_t dropped = graph.report().dropped; dropped > 0) {
    job.report().warn(std::to_string(dropped) +
                      " frames came faster than they could be worked on and were left out");
  }
}

/// Boxes without a video: no model, no decoder.
void run_boxes(std::span<const OutputTarget> targets, const Options& options, JobRun& job) {
  BoxInput input = open_boxes(options.video);
  pipeline::Graph graph(limits_for(job.threads().compute(), true));
  const Notes notes = build_boxes(graph, *input.source, std::move(input.rows), options.video);
  job.describe(*input.source, targets, options.video.association);
  for (const std::string& note : input.notes) job.report().say(note);
  if (options.run.dry_run) return;
  job.expect_at_most(options.video.frames);
  Outputs outputs(targets, job.sink_options(*input.source, 0));
  VideoSummary summary;
  RunHooks hooks;
  hooks.see = [&](const pipeline::Item& item) { summary.add(item.records); };
  hooks.snapshot = [&](io::Snapshot& snapshot) { snapshot(summary); };
  hooks.found = [&] { return summary.text(); };
  job.run(graph, outputs, *input.source, hooks);
  for (const std::string& note : notes()) job.report().warn(note);
}

void run_boxes_alone(Options& options, Session& session) {
  Job job = job_of("video");
  job.kind.clear();  // no model
  const std::vector<std::string> inputs{options.video.detections};
  const JobRequest request{
      job, inputs, options.output, options.run, {}, [](std::span<const OutputTarget> targets) {
        check_boxes_alone(targets);
        return std::vector<std::string>();
      }};
  run_job(request, session, [&](const auto&, auto targets, JobRun& run) {
    run_boxes(targets, options, run);
  });
}

}  // namespace

void add_video_command(CLI::App& app, Session& session) {
  CLI::App* command = app.add_subcommand("video", "tracks of objects through video");
  auto options = std::make_shared<Options>();
  declare(*command, options->video);
  declare(*command, options->output, formats_help("video"));
  declare(*command, options->run);
  command->footer(
      "\nExamples:\n"
      "  heddle video match.mp4 -O mot,mp4 -o results/\n"
      "  heddle video --detections det.txt --fps 25 -o tracks.txt\n"
      "  heddle video match.mp4 --init 312,140,60,150 --init 20,80,40,90@25 -O jsonl\n"
      "  ffmpeg -i rtsp://camera -t 60 -f matroska - | heddle video - -o tracks.txt");
  command->callback([options, command, &session] {
    obey_rules(*command, session.config_file);
    if (options->run.dump_config) return print_result(config_of(*command));
    check(*command, *options);
    options->run.given = given_options(*command);
    session.options = facts_of_options(*command);
    if (options->video.inputs.empty()) return run_boxes_alone(*options, session);
    const std::string& detector = options->video.detector;
    const std::string model = detector.starts_with("onnx:") ? detector.substr(5) : "";
    const JobRequest request{job_of("video"),
                             options->video.inputs,
                             options->output,
                             options->run,
                             {options->video.detections, options->video.onnx.labels, model}};
    run_job(request, session, [&](const auto& input, auto targets, JobRun& job) {
      run_one(input, targets, *options, job);
    });
  });
}

}  // namespace heddle::app
