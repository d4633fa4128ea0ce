#include "pipeline/heads/genes/gene_lattice.h"

#include <algorithm>

namespace heddle::pipeline {
namespace {

using Kind = GeneEvent::Kind;

// States: on each strand 0 for no gene or 1 + frame; then pairs of two frames, the older gene
// first.
constexpr int joint(int plus, int minus) { return 4 * plus + minus; }
constexpr int pair_of(int older, int newer) { return 2 * older + (newer - older + 3) % 3 - 1; }
constexpr int plus_pair(int older, int newer) { return 16 + pair_of(older, newer); }
constexpr int minus_pair(int older, int newer) { return 22 + pair_of(older, newer); }

constexpr std::int64_t kLearnEvery = 4096;  // bases; before a decoder forgets them

// The two frames that are not `frame`.
constexpr std::array<int, 2> others(int frame) { return {(frame + 1) % 3, (frame + 2) % 3}; }

}  // namespace

GeneLattice::GeneLattice(const GeneWindow& window, const GeneOptions& options)
    : window_(window),
      options_(options),
      starts_(window, options),
      usage_(window, options.prices.codon_usage),
      prices_{to_fixed(options.prices.gene),
              to_fixed(options.prices.open_end),
              to_fixed(options.prices.same_strand),
              to_fixed(options.prices.same_strand_base),
              to_fixed(options.prices.other_strand),
              to_fixed(options.prices.other_strand_base)} {
  clear(std::nullopt);
}

void GeneLattice::clear(const std::optional<ErrorPrices>& errors) {
  shift_price_.reset();
  if (errors) shift_price_ = to_fixed(errors->shift);
  read_through_ = errors ? to_fixed(errors->read_through) : 0;
  limit_ = to_fixed(errors ? errors->evidence_limit : options_.prices.clean_limit);
  paths_.clear();
  usage_.clear();
  live_.fill(GenePath{});
  live_[0].score = 0;
  at_ = edge_ = 0;
  in_gap_ = false;
  minus_stop_.fill(-1);
  sum_ = {};
}

void GeneLattice::advance() {
  pass_boundary();
  if (!in_gap_) add_base();
  ++at_;
  if (at_ % kLearnEvery == 0) usage_.learn(at_);
}

void GeneLattice::end(bool at_edge) {
  if (!in_gap_) {
    close_plus();
    close_minus();
    if (at_edge && options_.partial) close_at_edge();
  }
  for (std::size_t i = 1; i < live_.size(); ++i) live_[i].forbid();
}

void GeneLattice::pass_boundary() {
  const bool unknown = window_.base(at_) == kUnknownBase;
  if (in_gap_ && unknown) return;
  if (in_gap_ || at_ == 0) {
    in_gap_ = unknown && window_.gap_begins(at_);
    if (in_gap_) return;
    edge_ = at_;
    if (options_.partial) open_at_edge();
  } else {
    close_plus();
    close_minus();
    if (shift_price_) shift_frames();
    if (unknown && window_.gap_begins(at_)) return enter_gap();
  }
  open_minus();
  open_plus();
}

// A base of + coding sequence is read from left to right: its gene ends with a stop codon.
void GeneLattice::close_plus() {
  if (!window_.codon(at_ - 3).plus_stop) return;
  const int f = static_cast<int>(at_ % 3);
  const GeneEvent closed = event(Kind::kClose, '+', f, sum_[0][static_cast<std::size_t>(f)]);
  for (int minus = 0; minus < 4; ++minus) {
    move(joint(f + 1, minus), joint(0, minus), 0, closed);
    stop_in_frame(joint(f + 1, minus));
  }
  for (const int other : others(f)) {
    move(plus_pair(f, other), joint(other + 1, 0), 0, closed);
    live_[static_cast<std::size_t>(plus_pair(f, other))].forbid();
    live_[static_cast<std::size_t>(plus_pair(other, f))].forbid();  // the newer must outlast
  }
}

// A gene of the - strand ends, seen from the left, with its start codon.
void GeneLattice::close_minus() {
  const int f = static_cast<int>(at_ % 3);
  const auto frame = static_cast<std::size_t>(f);
  const auto worth = starts_.minus(at_, minus_stop_[frame], edge_);
  if (!worth) return;
  const GeneEvent closed = event(Kind::kClose, '-', f, sum_[1][frame] + *worth);
  for (int plus = 0; plus < 4; ++plus) move(joint(plus, f + 1), joint(plus, 0), *worth, closed);
  for (const int other : others(f)) {
    const std::int64_t overlap = at_ - minus_stop_[static_cast<std::size_t>(other)];
    if (overlap > options_.max_overlap) continue;
    move(minus_pair(f, other), joint(0, other + 1), *worth - overlap_price(overlap), closed);
  }
}

// A codon that lost a base has two, one that gained a base has four: edges of two and four bases
// from a whole codon's end, past whatever the contiguous letters seem to say.
void GeneLattice::shift_frames() {
  const int f = static_cast<int>(at_ % 3);
  const auto slot = static_cast<std::size_t>(at_ % kHistory);
  past(true, at_) = live_[static_cast<std::size_t>(joint(f + 1, 0))];
  past(false, at_) = live_[static_cast<std::size_t>(joint(0, f + 1))];
  for (std::size_t s = 0; s < 2; ++s) past_sum_[s][slot] = sum_[s][static_cast<std::size_t>(f)];
  for (const bool plus : {true, false}) {
    for (const int lag : {2, 4}) {
      if (at_ - lag > edge_) arrive(plus, lag);
    }
  }
}

void GeneLattice::arrive(bool plus, int lag) {
  const std::int64_t from = at_ - lag;
  const auto frame = static_cast<std::size_t>(at_ % 3), old = static_cast<std::size_t>(from % 3);
  const int f = static_cast<int>(frame);
  const GenePath& source = past(plus, from);
  GenePath& target = live_[static_cast<std::size_t>(plus ? joint(f + 1, 0) : joint(0, f + 1))];
  const std::int64_t most = source.score - *shift_price_ + lag * limit_;
  if (!source.possible() || most <= target.score) return;
  std::int64_t codon = -*shift_price_;
  for (std::int64_t i = from; i < at_; ++i) {
    const auto evidence = evidence_by_frame(plus, i);
    codon += std::max({evidence[old], evidence[frame], std::int64_t{0}});
  }
  if (source.score + codon <= target.score || tail_is_short(plus, from)) return;
  const std::size_t strand = plus ? 0 : 1;
  const std::int64_t before = past_sum_[strand][static_cast<std::size_t>(from % kHistory)];
  GeneEvent shifted = event(lag == 2 ? Kind::kDeletion : Kind::kInsertion,
                            plus ? '+' : '-',
                            f,
                            before + codon - sum_[strand][frame]);
  shifted.position = from;
  shifted.old_frame = static_cast<std::uint8_t>(old);
  target = {source.score + codon, paths_.add(shifted, source.event)};
}

// So few bases between a damaged codon (from `from` to position()) and the stop of its gene's frame
// there, or the edge, that they speak for nothing. A matter of the position alone, like a start's
// length.
bool GeneLattice::tail_is_short(bool plus, std::int64_t from) const {
  const std::int64_t asked = std::min(at_ + (plus ? options_.min_tail : 0), window_.end());
  for (std::int64_t i = at_; i < asked; ++i) {
    if (window_.gap_begins(i)) return true;  // left of the tail the last gap is edge_
  }
  for (std::int64_t tail = 3; tail < options_.min_tail + 3; tail += 3) {
    const std::int64_t codon = plus ? at_ + tail - 3 : from - tail;
    if (plus ? codon + 3 > window_.end() : codon < edge_) {
      return (plus ? window_.end() - at_ : from - edge_) < options_.min_tail;
    }
    const CodonMeaning& letters = window_.codon(codon);
    if (plus ? letters.plus_stop : letters.minus_stop) return tail < options_.min_tail;
  }
  return false;
}

void GeneLattice::open_plus() {
  const auto worth = starts_.plus(at_);
  if (!worth) return;
  const int f = static_cast<int>(at_ % 3);
  const std::int64_t price = *worth - prices_.gene;
  const GeneEvent opened = event(Kind::kOpen, '+', f, price - sum_[0][static_cast<std::size_t>(f)]);
  for (int minus = 0; minus < 4; ++minus) {
    const std::int64_t crossing = minus == 0 ? 0 : prices_.other_strand;
    move(joint(0, minus), joint(f + 1, minus), price - crossing, opened);
  }
  for (const int other : others(f)) {
    if (!live_[static_cast<std::size_t>(joint(other + 1, 0))].possible()) continue;
    const std::int64_t overlap = bases_to_stop(other);
    if (overlap > options_.max_overlap) continue;
    move(joint(other + 1, 0), plus_pair(other, f), price - overlap_price(overlap), opened);
  }
}

void GeneLattice::open_minus() {
  if (!window_.codon(at_).minus_stop) return;
  const int f = static_cast<int>(at_ % 3);
  const auto frame = static_cast<std::size_t>(f);
  minus_stop_[frame] = at_;
  const GeneEvent opened = event(Kind::kOpen, '-', f, -prices_.gene - sum_[1][frame]);
  for (const int other : others(f)) {
    live_[static_cast<std::size_t>(minus_pair(f, other))].forbid();
    live_[static_cast<std::size_t>(minus_pair(other, f))].forbid();
    move(joint(0, other + 1), minus_pair(other, f), -prices_.gene, opened);
  }
  for (int plus = 0; plus < 4; ++plus) {
    stop_in_frame(joint(plus, f + 1));
    const std::int64_t crossing = plus == 0 ? 0 : prices_.other_strand;
    move(joint(plus, 0), joint(plus, f + 1), -prices_.gene - crossing, opened);
  }
}

void GeneLattice::open_at_edge() {
  const std::int64_t price = -prices_.gene - prices_.open_end;
  for (int f = 0; f < 3; ++f) {
    const auto frame = static_cast<std::size_t>(f);
    GeneEvent opened = event(Kind::kOpen, '-', f, price - sum_[1][frame]);
    opened.at_edge = true;
    move(joint(0, 0), joint(0, f + 1), price, opened);
    if (starts_.read_on(at_, f).length < options_.min_open_length) continue;
    opened.strand = '+';
    opened.worth = price - sum_[0][frame];
    move(joint(0, 0), joint(f + 1, 0), price, opened);
  }
}

void GeneLattice::close_at_edge() {
  for (int f = 0; f < 3; ++f) {
    const auto frame = static_cast<std::size_t>(f);
    GeneEvent closed = event(Kind::kClose, '+', f, sum_[0][frame] - prices_.open_end);
    closed.at_edge = true;
    for (int minus = 0; minus < 4; ++minus) {
      move(joint(f + 1, minus), joint(0, minus), -prices_.open_end, closed);
    }
  }
  for (int f = 0; f < 3; ++f) {
    const auto frame = static_cast<std::size_t>(f);
    if (at_ - std::max(minus_stop_[frame], edge_) < options_.min_open_length) continue;
    GeneEvent closed = event(Kind::kClose, '-', f, sum_[1][frame] - prices_.open_end);
    closed.at_edge = true;
    move(joint(0, f + 1), joint(0, 0), -prices_.open_end, closed);
  }
}

void GeneLattice::enter_gap() {
  if (options_.partial) close_at_edge();
  for (std::size_t i = 1; i < live_.size(); ++i) live_[i].forbid();
  in_gap_ = true;
}

// Of the base at `at`, for a gene of each frame.
std::array<std::int64_t, 3> GeneLattice::evidence_by_frame(bool plus, std::int64_t at) const {
  const GeneWindow::Evidence& evidence = window_.evidence(at);
  const auto r = static_cast<std::size_t>(at % 3);
  std::array<std::int64_t, 3> of{};
  for (std::size_t frame = 0; frame < 3; ++frame) {
    const std::size_t offset = (r + 3 - frame) % 3;
    const std::int64_t here = plus ? evidence.plus[offset] : evidence.minus[2 - offset];
    of[frame] = std::clamp(here, -limit_, limit_);
  }
  return of;
}

void GeneLattice::add_base() {
  auto plus = evidence_by_frame(true, at_), minus = evidence_by_frame(false, at_);
  const auto complete = static_cast<std::size_t>((at_ + 1) % 3);  // the frame whose codon ends here
  plus[complete] += usage_.plus(at_ + 1);
  minus[complete] += usage_.minus(at_ + 1);
  for (int a = 0; a < 4; ++a) {
    const std::int64_t left = a == 0 ? 0 : plus[static_cast<std::size_t>(a - 1)];
    for (int b = 0; b < 4; ++b) {
      const std::int64_t right = b == 0 ? 0 : minus[static_cast<std::size_t>(b - 1)];
      const std::int64_t crossing = a > 0 && b > 0 ? prices_.other_strand_base : 0;
      live_[static_cast<std::size_t>(joint(a, b))].score += left + right - crossing;
    }
  }
  for (std::size_t i = 0; i < 3; ++i) {
    for (const int j : others(static_cast<int>(i))) {
      const auto newer = static_cast<std::size_t>(j);
      const int older = static_cast<int>(i);
      live_[static_cast<std::size_t>(plus_pair(older, j))].score += std::max(plus[i], plus[newer]);
      live_[static_cast<std::size_t>(minus_pair(older, j))].score +=
          std::max(minus[i], minus[newer]);
    }
    sum_[0][i] += plus[i];
    sum_[1][i] += minus[i];
  }
}

void GeneLattice::move(int from, int to, std::int64_t worth, const GeneEvent& event) {
  const GenePath& source = live_[static_cast<std::size_t>(from)];
  GenePath& target = live_[static_cast<std::size_t>(to)];
  if (!source.possible() || (target.possible() && source.score + worth <= target.score)) return;
  target = {source.score + worth, paths_.add(event, source.event)};
}

void GeneLattice::stop_in_frame(int state) {
  GenePath& path = live_[static_cast<std::size_t>(state)];
  if (shift_price_) {
    path.score -= read_through_;
  } else {
    path.forbid();
  }
}

std::int64_t GeneLattice::overlap_price(std::int64_t bases) const {
  return prices_.same_strand + prices_.same_strand_base * std::max<std::int64_t>(0, bases - 4);
}

// From position() to the end of the first + stop codon of `frame` that ends right of it.
std::int64_t GeneLattice::bases_to_stop(int frame) const {
  std::int64_t end = at_ + 1 + (frame - (at_ + 1) % 3 + 3) % 3;
  while (end - at_ <= options_.max_overlap && !window_.codon(end - 3).plus_stop) end += 3;
  return end - at_;
}

GeneEvent GeneLattice::event(Kind kind, char strand, int frame, std::int64_t worth) const {
  const auto f = static_cast<std::uint8_t>(frame);
  return {at_, worth, kind, strand, f, f, false};
}

GenePath& GeneLattice::past(bool plus, std::int64_t at) {
  return live_[static_cast<std::size_t>(kStates + (plus ? 0 : kHistory) + at % kHistory)];
}

void GeneLattice::force(std::int64_t position) {
  const GenePath* best = &live_[0];
  for (int i = 1; i < kStates; ++i) {
    const GenePath& path = live_[static_cast<std::size_t>(i)];
    if (path.possible() && path.score > best->score) best = &path;
  }
  const GenePath chosen = *best;
  paths_.agree(live_, chosen, position);
}

}  // namespace heddle::pipeline
