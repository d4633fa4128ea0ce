#include "pipeline/graph.h"

#include "io/snapshot.h"
#include "pipeline/at_work.h"
#include "pipeline/entrance.h"
#include "pipeline/lane_gate.h"
#include "pipeline/stage_node.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <deque>
#include <exception>
#include <list>
#include <map>
#include <mutex>
#include <new>
#include <optional>
#include <set>
#include <stdexcept>
#include <utility>

namespace heddle::pipeline {
namespace {

using Node = StageNode::Node;

class Stopwatch {
 public:
  double seconds() const {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count();
  }

 private:
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

std::string describe(const Item& item) {
  if (item.frame)
    return "frame " + std::to_string(item.frame->number) + " of " + item.frame->stream;
  if (item.segment) {
    return item.segment->sequence + ":" + std::to_string(item.segment->core_begin + 1) + "-" +
           std::to_string(item.segment->core_end);
  }
  return "item " + std::to_string(item.number);
}

}  // namespace

struct Graph::State {
  Limits limits;
  std::unique_ptr<Feed> feed;
  std::vector<std::unique_ptr<Stage>> stages;
  std::function<void(Item&)> sink;
  std::function<bool(std::int64_t)> mark_due;
  std::function<void(const Checkpoint&)> take_mark;
  Checkpoint begin;  // of an earlier run

  std::atomic<bool> stop{false};  // read no more
  std::atomic<bool> asked_to_stop{false};
  std::atomic<bool> whole{false};    // the feed has given everything
  std::atomic<bool> abandon{false};  // a fatal error: pass everything through untouched
  std::atomic<std::int64_t> left{0};
  std::atomic<std::int64_t> source_position{0};
  std::atomic<std::int64_t> failed{0};
  std::atomic<std::int64_t> unstarted{0};
  std::mutex begin_mutex;
  std::int64_t begun = 0;        // stages have begun with all items before this
  std::set<std::int64_t> ahead;  // and with these
  std::int64_t reached = 0;      // and those that work in order have with one before this
  std::int64_t end = StageState::kNothing;  // items from here are let go
  std::mutex error_mutex;
  std::exception_ptr error;  // the first that ends the run
  StageClock feed_clock;
  StageClock sink_clock;
  std::deque<StageClock> clocks;          // by stage
  std::deque<AtWork> at_work;             // by stage
  std::function<void(MessagePtr)> admit;  // into the first node; set by run()
  Entrance entrance;
  std::int64_t next_number = 0;  // both written by one admission at a time
  std::map<int, std::int64_t> lane_numbers;

  explicit State(const Limits& given)
      : limits(given), entrance(given, [this](MessagePtr message) {
          Item& item = message->item();
          item.number = next_number++;
          item.replayed = item.number < begin.items;  // read again, so nothing was dropped
          message->lane_number = lane_numbers[message->item().lane]++;
          admit(std::move(message));
        }) {}

  void end_run(std::exception_ptr why, bool untouched) {
    {
      const std::scoped_lock lock(error_mutex);
      if (!error) error = std::move(why);
    }
    if (untouched) abandon = true;
    stop = true;
    entrance.stop();
  }

  /// A stage, or the sink, is about to begin with the item. False: it is let go.
  bool begins(const Item& item, bool in_order) {
    const std::scoped_lock lock(begin_mutex);
    if (item.number >= end) return false;
    if (in_order) reached = std::max(reached, item.number + 1);
    if (item.number >= begun) ahead.insert(item.number);
    for (; !ahead.empty() && *ahead.begin() == begun; ++begun) ahead.erase(ahead.begin());
    return true;
  }

  /// What a stage with a state has seen goes all the way, so that all stages end up behind the same
  /// item; so does what was begun with before anything that was not.
  void let_go_of_the_rest() {
    const std::scoped_lock lock(begin_mutex);
    end = std::min(end, std::max(begun, reached));
  }

  bool let_go(const Item& item) {
    const std::scoped_lock lock(begin_mutex);
    return item.number >= end;
  }

  /// The guard around every stage body.
  void work(std::size_t stage, std::span<Item*> items) {
    if (abandon) return;
    const Stopwatch watch;
    const AtWork::Here here(at_work[stage]);
    bool failed_here = false;
    std::vector<std::size_t> records;  // of each item, before
    try {
      for (const Item* item : items) records.push_back(item->records.size());
      stages[stage]->process_batch(items);
    } catch (const std::logic_error&) {
      end_run(std::current_exception(), true);
    } catch (const std::bad_alloc&) {
      end_run(std::current_exception(), true);  // memory is not one item's trouble
    } catch (const std::exception& thrown) {
      failed_here = true;
      if (items.size() == 1) {
        items[0]->failure = io::Failure{describe(*items[0]), thrown.what()};
      } else {
        work_alone(stage, items, records);
      }
    } catch (...) {
      end_run(std::current_exception(), true);
    }
    clocks[stage].add(watch.seconds(), failed_here);
  }

  /// One bad item must not fail the others of its batch: they are tried again, each alone, without
  /// the records that the batch gave them.
  void work_alone(std::size_t stage,
                  std::span<Item*> items,
                  const std::vector<std::size_t>& records_before) {
    for (std::size_t i = 0; i < items.size(); ++i) {
      auto& records = items[i]->records;
      records.erase(records.begin() + static_cast<std::ptrdiff_t>(records_before[i]),
                    records.end());
      work(stage, {&items[i], 1});
    }
  }

  void pass_over(std::size_t stage, Item& item) {
    if (abandon) return;
    try {
      stages[stage]->skip(item);
    } catch (...) {
      end_run(std::current_exception(), true);
    }
  }

  /// An earlier run's items are for those stages only that ask for them.
  bool wanted(std::size_t stage, const Item& item) {
    const bool in_order = stages[stage]->concurrency() != Concurrency::kUnlimited;
    if (!begins(item, in_order)) return false;
    return !item.replayed || item.number >= begin.stages[stage].replay_from;
  }

  void mark(std::size_t stage, Item& item) {
    if (abandon || !item.mark || let_go(item)) return;
    try {
      item.mark->stages.push_back(stages[stage]->save());
    } catch (...) {
      end_run(std::current_exception(), true);
    }
  }

  void deliver(Item& item) {
    if (!begins(item, true)) {
      ++unstarted;
      return;
    }
    if (item.replayed) {
      ++left;
      return;
    }
    if (item.failure) ++failed;
    if (!abandon) {
      const Stopwatch watch;
      try {
        if (item.failure) item.records.emplace_back(*item.failure);
        sink(item);
        if (item.mark) {
          item.mark->items = item.number + 1;
          take_mark(*item.mark);
        }
      } catch (...) {
        end_run(std::current_exception(), true);
      }
      sink_clock.add(watch.seconds(), item.failure.has_value());
    }
    ++left;
  }

  /// The reader thread: everything the feed has, as long as there is room.
  void read_all() {
    std::int64_t items_read = 0;
    try {
      while (!stop && entrance.wait_for_room() && !stop) {
        auto item = std::make_unique<Item>();
        const Stopwatch watch;
        if (!feed->next(*item)) {
          whole = true;
          break;
        }
        feed_clock.add(watch.seconds(), false);
        source_position = feed->position();
        const std::int64_t number = items_read++;
        if (mark_due && number >= begin.items && mark_due(number))
          item->mark = std::make_unique<Checkpoint>();
        entrance.offer(std::move(item));
      }
    } catch (...) {
      end_run(std::current_exception(), false);
    }
  }
};

Graph::Graph(const Limits& limits) : state_(std::make_unique<State>(limits)) {}
Graph::~Graph() = default;

Graph& Graph::from(std::unique_ptr<Feed> feed) {
  state_->feed = std::move(feed);
  return *this;
}

Graph& Graph::then(std::unique_ptr<Stage> stage) {
  state_->stages.push_back(std::move(stage));
  state_->clocks.emplace_back();
  state_->at_work.emplace_back();
  return *this;
}

Graph& Graph::to(std::function<void(Item&)> sink) {
  state_->sink = std::move(sink);
  return *this;
}

Graph& Graph::mark_when(std::function<bool(std::int64_t)> due,
                        std::function<void(const Checkpoint&)> take) {
  state_->mark_due = std::move(due);
  state_->take_mark = std::move(take);
  return *this;
}

Graph& Graph::resume(const Checkpoint& from) {
  State& state = *state_;
  if (from.stages.size() != state.stages.size()) {
    throw io::SnapshotError("a checkpoint of " + std::to_string(from.stages.size()) +
                            " stages does not fit a run of " + std::to_string(state.stages.size()));
  }
  state.begin = from;
  // A stage that sees items again needs what the stages before it make of them: where a later stage
  // asks for earlier items, this one works on them too. Without stored bytes it begins with them,
  // for stages ask from where a sequence begins, and every state is empty there. Stored bytes are
  // its state behind all of them, and of no use before: it begins at the start.
  std::int64_t needed = StageState::kNothing;
  for (std::size_t i = state.stages.size(); i-- > 0;) {
    StageState& stage = state.begin.stages[i];
    if (needed < stage.replay_from) {
      stage.replay_from = stage.bytes.empty() ? needed : 0;
    } else if (!stage.bytes.empty()) {
      state.stages[i]->load(stage.bytes);
    }
    stage.bytes.clear();
    needed = std::min(needed, stage.replay_from);
  }
  return *this;
}

std::optional<Checkpoint> Graph::checkpoint() {
  if (state_->left < state_->begin.items) return std::nullopt;
  Checkpoint now;
  now.items = state_->left;
  for (const auto& stage : state_->stages) now.stages.push_back(stage->save());
  return now;
}

void Graph::run() {
  State& state = *state_;
  if (!state.feed || !state.sink) throw std::logic_error("Graph::run: give it a feed and a sink");
  tbb::flow::graph flow;
  LaneGate exit_gate(false, state.entrance);
  Node exit(flow, tbb::flow::unlimited, [&](const MessagePtr& message, Node::output_ports_type&) {
    exit_gate.arrive(message, [&](const MessagePtr& due) {
      state.deliver(due->item());
      due->finish();
    });
  });
  std::list<StageNode> nodes;  // from the last to the first, each connected to the one before it
  Node* next = &exit;
  for (std::size_t i = state.stages.size(); i-- > 0;) {
    const Stage& stage = *state.stages[i];
    nodes.emplace_back(
        flow,
        stage,
        state.entrance,
        StageNode::Bodies{[&state, i](std::span<Item*> items) { state.work(i, items); },
                          [&state, i](Item& item) { state.pass_over(i, item); },
                          [&state, i](const Item& item) { return state.wanted(i, item); },
                          [&state, i](Item& item) { state.mark(i, item); }});
    if (stage.batch_size() > 1)
      nodes.back().batch(stage.batch_size(), state.limits, state.entrance);
    nodes.back().connect_to(*next);
    next = &nodes.back().in();
  }
  state.admit = [next](const MessagePtr& message) { next->try_put(message); };
  state.entrance.on_quiet = [&] {
    for (StageNode& node : nodes) {
      if (node.batcher()) node.batcher()->quiet();
    }
  };
  {
    const ReaderThread reader(flow, state.entrance, [&] {
      state.read_all();
      for (StageNode& node : nodes) {
        if (node.batcher()) node.batcher()->close();
      }
    });
    flow.wait_for_all();
  }
  if (state.error) std::rethrow_exception(state.error);
}

void Graph::request_stop(Inside inside) {
  state_->asked_to_stop = true;
  state_->stop = true;
  if (inside == Inside::kDropUnstarted) state_->let_go_of_the_rest();
  state_->entrance.stop();
}

void Graph::set_in_flight(int most) { state_->entrance.set_in_flight(most); }

RunReport Graph::report() const {
  const State& state = *state_;
  RunReport report;
  // Before those that entered: never more than they.
  report.left = state.left;
  report.unstarted = state.unstarted;
  report.dropped = state.entrance.dropped();
  report.entered = state.entrance.entered();
  report.most_live = state.entrance.most_live();
  report.source_position = state.source_position;
  report.failed = state.failed;
  report.stopped = state.asked_to_stop && (!state.whole || report.unstarted > 0);
  report.stages.push_back(state.feed_clock.stats("read"));
  for (std::size_t i = 0; i < state.clocks.size(); ++i) {
    report.stages.push_back(state.clocks[i].stats(std::string(state.stages[i]->name())));
    report.stages.back().busy_seconds += state.at_work[i].seconds();  // of items on their way
  }
  report.stages.push_back(state.sink_clock.stats("write"));
  return report;
}

}  // namespace heddle::pipeline
