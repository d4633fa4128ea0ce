#include "pipeline/heads/genes/rna_decoder.h"

#include "pipeline/encoders/bases.h"
#include "pipeline/heads/genes/gene_window.h"
#include "pipeline/heads/genes/genetic_code.h"

#include <algorithm>
#include <cmath>
#include <stdexcept>
#include <utility>

namespace heddle::pipeline {
namespace {

constexpr std::int64_t kSettleEvery = 4096;   // at multiples, however the input was cut
constexpr std::int64_t kUndecided = 1 << 18;  // bases until a decision is forced
constexpr float kFloor = -1e4F;               // minus infinity and anything near it

const RnaKind& kind_at(std::size_t k) {
  return rna_kinds()[static_cast<std::size_t>(kind_of_class(static_cast<int>(k) + 1))];
}

int longest_door() {
  int most = 0;
  for (const RnaKind& kind : rna_kinds()) most = std::max(most, kind.shortest);
  return most + 1;
}

}  // namespace

std::vector<io::Attribute> rna_attributes() { return {{"product"}}; }

RnaDecoder::RnaDecoder(const RnaOptions& options)
    : options_(options),
      limit_(to_fixed(std::clamp(options.evidence_limit, 0.0, 100.0))),
      doubt_(to_fixed(std::clamp(options.doubt, -100.0, 100.0))),
      price_(to_fixed(std::clamp(options.price, 0.0, 1e6))) {
  begin({});
}

void RnaDecoder::begin(std::string sequence) {
  sequence_ = std::move(sequence);
  at_ = 0;
  end_ = -1;
  best_ = {.score = 0};
  paths_.clear();
  past_.assign(static_cast<std::size_t>(longest_door()), GenePath{});
  past_[0] = best_;
  for (auto& sums : sums_) sums.assign(1, 0);
  for (auto& doors : doors_) doors.clear();
  letters_begin_ = 0;
  letters_.clear();
}

const GenePath& RnaDecoder::past(std::int64_t position) const {
  return past_[static_cast<std::size_t>(position) % past_.size()];
}

void RnaDecoder::require_numbers(const attention::TensorView& scores, std::int64_t before) {
  const float* data = scores.as<float>();
  for (std::int64_t c = 0; c < scores.shape[0]; ++c) {
    for (std::int64_t i = 0; i < scores.shape[1]; ++i) {
      if (!std::isnan(data[c * scores.stride[0] + i * scores.stride[1]])) continue;
      throw std::runtime_error("the model's RNA score of base " + std::to_string(before + i + 1) +
                               " is not a number; check the model's weights");
    }
  }
}

void RnaDecoder::push(std::string_view bases,
                      const attention::TensorView& scores,
                      std::vector<io::Interval>& out) {
  const auto count = static_cast<std::int64_t>(bases.size());
  if (scores.rank != 2 || scores.shape[0] != kRnaClasses || scores.shape[1] != count) {
    throw std::invalid_argument("RNA scores: expected f32 (" + std::to_string(kRnaClasses) + ", " +
                                std::to_string(count) + "), got " + attention::describe(scores));
  }
  require_numbers(scores, at_);
  const float* data = scores.as<float>();
  const auto units = [&](std::size_t rna_class, std::int64_t i) {
    const float score =
        data[static_cast<std::int64_t>(rna_class) * scores.stride[0] + i * scores.stride[1]];
    return to_fixed(std::clamp(score, kFloor, -kFloor));
  };
  std::vector<std::array<std::int32_t, kRnas>> pushed(bases.size());
  for (std::int64_t i = 0; i < count; ++i) {
    const std::int64_t none = units(0, i);
    for (std::size_t k = 0; k < kRnas; ++k) {
      pushed[static_cast<std::size_t>(i)][k] =
          static_cast<std::int32_t>(std::clamp(units(k + 1, i) - none - doubt_, -limit_, limit_));
    }
  }
  for (std::size_t i = 0; i < bases.size(); ++i) {
    if (options_.wants_sequences) letters_.push_back(bases[i]);
    add_base(pushed[i]);
    if (at_ % kSettleEvery == 0) settle(out);
  }
}

void RnaDecoder::add_base(const std::array<std::int32_t, kRnas>& evidence) {
  ++at_;
  for (std::size_t k = 0; k < kRnas; ++k) {
    if (!options_.wanted[k / 2]) continue;
    sums_[k].push_back(sums_[k].back() + evidence[k]);
    open_doors(k);
  }
  const GenePath before = best_;
  for (std::size_t k = 0; k < kRnas; ++k) {
    const std::deque<Door>& doors = doors_[k];
    if (doors.empty()) continue;
    const Door& door = doors.front();
    if (door.worth + sums_[k].back() - price_ <= best_.score) continue;
    best_ = before;  // an event that a better one replaces is forgotten by settle()
    close_gene(k, door);
  }
  past_[static_cast<std::size_t>(at_) % past_.size()] = best_;
}

// The newest boundary from which a gene that ends here is long enough; what it is worse than, and
// what is too far, leaves.
void RnaDecoder::open_doors(std::size_t k) {
  const RnaKind& kind = kind_at(k);
  std::deque<Door>& doors = doors_[k];
  std::int64_t position = at_ - kind.shortest;
  if (at_ == kind.shortest_open) position = 0;  // a gene that runs off the beginning
  if (position >= 0 && (position > 0 || doors.empty())) {
    const GenePath& path = past(position);
    const std::int64_t worth = path.score - sums_[k].front();
    if (path.possible()) {
      while (!doors.empty() && doors.back().worth < worth) doors.pop_back();
      doors.push_back({position, worth, path});
    }
  }
  if (at_ >= kind.shortest) sums_[k].pop_front();
  while (!doors.empty() && doors.front().position < at_ - kind.longest) doors.pop_front();
}

void RnaDecoder::close_gene(std::size_t k, const Door& door) {
  const std::int64_t worth = door.worth + sums_[k].back() - price_ - door.path.score;
  GeneEvent event;
  event.position = door.position;
  event.strand = strand_of_class(static_cast<int>(k) + 1);
  event.frame = static_cast<std::uint8_t>(k);
  const std::int32_t opened = paths_.add(event, door.path.event);
  event.kind = GeneEvent::Kind::kClose;
  event.position = at_;
  event.worth = worth;
  best_ = {door.path.score + worth, paths_.add(event, opened)};
}

// Genes that run off the end may be shorter: from the boundaries that are no doors yet.
void RnaDecoder::close_at_end() {
  for (std::size_t k = 0; k < kRnas; ++k) {
    if (!options_.wanted[k / 2]) continue;
    const RnaKind& kind = kind_at(k);
    const auto kept = static_cast<std::int64_t>(sums_[k].size());
    for (std::int64_t i = 0; i < kept; ++i) {
      const std::int64_t position = at_ - (kept - 1) + i;
      if (position + kind.shortest_open > at_ || !past(position).possible()) continue;
      const Door door{
          position, past(position).score - sums_[k][static_cast<std::size_t>(i)], past(position)};
      if (door.worth + sums_[k].back() - price_ > best_.score) close_gene(k, door);
    }
  }
}

void RnaDecoder::finish(std::vector<io::Interval>& out) {
  close_at_end();
  end_ = at_;
  for (auto& doors : doors_) doors.clear();
  past_.assign(1, best_);
  settle(out);
  begin({});
}

void RnaDecoder::settle(std::vector<io::Interval>& out) {
  std::vector<GenePath> live{best_};
  live.insert(live.end(), past_.begin(), past_.end());
  for (const auto& doors : doors_) {
    for (const Door& door : doors) live.push_back(door.path);
  }
  const GenePaths::Decided tell = [&](const GeneEvent& event) { take(event, out); };
  paths_.settle(live, tell);
  if (paths_.oldest(at_) < at_ - kUndecided) {
    paths_.agree(live, live.front(), at_ - kUndecided / 2);
    paths_.settle(live, tell);
    ++forced_;
  }
  auto renewed = live.begin();
  best_ = *renewed++;
  for (GenePath& path : past_) path = *renewed++;
  for (auto& doors : doors_) {
    for (Door& door : doors) door.path = *renewed++;
    std::erase_if(doors, [](const Door& door) { return !door.path.possible(); });
  }
  const std::int64_t needed = decided();
  if (needed > letters_begin_ && !letters_.empty()) {
    letters_.erase(0, static_cast<std::size_t>(needed - letters_begin_));
  }
  letters_begin_ = std::max(letters_begin_, needed);
}

void RnaDecoder::take(const GeneEvent& event, std::vector<io::Interval>& out) {
  if (event.kind == GeneEvent::Kind::kOpen) {
    open_ = event;
    return;
  }
  const RnaKind& kind = kind_at(event.frame);
  io::Interval made;
  made.sequence = sequence_;
  made.type = kind.type;
  made.strand = event.strand;
  made.parts.push_back({open_.position, event.position, 0});
  made.score = to_nats(event.worth);
  const bool plus = event.strand == '+';
  (plus ? made.partial_start : made.partial_end) = open_.position == 0;
  (plus ? made.partial_end : made.partial_start) = event.position == end_;
  made.attributes.emplace_back("product", kind.product);
  if (options_.wants_sequences) {
    const std::string text = letters(open_.position, event.position);
    made.nucleotides = plus ? text : reverse_complement(text);
  }
  out.push_back(std::move(made));
}

std::string RnaDecoder::letters(std::int64_t from, std::int64_t to) const {
  if (from < letters_begin_) return {};
  return letters_.substr(static_cast<std::size_t>(from - letters_begin_),
                         static_cast<std::size_t>(to - from));
}

// Doors and past boundaries reach no further back than the longest kind.
std::int64_t RnaDecoder::decided() const {
  std::int64_t first = at_;
  for (std::size_t k = 0; k < kRnas; ++k) {
    if (!options_.wanted[k / 2]) continue;
    first = std::min(first, at_ - static_cast<std::int64_t>(sums_[k].size()) + 1);
    if (!doors_[k].empty()) first = std::min(first, doors_[k].front().position);
  }
  return std::min(first, paths_.oldest(first));
}

void RnaDecoder::snapshot(io::Snapshot& s) {
  s(sequence_, at_, best_, paths_, past_, letters_begin_, letters_);
  for (auto& sums : sums_) s(sums);
  for (auto& doors : doors_) s(doors);
}

}  // namespace heddle::pipeline
