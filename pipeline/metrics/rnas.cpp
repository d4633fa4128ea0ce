#include "pipeline/metrics/rnas.h"

#include "pipeline/annotated_rnas.h"

#include <algorithm>
#include <map>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

namespace heddle::pipeline {
namespace {

using Place = std::pair<std::string, char>;  // sequence, strand
using Genes = std::vector<AnnotatedRna>;

bool is_judged(const AnnotatedRna& gene) { return !gene.marked && gene.kind >= 0; }

std::int64_t shared(const AnnotatedRna& a, const AnnotatedRna& b) {
  return std::max<std::int64_t>(0, std::min(a.end, b.end) - std::max(a.start, b.start));
}

/// How much of the longer one they share.
double agreement(const AnnotatedRna& a, const AnnotatedRna& b) {
  const std::int64_t longer = std::max(a.end - a.start, b.end - b.start);
  return longer > 0 ? static_cast<double>(shared(a, b)) / static_cast<double>(longer) : 0;
}

std::map<Place, std::vector<std::size_t>> by_place(const Genes& genes) {
  std::map<Place, std::vector<std::size_t>> places;
  for (std::size_t i = 0; i < genes.size(); ++i) {
    places[{genes[i].sequence, genes[i].strand}].push_back(i);
  }
  return places;
}

struct Pairing {
  std::vector<bool> found;    // of the truth
  std::vector<bool> matched;  // of what was predicted
};

/// Genes of one strand are hundreds: every pair may be looked at.
Pairing pair_up(const Genes& truths, const Genes& predictions, double overlap) {
  Pairing pairing{std::vector<bool>(truths.size()), std::vector<bool>(predictions.size())};
  std::vector<std::tuple<double, std::size_t, std::size_t>> pairs;
  const auto places = by_place(predictions);
  for (std::size_t t = 0; t < truths.size(); ++t) {
    const auto here = places.find({truths[t].sequence, truths[t].strand});
    if (here == places.end() || !is_judged(truths[t])) continue;
    for (const std::size_t p : here->second) {
      const double both = agreement(truths[t], predictions[p]);
      if (both > 0 && both >= overlap && truths[t].kind == predictions[p].kind) {
        pairs.emplace_back(-both, t, p);
      }
    }
  }
  std::ranges::sort(pairs);
  for (const auto& [both, t, p] : pairs) {
    if (pairing.found[t] || pairing.matched[p]) continue;
    pairing.found[t] = pairing.matched[p] = true;
  }
  return pairing;
}

bool lies_on_spared(const AnnotatedRna& gene, const Genes& truths) {
  return std::ranges::any_of(truths, [&gene](const AnnotatedRna& one) {
    return !is_judged(one) && one.sequence == gene.sequence && shared(one, gene) > 0;
  });
}

}  // namespace

void RnaScore::operator+=(const RnaScore& other) {
  truths += other.truths;
  predicted += other.predicted;
  found += other.found;
  extra += other.extra;
}

RnaScores score_rnas(const io::Gff3File& truth, const io::Gff3File& predicted, double overlap) {
  const Genes truths = annotated_rnas(truth), predictions = annotated_rnas(predicted);
  const Pairing pairing = pair_up(truths, predictions, overlap);
  RnaScores scores;
  const auto score_of = [&scores](const AnnotatedRna& gene) -> RnaScore& {
    return gene.kind < 0 ? scores.of_no_kind : scores.of_kind[static_cast<std::size_t>(gene.kind)];
  };
  for (std::size_t i = 0; i < truths.size(); ++i) {
    if (!is_judged(truths[i])) continue;
    RnaScore& score = score_of(truths[i]);
    ++score.truths;
    score.found += pairing.found[i] ? 1 : 0;
  }
  for (std::size_t i = 0; i < predictions.size(); ++i) {
    RnaScore& score = score_of(predictions[i]);
    ++score.predicted;
    score.extra += pairing.matched[i] || lies_on_spared(predictions[i], truths) ? 0 : 1;
  }
  return scores;
}

}  // namespace heddle::pipeline
