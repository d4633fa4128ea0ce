#include "attention/bench/text_streams.h"

#include "attention/train/seeds.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>
#include <set>
#include <stdexcept>
#include <utility>

namespace heddle::attention::bench {
namespace {

using train::Batch;
using train::SegmentKey;
using train::StreamSegment;

std::vector<std::string> without_repeats(std::vector<std::string> documents) {
  std::set<std::string_view> seen;
  std::vector<std::string> kept;
  for (const std::string& document : documents) {
    if (!document.empty() && seen.insert(document).second) kept.push_back(document);
  }
  return kept;
}

/// A row's order of `count` chapters in one of its passes over the text.
std::vector<std::size_t> order_of(std::uint64_t seed, std::size_t count) {
  std::vector<std::size_t> order(count);
  std::iota(order.begin(), order.end(), std::size_t{0});
  const auto place = [seed](std::size_t chapter) { return train::seed_of({seed, chapter}); };
  std::ranges::sort(order, {}, place);
  return order;
}

}  // namespace

TextStreams::TextStreams(std::vector<std::string> documents, const TextSettings& settings)
    : settings_(settings), documents_(without_repeats(std::move(documents))) {
  hold_back();
  for (const std::string_view chapter : chapters_) {
    segments_ += segments_of(chapter);
    training_bytes_ += static_cast<std::int64_t>(chapter.size());
  }
  for (const std::string_view document : held_) {
    held_bytes_ += static_cast<std::int64_t>(document.size());
  }
  if (training_bytes_ < 2 * settings_.segment || held_bytes_ < settings_.segment) {
    throw std::invalid_argument("the text has " + std::to_string(training_bytes_) +
                                " bytes to learn from and " + std::to_string(held_bytes_) +
                                " to hold back; give one of " +
                                std::to_string(20 * settings_.segment) + " bytes or more");
  }
}

void TextStreams::hold_back() {
  constexpr std::size_t kShare = 10;
  const auto most = static_cast<std::size_t>(settings_.most_held);
  std::size_t held = 0;
  const auto hold = [&](std::string_view text) {
    text = text.substr(0, most - held);
    held += text.size();
    if (!text.empty()) held_.push_back(text);
  };
  const bool whole = documents_.size() >= kShare;
  for (std::size_t i = 0; i < documents_.size(); ++i) {
    std::string_view text = documents_[i];
    if (whole && i % kShare == kShare - 1) {
      hold(text);
      continue;
    }
    const std::size_t cut = whole ? text.size() : text.size() - text.size() / kShare;
    if (!whole) hold(text.substr(cut));
    const auto chapter = static_cast<std::size_t>(settings_.chapter);
    for (std::size_t at = 0; at < cut; at += chapter) {
      chapters_.push_back(text.substr(at, std::min(chapter, cut - at)));
    }
  }
}

std::int64_t TextStreams::segments_of(std::string_view text) const {
  const auto size = static_cast<std::int64_t>(text.size());
  return (size + settings_.segment - 1) / settings_.segment;
}

StreamSegment TextStreams::write(std::string_view text,
                                 std::int64_t segment,
                                 const Batch& batch) const {
  const std::int64_t rows = settings_.segment;
  const TensorView& in = batch.inputs.at("bytes");
  if (in.size() != rows || batch.labels.size() != rows) {
    throw std::invalid_argument("text: the model must take 'bytes' u8 (" + std::to_string(rows) +
                                ")");
  }
  const std::string_view rest = text.substr(static_cast<std::size_t>(segment * rows));
  const std::int64_t there = std::min(rows, static_cast<std::int64_t>(rest.size()));
  auto* bytes = in.as<std::uint8_t>();
  auto* labels = batch.labels.as<std::uint8_t>();
  for (std::int64_t i = 0; i < rows; ++i) {
    const auto at = static_cast<std::size_t>(i);
    bytes[i] = i < there ? static_cast<std::uint8_t>(rest[at]) : std::uint8_t{0};
    const bool follows = at + 1 < rest.size();
    labels[i] = follows ? static_cast<std::uint8_t>(rest[at + 1]) : train::kIgnored;
  }
  return {.begins = segment == 0, .core_begin = 0, .core_end = there};
}

StreamSegment TextStreams::fill(const SegmentKey& key, const Batch& batch) const {
  const auto pass = static_cast<std::uint64_t>(key.number / segments_);
  std::int64_t left = key.number % segments_;
  const std::uint64_t seed = train::seed_of({key.seed, static_cast<std::uint64_t>(key.row), pass});
  for (const std::size_t i : order_of(seed, chapters_.size())) {
    const std::int64_t here = segments_of(chapters_[i]);
    if (left < here) return write(chapters_[i], left, batch);
    left -= here;
  }
  throw std::logic_error("text: a segment behind the last chapter");
}

std::int64_t TextStreams::validation_segments(std::int64_t document) const {
  return segments_of(held_.at(static_cast<std::size_t>(document)));
}

StreamSegment TextStreams::fill_validation(std::int64_t document,
                                           std::int64_t segment,
                                           const Batch& batch) const {
  return write(held_.at(static_cast<std::size_t>(document)), segment, batch);
}

double TextStreams::order_0_bits() const {
  std::array<double, 256> counts;
  counts.fill(1);
  for (const std::string_view chapter : chapters_) {
    for (const char c : chapter) ++counts[static_cast<unsigned char>(c)];
  }
  const double all = std::accumulate(counts.begin(), counts.end(), 0.0);
  double bits = 0;
  for (const std::string_view document : held_) {
    for (const char c : document) bits -= std::log2(counts[static_cast<unsigned char>(c)] / all);
  }
  return bits / static_cast<double>(held_bytes_);
}

}  // namespace heddle::attention::bench
