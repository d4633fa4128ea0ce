// The lattice against its slow twin: every set of genes that the rules allow, scored by painting
// its bases, on sequences short enough to enumerate.

#include "pipeline/heads/genes/gene_decoder.h"
#include "pipeline/heads/genes/ribosome_site.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

namespace heddle::pipeline {
namespace {

struct Reading {  // a gene's bases that are read in one frame, or as a damaged codon
  int from, to, frame;
  int damaged_from = -1;  // the frame before, where a codon was damaged
};
struct Gene {
  char strand = '+';
  int start = 0, end = 0;
  bool edge_start = false, edge_end = false;
  std::int64_t worth = 0;  // all but evidence and overlaps
  std::vector<Reading> readings;
};

class Twin {
 public:
  Twin(const std::string& bases, const attention::TensorView& scores, const GeneOptions& options)
      : options_(options),
        shifts_(options.error_model == ErrorModel::kIndels),
        code_(options.genetic_code),
        window_(code_, options.prices.evidence_limit),
        usage_(window_, options.prices.codon_usage),
        n_(static_cast<int>(bases.size())) {
    window_.push(bases, scores);
    usage_.learn(n_);
    for (int at = 0; at < n_; ++at) open_at(at);
    std::stable_sort(genes_.begin(), genes_.end(), [](const Gene& a, const Gene& b) {
      return a.start < b.start;
    });
  }

  std::int64_t best() {
    best_ = 0;
    std::vector<const Gene*> chosen;
    choose(0, chosen, 0);
    return best_;
  }
  std::size_t candidates() const { return genes_.size(); }

 private:
  std::int64_t price(double nats) const { return to_fixed(nats); }

  // Everything that may begin at `at`, read from left to right.
  void open_at(int at) {
    const CodonMeaning& codon = window_.codon(at);
    Gene gene;
    gene.start = at;
    gene.worth = -price(options_.prices.gene);
    if (codon.plus_start != StartCodon::kNone) {
      const auto worth = start_worth(
          codon.plus_start, right_length(at), right_stops(at), plus_site_strength(window_, at));
      if (worth) {
        Gene plus = gene;
        plus.worth += *worth;
        extend(plus, at + 3, at, at % 3);
      }
    }
    if (codon.minus_stop) {
      Gene minus = gene;
      minus.strand = '-';
      extend(minus, at + 3, at, at % 3);
    }
    if (at == 0 && options_.partial) open_at_edge(gene);
  }

  void open_at_edge(Gene gene) {
    gene.edge_start = true;
    gene.worth -= price(options_.prices.open_end);
    for (int frame = 0; frame < 3; ++frame) {
      gene.strand = '-';
      extend(gene, frame, 0, frame);
      gene.strand = '+';
      int end = frame;
      while (end + 3 <= n_ && !window_.codon(end).plus_stop) end += 3;
      const int length = end + 3 <= n_ ? end + 3 : n_;
      if (length >= options_.min_open_length) extend(gene, frame, 0, frame);
    }
  }

  // The gene is read up to boundary `at`, in this reading from `from` on. `fresh`: whole codons
  // were read since the last damage.
  void extend(Gene gene, int at, int from, int frame, bool fresh = true) {
    if (at > n_) at = n_;
    const bool boundary = at % 3 == frame && fresh && at - 3 >= from;
    if (gene.strand == '+' && boundary && window_.codon(at - 3).plus_stop) {
      finish(gene, at, from, frame, false);
      if (!shifts_) return;
      gene.worth -= price(options_.prices.read_through);
    }
    if (gene.strand == '-' && boundary) close_minus(gene, at, from, frame);
    if (at == n_) return finish_at_edge(gene, from, frame);
    if (shifts_ && fresh && at % 3 == frame && at > 0 && at > gene.start) {
      damage(gene, at, from, frame);
    }
    if (gene.strand == '-' && at % 3 == frame && window_.codon(at).minus_stop) {
      if (!shifts_) return;
      gene.worth -= price(options_.prices.read_through);
    }
    extend(gene, std::min(n_, at + 3), from, frame, true);
  }

  void damage(const Gene& gene, int at, int from, int frame) {
    for (const int bases : {2, 4}) {
      if (at + bases >= n_) continue;  // no frame is entered at the very end
      const int tail =
          gene.strand == '+' ? right_length(at + bases) : at - std::max(0, left_stop(at));
      if (tail < options_.min_tail) continue;
      Gene shifted = gene;
      const int next = (at + bases) % 3;
      shifted.worth -= price(options_.prices.shift);
      if (at > from) shifted.readings.push_back({from, at, frame});
      shifted.readings.push_back({at, at + bases, next, frame});
      extend(shifted, at + bases, at + bases, next, false);
    }
  }

  void close_minus(const Gene& gene, int at, int from, int frame) {
    const StartCodon codon = window_.codon(at - 3).minus_start;
    if (codon == StartCodon::kNone) return;
    const int stop = left_stop(at);
    const auto worth =
        start_worth(codon, stop < 0 ? at : at - stop, stop >= 0, minus_site_strength(window_, at));
    if (!worth) return;
    Gene closed = gene;
    closed.worth += *worth;
    finish(closed, at, from, frame, false);
  }

  void finish_at_edge(Gene gene, int from, int frame) {
    if (!options_.partial) return;
    if (gene.strand == '-') {
      const int stop = std::max(0, left_stop_of(frame));
      if (n_ - stop < options_.min_open_length) return;
    }
    gene.worth -= price(options_.prices.open_end);
    finish(gene, n_, from, frame, true);
  }

  void finish(Gene gene, int at, int from, int frame, bool edge) {
    gene.end = at;
    gene.edge_end = edge;
    if (at > from) gene.readings.push_back({from, at, frame});
    genes_.push_back(std::move(gene));
  }

  bool right_stops(int at) const {
    for (int c = at; c + 3 <= n_; c += 3) {
      if (window_.codon(c).plus_stop) return true;
    }
    return false;
  }
  int right_length(int at) const {
    for (int c = at; c + 3 <= n_; c += 3) {
      if (window_.codon(c).plus_stop) return c + 3 - at;
    }
    return n_ - at;
  }
  int left_stop(int at) const {
    for (int c = at - 3; c >= 0; c -= 3) {
      if (window_.codon(c).minus_stop) return c;
    }
    return -1;
  }
  int left_stop_of(int frame) const {
    for (int c = n_ - 3; c >= 0; --c) {
      if (c % 3 == frame && window_.codon(c).minus_stop) return c;
    }
    return -1;
  }

  std::optional<std::int64_t> start_worth(StartCodon codon,
                                          int length,
                                          bool stops,
                                          int site) const {
    if (length < (stops ? options_.min_length : options_.min_open_length)) return std::nullopt;
    const GenePrices& p = options_.prices;
    const double codons[] = {0, 0, p.gtg, p.ttg, p.rare_start};
    std::int64_t worth = site * price(p.ribosome_site) - price(codons[static_cast<int>(codon)]);
    if (stops && length < p.short_length) {
      worth -= price(p.short_gene) * (p.short_length - length) / p.short_length;
    }
    return worth;
  }

  // Sets of genes, by left end.
  void choose(std::size_t next, std::vector<const Gene*>& chosen, std::int64_t sum) {
    best_ = std::max(best_, sum);
    for (std::size_t i = next; i < genes_.size(); ++i) {
      chosen.push_back(&genes_[i]);
      if (allowed(chosen)) choose(i + 1, chosen, score(chosen));
      chosen.pop_back();
    }
  }

  static bool overlap(const Gene& a, const Gene& b) { return a.start < b.end && b.start < a.end; }

  // Whether the last gene chosen may stand beside the others.
  bool allowed(const std::vector<const Gene*>& chosen) const {
    const Gene& newer = *chosen.back();
    for (std::size_t i = 0; i + 1 < chosen.size(); ++i) {
      const Gene& older = *chosen[i];
      if (!overlap(older, newer)) continue;
      if (older.strand == newer.strand && !pair_allowed(older, newer)) return false;
      if (older.strand != newer.strand && older.edge_start && newer.edge_start) return false;
      for (std::size_t j = 0; j + 1 < chosen.size(); ++j) {
        if (j != i && three(older, newer, *chosen[j])) return false;
      }
      if (touches_damage(older, newer) || touches_damage(newer, older)) return false;
    }
    return true;
  }

  // Two of one strand and a third, or any three, share a base or a boundary's state.
  static bool three(const Gene& a, const Gene& b, const Gene& c) {
    return std::max({a.start, b.start, c.start}) < std::min({a.end, b.end, c.end});
  }

  bool touches_damage(const Gene& gene, const Gene& other) const {
    for (const Reading& reading : gene.readings) {
      const bool damaged = reading.damaged_from >= 0;
      if (damaged && other.start < reading.to && other.end > reading.from) return true;
    }
    return false;
  }

  static int frame_at(const Gene& gene, int at) {
    for (const Reading& reading : gene.readings) {
      if (at >= reading.from && at < reading.to) return reading.frame;
    }
    return -1;
  }

  // The older ends first, soon, and neither shifts nor reads through a stop meanwhile.
  bool pair_allowed(const Gene& older, const Gene& newer) const {
    if (newer.edge_start || older.edge_end || newer.end <= older.end) return false;
    if (older.start == newer.start) return false;
    if (older.end - newer.start > options_.max_overlap) return false;
    const int left = frame_at(older, newer.start), right = frame_at(newer, newer.start);
    if (left == right) return false;
    for (int at = newer.start; at < older.end; ++at) {
      if (frame_at(older, at) != left || frame_at(newer, at) != right) return false;
    }
    if (older.strand == '+') {
      for (int at = newer.start + 1; at < older.end; ++at) {
        const bool stop = window_.codon(at - 3).plus_stop;
        if (stop && (at % 3 == left || at % 3 == right)) return false;
      }
      return !(older.end % 3 == right && window_.codon(older.end - 3).plus_stop);
    }
    for (int at = newer.start; at < older.end; ++at) {
      const bool stop = window_.codon(at).minus_stop && at != newer.start;
      if (stop && (at % 3 == left || at % 3 == right)) return false;
    }
    return true;
  }

  std::int64_t score(const std::vector<const Gene*>& chosen) const {
    const GenePrices& p = options_.prices;
    std::int64_t sum = 0;
    for (std::size_t i = 0; i < chosen.size(); ++i) {
      sum += chosen[i]->worth;
      for (std::size_t j = 0; j < i; ++j) {
        const Gene &a = *chosen[j], &b = *chosen[i];
        if (!overlap(a, b)) continue;
        const int bases = std::min(a.end, b.end) - std::max(a.start, b.start);
        sum -= a.strand == b.strand
                   ? price(p.same_strand) + price(p.same_strand_base) * std::max(0, bases - 4)
                   : price(p.other_strand) + price(p.other_strand_base) * bases;
      }
    }
    for (int at = 0; at < n_; ++at) {
      for (const char strand : {'+', '-'}) sum += evidence(chosen, strand, at);
    }
    return sum;
  }

  std::int64_t evidence(const std::vector<const Gene*>& chosen, char strand, int at) const {
    std::optional<std::int64_t> most;
    for (const Gene* gene : chosen) {
      if (gene->strand != strand) continue;
      for (const Reading& reading : gene->readings) {
        if (at < reading.from || at >= reading.to) continue;
        std::int64_t here = evidence_of(strand, at, reading.frame);
        const bool ends_codon = reading.damaged_from < 0 && (at + 1) % 3 == reading.frame;
        if (ends_codon) here += strand == '+' ? usage_.plus(at + 1) : usage_.minus(at + 1);
        if (reading.damaged_from >= 0) {
          here = std::max({here, evidence_of(strand, at, reading.damaged_from), std::int64_t{0}});
        }
        most = most ? std::max(*most, here) : here;
      }
    }
    return most.value_or(0);
  }

  std::int64_t evidence_of(char strand, int at, int frame) const {
    const auto offset = static_cast<std::size_t>((at - frame + 3) % 3);  // in the codon, from left
    const GeneWindow::Evidence& evidence = window_.evidence(at);
    const std::int64_t here = strand == '+' ? evidence.plus[offset] : evidence.minus[2 - offset];
    const std::int64_t limit = shifts_ ? price(100) : price(options_.prices.clean_limit);
    return std::clamp(here, -limit, limit);
  }

  const GeneOptions options_;
  const bool shifts_;
  const GeneticCode code_;
  GeneWindow window_;
  CodonUsage usage_;
  const int n_;
  std::vector<Gene> genes_;
  std::int64_t best_ = 0;
};

struct Case {
  ErrorModel model;
  int length;
  int rounds;
};
class TwinTest : public testing::TestWithParam<Case> {};
INSTANTIATE_TEST_SUITE_P(Sizes,
                         TwinTest,
                         testing::Values(Case{ErrorModel::kNone, 7, 300},
                                         Case{ErrorModel::kNone, 24, 200},
                                         Case{ErrorModel::kNone, 40, 60},
                                         Case{ErrorModel::kIndels, 9, 300},
                                         Case{ErrorModel::kIndels, 14, 200},
                                         Case{ErrorModel::kIndels, 19, 40}));

std::string random_bases(std::mt19937& rng, int length) {
  const std::vector<std::string> pieces = {
      "ATG", "TAA", "TTA", "CAT", "GTG", "A", "C", "G", "T", "GCC", "AGG", "N"};
  std::string bases;
  while (static_cast<int>(bases.size()) < length) bases += pieces[rng() % pieces.size()];
  return bases.substr(0, static_cast<std::size_t>(length));
}

TEST_P(TwinTest, TheLatticeFindsTheBestOfAllLabelings) {
  const Case& chosen = GetParam();
  std::mt19937 rng(17);
  GeneOptions options;
  options.error_model = chosen.model;
  options.min_length = 9;
  options.min_open_length = 4;
  options.max_overlap = 8;
  options.prices.gene = 3;
  options.prices.clean_limit = 3;
  options.prices.codon_usage = 50;  // so little is learned from
  options.prices.short_length = 30;
  options.prices.short_gene = 3;
  options.prices.shift = 2;
  options.prices.read_through = 4;
  options.prices.other_strand = 1;
  std::int64_t positive = 0;
  for (int round = 0; round < chosen.rounds; ++round) {
    options.partial = round % 4 != 0;
    options.min_tail = round % 3 * 3;
    const std::string bases = random_bases(rng, chosen.length);
    attention::Tensor scores(attention::DType::kF32, {8, chosen.length});
    std::normal_distribution<float> draw(0, 1.5F);
    for (int i = 0; i < 8 * chosen.length; ++i) scores.view().as<float>()[i] = draw(rng);
    Twin twin(bases, scores.view(), options);
    GeneDecoder decoder(options);
    std::vector<io::Record> out;
    decoder.push(bases, scores.view(), out);
    decoder.finish(out);
    ASSERT_EQ(decoder.labeling_score(), to_nats(twin.best()))
        << "round " << round << " " << bases << " of " << twin.candidates() << " candidates";
    positive += twin.best() > 0;
  }
  EXPECT_GT(positive, chosen.rounds / 4);
}

}  // namespace
}  // namespace heddle::pipeline
