#include "pipeline/graph.h"

#include "pipeline/batcher.h"
#include "pipeline/entrance.h"
#include "pipeline/lane_gate.h"
#include "pipeline/threads.h"

#include <tbb/flow_graph.h>

#include <atomic>
#include <chrono>
#include <exception>
#include <list>
#include <map>
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

  std::atomic<bool> stop{false};     // read no more
  std::atomic<bool> abandon{false};  // a fatal error: pass everything through untouched
  std::atomic<std::int64_t> left{0};
  std::atomic<std::int64_t> source_position{0};
  std::atomic<std::int64_t> failed{0};
  std::mutex error_mutex;
  std::exception_ptr error;  // the first that ends the run
  StageClock feed_clock;
  StageClock sink_clock;
  std::vector<StageClock> clocks;
  std::unique_ptr<Entrance> entrance;
  std::int64_t next_number = 0;  // both written by one admission at a time
  std::map<int, std::int64_t> lane_numbers;

  void end_run(std::exception_ptr why, bool untouched) {
    {
      const std::scoped_lock lock(error_mutex);
      if (!error) error = std::move(why);
    }
    if (untouched) abandon = true;
    stop = true;
    if (entrance) entrance->stop();
  }

  /// The guard around every stage body.
  void work(std::size_t stage, std::span<Item*> items) {
    if (abandon) return;
    const Stopwatch watch;
    bool failed_here = false;
    try {
      stages[stage]->process_batch(items);
    } catch (const std::logic_error&) {
      end_run(std::current_exception(), true);
    } catch (const std::exception& e) {
      failed_here = true;
      for (Item* item : items) {
        if (!item->failure) item->failure = io::Failure{describe(*item), e.what()};
      }
    }
    clocks[stage].add(watch.seconds(), failed_here);
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
      while (!stop && entrance->wait_for_room() && !stop) {
        auto item = std::make_unique<Item>();
        const Stopwatch watch;
        if (!feed->next(*item)) break;
        feed_clock.add(watch.seconds(), false);
        source_position = feed->position();
        entrance->offer(std::move(item));
      }
    } catch (...) {
      end_run(std::current_exception(), false);
    }
  }
};

namespace {

using Work = std::function<void(std::span<Item*>)>;

/// A stage as a flow-graph node: gated to its concurrency, batched where it asks for it.
class StageNode {
 public:
  StageNode(tbb::flow::graph& graph, Stage& stage, Work work)
      : stage_(stage),
        work_(std::move(work)),
        in_(graph,
            tbb::flow::unlimited,
            [this](const MessagePtr& message, Node::output_ports_type&) { enter(message); }),
        out_(graph,
             tbb::flow::unlimited,
             [this](const Batch& batch, BatchNode::output_ports_type&) { do_work(batch); }) {
    if (stage.concurrency() != Concurrency::kUnlimited) {
      gate_.emplace(stage.concurrency() == Concurrency::kPerLane);
    }
  }

  void batch(const Limits& limits, const Entrance& entrance) {
    const int size = std::min(stage_.batch_size(), limits.in_flight);
    batcher_.emplace(size, limits.batch_timeout, entrance, [this](Batch batch) {
      out_.try_put(std::move(batch));
    });
  }

  void connect_to(Node& next) { tbb::flow::make_edge(tbb::flow::output_port<0>(out_), next); }
  void connect_to(StageNode& next) { connect_to(next.in_); }
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
        stage_.skip(message->item());
      } else {
        items.push_back(&message->item());
      }
    }
    if (!items.empty()) work_(items);
    for (const MessagePtr& message : batch) std::get<0>(out_.output_ports()).try_put(message);
  }

  Stage& stage_;
  const Work work_;
  std::optional<LaneGate> gate_;
  std::optional<Batcher> batcher_;
  Node in_;
  BatchNode out_;
};

}  // namespace

Graph::Graph(const Limits& limits) : state_(std::make_unique<State>()) { state_->limits = limits; }
Graph::~Graph() = default;

Graph& Graph::from(std::unique_ptr<Feed> feed) {
  state_->feed = std::move(feed);
  return *this;
}

Graph& Graph::then(std::unique_ptr<Stage> stage) {
  state_->stages.push_back(std::move(stage));
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
  LaneGate exit_gate(false);
  Node exit(flow, tbb::flow::unlimited, [&](const MessagePtr& message, Node::output_ports_type&) {
    exit_gate.arrive(message, [&](const MessagePtr& due) {
      state.deliver(due->item());
      due->finish();
    });
  });
  std::list<StageNode> nodes;
  Node* first = &exit;
  state.entrance = std::make_unique<Entrance>(state.limits, [&](MessagePtr message) {
    message->item().number = state.next_number++;
    message->lane_number = state.lane_numbers[message->item().lane]++;
    first->try_put(std::move(message));
  });
  state.clocks = std::vector<StageClock>(state.stages.size());
  for (std::size_t i = 0; i < state.stages.size(); ++i) {
    Stage& stage = *state.stages[i];
    nodes.emplace_back(flow, stage, [&state, i](std::span<Item*> items) { state.work(i, items); });
    if (stage.batch_size() > 1) nodes.back().batch(state.limits, *state.entrance);
  }
  for (auto node = nodes.begin(); node != nodes.end(); ++node) {
    if (std::next(node) == nodes.end()) {
      node->connect_to(exit);
    } else {
      node->connect_to(*std::next(node));
    }
  }
  if (!nodes.empty()) first = &nodes.front().in();
  state.entrance->on_wait = [&] {
    for (StageNode& node : nodes) {
      if (node.batcher()) node.batcher()->quiet();
    }
  };
  flow.reserve_wait();
  std::thread reader = own_thread([&] {
    state.read_all();
    for (StageNode& node : nodes) {
      if (node.batcher()) node.batcher()->close();
    }
    flow.release_wait();
  });
  flow.wait_for_all();
  reader.join();
  if (state.error) std::rethrow_exception(state.error);
}

void Graph::request_stop() {
  state_->stop = true;
  if (state_->entrance) state_->entrance->stop();
}

RunReport Graph::report() const {
  const State& state = *state_;
  RunReport report;
  if (state.entrance) {
    report.entered = state.entrance->entered();
    report.dropped = state.entrance->dropped();
    report.most_live = state.entrance->most_live();
  }
  report.left = state.left;
  report.source_position = state.source_position;
  report.failed = state.failed;
  report.stopped = state.stop;
  report.stages.push_back(state.feed_clock.stats("read"));
  for (std::size_t i = 0; i < state.clocks.size(); ++i) {
    report.stages.push_back(state.clocks[i].stats(std::string(state.stages[i]->name())));
  }
  report.stages.push_back(state.sink_clock.stats("write"));
  return report;
}

}  // namespace heddle::pipeline
