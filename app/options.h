#pragma once
// Options, one struct per concern, each option declared once: the declaration gives the command
// line, the config key, the default and the help text.

#include "io/read_filter.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace heddle::app {

struct OutputOptions {
  std::string path = "-";            // file, folder, or - for standard output
  std::vector<std::string> formats;  // empty: from the path's extension, else the command's default
  bool overwrite = false;
  bool resume = false;
  double journal_every = 10;  // seconds; 0: no journal
};

struct RunOptions {
  int threads = 0;  // 0: all the cores this process may use
  std::string device = "auto";
  std::string model;
  std::string progress = "auto";
  std::string log;
  bool quiet = false;
  bool verbose = false;
  bool dry_run = false;
  bool dump_config = false;
  std::string given;  // what was asked for beyond the defaults, in words for reports
};

struct GenomeOptions {
  std::vector<std::string> inputs;
  std::string reference;  // CRAM reference
  std::string task = "genes";
  io::ReadFilter reads;
  int genetic_code = 11;
  std::string error_model = "auto";
  std::vector<std::string>
      classes;  // cds, trna, rrna, tmrna, crispr, all; empty: the model's genes
  std::string topology = "auto";
  int min_length = 90;        // of a whole gene
  bool closed = false;        // no genes that run off a sequence's end
  std::optional<int> passes;  // none: as many as the model asks for
  bool lift = false;          // genes of aligned reads on their references
  bool consensus = false;     // of lifted genes
  int min_support = 3;        // reads that agree, of a consensus
  std::size_t io_chunk = 1 << 16;
  std::string memory = "on";
};

struct OnnxOptions {
  std::string layout = "auto";
  std::string pixels = "auto";
  std::string size;    // WIDTHxHEIGHT of detections without a video; empty: what holds the boxes
  std::string labels;  // file with a class a line
  std::vector<std::string> classes;  // wanted, by name or number; empty: all
  std::optional<double> confidence;
  double overlap = 0.45;
};

struct VideoOptions {
  std::vector<std::string> inputs;
  std::vector<std::string> init;  // x,y,w,h[@frame]
  std::string detector = "motion";
  OnnxOptions onnx;               // of --detector onnx:FILE
  std::int64_t detect_every = 1;  // frames that --detector onnx sees one of
  std::string detections;         // MOTChallenge file, in place of a detector
  std::string association = "attention";
  std::string size;  // WIDTHxHEIGHT of detections without a video; empty: what holds the boxes
  std::string memory = "on";
  std::string settings = "cautious";  // of the single-object tracker
  std::int64_t frames = 0;            // 0: all
  std::string from, to;               // times; empty: the whole
  std::int64_t stride = 1;
  std::optional<double> picture_rate;  // of pictures, or of detections without a video
};

void declare(CLI::App& app, OutputOptions& options, const std::string& formats_help);
/// `quiet`: how that one is typed. To heddle genome -q is the mapping quality, as to samtools.
void declare(CLI::App& app, RunOptions& options, const std::string& quiet = "-q,--quiet");
void declare(CLI::App& app, GenomeOptions& options);
void declare(CLI::App& app, VideoOptions& options);

}  // namespace heddle::app
