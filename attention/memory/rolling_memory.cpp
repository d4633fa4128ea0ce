#include "attention/memory/rolling_memory.h"

#include "attention/backend/attention_counts.h"
#include "attention/memory/held_rows.h"
#include "attention/memory/live_stage.h"
#include "attention/memory/memory_planner.h"
#include "attention/memory/memory_tiers.h"
#include "attention/memory/recall_parts.h"
#include "attention/memory/snapshot.h"

#include <algorithm>
#include <array>
#include <stdexcept>

namespace heddle::attention {
namespace {

[[noreturn]] void refuse(const std::string& what) {
  throw std::invalid_argument("rolling memory: " + what);
}

/// An f32 view (heads, rows, dim); -1 allows any extent.
void require_rows(const char* name, const TensorView& view, std::array<std::int64_t, 3> wanted) {
  bool fits = view.rank == 3 && view.dtype == DType::kF32 && !view.empty();
  for (int axis = 0; fits && axis < 3; ++axis) {
    fits = wanted[axis] < 0 || view.shape[axis] == wanted[axis];
  }
  fits = fits && (view.shape[2] == 1 || view.stride[2] == 1);
  if (fits) return;
  std::string shape;
  for (const std::int64_t extent : wanted) {
    shape += (shape.empty() ? "" : ", ") + (extent < 0 ? std::string("n") : std::to_string(extent));
  }
  refuse(std::string(name) + " must be f32 (" + shape + ") with contiguous rows, got " +
         describe(view));
}

void require_pairs(const MemorySpec& spec, const TensorView& keys, const TensorView& values) {
  require_rows("keys", keys, {spec.kv_heads, -1, spec.key_dim});
  require_rows("values", values, {spec.kv_heads, keys.shape[1], spec.value_dim});
}

std::int64_t live_count(const RollingMemory::Attend& args) {
  return args.live_keys.empty() ? 0 : args.live_keys.shape[1];
}

void require_positions(const MemoryTiers& tiers, const RollingMemory::Attend& args) {
  const std::int64_t queries = args.queries.shape[1];
  if (args.first < 0 || args.first > kMaxPosition - queries || args.live_first < 0 ||
      args.live_first > tiers.length()) {
    refuse("queries from " + std::to_string(args.first) + " and live keys from " +
           std::to_string(args.live_first) + " with " + std::to_string(tiers.length()) +
           " positions appended: live keys must follow or overlap what was appended");
  }
  const MemorySpec& spec = tiers.spec();
  const std::int64_t last_block = (args.first + queries - 1) / spec.block;
  const std::int64_t ahead = last_block - tiers.closed_blocks();
  const bool far = searchable_blocks(spec) > 0 || spec.compressed.blocks > 0;
  if (args.read_past && far && ahead >= spec.ring_blocks) {
    refuse("the chunk reaches " + std::to_string(ahead) +
           " blocks beyond the appended ones, the ring has " + std::to_string(spec.ring_blocks) +
           "; use chunks of at most " + std::to_string((spec.ring_blocks - 1) * spec.block) +
           " positions or a larger ring");
  }
}

void require_attend(const MemoryTiers& tiers, const RollingMemory::Attend& args) {
  const MemorySpec& spec = tiers.spec();
  require_rows("queries", args.queries, {-1, -1, spec.key_dim});
  const std::int64_t heads = args.queries.shape[0];
  if (heads < 1 || heads % spec.kv_heads != 0) {
    refuse(std::to_string(heads) + " query heads do not divide among " +
           std::to_string(spec.kv_heads) + " key heads");
  }
  if (args.near == nullptr) refuse("attend needs a pattern `near`");
  if (spec.admission == Admission::kEveryNth) {
    refuse(
        "attend reads memories that admit blocks leaving the ring; one that copies every nth "
        "block holds positions twice: read its segments()");
  }
  require_rows("out", args.out, {heads, args.queries.shape[1], spec.value_dim});
  if (live_count(args) > 0) require_pairs(spec, args.live_keys, args.live_values);
}

}  // namespace

struct RollingMemory::State {
  explicit State(const MemorySpec& spec)
      : tiers(spec), stage(spec), retrieval(spec), planner(spec), parts(spec) {}

  /// One call of the back end for queries whose blocks are all at hand.
  struct Answering {
    const Backend& backend;
    Witness* witness;
  };
  void attend_part(const Answering& by, const Attend& args, const TensorView& turned);

  MemoryTiers tiers;
  LiveStage stage;
  Retrieval retrieval;
  MemoryPlanner planner;
  RecallParts parts;
  HeldRows held;
};

RollingMemory::RollingMemory(const MemorySpec& spec) : state_(std::make_unique<State>(spec)) {}
RollingMemory::~RollingMemory() = default;
RollingMemory::RollingMemory(RollingMemory&&) noexcept = default;
RollingMemory& RollingMemory::operator=(RollingMemory&&) noexcept = default;

const MemorySpec& RollingMemory::spec() const { return state_->tiers.spec(); }

std::int64_t RollingMemory::length() const { return state_->tiers.length(); }

void RollingMemory::append(const TensorView& keys, const TensorView& values) {
  require_pairs(spec(), keys, values);
  if (keys.shape[1] > kMaxPosition - length()) refuse("a stream ends at 2^60 positions");
  state_->tiers.append(keys, values);
  state_->held.update(state_->tiers);
}

void RollingMemory::write_tokens(const TensorView& keys, const TensorView& values) {
  require_pairs(spec(), keys, values);
  if (keys.shape[1] != spec().memory_tokens) {
    refuse(std::to_string(keys.shape[1]) + " memory tokens given, the memory has " +
           std::to_string(spec().memory_tokens));
  }
  state_->tiers.write_tokens(keys, values);
}

void RollingMemory::read_associations(const TensorView& queries, const TensorView& out) {
  if (!spec().associative) refuse("it has no associative state; set `associative` in its spec");
  state_->tiers.associations().read(queries, out);
}

std::array<TensorView, 2> RollingMemory::associations() const {
  return state_->tiers.associations().tensors();
}

bool RollingMemory::has_tokens() const { return state_->tiers.has_tokens(); }

void RollingMemory::attend(const Backend& backend, const Attend& args, Witness* witness) {
  MemoryTiers& tiers = state_->tiers;
  require_attend(tiers, args);
  if (args.queries.shape[1] == 0) return;
  require_positions(tiers, args);
  LiveStage& stage = state_->stage;
  stage.stage(tiers, args, state_->planner.tile());
  if (live_count(args) > 0) {
    tiers.preview_sinks(args.live_keys, args.live_values, args.live_first);
  }
  const TensorView turned = stage.turn_queries(tiers.rotary(), args);
  state_->planner.make_room({&tiers, &args, &state_->retrieval, stage.positions()});
  if (args.read_past) state_->retrieval.choose(tiers, args);
  const bool recalls = args.read_past && spec().external.blocks > 0;
  const State::Answering by{backend, witness};
  if (!recalls) return state_->attend_part(by, args, turned);
  state_->parts.cut(tiers, args, state_->retrieval);
  for (std::size_t i = 0; i < state_->parts.count(); ++i) {
    const PositionRange rows = state_->parts.recall(i, tiers);
    Attend part = args;
    const std::int64_t begin = rows.begin - args.first;
    part.first = rows.begin;
    part.queries = args.queries.slice(1, begin, rows.size());
    part.out = args.out.slice(1, begin, rows.size());
    if (!args.log_sum_exp.empty()) part.log_sum_exp = args.log_sum_exp.slice(1, begin, rows.size());
    state_->attend_part(by, part, turned.slice(1, begin, rows.size()));
  }
  state_->parts.finish(tiers, args, state_->retrieval);
}

void RollingMemory::State::attend_part(const Answering& by,
                                       const Attend& args,
                                       const TensorView& turned) {
  const BlockPlan& plan = planner.make({&tiers, &args, &retrieval, stage.positions()});
  const std::array<TensorView, 2> queries{turned, args.queries};
  const auto whole = [](const BlockStore& store, int query_set) {
    return store.segment(0, store.slots(), query_set);
  };
  const std::array<KeySegment, 6> segments{// in the order of MemorySegment
                                           whole(tiers.tokens(), 1),
                                           whole(tiers.sinks(), 1),
                                           whole(tiers.ring(), 0),
                                           whole(tiers.far(), 1),
                                           stage.segment(),
                                           whole(tiers.compressed(), 1)};
  const AttentionArgs call{&plan, queries, segments, args.scale, args.out, args.log_sum_exp};
  by.backend.attention(call);
  count_attention(call, std::max(tiers.length(), args.live_first + live_count(args)));
  if (by.witness != nullptr) by.witness->seen(call);
}

std::span<const KeySegment> RollingMemory::segments(Tier tier) const {
  return state_->tiers.segments(tier);
}

void RollingMemory::reset() {
  state_->tiers.reset();
  state_->held.update(state_->tiers);
}

void RollingMemory::save(std::ostream& to) const { write_snapshot(state_->tiers, to); }

void RollingMemory::restore(std::istream& from) {
  auto fresh = std::make_unique<State>(spec());
  read_snapshot(from, fresh->tiers);
  fresh->held.update(fresh->tiers);
  state_ = std::move(fresh);
}

}  // namespace heddle::attention
