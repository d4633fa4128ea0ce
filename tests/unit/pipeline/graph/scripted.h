#pragma once
// Feeds and stages whose behaviour a test scripts with lambdas.

#include "pipeline/graph.h"

#include <functional>
#include <string>
#include <utility>

namespace heddle::pipeline {

class ScriptedFeed : public Feed {
 public:
  explicit ScriptedFeed(std::function<bool(Item&)> next) : next_(std::move(next)) {}
  bool next(Item& item) override { return next_(item); }

 private:
  std::function<bool(Item&)> next_;
};

/// `count` items whose segment is named by their number.
inline std::unique_ptr<Feed> counting_feed(int count, std::size_t bytes = 1, int lanes = 1) {
  return std::make_unique<ScriptedFeed>([=, i = 0](Item& item) mutable {
    if (i >= count) return false;
    item.segment = Segment{};
    item.segment->sequence = std::to_string(i);
    item.segment->core_begin = i;
    item.lane = i % lanes;
    item.bytes = bytes;
    ++i;
    return true;
  });
}

class ScriptedStage : public Stage {
 public:
  ScriptedStage(Concurrency concurrency, std::function<void(Item&)> work)
      : concurrency_(concurrency), work_(std::move(work)) {}
  std::string_view name() const override { return "scripted"; }
  Concurrency concurrency() const override { return concurrency_; }
  void process(Item& item) override { work_(item); }
  void skip(Item& item) override {
    if (on_skip) on_skip(item);
  }
  std::function<void(Item&)> on_skip;

 private:
  Concurrency concurrency_;
  std::function<void(Item&)> work_;
};

inline std::unique_ptr<ScriptedStage> stage(Concurrency concurrency,
                                            std::function<void(Item&)> work) {
  return std::make_unique<ScriptedStage>(concurrency, std::move(work));
}

}  // namespace heddle::pipeline
