#include "app/options.h"

#include "app/detector.h"
#include "app/jobs.h"
#include "app/video_input.h"
#include "pipeline/associations/box_association.h"
#include "pipeline/heads/genes/error_models.h"
#include "pipeline/heads/tracks_settings.h"

#include <CLI/CLI.hpp>

namespace heddle::app {
namespace {

/// Ours, then the yardsticks.
std::vector<std::string> associations() {
  const auto names = pipeline::box_associations();
  return {names.begin(), names.end()};
}

std::vector<std::string> error_model_names() {
  std::vector<std::string> names;
  for (const pipeline::NamedErrorModel& one : pipeline::error_models())
    names.emplace_back(one.name);
  return names;
}

}  // namespace

void declare(CLI::App& app, OutputOptions& options, const std::string& formats_help) {
  app.add_option("-o,--output",
                 options.path,
                 "file, or folder when there are several outputs; - is standard output")
      ->type_name("PATH");
  app.add_option("-O,--format", options.formats, formats_help)
      ->delimiter(',')
      ->allow_extra_args(false)
      ->type_name("FMT,..");
  app.add_flag(
      "-y,--overwrite", options.overwrite, "replace outputs that exist (otherwise exit code 7)");
  app.add_flag(
      "--resume",
      options.resume,
      "go on where an earlier run of this command was interrupted or killed; the input must "
      "be a file, or a folder or numbers of pictures");
  app.add_option("--journal-every",
                 options.journal_every,
                 "seconds between the points where a killed run can go on; 0: no such points")
      ->check(CLI::Range(0.0, 1e6))
      ->type_name("S");
}

void declare(CLI::App& app, RunOptions& options, const std::string& quiet) {
  app.add_option("-t,-@,--threads", options.threads, "threads; 0: every core this process may use")
      ->check(CLI::Range(0, 4096))
      ->type_name("N");
  app.add_option("-d,--device", options.device, "auto, or a back end that heddle info names")
      ->type_name("NAME");
  app.add_option(
         "-m,--model", options.model, "model name, folder or .safetensors file (see heddle info)")
      ->type_name("MODEL");
  app.add_option("--progress", options.progress, "auto, bar, line, json or none")
      ->check(CLI::IsMember({"auto", "bar", "line", "json", "none"}))
      ->type_name("HOW");
  app.add_option("--log", options.log, "add all messages, the options and the model to this file")
      ->type_name("FILE");
  app.add_flag(quiet, options.quiet, "only errors on standard error");
  app.add_flag("-v,--verbose", options.verbose, "also each stage's statistics");
  app.add_flag(
      "--dump-config", options.dump_config, "print the options as a file for -c, and stop");
  app.add_flag("--dry-run", options.dry_run, "open everything, say what would be done, and stop");
}

namespace {

/// Named as in samtools.
void declare(CLI::App& app, io::ReadFilter& filter) {
  app.add_option("-r,--region", filter.regions, "reads that overlap NAME:FROM-TO; may be repeated")
      ->allow_extra_args(false)
      ->type_name("REGION");
  app.add_option(
         "-L,--regions-file", filter.bed, "reads that overlap a region of this BED file too")
      ->type_name("BED");
  app.add_option("-f,--require-flags", filter.with_all, "reads with all of these flag bits")
      ->check(CLI::Range(0, 0xffff))
      ->type_name("BITS");
  app.add_option("-F,--exclude-flags", filter.without, "reads with none of these flag bits")
      ->check(CLI::Range(0, 0xffff))
      ->type_name("BITS");
  app.add_option("-q,--min-mapq",
                 filter.min_quality,
                 "reads of at least this mapping quality (to be quiet: --quiet)")
      ->check(CLI::Range(0, 255))
      ->type_name("N");
}

}  // namespace

void declare(CLI::App& app, GenomeOptions& options) {
  app.add_option("input",
                 options.inputs,
                 "FASTA, FASTQ, GenBank, SAM, BAM or CRAM, also gzipped; - is standard input")
      ->required()
      ->type_name("IN");
  app.add_option(
         "--task", options.task, "genes, motifs (with --motifs), or repeats within each sequence")
      ->check(CLI::IsMember(tasks_of("genome")))
      ->type_name("WHAT");
  app.add_option("-T,--reference", options.reference, "reference FASTA for CRAM")->type_name("FA");
  declare(app, options.reads);
  app.add_option("-g,--genetic-code", options.genetic_code, "genetic code")
      ->check(CLI::IsMember({"11", "4"}))
      ->type_name("11|4");
  app.add_option("--error-model",
                 options.error_model,
                 "auto: mend frameshifts where the data shows them; none; or as reads of this kind "
                 "need it: hifi, ont, clr, illumina; on: as ont")
      ->check(CLI::IsMember(error_model_names()))
      ->type_name("KIND");
  app.add_option(
         "--classes",
         options.classes,
         "what to tell: cds, trna, rrna, tmrna; crispr (arrays, without a model); all; else "
         "the genes that the model knows (--lift: cds)")
      ->delimiter(',')
      ->allow_extra_args(false)
      ->check(CLI::IsMember({"cds", "trna", "rrna", "tmrna", "crispr", "all", "repeat"}))
      ->type_name("NAME,..");
  app.add_option("--circular",
                 options.topology,
                 "auto (as the input says), yes or no; repeats are drawn so, not looked for over "
                 "the origin")
      ->check(CLI::IsMember({"auto", "yes", "no"}))
      ->type_name("WHEN");
  app.add_option(
         "--min-length",
         options.min_length,
         "shortest gene that is told, in bases; two thirds of that where it runs off an edge")
      ->check(CLI::Range(30, 100000))
      ->type_name("BP");
  app.add_flag("--closed", options.closed, "no genes that run off a sequence's end");
  app.add_flag(
      "--lift", options.lift, "genes of aligned reads in positions of their references, by CIGAR");
  app.add_flag(
      "--consensus",
      options.consensus,
      "of --lift: one gene where reads agree, with their number; reads sorted by position");
  app.add_option("--min-support", options.min_support, "reads that tell a gene of --consensus")
      ->check(CLI::Range(1, 1000000))
      ->type_name("N");
  app.add_option("--passes",
                 options.passes,
                 "2: both strands' passes averaged; 1: half the time, a little less accurate; "
                 "without it what the model asks for (genes-tiny 1, others 2)")
      ->check(CLI::Range(1, 2))
      ->type_name("1|2");
  app.add_option(
         "--memory", options.memory, "on or off: models with rolling memory, for comparison")
      ->check(CLI::IsMember({"on", "off"}))
      ->type_name("WHAT");
  app.add_option("--io-chunk", options.io_chunk, "bases read at a time; never changes results")
      ->check(CLI::Range(1, 1 << 24))
      ->type_name("N");
}

namespace {

/// Of --detector onnx:FILE.
void declare(CLI::App& app, OnnxOptions& options) {
  app.add_option(
         "--conf",
         options.confidence,
         "of an ONNX detector: least score of a box (by layout 0.25 or 0.65; less with --assoc "
         "byte)")
      ->check(CLI::Range(0.0, 1.0))
      ->type_name("S");
  app.add_option("--iou", options.overlap, "of an ONNX detector: boxes that overlap more are one")
      ->check(CLI::Range(0.0, 1.0))
      ->type_name("S");
  app.add_option("--classes",
                 options.classes,
                 "of an ONNX detector: only these classes, by name or number from 0")
      ->delimiter(',')
      ->allow_extra_args(false)
      ->type_name("NAME,..");
  app.add_option("--labels",
                 options.labels,
                 "of an ONNX detector: names of its classes, one a line; without it the model's "
                 "own, or COCO's for 80 classes")
      ->type_name("FILE");
  std::vector<std::string> layouts{"auto"};
  for (const pipeline::OnnxLayout& layout : pipeline::onnx_layouts()) {
    layouts.emplace_back(layout.name);
  }
  app.add_option("--onnx-layout",
                 options.layout,
                 "what an ONNX detector's output means, where auto does not recognise it")
      ->check(CLI::IsMember(layouts))
      ->type_name("NAME");
  app.add_option("--onnx-pixels",
                 options.pixels,
                 "what an ONNX detector wants as input: bgr255, bgr1, rgb255, rgb1 (auto: as its "
                 "layout usually does)")
      ->check(CLI::IsMember({"auto", "bgr255", "bgr1", "rgb255", "rgb1"}))
      ->type_name("FORM");
  app.add_option(
         "--onnx-size", options.size, "input size, for an ONNX detector that takes any size")
      ->type_name("WxH");
}

}  // namespace

void declare(CLI::App& app, VideoOptions& options) {
  app.add_option("input",
                 options.inputs,
                 "video file, folder of pictures, img%06d.jpg, http(s)://, rtsp://, device:0; - is "
                 "standard input; with --detections it may be left out")
      ->type_name("IN");
  app.add_option("--init",
                 options.init,
                 "follow what is in this box, from this frame of the video on (0-based) or the "
                 "next that is "
                 "read, without a frame from the first that is read; may be repeated")
      ->allow_extra_args(false)
      ->type_name("x,y,w,h[@frame]");
  app.add_option("--detector",
                 options.detector,
                 "motion: whatever moves; onnx:FILE: a detector of yours; none: only --init boxes")
      ->check(CLI::Validator(detector_complaint, ""))
      ->type_name("WHAT");
  declare(app, options.onnx);
  app.add_option(
         "--detect-every",
         options.detect_every,
         "of an ONNX detector: ask it at every N-th frame; objects go on by motion between, "
         "with falling scores; not with --assoc sort, byte, ocsort, which need boxes of every "
         "frame")
      ->check(CLI::Range(std::int64_t{1}, std::int64_t{1000}))
      ->type_name("N");
  app.add_option("--detections",
                 options.detections,
                 "boxes of another detector, MOTChallenge text, in place of --detector")
      ->type_name("FILE");
  app.add_option("--assoc",
                 options.association,
                 "who goes with whom: attention (ours), or for comparison sort, byte or "
                 "ocsort, by boxes alone")
      ->check(CLI::IsMember(associations()))
      ->type_name("NAME");
  app.add_option("--size",
                 options.size,
                 "of --detections without a video: its frames' size; else what holds the boxes")
      ->type_name("WxH");
  app.add_option("--settings",
                 options.settings,
                 "of --init: cautious (sure before it claims) or final (quick to claim)")
      ->check(CLI::IsMember(pipeline::follow_presets()))
      ->type_name("NAME");
  app.add_option(
         "--memory", options.memory, "on or off: identities from appearance memory, for comparison")
      ->check(CLI::IsMember({"on", "off"}))
      ->type_name("WHAT");
  app.add_option("--ss", options.from, "begin at this time; frames keep their numbers and times")
      ->check(CLI::Validator(time_complaint, ""))
      ->type_name("TIME");
  app.add_option("--to", options.to, "stop before this time: seconds, or [H:]MM:SS")
      ->check(CLI::Validator(time_complaint, ""))
      ->type_name("TIME");
  app.add_option("--stride", options.stride, "read every N-th frame only")
      ->check(CLI::Range(std::int64_t{1}, std::int64_t{1'000'000}))
      ->type_name("N");
  app.add_option("--fps",
                 options.picture_rate,
                 "frames a second of pictures (25), or of --detections without a video (30)")
      ->check(CLI::Range(0.001, 1000.0))
      ->type_name("RATE");
  app.add_option("--frames", options.frames, "stop after this many frames; 0: all")
      ->check(CLI::Range(std::int64_t{0}, std::int64_t{1'000'000'000'000}))
      ->type_name("N");
}

}  // namespace heddle::app
