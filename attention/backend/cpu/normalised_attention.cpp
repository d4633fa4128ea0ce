#include "attention/backend/cpu/normalised_attention.h"

#include "attention/backend/cpu/normalised_panel.h"

#include <tbb/parallel_for.h>
#include <tbb/task_arena.h>

#include <algorithm>

namespace heddle::attention::cpu {
namespace {

NormalisedPanel& panel_of_thread() {
  thread_local NormalisedPanel mine;
  return mine;
}

void attend_row(const NormalisedArgs& args,
                const AttentionShape& shape,
                std::int64_t head,
                std::int64_t row) {
  Workspace& scratch = workspace();
  const RowLayout layout = layout_of({args.call, shape, head, {.row = row}});
  const std::int64_t set_floats = layout.panels * shape.key_dim * layout.lanes;
  const auto sets = static_cast<std::int64_t>(args.call.queries.size());
  float* panels = scratch.queries.at_least(sets * set_floats);
  for (std::int64_t set = 0; set < sets; ++set) {
    pack_panels(head_of(args.call.queries[static_cast<std::size_t>(set)], head),
                layout,
                args.call.scale,
                scratch,
                panels + set * set_floats);
  }
  NormalisedPanel& panel = panel_of_thread();
  float* out = scratch.state.at_least(shape.value_dim * layout.lanes);
  for (int i = 0; i < layout.panels; ++i) {
    panel.load({args, shape, layout, head, row, i, panels}, scratch);
    std::fill_n(out, shape.value_dim * layout.lanes, 0.0f);
    for (const PanelKeys& keys : panel.keys()) {
      const std::int64_t kv_head = head * shape.kv_heads / shape.heads;
      weigh_panel(panel.shares() + keys.at * layout.lanes,
                  rows_of(args.call, kv_head, keys, &KeySegment::values, scratch.values),
                  keys.count,
                  static_cast<int>(shape.value_dim),
                  out);
    }
    unpack_panel({out, panel.inverse_totals()}, layout, i, scratch, head_of(args.call.out, head));
  }
}

}  // namespace

void normalised_attention(const NormalisedArgs& args) {
  const AttentionShape shape = check(args);
  const BlockPlan& plan = *args.call.plan;
  const std::int64_t blocks = plan.query_blocks();
  tbb::this_task_arena::isolate([&] {
    tbb::parallel_for(std::int64_t{0}, shape.heads * blocks, [&](std::int64_t i) {
      attend_row(args, shape, i / blocks, plan.heads == 1 ? i % blocks : i);
    });
  });
}

}  // namespace heddle::attention::cpu
