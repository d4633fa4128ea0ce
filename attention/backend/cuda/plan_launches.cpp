#include "attention/backend/cuda/plan_launches.h"

#include "attention/backend/cuda/strand_operand.h"

#include <stdexcept>

namespace heddle::attention::cuda {

PlanLaunches::PlanLaunches(
    const ModuleApi& api, const BlockPlan& plan, int heads, std::int64_t keys, int windows)
    : api_(&api), stride_(plan.strands.stride), queries_(plan.queries) {
  const bool rows = stride_ == 0 || !plan.runs.empty();
  if (windows > 1 && stride_ != 0) {
    throw std::invalid_argument("cuda attention: samples at once follow plans of rows alone");
  }
  if (rows) add(make_tile_schedule(plan, heads, windows), 0, {}, {});
  if (stride_ == 0) return;
  if (rows) sums_.emplace(api, static_cast<std::size_t>(heads * queries_) * sizeof(float));
  add_strands(plan, heads, keys);
}

void PlanLaunches::add_strands(const BlockPlan& plan, int heads, std::int64_t keys) {
  const Strands& strands = plan.strands;
  if (strands_align(plan, keys)) {
    const auto all = static_cast<std::int32_t>(stride_);
    add(make_tile_schedule(strands.plans[0], heads, all),
        all,
        {.first = 0, .count = queries_ / stride_},
        {.first = 0, .count = keys / stride_});
    return;
  }
  for (std::int64_t strand = 0; strand < stride_; ++strand) {
    const StrandRows rows = strand_rows(stride_, strand, plan.first_query, queries_);
    if (rows.count == 0) continue;
    const auto index = strands.plan_of[static_cast<std::size_t>(strand)];
    add(make_tile_schedule(strands.plans[static_cast<std::size_t>(index)], heads),
        1,
        rows,
        strand_rows(stride_, strand, strands.first_key, keys));
  }
}

void PlanLaunches::add(const TileSchedule& schedule,
                       std::int32_t strands,
                       StrandRows queries,
                       StrandRows keys) {
  launches_.push_back({.schedule = std::make_unique<const DeviceTileSchedule>(*api_, schedule),
                       .strands = strands,
                       .queries = queries,
                       .keys = keys});
}

AttentionCall PlanLaunches::strand_call(const AttentionCall& whole, const Launch& launch) const {
  AttentionCall call = whole;
  const auto view = [&](Operand& operand, const StrandRows& rows) {
    operand = strand_of(operand, stride_, rows);
    operand.strands = launch.strands;
  };
  for (int set = 0; set < call.query_sets; ++set) view(call.queries[set], launch.queries);
  call.segments = 1;
  view(call.keys[0], launch.keys);
  view(call.values[0], launch.keys);
  view(call.out, launch.queries);
  if (call.log_sum_exp) call.log_sum_exp += launch.queries.first;
  return call;
}

void PlanLaunches::enqueue(const AttentionCall& call) const {
  AttentionCall whole = call;
  if (sums_ && !whole.log_sum_exp) {
    whole.log_sum_exp = static_cast<float*>(sums_->data());
    whole.log_sum_exp_stride = queries_;
  }
  for (const Launch& launch : launches_) {
    AttentionCall one = whole;
    if (launch.strands > 0) {
      one = strand_call(whole, launch);
      one.join = sums_.has_value();
    }
    one.schedule = launch.schedule->data();
    require(api_->attention(one), *api_);
  }
}

}  // namespace heddle::attention::cuda
