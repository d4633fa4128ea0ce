#include "app/serve/streams/feature_store.h"

#include <algorithm>
#include <utility>
#include <vector>

namespace heddle::app::serve {
namespace {

constexpr std::size_t kOverhead = 96;  // bytes of a feature beside its text
/// Bytes of a sequence beside its name, which is there twice: of them 600 are its deque's first.
constexpr std::size_t kSequenceOverhead = 1024;
/// Reads are sequences too: those without features are soon forgotten.
constexpr std::size_t kMostEmpty = 1024;

}  // namespace

std::size_t FeatureStore::weight(const std::string& name) {
  return 2 * name.size() + kSequenceOverhead;
}

FeatureStore::Sequence& FeatureStore::sequence_named(const std::string& name) {
  const auto found = keys_.find(name);
  if (found != keys_.end()) return sequences_.at(found->second);
  keys_[name] = next_;
  empty_.insert(next_);
  bytes_ += weight(name);
  Sequence& made = sequences_[next_++];
  made.name = name;
  return made;
}

void FeatureStore::add_sequence(const std::string& name, std::int64_t length) {
  const std::scoped_lock lock(mutex_);
  Sequence& sequence = sequence_named(name);
  sequence.length = std::max(sequence.length, length);
  shrink();
}

void FeatureStore::add(Feature feature) {
  const std::scoped_lock lock(mutex_);
  insert(feature.sequence, {feature.begin, feature.end, std::move(feature.text)});
  shrink();
}

void FeatureStore::insert(const std::string& name, Stored feature) {
  Sequence& sequence = sequence_named(name);
  sequence.extent = std::max(sequence.extent, feature.end);
  bytes_ += feature.text.size() + kOverhead;
  sequence.features.push_back(std::move(feature));
  order_.push_back(keys_.at(name));
  empty_.erase(order_.back());
}

/// The newest sequence and the newest feature stay, however large.
void FeatureStore::shrink() {
  while (empty_.size() > kMostEmpty) forget_empty();
  while (bytes_ > most_bytes_) {
    if (!empty_.empty() && *empty_.begin() != next_ - 1) {
      forget_empty();
    } else if (order_.size() > 1) {
      forget_oldest();
    } else {
      return;
    }
  }
}

void FeatureStore::forget_empty() {
  const auto oldest = sequences_.find(*empty_.begin());
  empty_.erase(empty_.begin());
  bytes_ -= weight(oldest->second.name);
  keys_.erase(oldest->second.name);
  sequences_.erase(oldest);
}

void FeatureStore::forget_oldest() {
  const std::int64_t key = order_.front();
  Sequence& sequence = sequences_.at(key);
  order_.pop_front();
  bytes_ -= sequence.features.front().text.size() + kOverhead;
  sequence.features.pop_front();
  if (sequence.features.empty()) empty_.insert(key);
}

std::size_t FeatureStore::bytes() const {
  const std::scoped_lock lock(mutex_);
  return bytes_;
}

nlohmann::json FeatureStore::sequences() const {
  const std::scoped_lock lock(mutex_);
  nlohmann::json all = nlohmann::json::array();
  for (const auto& [key, sequence] : sequences_) {
    all.push_back(
        {{"name", sequence.name},
         {"length", sequence.length < 0 ? nlohmann::json() : nlohmann::json(sequence.length)},
         {"features", sequence.features.size()}});
  }
  return all;
}

nlohmann::json FeatureStore::range(const std::string& sequence,
                                   std::int64_t begin,
                                   std::int64_t end,
                                   int limit) const {
  const std::scoped_lock lock(mutex_);
  const auto found = keys_.find(sequence);
  if (found == keys_.end()) return nullptr;
  const Sequence& in = sequences_.at(found->second);
  begin = std::max<std::int64_t>(begin, 0);
  if (end <= 0) end = std::max(in.length, in.extent);
  end = std::max(end, begin);
  limit = std::max(limit, 1);
  const auto inside = std::ranges::count_if(
      in.features, [&](const Stored& one) { return one.begin < end && one.end > begin; });
  nlohmann::json answer{{"sequence", sequence}, {"begin", begin}, {"end", end}};
  answer.update(inside <= limit ? list(in, begin, end) : bins(in, begin, end, limit));
  return answer;
}

nlohmann::json FeatureStore::list(const Sequence& sequence, std::int64_t begin, std::int64_t end) {
  std::vector<const Stored*> chosen;
  for (const Stored& one : sequence.features) {
    if (one.begin < end && one.end > begin) chosen.push_back(&one);
  }
  std::ranges::stable_sort(chosen, {}, &Stored::begin);
  nlohmann::json features = nlohmann::json::array();
  for (const Stored* one : chosen) features.push_back(nlohmann::json::parse(one->text));
  return {{"features", std::move(features)}};
}

nlohmann::json FeatureStore::bins(const Sequence& sequence,
                                  std::int64_t begin,
                                  std::int64_t end,
                                  int limit) {
  const std::int64_t width = std::max<std::int64_t>(1, (end - begin + limit - 1) / limit);
  std::vector<std::int64_t> counts(static_cast<std::size_t>((end - begin + width - 1) / width), 0);
  for (const Stored& one : sequence.features) {
    if (one.begin >= end || one.end <= begin) continue;
    const std::int64_t middle = std::clamp((one.begin + one.end) / 2, begin, end - 1);
    ++counts[static_cast<std::size_t>((middle - begin) / width)];
  }
  return {{"bins", std::move(counts)}, {"bin_width", width}};
}

void FeatureStore::snapshot(io::Snapshot& s, std::size_t most_bytes) {
  const std::scoped_lock lock(mutex_);
  std::vector<std::pair<std::string, std::int64_t>> names;
  std::vector<std::pair<std::string, Stored>> newest;  // newest first
  if (!s.loading()) {
    for (const auto& [key, sequence] : sequences_)
      names.emplace_back(sequence.name, sequence.length);
    std::map<std::int64_t, std::size_t> taken;
    std::size_t bytes = 0;
    for (auto key = order_.rbegin(); key != order_.rend() && bytes < most_bytes; ++key) {
      const Sequence& in = sequences_.at(*key);
      newest.emplace_back(in.name, in.features[in.features.size() - ++taken[*key]]);
      bytes += newest.back().second.text.size() + kOverhead;
    }
  }
  s(names, newest);
  if (!s.loading()) return;
  for (auto& [name, length] : names) sequence_named(name).length = length;
  for (auto one = newest.rbegin(); one != newest.rend(); ++one) {
    insert(one->first, std::move(one->second));
  }
  shrink();
}

}  // namespace heddle::app::serve
