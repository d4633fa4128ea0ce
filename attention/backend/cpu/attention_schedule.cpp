#include "attention/backend/cpu/attention_schedule.h"

namespace heddle::attention::cpu {
namespace {

// A row that is less than this share of what one thread does is a small tail.
constexpr std::int64_t kSharesOfThread = 16;

}  // namespace

void Schedule::choose(const BlockPlan& plan,
                      int threads,
                      std::int64_t heads_a_row,
                      std::int64_t most) {
  slot.assign(plan.row_begin.size() - 1, -1);
  parts.clear();
  spread.clear();
  slots = 0;
  if (threads == 1) return;
  tiles.assign(slot.size(), 0);
  std::int64_t all = 0;
  for (const WorkItem& item : plan.work) {
    tiles[static_cast<std::size_t>(item.row)] += item.tiles;
    all += item.tiles;
  }
  const std::int64_t longest = all * heads_a_row / (threads * kSharesOfThread);
  for (const WorkItem& item : plan.work) {
    const auto row = static_cast<std::size_t>(item.row);
    if (item.parts == 1 || tiles[row] <= longest) continue;
    if (slot[row] < 0) {
      if (slots + item.parts > most) continue;
      slot[row] = slots;
      spread.push_back(item);
      slots += item.parts;
    }
    parts.push_back(item);
  }
}

}  // namespace heddle::attention::cpu
