#include "app/eval_repeats.h"

#include "app/eval_names.h"
#include "app/eval_text.h"
#include "io/error.h"
#include "io/formats/pair_rows.h"
#include "io/report/share_chart.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <tuple>
#include <utility>

namespace heddle::app {
namespace {

auto place_of(const io::Pair::End& end) { return std::tie(end.sequence, end.start, end.end); }

/// Both files may say a pair from either side, and an aligner says it from both.
std::vector<io::Pair> pairs_in(const std::string& file) {
  std::vector<io::Pair> pairs = io::read_pairs(file);
  for (io::Pair& pair : pairs) {
    if (place_of(pair.first) < place_of(pair.second)) std::swap(pair.first, pair.second);
  }
  const auto key = [](const io::Pair& pair) {
    return std::tuple_cat(place_of(pair.first), place_of(pair.second), std::tuple(pair.strand));
  };
  std::ranges::sort(pairs, [&](const io::Pair& a, const io::Pair& b) {
    return std::tuple_cat(key(a), std::tuple(-a.identity())) <
           std::tuple_cat(key(b), std::tuple(-b.identity()));
  });
  const auto same = [&](const io::Pair& a, const io::Pair& b) { return key(a) == key(b); };
  pairs.erase(std::unique(pairs.begin(), pairs.end(), same), pairs.end());
  return pairs;
}

JudgedNames names_of(const std::string& path, const std::vector<io::Pair>& pairs) {
  JudgedNames made{path, {}};
  for (const io::Pair& pair : pairs) {
    made.sequences.push_back(pair.first.sequence);
    made.sequences.push_back(pair.second.sequence);
  }
  return made;
}

}  // namespace

pipeline::RepeatScore score_repeat_files(const std::string& truth,
                                         const std::string& said,
                                         const pipeline::RepeatLimits& limits) {
  const std::vector<io::Pair> truths = pairs_in(truth), others = pairs_in(said);
  require_common_name(names_of(truth, truths), names_of(said, others), "pairs");
  const pipeline::RepeatScore score = pipeline::score_repeats(truths, others, limits);
  if (score.truths == 0) {
    throw io::InputError(truth + ": has no pair that counts; there is nothing to judge by" +
                         " (see --min-length and --min-identity)");
  }
  return score;
}

std::string repeats_table(const pipeline::RepeatScore& score) {
  char text[256];
  std::snprintf(text,
                sizeof text,
                "recall  precision  truths  found    said   right\n"
                "%6s  %9s  %6lld  %5lld  %6lld  %6lld\n",
                percent_of(score.truths, score.recall()).c_str(),
                percent_of(score.said, score.precision()).c_str(),
                static_cast<long long>(score.truths),
                static_cast<long long>(score.found),
                static_cast<long long>(score.said),
                static_cast<long long>(score.right));
  return text;
}

std::string repeats_json(const std::string& truth,
                         const std::string& said,
                         const pipeline::RepeatScore& score) {
  const nlohmann::ordered_json object{{"truth", truth},
                                      {"pairs", said},
                                      {"recall", share_of(score.truths, score.recall())},
                                      {"precision", share_of(score.said, score.precision())},
                                      {"truths", score.truths},
                                      {"found", score.found},
                                      {"said", score.said},
                                      {"right", score.right}};
  return object.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n";
}

std::string repeats_svg(const std::string& truth,
                        const std::string& said,
                        const pipeline::RepeatScore& score) {
  const std::vector<std::string> figures{"recall", "precision"};
  const io::report::JudgedShares row{
      said, {score.truths == 0 ? NAN : score.recall(), score.said == 0 ? NAN : score.precision()}};
  return io::report::share_chart(
             {"Repeats against " + truth, "Recall and precision of pairs of repeats."},
             figures,
             {&row, 1})
      .file();
}

}  // namespace heddle::app
