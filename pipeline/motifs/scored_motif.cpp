#include "pipeline/motifs/scored_motif.h"

#include <tbb/parallel_for.h>

#include <algorithm>
#include <cmath>
#include <optional>
#include <stdexcept>

namespace heddle::pipeline {
namespace {

constexpr double kFinestStep = 1.0 / 4096;     // bits
constexpr double kRoughStep = 1.0 / 16;        // bits
constexpr std::int32_t kFirstRough = 64;       // steps
constexpr std::int32_t kMostLosses = 1 << 17;  // entries of a tail
constexpr double kFarBelow = 1 << 20;          // a loss that no tail reaches, in steps

std::vector<std::array<double, 4>> log_odds(const io::Motif& motif, const MotifSettings& settings) {
  std::vector<std::array<double, 4>> bits;
  for (const std::array<double, 4>& counts : motif.counts) {
    const double sum = counts[0] + counts[1] + counts[2] + counts[3] + settings.pseudocount;
    std::array<double, 4>& column = bits.emplace_back();
    for (std::size_t base = 0; base < 4; ++base) {
      const double expected = settings.background[base];
      column[base] = std::log2((counts[base] + settings.pseudocount * expected) / sum / expected);
    }
  }
  return bits;
}

std::vector<Losses> losses_of(const std::vector<std::array<double, 4>>& bits, double step) {
  std::vector<Losses> losses;
  for (const std::array<double, 4>& column : bits) {
    const double best = *std::max_element(column.begin(), column.end());
    Losses& made = losses.emplace_back();
    for (std::size_t base = 0; base < 4; ++base) {
      made[base] =
          static_cast<std::int32_t>(std::min(std::round((best - column[base]) / step), kFarBelow));
    }
  }
  return losses;
}

std::int64_t greatest(const std::vector<Losses>& losses) {
  std::int64_t sum = 0;
  for (const Losses& column : losses) sum += *std::max_element(column.begin(), column.end());
  return sum;
}

// The tail of probability <= p at this step; nothing where that takes too large a table.
std::optional<ScoreTail> tail_within(const std::vector<Losses>& losses,
                                     const MotifSettings& settings,
                                     std::int32_t first) {
  const std::int64_t all = greatest(losses);
  for (std::int64_t most = first;; most *= 2) {
    const auto reach = static_cast<std::int32_t>(std::min({most, all, std::int64_t{kMostLosses}}));
    ScoreTail tail(losses, settings.background, reach);
    const bool enough = reach == all || tail.total() > settings.p_value;
    if (!enough && reach == kMostLosses) return std::nullopt;
    if (!enough) continue;
    tail.trim(settings.p_value);
    return tail;
  }
}

// How far below the best score the tail reaches, in bits, by a small table of wide steps.
double reach_of(const ScoredMotif& motif, const MotifSettings& settings) {
  const auto tail = tail_within(losses_of(motif.bits, kRoughStep), settings, kFirstRough);
  const std::int32_t rounding = 2 + motif.width() / 16;  // most errors cancel; a guess is enough
  return tail ? kRoughStep * (tail->cutoff() + rounding) : kRoughStep * kMostLosses;
}

void score_matrix(const io::Motif& motif, const MotifSettings& settings, ScoredMotif& made) {
  made.bits = log_odds(motif, settings);
  made.step = kRoughStep;
  made.losses = losses_of(made.bits, made.step);
  const double reach = reach_of(made, settings);
  made.step = kFinestStep;
  while (reach / made.step > kMostLosses) made.step *= 2;
  for (;; made.step *= 2) {
    made.losses = losses_of(made.bits, made.step);
    const auto first = static_cast<std::int32_t>(reach / made.step) + 1;
    if (auto tail = tail_within(made.losses, settings, first)) {
      made.tail = std::move(*tail);
      return;
    }
  }
}

constexpr std::array<bool, 4> bases_of(char letter) {
  constexpr std::string_view kLetters = "ACGTRYSWKMBDHVN";
  constexpr std::array<const char*, 15> kBases = {
      "A", "C", "G", "T", "AG", "CT", "CG", "AT", "GT", "AC", "CGT", "AGT", "ACT", "ACG", "ACGT"};
  std::array<bool, 4> found{};
  for (const char base : std::string_view(kBases.at(kLetters.find(letter)))) {
    found[std::string_view("ACGT").find(base)] = true;
  }
  return found;
}

void score_pattern(const io::Motif& motif, const MotifSettings& settings, ScoredMotif& made) {
  int informative = 0;
  for (const char letter : motif.pattern) {
    const std::array<bool, 4> fits = bases_of(letter);
    std::array<double, 4>& points = made.bits.emplace_back();
    Losses& losses = made.losses.emplace_back();
    for (std::size_t base = 0; base < 4; ++base) {
      points[base] = fits[base] ? 1 : 0;
      losses[base] = fits[base] ? 0 : 1;
    }
    informative += letter == 'N' ? 0 : 1;
  }
  if (settings.mismatches >= informative) {
    throw std::invalid_argument("pattern " + motif.id + " (" + motif.pattern.substr(0, 40) +
                                ") fits every site with " + std::to_string(settings.mismatches) +
                                " mismatches: it has " + std::to_string(informative) +
                                " letters other than N");
  }
  made.tail = ScoreTail(made.losses, settings.background, settings.mismatches);
}

}  // namespace

double ScoredMotif::score(std::span<const std::uint8_t> codes) const {
  double sum = 0;
  for (std::size_t i = 0; i < codes.size(); ++i) sum += bits[i].at(codes[i]);
  return sum;
}

ScoredMotif score_motif(const io::Motif& motif, const MotifSettings& settings) {
  ScoredMotif made;
  made.id = motif.id;
  made.name = motif.name;
  made.pattern = !motif.pattern.empty();
  if (made.pattern) {
    score_pattern(motif, settings, made);
    made.cutoff = settings.mismatches;
  } else {
    score_matrix(motif, settings, made);
    made.cutoff = made.tail.cutoff();
  }
  return made;
}

std::vector<ScoredMotif> score_motifs(std::span<const io::Motif> motifs,
                                      const MotifSettings& settings) {
  std::vector<ScoredMotif> made(motifs.size());
  tbb::parallel_for(std::size_t{0}, motifs.size(), [&](std::size_t i) {
    made[i] = score_motif(motifs[i], settings);
  });
  return made;
}

}  // namespace heddle::pipeline
