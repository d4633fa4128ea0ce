#include "attention/memory/live_stage.h"

#include <algorithm>

namespace heddle::attention {

LiveStage::LiveStage(const MemorySpec& spec)
    : spec_(spec), rotated_(static_cast<std::size_t>(spec.key_dim)) {
  spec_.block = 1;
}

void LiveStage::make_room(std::int64_t rows) {
  if (!rows_.empty() && rows_.front().slots() >= rows) return;
  rows_.clear();
  rows_.emplace_back(spec_, rows);
}

void LiveStage::stage(MemoryTiers& tiers, const RollingMemory::Attend& args, int tile) {
  const std::int64_t live = args.live_keys.empty() ? 0 : args.live_keys.shape[1];
  const std::int64_t begin = live == 0 ? args.live_first : args.live_first / tile * tile;
  positions_ = {begin, args.live_first + live};
  make_room(std::max<std::int64_t>(1, positions_.size()));
  BlockStore& rows = rows_.front();
  const std::int64_t torn = args.live_first - begin;
  if (torn > 0 && begin >= tiers.first_ring_block() * tiers.spec().block) {
    tiers.ring().copy_rows(tiers.ring_slot(begin), torn, rows, 0);
  }
  for (std::int64_t row = 0; row < live; ++row) {
    for (int head = 0; head < spec_.kv_heads; ++head) {
      tiers.rotary().rotate(
          args.live_first + row, row_of(args.live_keys, head, row), rotated_.data());
      rows.put(head, torn + row, rotated_.data(), row_of(args.live_values, head, row));
    }
  }
}

KeySegment LiveStage::segment() const { return rows_.front().segment(0, positions_.size(), 0); }

const TensorView& LiveStage::turn_queries(RotaryTable& rotary, const RollingMemory::Attend& args) {
  if (spec_.rotary_theta == 0) return turned_view_ = args.queries;
  const auto heads = args.queries.shape[0];
  const auto rows = args.queries.shape[1];
  if (turned_.empty() || turned_.view().size() < args.queries.size()) {
    turned_ = Tensor(DType::kF32, {heads * rows, spec_.key_dim});
  }
  turned_view_ = view_of(turned_.view().as<float>(), {heads, rows, spec_.key_dim});
  for (std::int64_t row = 0; row < rows; ++row) {
    for (int head = 0; head < heads; ++head) {
      rotary.rotate(args.first + row,
                    row_of(args.queries, head, row),
                    turned_view_.as<float>() + (head * rows + row) * spec_.key_dim);
    }
  }
  return turned_view_;
}

}  // namespace heddle::attention
