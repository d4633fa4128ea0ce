#pragma once
// The parts of a graph's run: a stage as a node of oneTBB's flow graph, and the thread that reads.
// Belongs to graph.cpp.

#include "pipeline/batcher.h"
#include "pipeline/entrance.h"
#include "pipeline/item.h"
#include "pipeline/lane_gate.h"
#include "pipeline/limits.h"
#include "pipeline/threads.h"

#include <tbb/flow_graph.h>

#include <algorithm>
#include <functional>
#include <optional>
#include <span>
#include <thread>
#include <tuple>
#include <utility>
#include <vector>

namespace heddle::pipeline {

/// A stage as a flow-graph node: gated to its concurrency, batched where it asks for it.
class StageNode {
 public:
  using Node = tbb::flow::multifunction_node<MessagePtr, std::tuple<MessagePtr>>;
  using BatchNode = tbb::flow::multifunction_node<Batch, std::tuple<MessagePtr>>;
  struct Bodies {
    std::function<void(std::span<Item*>)> work;
    std::function<void(Item&)> pass_over;  // of an item that failed before
    std::function<bool(const Item&)> wanted;
    std::function<void(Item&)> mark;
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
      Item& item = message->item();
      if (!bodies_.wanted(item)) continue;
      if (item.failure) {
        bodies_.pass_over(item);
      } else {
        items.push_back(&item);
      }
    }
    if (!items.empty()) bodies_.work(items);
    for (const MessagePtr& message : batch) bodies_.mark(message->item());
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

}  // namespace heddle::pipeline
