#pragma once
// The features of a genome stream, for those who ask for a range: bounded by bytes, names of
// sequences included; sequences without features go first, then the oldest features. Threads: any.

#include "app/serve/streams/event_text.h"
#include "io/snapshot.h"

#include <nlohmann/json.hpp>

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <mutex>
#include <set>
#include <string>

namespace heddle::app::serve {

class FeatureStore {
 public:
  explicit FeatureStore(std::size_t most_bytes) : most_bytes_(most_bytes) {}

  /// A sequence begins, or its length is known now (-1: not yet).
  void add_sequence(const std::string& name, std::int64_t length);
  void add(Feature feature);

  std::size_t bytes() const;
  /// [{"name":..,"length":..,"features":n}], in order of arrival; length null where unknown.
  nlohmann::json sequences() const;
  /// Those that overlap [begin, end), at most `limit` of them, else counts in `limit` bins, each
  /// feature counted where its middle lies. `end` <= 0: to the end of what is known. Null: no such
  /// sequence.
  nlohmann::json range(const std::string& sequence,
                       std::int64_t begin,
                       std::int64_t end,
                       int limit) const;

  /// The newest of it, up to about `most_bytes`.
  void snapshot(io::Snapshot& s, std::size_t most_bytes);

 private:
  struct Stored {
    std::int64_t begin = 0, end = 0;
    std::string text;
    void snapshot(io::Snapshot& s) { s(begin, end, text); }
  };
  struct Sequence {
    std::string name;
    std::int64_t length = -1;
    std::int64_t extent = 0;  // where its last feature ends
    std::deque<Stored> features;
  };

  static std::size_t weight(const std::string& name);  // of a sequence without features
  Sequence& sequence_named(const std::string& name);
  void insert(const std::string& name, Stored feature);
  void shrink();
  void forget_oldest();
  void forget_empty();
  static nlohmann::json list(const Sequence& sequence, std::int64_t begin, std::int64_t end);
  static nlohmann::json bins(const Sequence& sequence,
                             std::int64_t begin,
                             std::int64_t end,
                             int limit);

  const std::size_t most_bytes_;
  mutable std::mutex mutex_;
  std::size_t bytes_ = 0;
  std::int64_t next_ = 0;                       // key of the next sequence
  std::map<std::int64_t, Sequence> sequences_;  // by arrival
  std::map<std::string, std::int64_t, std::less<>> keys_;
  std::set<std::int64_t> empty_;    // keys of sequences without features
  std::deque<std::int64_t> order_;  // of the features: their sequences' keys
};

}  // namespace heddle::app::serve
