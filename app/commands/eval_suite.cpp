#include "app/command.h"
#include "app/exit_codes.h"
#include "app/models.h"
#include "app/occlusion_run.h"
#include "app/report.h"
#include "pipeline/threads.h"

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include <cstdio>
#include <memory>

namespace heddle::app {
namespace {

struct SuiteOptions {
  std::string half = "testing";
  int clips = 64;
  std::string settings = "cautious";
  std::string model = "tracking-reference";
  std::vector<std::string> pictures;
  std::string folder;
  int threads = 0;
  bool json = false;
};

struct Figure {
  const char* name;
  double (*of)(const pipeline::SuiteScore&);
};

// Shares of 1, in the order of the table.
constexpr Figure kFigures[] = {
    {"AUC", [](const auto& s) { return s.auc(); }},
    {"before", [](const auto& s) { return s.before.auc(); }},
    {"after", [](const auto& s) { return s.after.auc(); }},
    {"recovered", [](const auto& s) { return s.recovered_share(); }},
    {"claimed", [](const auto& s) { return s.claimed_share(); }},
};

std::string table_row(const std::string& name, const pipeline::SuiteScore& score) {
  char cell[48];
  std::snprintf(cell, sizeof cell, "%-14s", name.c_str());
  std::string row = cell;
  for (const Figure& figure : kFigures) {
    std::snprintf(cell, sizeof cell, " %9.1f", 100 * figure.of(score));
    row += cell;
  }
  return row + "\n";
}

std::string table_head() {
  std::string head(14, ' ');
  char cell[48];
  for (const Figure& figure : kFigures) {
    std::snprintf(cell, sizeof cell, " %9s", figure.name);
    head += cell;
  }
  return head + "\n";
}

nlohmann::ordered_json json_row(const std::string& name, const pipeline::SuiteScore& score) {
  nlohmann::ordered_json row{{"name", name}};
  for (const Figure& figure : kFigures) row[figure.name] = figure.of(score);
  return row;
}

void run(const SuiteOptions& options) {
  const pipeline::ThreadBudget budget(options.threads > 0 ? options.threads
                                                          : pipeline::available_threads());
  const auto half = pipeline::suite_half(options.half);
  const auto textures = suite_textures(half, options.pictures);
  std::optional<OcclusionRun> tracker;
  if (options.folder.empty()) tracker.emplace(find_model(options.model), options.settings);
  nlohmann::ordered_json rows = nlohmann::ordered_json::array();
  pipeline::SuiteScore all, twins;
  if (tracker && !options.json) print_result(table_head());
  for (int i = 0; i < options.clips; ++i) {
    const pipeline::OcclusionClip clip(half, i, textures);
    if (!tracker) {
      write_clip(clip, options.folder);
      continue;
    }
    const pipeline::SuiteScore score = tracker->score(clip);
    all += score;
    if (clip.has_twin()) twins += score;
    if (options.json) {
      rows.push_back(json_row(clip.name(), score));
    } else {
      print_result(table_row(clip.name(), score));
    }
  }
  if (!tracker) return;
  if (!options.json) {
    print_result((twins.clips > 0 ? table_row("with a twin", twins) : "") + table_row("all", all));
    return;
  }
  const nlohmann::ordered_json result{{"half", options.half},
                                      {"settings", options.settings},
                                      {"clips", rows},
                                      {"twins", json_row("with a twin", twins)},
                                      {"all", json_row("all", all)}};
  print_result(result.dump(1) + "\n");
}

}  // namespace

void add_eval_suite(CLI::App& eval) {
  CLI::App* command = eval.add_subcommand("suite", "the follower on drawn clips with an occlusion");
  auto options = std::make_shared<SuiteOptions>();
  command->add_option("--half", options->half, "tuning (to choose by) or testing (to report)")
      ->check(CLI::IsMember({"tuning", "testing"}))
      ->capture_default_str()
      ->type_name("NAME");
  command->add_option("--clips", options->clips, "how many, from the first on")
      ->check(CLI::Range(1, 10000).description(""))
      ->capture_default_str()
      ->type_name("N");
  command->add_option("--settings", options->settings, "as in heddle video")
      ->check(CLI::IsMember(pipeline::follow_presets()))
      ->capture_default_str()
      ->type_name("NAME");
  command->add_option("-m,--model", options->model, "tracking model: a name or a file")
      ->capture_default_str()
      ->type_name("MODEL");
  command
      ->add_option("--textures",
                   options->pictures,
                   "pictures or videos to cut textures from, instead of painted ones; every second "
                   "one is of the tuning half")
      ->type_name("FILE");
  command->add_option("--write", options->folder, "write the clips there, and judge nothing")
      ->type_name("DIR");
  command->add_option("-t,--threads", options->threads, "0: all cores")
      ->check(CLI::NonNegativeNumber.description(""))
      ->type_name("N");
  command->add_flag("--json", options->json, "JSON instead of a table, shares of 1");
  command->footer(
      "\nA row a clip, in percent: success AUC of all frames in which the object is seen, of those "
      "before\n"
      "and after it was hidden; whether it is followed again at the end; hidden frames in which it "
      "is\n"
      "claimed to be seen. --write DIR makes NAME.ppm (frames one after the other, as ffmpeg "
      "reads\n"
      "them) and NAME.txt, the truth as MOTChallenge text with what is visible in the ninth "
      "column.\n"
      "\nExamples:\n"
      "  heddle eval suite\n"
      "  heddle eval suite --half tuning --clips 8 --settings final\n"
      "  heddle eval suite --write clips/ --clips 2");
  command->callback([options] { run(*options); });
}

}  // namespace heddle::app
