#pragma once
// The streaming path: feed -> stages -> sinks, over a oneTBB flow graph. Example:
//
//   Graph graph(limits);
//   graph.from(std::move(feed)).then(std::move(infer)).then(std::move(head)).to(write_records);
//   graph.run();
//
// Laws (each a test): every item that enters leaves, in order of entry, as a result or with its
// failure; live items stay within the limits; entered == left + dropped + unstarted; the same
// records for any number of threads. Errors: what a stage throws becomes the item's failure, except
// std::logic_error, which is a programming error: it ends the run and run() rethrows it. What the
// feed throws ends the reading; what was inside still reaches the sinks, then run() rethrows. What
// the sinks throw ends the run and is rethrown. Threads: build and run() from one thread;
// request_stop() and set_in_flight() from any (not from a signal handler).

#include "pipeline/feed.h"
#include "pipeline/limits.h"
#include "pipeline/stats.h"

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>

namespace heddle::pipeline {

/// What a stop does with the items that are inside.
enum class Inside : std::uint8_t {
  kFinish,         // all of them drain to the sinks
  kDropUnstarted,  // those from the first that no stage has begun with are let go
};

class Graph {
 public:
  explicit Graph(const Limits& limits);
  ~Graph();
  Graph(const Graph&) = delete;
  Graph& operator=(const Graph&) = delete;

  Graph& from(std::unique_ptr<Feed> feed);
  Graph& then(std::unique_ptr<Stage> stage);
  /// Called in order of entry, one item at a time.
  Graph& to(std::function<void(Item&)> sink);

  /// Now and then (`due`, asked by the reader, with the item's number, for each) the stages' states
  /// behind an item go to `take`, once the sink had that item. Takes one lane.
  Graph& mark_when(std::function<bool(std::int64_t)> due,
                   std::function<void(const Checkpoint&)> take);
  /// Goes on behind a checkpoint of the same stages over the same feed: items before it are read
  /// again, worked on only by the stages that need them or whose results those need, and not given
  /// to the sink. Throws io::SnapshotError.
  Graph& resume(const Checkpoint& from);
  /// Where a run that was stopped came to; after run(). Nothing where it did not come as far as the
  /// checkpoint that it goes on behind: the stages are still on their way there.
  std::optional<Checkpoint> checkpoint();

  void run();
  /// Reads no more. What reaches the sinks is whole up to some item, either way.
  void request_stop(Inside inside = Inside::kFinish);
  /// Limits::in_flight, from now on. From any thread.
  void set_in_flight(int most);
  /// What was done so far; complete after run(), whether it returned or threw.
  RunReport report() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace heddle::pipeline
