#include "attention/backend/cpu/normalised_panel.h"

#include "attention/backend/cpu/attention_mask.h"

#include <algorithm>
#include <cmath>

namespace heddle::attention::cpu {
namespace {

PanelQueries queries_of(const NormalisedPanel::Place& place) {
  return {.first = place.args.call.plan->first_query + place.layout.first_query +
                   std::int64_t{place.panel} * place.layout.lanes,
          .count = place.layout.used(place.panel),
          .lanes = place.layout.lanes};
}

const float* floats_of(const NormalisedArgs& args,
                       std::size_t segment,
                       TensorView KeyModulation::*which) {
  if (args.modulations.empty()) return nullptr;
  const TensorView& view = args.modulations[segment].*which;
  return view.empty() ? nullptr : view.as<float>();
}

bool has_factors(const NormalisedArgs& args) {
  return !args.spans.empty() ||
         std::ranges::any_of(args.modulations, [](const KeyModulation& modulation) {
           return !modulation.importance.empty();
         });
}

}  // namespace

Rows rows_of(const AttentionArgs& call,
             std::int64_t kv_head,
             const PanelKeys& keys,
             TensorView KeySegment::*operand,
             Scratch<float>& scratch) {
  return float_rows(
      head_of(call.segments[keys.segment()].*operand, kv_head), keys.slot(), keys.count, scratch);
}

void NormalisedPanel::load(const Place& place, Workspace& workspace) {
  find(place, workspace);
  score(place, workspace);
  normalise_panel(alpha_of(place.args, place.head), count_, weights_);
  rescale(place);
}

void NormalisedPanel::find(const Place& place, Workspace& workspace) {
  const BlockPlan& plan = *place.args.call.plan;
  const int lanes = place.layout.lanes;
  std::uint32_t* mask = workspace.mask.at_least(std::int64_t{(plan.key_block + 31) / 32} * lanes);
  keys_.clear();
  mask_at_.clear();
  masks_.clear();
  count_ = 0;
  TileWalk walk(place.args.call, {place.row, 0, kMaxPosition}, workspace.pieces);
  KeyTile tile;
  while (walk.next(tile)) {
    for (const Piece& piece : tile.pieces) {
      const KeyTile alone = {.pieces = {&piece, 1}, .keys = piece.keys};
      const Visible seen = visible(plan, alone, queries_of(place), mask);
      if (seen.first == seen.end || beyond_span(place, piece)) continue;
      keys_.push_back({piece, seen.first, seen.end - seen.first, count_});
      count_ += seen.end - seen.first;
      mask_at_.push_back(seen.all ? -1 : static_cast<std::int64_t>(masks_.size()));
      if (!seen.all) masks_.insert(masks_.end(), mask, mask + (piece.keys + 31) / 32 * lanes);
    }
  }
}

void NormalisedPanel::score(const Place& place, Workspace& workspace) {
  const AttentionShape& shape = place.shape;
  const int lanes = place.layout.lanes;
  const std::int64_t kv_head = place.head * shape.kv_heads / shape.heads;
  weights_ = weight_memory_.at_least(std::max<std::int64_t>(count_, 1) * lanes);
  for (std::size_t i = 0; i < keys_.size(); ++i) {
    const PanelKeys& keys = keys_[i];
    const int set = place.args.call.segments[keys.segment()].query_set;
    const std::int64_t panel = std::int64_t{set} * place.layout.panels + place.panel;
    float* to = weights_ + keys.at * lanes;
    score_panel({.panel = place.panels + panel * shape.key_dim * lanes,
                 .rows = rows_of(place.args.call, kv_head, keys, &KeySegment::keys, workspace.keys),
                 .count = keys.count,
                 .dim = static_cast<int>(shape.key_dim),
                 .mask = mask_at_[i] < 0 ? nullptr : masks_.data() + mask_at_[i],
                 .first = keys.first,
                 .scores = to});
    hide_beyond_span(place, keys, to);
    const float* bias = floats_of(place.args, keys.segment(), &KeyModulation::bias);
    for (std::int64_t k = 0; bias && k < keys.count; ++k) {
      for (int lane = 0; lane < lanes; ++lane) to[k * lanes + lane] += bias[keys.slot() + k];
    }
  }
}

/// A softmax that a ramp of 0 multiplies is one over the other keys: those beyond count as masked.
/// Other normalisers weigh all keys before the ramp does.
bool NormalisedPanel::hides_beyond_span(const Place& place) {
  return !place.args.spans.empty() && alpha_of(place.args, place.head) == 1;
}

bool NormalisedPanel::beyond_span(const Place& place, const Piece& piece) {
  if (!hides_beyond_span(place)) return false;
  const PanelQueries queries = queries_of(place);
  const std::int64_t before = queries.first - (piece.position + piece.keys - 1);
  const std::int64_t after = piece.position - (queries.first + queries.count - 1);
  const auto nearest = static_cast<float>(std::max<std::int64_t>({before, after, 0}));
  return place.args.ramp + place.args.spans.as<float>()[place.head] - nearest <= 0;
}

void NormalisedPanel::hide_beyond_span(const Place& place, const PanelKeys& keys, float* logits) {
  if (!hides_beyond_span(place)) return;
  const int lanes = place.layout.lanes;
  const std::int64_t end = keys.position() + keys.count - 1;
  if (ramp_of(place, 0, keys.position()) == 1 && ramp_of(place, 0, end) == 1 &&
      ramp_of(place, lanes - 1, keys.position()) == 1 && ramp_of(place, lanes - 1, end) == 1) {
    return;
  }
  for (std::int64_t k = 0; k < keys.count; ++k) {
    for (int lane = 0; lane < lanes; ++lane) {
      if (ramp_of(place, lane, keys.position() + k) == 0) logits[k * lanes + lane] = -HUGE_VALF;
    }
  }
}

bool NormalisedPanel::weightless(const PanelKeys& keys) const {
  const float* first = weights_ + keys.at * panel_lanes();
  return std::all_of(first, first + std::int64_t{keys.count} * panel_lanes(), [](float weight) {
    return weight == 0;
  });
}

float NormalisedPanel::ramp_of(const Place& place, int lane, std::int64_t position) {
  if (place.args.spans.empty()) return 1;
  const float span = place.args.spans.as<float>()[place.head];
  const std::int64_t distance = std::abs(queries_of(place).first + lane - position);
  const float left = place.args.ramp + span - static_cast<float>(distance);
  return std::clamp(left / place.args.ramp, 0.0f, 1.0f);
}

void NormalisedPanel::rescale(const Place& place) {
  const int lanes = place.layout.lanes;
  factors_ = nullptr;
  shares_ = weights_;
  inverse_ = inverse_memory_.at_least(lanes);
  if (has_factors(place.args)) {
    factors_ = factor_memory_.at_least(count_ * lanes);
    shares_ = share_memory_.at_least(count_ * lanes);
    for (const PanelKeys& keys : keys_) {
      const float* importance = floats_of(place.args, keys.segment(), &KeyModulation::importance);
      for (std::int64_t k = 0; k < keys.count; ++k) {
        const float scale = importance ? importance[keys.slot() + k] : 1;
        for (int lane = 0; lane < lanes; ++lane) {
          const std::int64_t at = (keys.at + k) * lanes + lane;
          factors_[at] = scale * ramp_of(place, lane, keys.position() + k);
          shares_[at] = factors_[at] * weights_[at];
        }
      }
    }
  }
  for (int lane = 0; lane < lanes; ++lane) {
    float total = 0;
    for (std::int64_t k = 0; k < count_; ++k) total += shares_[k * lanes + lane];
    inverse_[lane] = total > 0 ? 1 / total : 0;
  }
}

}  // namespace heddle::attention::cpu
