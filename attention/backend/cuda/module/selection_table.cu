// Selections as the module keeps them, and their table: all memory is made with the selection, so
// that a call only enqueues.

#include "attention/backend/cuda/module/guarded.h"
#include "attention/backend/cuda/module/kept_schedule.h"
#include "attention/backend/cuda/module/selection.h"
#include "attention/backend/cuda/module/timing.h"

#include <algorithm>
#include <limits>
#include <stdexcept>
#include <string>
#include <vector>

namespace heddle::attention::cuda {
namespace {

constexpr std::int32_t kMostBlocks = 32768;
constexpr std::int32_t kMostStages = 6144;
constexpr std::int64_t kSlabBytes = std::int64_t{128} << 20;

void check_shape(const SelectionShape& shape) {
  const bool heads = shape.heads > 0 && shape.kv_heads > 0 && shape.heads % shape.kv_heads == 0;
  const bool sizes = shape.tokens > 0 && shape.tokens <= std::numeric_limits<std::int32_t>::max() &&
                     shape.dim > 0 && shape.block > 0 && shape.block % kHalfKeys == 0 &&
                     shape.top > 0;
  if (heads && sizes) return;
  throw std::runtime_error(
      "cuda: a selection of " + std::to_string(shape.top) + " blocks of " +
      std::to_string(shape.block) + " keys for " + std::to_string(shape.heads) + " heads of " +
      std::to_string(shape.kv_heads) + " key heads, " + std::to_string(shape.tokens) +
      " tokens; blocks are multiples of 64, heads of key heads");
}

Selecting worked_out(const SelectionShape& shape) {
  check_shape(shape);
  Selecting of{.shape = shape};
  const std::int32_t chunks = shape.block / kHalfKeys;
  of.groups = static_cast<std::int32_t>((shape.tokens + kGroupQueries - 1) / kGroupQueries);
  of.blocks = (of.groups - 1) / chunks;
  of.words = (of.blocks + kWordBlocks - 1) / kWordBlocks;
  of.tiles = (of.groups + kGroups - 1) / kGroups;
  const std::int64_t stages = std::int64_t{std::min(shape.top, of.blocks + 1)} * chunks + 2;
  if (of.blocks > kMostBlocks || stages > kMostStages) {
    throw std::runtime_error("cuda: a selection of " + std::to_string(shape.top) + " blocks of " +
                             std::to_string(shape.block) + " keys among " +
                             std::to_string(of.blocks) + "; choose larger blocks or fewer");
  }
  of.most_stages = static_cast<std::int32_t>(stages);
  return of;
}

/// The tiles of all heads, each with room for its stages and about as many as it will have.
std::vector<TileStages> tiles_of(const Selecting& of) {
  const std::int32_t chunks = of.shape.block / kHalfKeys;
  const auto keys_of = [&](std::int32_t group) {
    const std::int32_t own = group / chunks;
    return std::min(of.shape.top - 1, own) * chunks + group - own * chunks + 1;
  };
  std::vector<TileStages> tiles;
  for (std::int32_t head = 0; head < of.shape.heads; ++head) {
    for (std::int32_t tile = 0; tile < of.tiles; ++tile) {
      tiles.push_back({.first_stage = std::ssize(tiles) * of.most_stages,
                       .stages = (keys_of(2 * tile) + keys_of(2 * tile + 1)) / 2 + 1,
                       .first_row = std::int64_t{tile} * kTileQueries,
                       .head = head});
    }
  }
  return tiles;
}

class KeptSelection : public KeptSchedule {
 public:
  explicit KeptSelection(const SelectionShape& shape)
      : KeptSchedule(shape.tokens, shape.heads, 1), of_(worked_out(shape)) {
    const std::vector<TileStages> tiles = tiles_of(of_);
    ItemList list = make_items(tiles, {}, {.longest = std::numeric_limits<std::int32_t>::max()});
    const std::vector<Item> items = list.expanded();
    const Lanes lanes = make_lanes(list, device().multiProcessorCount);
    std::vector<Item> plain(items.size());
    std::vector<std::int32_t> place(items.size());
    for (std::size_t at = 0; at < lanes.items.size(); ++at) {
      const Item& item = items[static_cast<std::size_t>(lanes.items[at])];
      const auto tile = static_cast<std::size_t>(item.first_stage / of_.most_stages);
      plain[tile] = item;
      place[tile] = static_cast<std::int32_t>(at);
    }
    const std::size_t masks = memory_.add(selection_masks());
    const std::size_t begin = memory_.add(lanes.begin);
    const std::size_t plain_at = memory_.add(plain);
    const std::size_t place_at = memory_.add(place);
    const auto room = [&]<class T>(T*& to, std::int64_t count) {
      rooms_.push_back({reinterpret_cast<void**>(&to),
                        memory_.add_room(static_cast<std::size_t>(count) * sizeof(T))});
    };
    add_rooms(room);
    memory_.send("a selection's memory");
    for (const Room& one : rooms_) *one.to = memory_.at<void>(one.place);
    of_.plain_items = memory_.at<Item>(plain_at);
    of_.place = memory_.at<std::int32_t>(place_at);
    schedule = {.stages = of_.stages,
                .masks = memory_.at<StageMask>(masks),
                .items = of_.items,
                .lane_items = of_.lane_items,
                .lane_begin = memory_.at<std::int64_t>(begin),
                .lanes = static_cast<std::int32_t>(lanes.begin.size() - 1),
                .item_count = std::ssize(items),
                .queries = shape.tokens};
  }

  void select(const SelectionCall& call, cudaStream_t stream) const {
    if (!call.scores) {
      check_operands(call);
      launch_key_summaries(of_, call.keys, stream);
      launch_query_means(of_, call.queries, stream);
    }
    const std::int32_t in_head = score_tiles(of_);
    const std::int32_t all = in_head * of_.shape.heads;
    for (std::int32_t first = 0; first < all; first += slab_tiles()) {
      const Slab slab{first, std::min(slab_tiles(), all - first)};
      ScoreRows rows{call.scores, of_.groups, 0};
      if (!call.scores) {
        launch_scores(of_, slab, stream);
        rows = {of_.scores, std::int64_t{in_head} * kScoreTile, std::int64_t{first} * kScoreTile};
      }
      launch_choice(of_, slab, rows, stream);
    }
    launch_selected_rows(of_, stream);
    launch_stages(of_, stream);
  }

  SelectedRows rows() const {
    return {.row_begin = of_.row_begin,
            .runs = of_.runs,
            .most_runs = most_runs(),
            .schedule = static_cast<const KeptSchedule*>(this),
            .stages = of_.stages,
            .masks = schedule.masks,
            .items = of_.items,
            .item_count = schedule.item_count,
            .stage_count = schedule.item_count * of_.most_stages};
  }

 private:
  struct Room {
    void** to;
    std::size_t place;
  };

  std::int64_t group_rows() const { return std::int64_t{of_.shape.heads} * of_.groups; }
  std::int64_t most_runs() const {
    return group_rows() * (std::min(of_.shape.top, of_.blocks / 2 + 2) + 1);
  }
  std::int32_t slab_tiles() const {
    const std::int64_t tile = std::int64_t{kScoreTile} * of_.blocks * sizeof(float);
    return static_cast<std::int32_t>(std::clamp<std::int64_t>(
        kSlabBytes / std::max<std::int64_t>(tile, 1), 1, score_tiles(of_) * of_.shape.heads));
  }

  template <class MakeRoom>
  void add_rooms(const MakeRoom& room) {
    const std::int64_t summaries = std::int64_t{of_.shape.kv_heads} * of_.blocks * of_.shape.dim;
    const std::int64_t tiles = std::int64_t{of_.shape.heads} * of_.tiles;
    room(of_.low, summaries);
    room(of_.high, of_.shape.score == BlockScore::kBound ? summaries : 0);
    room(of_.means, group_rows() * of_.shape.dim);
    room(of_.scores, std::int64_t{slab_tiles()} * kScoreTile * of_.blocks);
    room(of_.chosen, group_rows() * of_.words);
    room(of_.row_begin, group_rows() + 1);
    room(of_.runs, most_runs());
    room(of_.stages, tiles * of_.most_stages);
    room(of_.items, tiles);
    room(of_.lane_items, tiles);
  }

  void check_operands(const SelectionCall& call) const {
    const auto fits = [&](const Operand& x, std::int32_t heads) {
      return x.heads == heads && x.rows == of_.shape.tokens && x.dim == of_.shape.dim &&
             x.strands == 1;
    };
    if (fits(call.queries, of_.shape.heads) && fits(call.keys, of_.shape.kv_heads)) return;
    throw std::runtime_error("cuda: a selection was made for other queries or keys; make one for " +
                             std::to_string(call.queries.heads) + " x " +
                             std::to_string(call.queries.rows) + " x " +
                             std::to_string(call.queries.dim));
  }

  Selecting of_;
  PackedMemory memory_;
  std::vector<Room> rooms_;
};

KeptSelection& selection_of(const void* selection) {
  return *const_cast<KeptSelection*>(static_cast<const KeptSelection*>(selection));
}

const SelectionApi kTable = {
    .make = [](const SelectionShape& shape,
               void** made) { return guarded([&] { *made = new KeptSelection(shape); }); },
    .free = [](void* selection) { return guarded([&] { delete &selection_of(selection); }); },
    .rows =
        [](const void* selection, SelectedRows* rows) {
          return guarded([&] { *rows = selection_of(selection).rows(); });
        },
    .select =
        [](const SelectionCall& call) {
          return guarded([&] { selection_of(call.selection).select(call, current_stream()); });
        },
    .time_select =
        [](const SelectionCall& call, int repeats, int rounds, float* milliseconds) {
          return guarded([&] {
            const KeptSelection& of = selection_of(call.selection);
            *milliseconds =
                median_time([&] { of.select(call, current_stream()); }, repeats, rounds);
          });
        },
};

}  // namespace

const SelectionApi& selection_table() { return kTable; }

}  // namespace heddle::attention::cuda
