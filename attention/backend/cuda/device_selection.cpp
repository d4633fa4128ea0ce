#include "attention/backend/cuda/device_selection.h"

#include "attention/backend/cuda/device_tensor.h"
#include "attention/backend/cuda/operation_api.h"

#include <vector>

namespace heddle::attention::cuda {
namespace {

template <class T>
std::vector<T> brought(const ModuleApi& api, const T* from, std::int64_t count) {
  std::vector<T> to(static_cast<std::size_t>(count));
  if (count > 0) require(api.to_host(to.data(), from, to.size() * sizeof(T)), api);
  return to;
}

}  // namespace

DeviceSelection::DeviceSelection(const ModuleApi& api, const SelectionShape& shape)
    : api_(&api), shape_(shape) {
  const SelectionApi& selections = *api.operations->selections;
  require(selections.make(shape, &data_), api);
  require(selections.rows(data_, &rows_), api);
}

DeviceSelection::~DeviceSelection() { api_->operations->selections->free(data_); }

void DeviceSelection::select(const Operand& queries, const Operand& keys) const {
  const SelectionCall call{.selection = data_, .queries = queries, .keys = keys};
  require(api_->operations->selections->select(call), *api_);
}

void DeviceSelection::select_by(const float* scores) const {
  SelectionCall call{.selection = data_};
  call.scores = scores;
  require(api_->operations->selections->select(call), *api_);
}

BlockPlan DeviceSelection::plan() const {
  require(api_->synchronize(), *api_);
  BlockPlan made{.heads = shape_.heads, .queries = shape_.tokens};
  made.row_begin = brought(*api_, rows_.row_begin, shape_.heads * groups() + 1);
  made.runs = brought(*api_, rows_.runs, made.row_begin.back());
  build_work_list(made);
  return made;
}

TileSchedule DeviceSelection::tile_schedule() const {
  require(api_->synchronize(), *api_);
  TileSchedule made{.queries = shape_.tokens, .heads = shape_.heads};
  made.stages = brought(*api_, rows_.stages, rows_.stage_count);
  made.masks = brought(*api_, rows_.masks, 81);
  std::vector<TileStages> tiles;
  for (const Item& item : brought(*api_, rows_.items, rows_.item_count)) {
    tiles.push_back({.first_stage = item.first_stage,
                     .stages = item.stages,
                     .first_row = item.first_row,
                     .head = item.head});
  }
  made.items = make_items(tiles, {}, {.longest = std::int64_t{1} << 30});
  return made;
}

}  // namespace heddle::attention::cuda
