#include "attention/backend/cpu/attention.h"

#include "attention/backend/cpu/attention_row.h"
#include "attention/backend/cpu/attention_schedule.h"
#include "attention/backend/cpu/row_orders.h"
#include "attention/backend/strand_call.h"

#include <tbb/parallel_for.h>
#include <tbb/task_arena.h>

#include <stdexcept>

namespace heddle::attention::cpu {
namespace {

// Partial results that may wait for their row's merge; rows beyond it are walked by one thread.
constexpr std::int64_t kPartialFloats = std::int64_t{2} << 20;

/// A call's schedule, and the states of its spread rows' parts (heads, slots, state).
struct Spread {
  Schedule schedule;
  Scratch<float> partial;
};

struct Call {
  const AttentionArgs& args;
  AttentionShape shape;
  const RowOrders* orders = nullptr;
  std::int64_t heads_a_row = 1;  // heads that share a plan row
  std::int64_t state_floats = 0;

  Call(const AttentionArgs& of, const AttentionShape& of_shape, const RowOrders* of_orders)
      : args(of),
        shape(of_shape),
        orders(of_orders),
        heads_a_row(of.plan->heads == 1 ? of_shape.heads : 1),
        state_floats(largest_state(of, of_shape)) {}

  std::int64_t rows() const { return static_cast<std::int64_t>(args.plan->row_begin.size()) - 1; }

  /// The whole row, for number `shared` of the heads that share it.
  RowTask task(std::int64_t row, std::int64_t shared) const {
    return {.args = args,
            .shape = shape,
            .head = args.plan->heads == 1 ? shared : row / args.plan->query_blocks(),
            .tiles = {.row = row, .first = 0, .count = kMaxPosition},
            .orders = orders};
  }
};

/// body(row, number among the heads that share it), a head's rows behind one another: neighbours
/// share keys, and one head's keys and values are all that a thread needs near it.
template <class Body>
void for_each(const Call& call, std::int64_t count, const Body& body) {
  tbb::parallel_for(std::int64_t{0}, count * call.heads_a_row, [&](std::int64_t i) {
    body(i % count, i / count);
  });
}

/// Walks a row alone and leaves its state; what is behind it comes next on this thread.
float* walk_row(const Call& call, RowTask& task, std::int64_t shared) {
  const std::int64_t row = task.tiles.row + 1;
  const bool last = row == call.rows();
  const RowTask next = call.task(last ? 0 : row, last ? shared + 1 : shared);
  if (!last || shared + 1 < call.heads_a_row) task.next = &next;
  float* state = workspace().state.at_least(call.state_floats);
  attend_row(task, workspace(), state);
  task.next = nullptr;
  return state;
}

float* partial(const Call& call, Spread& spread, const WorkItem& item, std::int64_t shared) {
  const Schedule& schedule = spread.schedule;
  const std::int64_t slot =
      shared * schedule.slots + schedule.slot[static_cast<std::size_t>(item.row)];
  return spread.partial.at_least(0) + slot * call.state_floats;
}

void walk_part(const Call& call, Spread& spread, const WorkItem& item, std::int64_t shared) {
  RowTask task = call.task(item.row, shared);
  task.tiles = {.row = item.row, .first = item.first_tile, .count = item.tiles};
  float* state = partial(call, spread, item, shared) + item.part * call.state_floats;
  attend_row(task, workspace(), state);
}

void merge_row(const Call& call, Spread& spread, const WorkItem& item, std::int64_t shared) {
  const RowTask task = call.task(item.row, shared);
  float* first = partial(call, spread, item, shared);
  for (int part = 1; part < item.parts; ++part) {
    merge_states(layout_of(task), first, first + part * call.state_floats);
  }
  write_row(task, workspace(), first);
}

void require_work(const BlockPlan& plan) {
  if (!plan.work.empty() || plan.queries == 0) return;
  throw std::invalid_argument(
      "attention: the plan has rows but no work list; call build_work_list");
}

void attend_rows(const AttentionArgs& args,
                 const AttentionShape& shape,
                 const RowOrders* orders = nullptr) {
  const Call call(args, shape, orders);
  // Isolated: while this thread waits it runs only this call's tasks, so its scratch is its own.
  tbb::this_task_arena::isolate([&] {
    thread_local Spread of_thread;
    Spread& spread = of_thread;
    Schedule& schedule = spread.schedule;
    schedule.choose(*args.plan,
                    tbb::this_task_arena::max_concurrency(),
                    call.heads_a_row,
                    kPartialFloats / (call.heads_a_row * call.state_floats));
    spread.partial.at_least(schedule.slots * call.heads_a_row * call.state_floats);
    for_each(call, std::ssize(schedule.parts), [&](std::int64_t i, std::int64_t shared) {
      walk_part(call, spread, schedule.parts[static_cast<std::size_t>(i)], shared);
    });
    for_each(call, call.rows(), [&](std::int64_t row, std::int64_t shared) {
      if (!schedule.alone(row)) return;
      RowTask task = call.task(row, shared);
      write_row(task, workspace(), walk_row(call, task, shared));
    });
    for_each(call, std::ssize(schedule.spread), [&](std::int64_t i, std::int64_t shared) {
      merge_row(call, spread, schedule.spread[static_cast<std::size_t>(i)], shared);
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
    const Call call(part.args, shape, nullptr);
    for_each(call, call.rows(), [&](std::int64_t row, std::int64_t shared) {
      RowTask task = call.task(row, shared);
      float* state = walk_row(call, task, shared);
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
