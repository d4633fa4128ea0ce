#include "attention/backend/cuda/module/gradient_call.h"
#include "attention/backend/cuda/module/kept_schedule.h"
#include "attention/backend/cuda/module/queue.h"

#include <algorithm>

namespace heddle::attention::cuda {
namespace {

void check_schedules(const GradientCall& call,
                     const KeptSchedule& rows,
                     const KeptKeySchedule& keys) {
  const Operand& queries = call.queries[0];
  const bool fits = rows.queries == queries.rows && keys.queries == queries.rows &&
                    rows.heads == queries.heads && keys.heads == queries.heads &&
                    keys.kv_heads == call.keys[0].heads && rows.strands == queries.strands &&
                    keys.strands == queries.strands;
  if (fits) return;
  throw std::runtime_error("cuda: the schedules are for " + std::to_string(rows.heads) + " and " +
                           std::to_string(keys.heads) + " heads of " +
                           std::to_string(rows.queries) + " and " + std::to_string(keys.queries) +
                           " queries and " + std::to_string(keys.kv_heads) +
                           " key heads, queries are " + std::to_string(queries.heads) + " x " +
                           std::to_string(queries.rows) + "; schedule this shape");
}

void take_operands(const GradientCall& call, GradientProblem& problem) {
  std::copy_n(call.queries, kMaxQuerySets, problem.queries);
  std::copy_n(call.keys, kMaxSegments, problem.keys);
  std::copy_n(call.values, kMaxSegments, problem.values);
  std::copy_n(call.query_set, kMaxSegments, problem.query_set);
  std::copy_n(call.query_gradients, kMaxQuerySets, problem.query_gradients);
  std::copy_n(call.key_gradients, kMaxSegments, problem.key_gradients);
  std::copy_n(call.value_gradients, kMaxSegments, problem.value_gradients);
  problem.query_sets = call.query_sets;
  problem.segments = call.segments;
  problem.scale = call.scale;
  problem.out = call.out;
  problem.out_gradient = call.out_gradient;
  problem.log_sum_exp = call.log_sum_exp;
  problem.log_sum_exp_gradient = call.log_sum_exp_gradient;
  problem.log_sum_exp_stride = call.log_sum_exp_stride;
  problem.log_sum_exp_row_stride = sum_row_stride(call.out);
}

GradientProblem problem_of(const GradientCall& call) {
  const auto& rows = *static_cast<const KeptSchedule*>(call.schedule);
  const auto& keys = *static_cast<const KeptKeySchedule*>(call.key_schedule);
  check_schedules(call, rows, keys);
  GradientProblem problem;
  take_operands(call, problem);
  problem.schedule = rows.schedule;
  problem.key_schedule = keys.schedule;
  problem.terms = {keys.terms, keys.first_row, keys.padded_rows, keys.heads};
  problem.partial_queries = rows.partial_out;
  problem.partial_keys = keys.partial_keys;
  problem.partial_values = keys.partial_values;
  return problem;
}

Path path_of(const GradientCall& call, const GradientProblem& problem) {
  const bool hopper = hopper_gradient_fits(problem, device());
  const bool portable = portable_gradient_fits(problem, device());
  if (call.path == Path::kAuto) {
    return hopper ? Path::kHopper : portable ? Path::kPortable : Path::kSimple;
  }
  if ((call.path == Path::kHopper && !hopper) || (call.path == Path::kPortable && !portable)) {
    throw std::runtime_error("cuda: the path asked for cannot run these operands on this device");
  }
  return call.path;
}

/// Does any segment with keys meet this query set?
bool met(const GradientProblem& problem, int set) {
  for (int i = 0; i < problem.segments; ++i) {
    if (problem.keys[i].rows > 0 && problem.query_set[i] == set) return true;
  }
  return false;
}

void run_queries(const GradientProblem& problem, Path path) {
  for (int set = 0; set < problem.query_sets; ++set) {
    if (!problem.query_gradients[set].data || problem.schedule.item_count == 0) continue;
    if (path == Path::kHopper && met(problem, set)) {
      launch_query_gradient_hopper(problem, set, current_stream());
    } else if (path == Path::kPortable) {
      launch_query_gradient_portable(problem, set, current_stream());
    } else {  // a set that no key meets is only cleared
      launch_query_gradient_simple(problem, set, current_stream());
    }
    launch_query_gradient_merge(problem, set, current_stream());
  }
}

void run_keys(const GradientProblem& problem, Path path) {
  bool wanted = false;
  for (int i = 0; i < problem.segments; ++i) {
    wanted = wanted || problem.key_gradients[i].data || problem.value_gradients[i].data;
  }
  if (!wanted || problem.key_schedule.item_count == 0) return;
  if (path == Path::kHopper) {
    launch_key_gradient_hopper(problem, current_stream());
  } else if (path == Path::kPortable) {
    launch_key_gradient_portable(problem, current_stream());
  } else {
    launch_key_gradient_simple(problem, current_stream());
  }
  launch_key_gradient_merge(problem, current_stream());
}

}  // namespace

void run_gradient(const GradientCall& call) {
  const GradientProblem problem = problem_of(call);
  const Path path = path_of(call, problem);
  launch_row_terms(problem, current_stream());
  run_queries(problem, path);
  run_keys(problem, path);
}

}  // namespace heddle::attention::cuda
