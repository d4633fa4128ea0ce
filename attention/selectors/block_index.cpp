#include "attention/selectors/block_index.h"

namespace heddle::attention {
namespace {

/// The spec where it is wanted, else one without slots.
SummarySpec only_if(bool wanted, SummarySpec spec) {
  if (!wanted) spec.slots = 0;
  return spec;
}

}  // namespace

BlockIndex::BlockIndex(SummaryKind kind, const SummarySpec& spec)
    : kind_(kind),
      spec_(spec),
      means_(only_if(kind != SummaryKind::kBox, spec)),
      boxes_(only_if(kind == SummaryKind::kBox, spec)),
      sketches_(only_if(kind == SummaryKind::kSketch, spec)),
      mean_(static_cast<std::size_t>(spec.dim)) {}

std::size_t BlockIndex::bytes(SummaryKind kind, const SummarySpec& spec) {
  if (kind == SummaryKind::kBox) return KeyBoxes::bytes(spec);
  return BlockSummaries::bytes(spec) +
         (kind == SummaryKind::kSketch ? KeySketches::bytes(spec) : 0);
}

void BlockIndex::clear(std::int64_t slot) {
  if (kind_ == SummaryKind::kBox) return boxes_.clear(slot);
  means_.clear(slot);
}

void BlockIndex::add(int head, std::int64_t slot, const float* key) {
  if (kind_ == SummaryKind::kBox) return boxes_.add(head, slot, key);
  means_.add(head, slot, key);
}

void BlockIndex::close(int head, std::int64_t slot, const float* keys) {
  if (kind_ != SummaryKind::kSketch) return;
  means_.sum_of(head, slot, mean_);
  for (float& x : mean_) x /= static_cast<float>(spec_.block);
  sketches_.set(head, slot, keys, mean_.data());
}

BlockIndex::Scratch::Scratch(const SummarySpec& spec)
    : scores(BlockSummaries::score_room(spec)), query(spec) {}

void BlockIndex::score(int head, const float* query, std::int64_t used, Scratch& scratch) const {
  if (kind_ == SummaryKind::kBox) return boxes_.score(head, query, scratch.scores);
  means_.score(head, query, scratch.scores);
  if (kind_ != SummaryKind::kSketch) return;
  sketches_.prepare(query, scratch.query);
  sketches_.add_scores(head, scratch.query, 0, used, scratch.scores);
}

std::array<TensorView, 5> BlockIndex::tensors() const {
  return {means_.sums(),
          boxes_.tensors()[0],
          boxes_.tensors()[1],
          sketches_.tensors()[0],
          sketches_.tensors()[1]};
}

}  // namespace heddle::attention
