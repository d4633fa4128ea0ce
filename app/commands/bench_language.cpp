#include "app/bench_training.h"
#include "app/exit_codes.h"
#include "attention/bench/language.h"
#include "io/atomic_file.h"
#include "io/report/chart.h"
#include "pipeline/threads.h"

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <optional>

namespace heddle::app {
namespace {

namespace bench = attention::bench;

struct Options {
  std::vector<std::string> text;
  bench::LanguageSettings settings;
  int threads = 0;
  bool json = false;
  std::string svg;
  bool overwrite = false;
};

constexpr std::size_t kMostText = std::size_t{1} << 30;  // bytes

std::vector<std::string> read_all(const std::vector<std::string>& paths) {
  std::vector<std::string> documents;
  std::size_t all = 0;
  for (const std::string& path : paths) {
    std::ifstream file(path, std::ios::binary);
    std::string text(std::istreambuf_iterator<char>(file), {});
    if (!file.is_open() || file.bad()) {
      throw CommandError(kInput, path + ": cannot be read; give files of text");
    }
    all += text.size();
    if (all > kMostText) {
      throw CommandError(kInput, path + ": with it the text is longer than 1 GiB; give less");
    }
    documents.push_back(std::move(text));
  }
  return documents;
}

bench::TextStreams streams_of(const Options& options) {
  try {
    return {read_all(options.text), options.settings.text};
  } catch (const std::invalid_argument& error) {
    throw CommandError(kInput, std::string("bench language: ") + error.what());
  }
}

std::string range_of(const bench::ContextBits& range) {
  if (range.to > std::int64_t{1} << 40) return ">= " + std::to_string(range.from);
  return "< " + std::to_string(range.to);
}

void print_header(const Options& options, const bench::TextStreams& text, int threads) {
  const bench::LanguageSettings& settings = options.settings;
  std::printf("%s\n", machine_line(threads).c_str());
  std::printf(
      "text: %zu files, %lld bytes to learn from, %lld held back; by frequencies alone %.3f "
      "bits a byte\n",
      options.text.size(),
      static_cast<long long>(text.training_bytes()),
      static_cast<long long>(text.held_bytes()),
      text.order_0_bits());
  std::printf(
      "model: %d layers of %d channels; %lld steps of %lld streams of %d segments of %lld "
      "bytes\n",
      settings.layers,
      settings.channels,
      static_cast<long long>(settings.steps),
      static_cast<long long>(settings.rows),
      settings.segments,
      static_cast<long long>(settings.text.segment));
  std::printf("bits a byte of what is held back, by the bytes of its document before it\n\n");
}

void print_names(const bench::LanguageResult& first) {
  std::printf("%-10s %8s %8s", "memory", "training", "all");
  for (const bench::ContextBits& range : first.by_context) {
    std::printf(" %10s", range_of(range).c_str());
  }
  std::printf(" %8s %9s %12s\n", "seconds", "bytes/s", "KiB a stream");
}

void print_row(const bench::LanguageResult& made) {
  std::printf("%-10s %8.3f %8.3f", name_of(made.memory), made.training_bits, made.bits);
  for (const bench::ContextBits& range : made.by_context) {
    if (range.bytes == 0) {
      std::printf(" %10s", "-");
    } else {
      std::printf(" %10.3f", range.bits);
    }
  }
  const bool remembers = made.memory != bench::LanguageMemory::kOff;
  std::printf(" %8.1f %9.0f %12.0f\n",
              made.training_seconds,
              made.bytes_per_second,
              remembers ? static_cast<double>(made.memory_bytes) / 1024 : 0.0);
  std::fflush(stdout);
}

nlohmann::ordered_json json_row(const bench::LanguageResult& made) {
  nlohmann::ordered_json ranges = nlohmann::ordered_json::array();
  for (const bench::ContextBits& range : made.by_context) {
    if (range.bytes == 0) continue;
    ranges.push_back({{"from", range.from}, {"bytes", range.bytes}, {"bits", range.bits}});
  }
  return {{"memory", name_of(made.memory)},
          {"training_bits", made.training_bits},
          {"bits", made.bits},
          {"by_context", ranges},
          {"parameters", made.parameters},
          {"training_seconds", made.training_seconds},
          {"bytes_per_second", made.bytes_per_second},
          {"memory_bytes", made.memory_bytes}};
}

/// Bits against the least context of a range, as a power of 2; the first range stands at half the
/// next one's.
std::string svg_of(const std::vector<bench::LanguageResult>& results) {
  std::vector<io::report::Series> lines;
  io::report::Range context{0, 1}, bits{8, 0};
  for (const bench::LanguageResult& made : results) {
    io::report::Series line{name_of(made.memory), {}, static_cast<int>(lines.size())};
    for (const bench::ContextBits& range : made.by_context) {
      if (range.bytes == 0) continue;
      const auto at = static_cast<double>(range.from > 0 ? range.from : range.to / 2);
      line.points.push_back({std::log2(at), range.bits});
      context.high = std::max(context.high, std::ceil(line.points.back().x));
      bits.low = std::min(bits.low, std::floor(range.bits * 5) / 5);
      bits.high = std::max(bits.high, std::ceil(range.bits * 5) / 5);
    }
    if (!line.points.empty()) context.low = std::floor(line.points.front().x);
    lines.push_back(std::move(line));
  }
  const io::report::ChartWords words{
      {"Bits a byte against context",
       "Bits a byte of text that was held back, by how much of its document stands before it, for "
       "each memory."},
      "log2 of the bytes before",
      "bits a byte"};
  return io::report::line_chart(words, lines, context, bits).file();
}

void check(const bench::LanguageSettings& settings) {
  const std::int64_t block = settings.block;
  if (settings.text.segment % block != 0) {
    throw CommandError(kUsage,
                       "bench language: --segment is a multiple of " + std::to_string(block) +
                           ", not " + std::to_string(settings.text.segment));
  }
  const int step = 2 * settings.heads;  // rotations turn pairs of channels
  if (settings.channels % step == 0) return;
  throw CommandError(kUsage,
                     "bench language: --channels is a multiple of " + std::to_string(step) +
                         ", not " + std::to_string(settings.channels));
}

void run(const Options& options) {
  check(options.settings);
  const pipeline::ThreadBudget budget(options.threads > 0 ? options.threads
                                                          : pipeline::available_threads());
  const bench::TextStreams text = streams_of(options);
  std::optional<io::AtomicFile> picture;
  if (!options.svg.empty()) picture.emplace(options.svg, options.overwrite);
  if (!options.json) print_header(options, text, budget.compute());
  std::vector<bench::LanguageResult> results;
  nlohmann::ordered_json rows = nlohmann::ordered_json::array();
  for (const bench::LanguageMemory memory : bench::kLanguageMemories) {
    BenchProgress progress(std::string("memory ") + name_of(memory), options.settings.steps);
    results.push_back(measure_language(
        text, options.settings, memory, [&progress](std::int64_t step, double bits) {
          progress.tell(step, bits);
        }));
    rows.push_back(json_row(results.back()));
    if (options.json) continue;
    if (results.size() == 1) print_names(results.back());
    print_row(results.back());
  }
  if (options.json) {
    const nlohmann::ordered_json all = {{"machine", machine_line(budget.compute())},
                                        {"training_bytes", text.training_bytes()},
                                        {"held_back_bytes", text.held_bytes()},
                                        {"order_0_bits", text.order_0_bits()},
                                        {"results", rows}};
    std::printf("%s\n", all.dump(1).c_str());
  }
  if (!picture) return;
  picture->write(svg_of(results));
  picture->commit();
}

void declare(CLI::App& command, Options& options) {
  command.add_option("--text", options.text, "files of text; each is a document")
      ->required()
      ->type_name("FILE");
  command.add_option("--steps", options.settings.steps, "of training, for each memory")
      ->check(CLI::Range(1, 1 << 24))
      ->capture_default_str()
      ->type_name("N");
  command
      .add_option("--segment",
                  options.settings.text.segment,
                  "bytes of one, all the context that memory off has; a multiple of 32 up to 512")
      ->check(CLI::Range(32, 512).description(""))
      ->capture_default_str()
      ->type_name("N");
  command.add_option("--segments", options.settings.segments, "that learn from one another")
      ->check(CLI::Range(1, 64))
      ->capture_default_str()
      ->type_name("N");
  command.add_option("--channels", options.settings.channels, "of the model, a multiple of 8")
      ->check(CLI::Range(8, 4096))
      ->capture_default_str()
      ->type_name("N");
  command
      .add_option("--seed", options.settings.seed, "of first values and of the order of the text")
      ->capture_default_str()
      ->type_name("N");
  command
      .add_option("-t,-@,--threads", options.threads, "threads; 0: every core this process may use")
      ->check(CLI::Range(0, 4096))
      ->type_name("N");
  command.add_flag("--json", options.json, "one JSON object instead of a table");
  command.add_option("--svg", options.svg, "also draw the curves")->type_name("FILE");
  command.add_flag("-y,--overwrite", options.overwrite, "replace a picture that exists");
}

}  // namespace

void add_bench_language(CLI::App& bench) {
  CLI::App* command =
      bench.add_subcommand("language", "a model of a text, by memory: bits a byte against context");
  auto options = std::make_shared<Options>();
  declare(*command, *options);
  command->footer(
      "\nTrains a small model of the text's bytes three times, from the same values on the same "
      "segments: with\nmemory off, recent, and long-term. A tenth of the text is held back: every "
      "tenth file of ten or more,\nelse the end of each; equal files count once.\n"
      "\nExamples:\n"
      "  heddle bench language --text /usr/share/common-licenses/*\n"
      "  heddle bench language --text book.txt --steps 2000 --svg bits.svg");
  command->callback([options] { run(*options); });
}

}  // namespace heddle::app
