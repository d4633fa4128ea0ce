#include "pipeline/simulation/sequencing_errors.h"

#include "io/error.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace heddle::pipeline {
namespace {

constexpr double kSubstitutions = 0.40, kInsertions = 0.25;  // the others are deletions
constexpr int kLikeliest = 8, kLikelier = 3;                 // times, in long and short runs
constexpr std::size_t kFewBases = 100'000;  // up to which each base is asked for its errors
constexpr double kShortest = 600, kLongest = 20'000;  // reads
constexpr double kSpread = 0.7;                       // of the logarithm of their lengths
constexpr double kMeanOverMedian = 0.245;             // its square halved: a logarithm too
constexpr std::string_view kBases = "ACGT";

/// (bases) of being hit, against a base of no run.
std::vector<std::uint8_t> weights_of(std::string_view bases) {
  std::vector<std::uint8_t> weights(bases.size(), 1);
  int run = 1;
  for (std::size_t i = 1; i < bases.size(); ++i) {
    run = bases[i] == bases[i - 1] ? run + 1 : 1;
    if (run >= 3) weights[i] = run == 3 ? kLikelier : kLikeliest;
    run = std::min(run, 4);
  }
  return weights;
}

/// How many errors, drawn.
std::int64_t wanted_errors(std::size_t bases, double rate, MersenneDraws& draws) {
  if (bases >= kFewBases) {
    const double mean = static_cast<double>(bases) * rate;
    return static_cast<std::int64_t>(std::nearbyint(draws.normal(mean, std::sqrt(mean))));
  }
  std::int64_t wanted = 0;
  for (std::size_t i = 0; i < bases; ++i) wanted += draws.uniform() < rate ? 1 : 0;
  return wanted;
}

/// (bases) whether each is hit.
std::vector<bool> draw_hits(const TrueSequence& sequence, double rate, MersenneDraws& draws) {
  const std::size_t bases = sequence.bases.size();
  const std::vector<std::uint8_t> weights = weights_of(sequence.bases);
  const std::int64_t wanted = wanted_errors(bases, rate, draws);
  if (wanted > static_cast<std::int64_t>(bases)) {
    throw io::RequestError(std::to_string(wanted) + " errors were drawn among the " +
                           std::to_string(bases) + " bases of '" + sequence.truth.name +
                           "'; give a lower rate");
  }
  std::vector<bool> hits(bases);
  for (std::int64_t hit = 0; hit < wanted;) {
    const std::size_t i = draws.below(bases);
    if (hits[i] || draws.uniform() * kLikeliest >= weights[i]) continue;
    hits[i] = true;
    ++hit;
  }
  return hits;
}

char another_base(char base, MersenneDraws& draws) {
  std::string others;
  for (const char other : kBases) {
    if (other != base) others += other;
  }
  return others[draws.below(others.size())];
}

void append(TrueSequence& made, char base, char frame, std::int32_t gene) {
  made.bases += base;
  made.truth.frames += frame;
  made.truth.genes.push_back(gene);
}

char complement(char base) {
  constexpr std::string_view kOthers = "TGCA";
  const std::size_t at = kBases.find(base);
  return at == kBases.npos ? base : kOthers[at];
}

char other_strand(char frame) {
  if (frame == '0') return frame;
  return static_cast<char>(frame <= '3' ? frame + 3 : frame - 3);
}

void turn_round(TrueSequence& sequence) {
  auto& [name, frames, genes] = sequence.truth;
  std::ranges::reverse(sequence.bases);
  std::ranges::reverse(frames);
  std::ranges::reverse(genes);
  std::ranges::transform(sequence.bases, sequence.bases.begin(), complement);
  std::ranges::transform(frames, frames.begin(), other_strand);
}

}  // namespace

std::map<std::string, std::vector<CodingRow>> coding_rows(const io::Gff3File& annotation) {
  std::map<std::string, std::vector<CodingRow>> rows;
  for (const io::Gff3Row& row : annotation.rows) {
    const bool marked = row.attributes.find("pseudo=true") != std::string::npos ||
                        row.attributes.find("part=") != std::string::npos;
    if (row.type != "CDS" || marked || (row.end - row.start) % 3 != 0) continue;
    rows[row.sequence].push_back({row.start, row.end, row.strand});
  }
  return rows;
}

io::FrameLabels frame_labels(const std::string& name,
                             std::int64_t length,
                             std::span<const CodingRow> rows) {
  const auto bases = static_cast<std::size_t>(length);
  io::FrameLabels labels{name, std::string(bases, '0'), std::vector<std::int32_t>(bases, -1)};
  std::int32_t gene = 0;
  for (const CodingRow& row : rows) {
    if (row.end > length) continue;
    const std::string_view codon = row.strand == '+' ? "123" : "654";
    for (std::int64_t i = row.start; i < row.end; ++i) {
      const auto at = static_cast<std::size_t>(i);
      labels.frames[at] = codon[static_cast<std::size_t>(i - row.start) % 3];
      labels.genes[at] = gene;
    }
    ++gene;
  }
  return labels;
}

TrueSequence with_errors(const TrueSequence& sequence, double rate, MersenneDraws& draws) {
  const std::vector<bool> hits = draw_hits(sequence, rate, draws);
  const io::FrameLabels& truth = sequence.truth;
  TrueSequence made{.truth = {.name = truth.name}};
  made.bases.reserve(hits.size());
  made.truth.frames.reserve(hits.size());
  made.truth.genes.reserve(hits.size());
  for (std::size_t i = 0; i < hits.size(); ++i) {
    const char base = sequence.bases[i];
    const double kind = hits[i] ? draws.uniform() : 1;
    if (kind >= kSubstitutions && kind < 1 - kInsertions) continue;
    const bool other = kind < kSubstitutions;
    append(made, other ? another_base(base, draws) : base, truth.frames[i], truth.genes[i]);
    if (hits[i] && !other) append(made, base, '0', -1);
  }
  return made;
}

TrueSequence draw_read(const TrueSequence& sequence,
                       std::int64_t number,
                       double mean_length,
                       MersenneDraws& draws) {
  const double drawn = draws.log_normal(std::log(mean_length) - kMeanOverMedian, kSpread);
  const double bases = static_cast<double>(sequence.bases.size());
  const auto length =
      static_cast<std::size_t>(std::min({kLongest, std::max(kShortest, drawn), bases}));
  const std::size_t at = draws.below(sequence.bases.size() - length + 1);
  const auto genes = sequence.truth.genes.begin() + static_cast<std::ptrdiff_t>(at);
  TrueSequence read{sequence.bases.substr(at, length),
                    {"read" + std::to_string(number),
                     sequence.truth.frames.substr(at, length),
                     {genes, genes + static_cast<std::ptrdiff_t>(length)}}};
  if (draws.uniform() < 0.5) turn_round(read);
  return read;
}

}  // namespace heddle::pipeline
