#include "pipeline/graph.h"

#include "pipeline/batcher.h"
#include "pipeline/entrance.h"
#include "pipeline/lane_gate.h"
#include "pipeline/threads.h"

#include <tbb/flow_graph.h>

#include <atomic>
#include <chrono>
#include <deque>
#include <exception>
#include <list>
#include <map>
#include <mutex>
#include <new>
#include <optional>
#include <stdexcept>
#include <thread>
#include <utility>

namespace heddle::pipeline {
namespace {

using Node = tbb::flow::multifunction_node<MessagePtr, std::tuple<MessagePtr>>;
using BatchNode = tbb::flow::multifunction_node<Batch, std::tuple<MessagePtr>>;

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

  std::atomic<bool> stop{false};  // read no more
  std::atomic<bool> asked_to_stop{false};
  std::atomic<bool> whole{false};    // the feed has given everything
  std::atomic<bool> abandon{false};  // a fatal error: pass everything through untouched
  std::atomic<std::int64_t> left{0};
  std::atomic<std::int64_t> source_position{0};
  std::atomic<std::int64_t> failed{0};
  std::mutex error_mutex;
  std::exception_ptr error;  // the first that ends the run
  StageClock feed_clock;
  StageClock sink_clock;
  std::deque<StageClock> clocks;          // by stage
  std::function<void(MessagePtr)> admit;  // into the first node; set by run()
  Entrance entrance;
  std::int64_t next_number = 0;  // both written by one admission at a time
  std::map<int, std::int64_t> lane_numbers;

  explicit State(const Limits& given)
      : limits(given), entrance(given, [this](MessagePtr message) {
          message->item().number = next_number++;
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

  /// The guard around every stage body.
  void work(std::size_t stage, std::span<Item*> items) {
    if (abandon) return;
    const Stopwatch watch;
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

  void deliver(Item& item) {
    if (!abandon) {
      const Stopwatch watch;
      try {
        if (item.failure) item.records.emplace_back(*item.failure);
        sink(item);
      } catch (...) {
        end_run(std::current_exception(), true);
      }
      sink_clock.add(watch.seconds(), item.failure.has_value());
    }
    if (item.failure) ++failed;
    ++left;
  }

  /// The reader thread: everything the feed has, as long as there is room.
  void read_all() {
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
        entrance.offer(std::move(item));
      }
    } catch (...) {
      end_run(std::current_exception(), false);
    }
  }
};

namespace {

/// A stage as a flow-graph node: gated to its concurrency, batched where it asks for it.
class StageNode {
 public:
  struct Bodies {
    std::function<void(std::span<Item*>)> work;
    std::function<void(Item&)> pass_over;  // of an item that failed before
  };

  StageNode(tbb::flow::graph& graph, const Stage& stage, Entrance& entrance, Bodies bodies)
      : bodies_(std::move(bodies)),
        in_(graph,
            tbb::flow::unlimited,
            [this](const MessagePtr& message, Node::output_ports_type&) { enter(message); }),
        out_(graph,
             tbb::flow::unlimited,
             [this](const Batch& batch, BatchNode::output_ports_type&) { do_work(batch); }) {
    if (stage.concurrency() != Concurrency::kUnlimited) {
      gate_.emplace(stage.concurrency() == Concurrency::kPerLane, entrance);
    }
  }

  void batch(int size, const Limits& limits, Entrance& entrance) {
    batcher_.emplace(std::min(size, limits.in_flight),
                     limits.batch_timeout,
                     entrance,
                     [this](const Batch& batch) { out_.try_put(batch); });
  }

  void connect_to(Node& next) { tbb::flow::make_edge(tbb::flow::output_port<0>(out_), next); }
  Node& in() { return in_; }
  std::optional<Batcher>& batcher() { return batcher_; }

 private:
  void enter(const MessagePtr& message) {
    if (batcher_) {
      batcher_->arrive(message);
    } else if (gate_) {
      gate_->arrive(message, [this](const MessagePtr& due) { do_work({due}); });
    } else {
      do_work({message});
    }
  }

  void do_work(const Batch& batch) {
    std::vector<Item*> items;
    for (const MessagePtr& message : batch) {
      if (message->item().failure) {
        bodies_.pass_over(message->item());
      } else {
        items.push_back(&message->item());
      }
    }
    if (!items.empty()) bodies_.work(items);
    for (const MessagePtr& message : batch) std::get<0>(out_.output_ports()).try_put(message);
  }

  const Bodies bodies_;
  std::optional<LaneGate> gate_;
  std::optional<Batcher> batcher_;
  Node in_;
  BatchNode out_;
};

/// Joined on every path; an exception on the way stops the reading first.
class ReaderThread {
 public:
  ReaderThread(tbb::flow::graph& flow, Entrance& entrance, std::function<void()> body)
      : entrance_(entrance) {
    flow.reserve_wait();  // the graph is not done while the reader is not
    try {
      thread_ = own_thread([&flow, body = std::move(body)] {
        body();
        flow.release_wait();
      });
    } catch (...) {
      flow.release_wait();
      throw;
    }
  }
  ~ReaderThread() {
    entrance_.stop();
    thread_.join();
  }
  ReaderThread(const ReaderThread&) = delete;
  ReaderThread& operator=(const ReaderThread&) = delete;

 private:
  Entrance& entrance_;
  std::thread thread_;
};

}  // namespace

Graph::Graph(const Limits& limits) : state_(std::make_unique<State>(limits)) {}
Graph::~Graph() = default;

Graph& Graph::from(std::unique_ptr<Feed> feed) {
  state_->feed = std::move(feed);
  return *this;
}

Graph& Graph::then(std::unique_ptr<Stage> stage) {
  state_->stages.push_back(std::move(stage));
  state_->clocks.emplace_back();
  return *this;
}

Graph& Graph::to(std::function<void(Item&)> sink) {
  state_->sink = std::move(sink);
  return *this;
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
                          [&state, i](Item& item) { state.pass_over(i, item); }});
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

void Graph::request_stop() {
  state_->asked_to_stop = true;
  state_->stop = true;
  state_->entrance.stop();
}

RunReport Graph::report() const {
  const State& state = *state_;
  RunReport report;
  report.entered = state.entrance.entered();
  report.dropped = state.entrance.dropped();
  report.most_live = state.entrance.most_live();
  report.left = state.left;
  report.source_position = state.source_position;
  report.failed = state.failed;
  report.stopped = state.asked_to_stop && !state.whole;
  report.stages.push_back(state.feed_clock.stats("read"));
  for (std::size_t i = 0; i < state.clocks.size(); ++i) {
    report.stages.push_back(state.clocks[i].stats(std::string(state.stages[i]->name())));
  }
  report.stages.push_back(state.sink_clock.stats("write"));
  return report;
}

}  // namespace heddle::pipeline
