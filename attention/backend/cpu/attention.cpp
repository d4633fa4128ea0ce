#include "attention/backend/cpu/attention.h"

#include "attention/backend/cpu/attention_row.h"
#include "attention/backend/cpu/row_orders.h"
#include "attention/backend/strand_call.h"

#include <tbb/parallel_for.h>
#include <tbb/task_arena.h>

#include <stdexcept>

namespace heddle::attention::cpu {
namespace {

// Partial results that may wait for their row's merge; rows beyond it are walked by one thread.
constexpr std::int64_t kPartialFloats = std::int64_t{2} << 20;

/// Which rows are done by several threads, a part each. Only a matter of schedule: a row walked by
/// one thread merges the same parts in the same order.
struct Spread {
  std::vector<std::int64_t> slot;  // of each row's part 0 for head 0 of its heads, or -1
  std::vector<WorkItem> rows;      // one item a spread row
  std::int64_t slots = 0;          // a head
  Scratch<float> partial;          // (heads, slots, state)
};

struct Call {
  const AttentionArgs& args;
  AttentionShape shape;
  const RowOrders* orders = nullptr;
  std::int64_t heads_a_row = 1;  // heads that share a plan row
  std::int64_t state_floats = 0;

  std::int64_t head_of(const WorkItem& item, std::int64_t shared) const {
    return args.plan->heads == 1 ? shared : item.row / args.plan->query_blocks();
  }
};

void choose_spread(const Call& call, Spread& spread) {
  const BlockPlan& plan = *call.args.plan;
  spread.slot.assign(plan.row_begin.size() - 1, -1);
  spread.rows.clear();
  spread.slots = 0;
  if (tbb::this_task_arena::max_concurrency() == 1) return;
  for (const WorkItem& item : plan.work) {
    if (item.parts == 1 || spread.slot[static_cast<std::size_t>(item.row)] >= 0) continue;
    const std::int64_t slots = spread.slots + item.parts;
    if (slots * call.heads_a_row * call.state_floats > kPartialFloats) break;
    spread.slot[static_cast<std::size_t>(item.row)] = spread.slots;
    spread.rows.push_back(item);
    spread.slots = slots;
  }
}

float* partial(const Call& call, Spread& spread, const WorkItem& item, std::int64_t shared) {
  const std::int64_t slot = shared * spread.slots + spread.slot[static_cast<std::size_t>(item.row)];
  return spread.partial.at_least(0) + slot * call.state_floats;
}

void run_item(const Call& call, Spread& spread, const WorkItem& item, std::int64_t shared) {
  RowTask task = {.args = call.args,
                  .shape = call.shape,
                  .head = call.head_of(item, shared),
                  .tiles = {},
                  .orders = call.orders};
  if (spread.slot[static_cast<std::size_t>(item.row)] >= 0) {
    task.tiles = {.row = item.row, .first = item.first_tile, .count = item.tiles};
    float* state = partial(call, spread, item, shared) + item.part * call.state_floats;
    attend_row(task, workspace(), state);
  } else if (item.part == 0) {
    task.tiles = {.row = item.row, .first = 0, .count = kMaxPosition};  // the whole row
    float* state = workspace().state.at_least(call.state_floats);
    attend_row(task, workspace(), state);
    write_row(task, workspace(), state);
  }
}

void merge_row(const Call& call, Spread& spread, const WorkItem& item, std::int64_t shared) {
  const RowTask task = {.args = call.args,
                        .shape = call.shape,
                        .head = call.head_of(item, shared),
                        .tiles = {.row = item.row},
                        .orders = call.orders};
  float* first = partial(call, spread, item, shared);
  for (int part = 1; part < item.parts; ++part) {
    merge_states(layout_of(task), first, first + part * call.state_floats);
  }
  write_row(task, workspace(), first);
}

template <class Body>
void for_each_item(const Call& call, const std::vector<WorkItem>& items, const Body& body) {
  const auto count = static_cast<std::int64_t>(items.size());
  tbb::parallel_for(std::int64_t{0}, count * call.heads_a_row, [&](std::int64_t i) {
    body(items[static_cast<std::size_t>(i % count)], i / count);
  });
}

void require_work(const BlockPlan& plan) {
  if (!plan.work.empty() || plan.queries == 0) return;
  throw std::invalid_argument(
      "attention: the plan has rows but no work list; call build_work_list");
}

void attend_rows(const AttentionArgs& args,
                 const AttentionShape& shape,
                 const RowOrders* orders = nullptr) {
  const BlockPlan& plan = *args.plan;
  const Call call = {.args = args,
                     .shape = shape,
                     .orders = orders,
                     .heads_a_row = plan.heads == 1 ? shape.heads : 1,
                     .state_floats = largest_state(args, shape)};
  // Isolated: while this thread waits it runs only this call's tasks, so its scratch is its own.
  tbb::this_task_arena::isolate([&] {
    thread_local Spread spread;
    choose_spread(call, spread);
    spread.partial.at_least(spread.slots * call.heads_a_row * call.state_floats);
    Spread& shared_spread = spread;
    for_each_item(call, plan.work, [&](const WorkItem& item, std::int64_t shared) {
      run_item(call, shared_spread, item, shared);
    });
    for_each_item(call, shared_spread.rows, [&](const WorkItem& item, std::int64_t shared) {
      merge_row(call, shared_spread, item, shared);
    });
  });
}

/// What the rows left, where a strand's part joins them: fp32, whatever the call's outputs are.
struct RowResults {
  Scratch<float> out;
  Scratch<float> log_sum_exp;
};

/// The call that leaves the rows' part in fp32: in place where the outputs are that.
AttentionArgs rows_call(const AttentionArgs& args,
                        const AttentionShape& shape,
                        RowResults& results) {
  AttentionArgs rows = args;
  if (args.out.dtype != DType::kF32) {
    const std::int64_t floats = shape.heads * shape.queries * shape.value_dim;
    rows.out = view_of(results.out.at_least(floats), {shape.heads, shape.queries, shape.value_dim});
  }
  if (args.log_sum_exp.empty()) {
    rows.log_sum_exp = view_of(results.log_sum_exp.at_least(shape.heads * shape.queries),
                               {shape.heads, shape.queries});
  }
  return rows;
}

/// Every item of every strand; a row is walked by one thread, for strands keep all of them busy.
/// `rows`: the call whose results the strands join, null where the plan has nothing in its rows.
void attend_strands(const AttentionArgs& args,
                    const AttentionShape& shape,
                    const AttentionArgs* rows) {
  tbb::parallel_for(std::int64_t{0}, args.plan->strands.stride, [&](std::int64_t strand) {
    const Strand of(args, strand);
    if (of.empty()) return;
    const StrandCall part(args, of);
    const Call call = {.args = part.args,
                       .shape = shape,
                       .heads_a_row = of.plan().heads == 1 ? shape.heads : 1,
                       .state_floats = largest_state(part.args, shape)};
    for_each_item(call, of.plan().work, [&](const WorkItem& item, std::int64_t shared) {
      if (item.part != 0) return;
      const RowTask task = {.args = part.args,
                            .shape = shape,
                            .head = call.head_of(item, shared),
                            .tiles = {.row = item.row, .first = 0, .count = kMaxPosition}};
      float* state = workspace().state.at_least(call.state_floats);
      attend_row(task, workspace(), state);
      if (rows) {
        join_row(task,
                 {.out = of.of_queries(rows->out), .log_sum_exp = of.of_queries(rows->log_sum_exp)},
                 workspace(),
                 state);
      } else {
        write_row(task, workspace(), state);
      }
    });
  });
}

}  // namespace

void attention(const AttentionArgs& args) {
  const AttentionShape shape = check(args);
  const BlockPlan& plan = *args.plan;
  if (shape.heads == 0 || shape.queries == 0) return;
  require_work(plan);
  if (plan.strands.stride == 0) return attend_rows(args, shape);
  for (const BlockPlan& strand : plan.strands.plans) require_work(strand);
  // Isolated: while this thread waits it runs only this call's tasks, so its scratch is its own.
  tbb::this_task_arena::isolate([&] {
    if (plan.runs.empty()) return attend_strands(args, shape, nullptr);
    thread_local RowResults results;
    const AttentionArgs rows = rows_call(args, shape, results);
    attend_rows(rows, shape);
    attend_strands(args, shape, &rows);
  });
}

void attention(const AttentionArgs& args, const RowOrders& orders) {
  const AttentionShape shape = check(args);
  if (shape.heads == 0 || shape.queries == 0) return;
  require_work(*args.plan);
  attend_rows(args, shape, &orders);
}

}  // namespace heddle::attention::cpu
