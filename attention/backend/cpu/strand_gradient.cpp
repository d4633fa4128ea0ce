#include "attention/backend/cpu/strand_gradient.h"

#include "attention/backend/gradient_parts.h"
#include "attention/backend/strand_call.h"

#include <tbb/parallel_for.h>
#include <tbb/task_arena.h>

#include <algorithm>

namespace heddle::attention::cpu {
namespace {

/// Both parts of a call's gradients, kept for the thread's next call.
struct Parts {
  GradientPart of_rows;
  GradientPart of_strands;
  std::vector<GradientSum> sums;
};

void differentiate_each(const AttentionGradientArgs& args,
                        const AttentionShape& shape,
                        GradientSchedule schedule,
                        DifferentiateRows rows) {
  const std::int64_t stride = args.plan->strands.stride;
  if (schedule == GradientSchedule::kByShape &&
      stride * shape.kv_heads >= 2 * tbb::this_task_arena::max_concurrency()) {
    schedule = GradientSchedule::kByHead;  // 5 products a tile, and all threads have strands
  }
  const AttentionArgs forward = forward_of(args);
  tbb::parallel_for(std::int64_t{0}, stride, [&](std::int64_t strand) {
    const StrandGradientCall part(args, Strand(forward, strand));
    AttentionShape own = shape;
    own.queries = part.args.plan->queries;
    rows(part.args, own, schedule);
  });
}

}  // namespace

void differentiate_strands(const AttentionGradientArgs& args,
                           const AttentionShape& shape,
                           GradientSchedule schedule,
                           DifferentiateRows rows) {
  // Isolated: while this thread waits it runs only this call's tasks, so its scratch is its own.
  tbb::this_task_arena::isolate([&] {
    if (strands_alone(args)) {
      return differentiate_each(args, shape, schedule, rows);
    }
    thread_local Parts of_thread;
    auto& [of_rows, of_strands, sums] = of_thread;
    of_rows.take(args);
    of_strands.take(args);
    const AttentionGradientArgs first = of_rows.call(args);
    const AttentionGradientArgs second = of_strands.call(args);
    rows(first, shape, schedule);
    differentiate_each(second, shape, schedule, rows);
    gradient_sums(first, second, args, sums);
    for (const GradientSum& sum : sums) {
      tbb::parallel_for(
          std::int64_t{0}, sum.to.shape[0], [&](std::int64_t head) { store_sum(sum, head); });
    }
  });
}

}  // namespace heddle::attention::cpu
