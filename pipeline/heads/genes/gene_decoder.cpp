#include "pipeline/heads/genes/gene_decoder.h"

#include "pipeline/heads/genes/first_look.h"

#include <algorithm>
#include <stdexcept>
#include <utility>

namespace heddle::pipeline {
namespace {

constexpr std::int64_t kSettleEvery = 4096;   // at multiples, however the input was cut
constexpr std::int64_t kUndecided = 1 << 20;  // bases until a decision is forced
constexpr std::int64_t kOrigin = 20000;       // bases kept of a circular sequence
constexpr std::int64_t kHeld = 1 << 25;       // bases of a circle whose genes are put in order
constexpr std::int64_t kFirstLook = 1 << 17;  // bases that decide about frameshifts
constexpr std::int64_t kLookedBack = 64;      // bases left of an event that its gene may ask for
constexpr int kLongestRule = 100000;          // no length option may ask to look further

const GeneOptions& checked(const GeneOptions& options) {
  for (const int length : {options.min_length,
                           options.min_open_length,
                           options.min_tail,
                           options.max_overlap,
                           options.prices.short_length}) {
    if (length >= 0 && length <= kLongestRule) continue;
    throw std::invalid_argument("a length of the gene options is " + std::to_string(length) +
                                " bases; all must be 0 to " + std::to_string(kLongestRule));
  }
  return options;
}

// A user who wants long genes only wants them as they would be found among all: a short gene that
// might not be labeled as such would be sewn into its neighbour instead.
GeneOptions among_all(GeneOptions options) {
  const GeneOptions usual;
  options.min_length = std::min(options.min_length, usual.min_length);
  options.min_open_length = std::min(options.min_open_length, usual.min_open_length);
  return options;
}

}  // namespace

GeneDecoder::GeneDecoder(const GeneOptions& options)
    : options_(checked(options)),
      lattice_options_(among_all(options)),
      code_(options.genetic_code),
      window_(code_, options.prices.evidence_limit),
      lattice_(window_, lattice_options_),
      records_(options_, code_, window_) {
  begin({});
}

void GeneDecoder::begin(std::string sequence, bool circular) {
  window_.clear();
  looking_ = true;
  lattice_.clear(std::nullopt);
  records_.clear(std::move(sequence));
  circle_ = circular ? Circle::kSeeking : Circle::kNone;
  anchor_ = 0;
  origin_bases_.clear();
  origin_evidence_.clear();
  held_.clear();
}

void GeneDecoder::push(std::string_view bases,
                       const attention::TensorView& scores,
                       std::vector<io::Record>& out) {
  window_.push(bases, scores);
  statistics_.bases += static_cast<std::int64_t>(bases.size());
  if (circle_ != Circle::kNone) keep_origin();
  if (looking_ && !look_first(false)) return;
  run_to(window_.end() - lattice_.lookahead(), out);
}

void GeneDecoder::finish(std::vector<io::Record>& out) {
  if (looking_) look_first(true);
  run_to(window_.end() - lattice_.lookahead(), out);
  if (circle_ == Circle::kSeeking) {
    lattice_.force(std::min(kOrigin, lattice_.position() / 2));
    settle(out);
    if (circle_ == Circle::kSeeking) circle_ = Circle::kNone;
  }
  if (circle_ == Circle::kAnchored) {
    close_circle(out);
  } else {
    run_to(window_.end(), out);
    lattice_.end(true);
  }
  last_score_ = lattice_.score();
  settle(out);
  std::stable_sort(held_.begin(), held_.end(), [](const auto& a, const auto& b) {
    return a.parts.front().start < b.parts.front().start;
  });
  release(out);
  begin({});
}

std::int64_t GeneDecoder::decided() const {
  if (looking_ || circle_ != Circle::kNone) return 0;
  return std::min(records_.oldest(lattice_.position()), lattice_.oldest_undecided());
}

// Learns and decides about frameshifts as soon as enough bases are there, or the `whole` sequence
// is.
bool GeneDecoder::look_first(bool whole) {
  if (!whole && window_.end() < kFirstLook) return false;
  looking_ = false;
  const std::int64_t end = whole ? window_.end() : kFirstLook - lattice_.lookahead();
  std::optional<ErrorPrices> errors;
  if (options_.error_model == ErrorModel::kAuto) {
    errors = error_prices(window_, lattice_options_, end);
    if (errors) ++statistics_.noisy;
  } else if (options_.error_model == ErrorModel::kIndels) {
    const GenePrices& prices = options_.prices;
    errors = {prices.shift, prices.read_through, prices.evidence_limit};
  }
  lattice_.clear(errors);
  lattice_.learn(end);
  return true;
}

void GeneDecoder::run_to(std::int64_t boundary, std::vector<io::Record>& out) {
  while (lattice_.position() < boundary) {
    lattice_.advance();
    if (lattice_.position() % kSettleEvery == 0) settle(out);
  }
}

void GeneDecoder::settle(std::vector<io::Record>& out) {
  const GenePaths::Decided decided = [this](const GeneEvent& event) {
    records_.take(event);
    if (circle_ == Circle::kSeeking) find_anchor(event);
  };
  lattice_.settle(decided);
  const std::int64_t here = lattice_.position();
  if (lattice_.oldest_undecided() < here - kUndecided) {
    lattice_.force(here - kUndecided / 2);
    lattice_.settle(decided);
    ++statistics_.forced;
  }
  deliver(out);
  std::int64_t needed = std::min(here, lattice_.oldest_undecided());
  if (options_.wants_sequences) {
    needed = std::min(needed, std::max(records_.oldest_open(here), here - kUndecided));
  }
  window_.trim(needed - kLookedBack);
}

void GeneDecoder::deliver(std::vector<io::Record>& out) {
  for (io::Interval gene; records_.next(gene);) {
    const bool comes_again = circle_ == Circle::kAnchored && gene.parts.front().start < anchor_;
    if (!comes_again) held_.push_back(std::move(gene));
  }
  if (circle_ == Circle::kNone || lattice_.position() > kHeld) release(out);
}

void GeneDecoder::release(std::vector<io::Record>& out) {
  for (io::Interval& gene : held_) {
    ++statistics_.genes;
    if (gene.parts.size() > 1) ++statistics_.shifted_genes;
    out.emplace_back(std::move(gene));
  }
  held_.clear();
}

void GeneDecoder::find_anchor(const GeneEvent& event) {
  if (event.position > kOrigin) {
    circle_ = Circle::kNone;
  } else if (event.kind == GeneEvent::Kind::kClose && !records_.any_open()) {
    circle_ = Circle::kAnchored;
    anchor_ = event.position;
    held_.clear();
  }
}

void GeneDecoder::keep_origin() {
  const auto kept = static_cast<std::size_t>(kOrigin + lattice_.lookahead());
  for (auto at = static_cast<std::int64_t>(origin_bases_.size());
       at < window_.end() && origin_bases_.size() < kept;
       ++at) {
    origin_bases_.push_back(window_.base(at));
    origin_evidence_.push_back(window_.evidence(at));
  }
}

// Around once more to the anchor, where the labeling must again be without a gene.
void GeneDecoder::close_circle(std::vector<io::Record>& out) {
  const std::int64_t length = window_.end();
  circle_ = Circle::kClosing;
  records_.wrap_at(length);
  const std::int64_t beyond = anchor_ + lattice_.lookahead();
  for (std::int64_t i = 0; i < beyond; ++i) {
    const auto at = static_cast<std::size_t>(i % length);
    window_.push(origin_bases_[at], origin_evidence_[at]);
  }
  run_to(length + anchor_, out);
  lattice_.end(false);
}

}  // namespace heddle::pipeline
