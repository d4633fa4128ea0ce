#pragma once
// The first half of making a key schedule: a plan's rows as pieces of groups of 64 slots. Where
// queries are those before them, moved (moved_rows.h), the pieces of most tiles of slots are those
// of the tile before, moved: these are not listed, but found again by the tile. One thread at a
// time.

#include "attention/backend/cuda/group_keys.h"
#include "attention/backend/cuda/key_schedule.h"

#include <array>
#include <cstdint>
#include <utility>
#include <vector>

namespace heddle::attention::cuda {

/// Keys of one group of 64 slots that 64 queries attend: key j of the mask is slot j + shift.
struct Piece {
  std::int32_t row = 0;
  std::int32_t shift = 0;
  std::int16_t head = 0;
  bool whole = false;
  bool moved = false;  // of a stretch's first tile: the tiles behind it have it moved
  HalfMask mask;

  std::pair<std::int16_t, std::int32_t> place() const { return {head, row}; }
  bool operator==(const Piece&) const = default;
};

using Pieces = std::vector<Piece>;

/// Rows [first, end) of a head.
struct HeadRows {
  std::int16_t head = 0;
  std::int32_t first = 0;
  std::int32_t end = 0;
};

class KeyPieces {
 public:
  explicit KeyPieces(const KeyShape& shape);

  void clear();
  /// Reads a plan head's rows, as head `head` of those that share a key head.
  void read(const BlockPlan& plan, int plan_head, int head, GroupReader& reader);

  /// The pieces of a tile's groups, by head and row; what is not listed is made. Valid until the
  /// next call.
  std::array<const Pieces*, kGroups> find(std::int64_t segment, std::int64_t tile);

  /// Whether a tile's pieces are those of the tile before, in which rows within `moved` are 128
  /// later.
  bool follows(std::int64_t segment, std::int64_t tile, std::vector<HeadRows>& moved) const;

 private:
  /// Units of 128 queries, each of which attends what the one before attends, 128 slots later, but
  /// for keys that stay. Tiles behind `first_tile` up to `last_tile` are met by units of the
  /// stretch alone that lie within it: their pieces are not listed.
  struct Stretch {
    std::int16_t head = 0;
    std::int64_t segment = 0;
    std::int64_t units = 0;
    std::int64_t row = 0;                  // of the first unit
    std::vector<GroupKeys> keys[kGroups];  // that move, of the first unit
    std::int64_t first_slot = 0;           // of these keys
    std::int64_t end_slot = 0;
    std::int64_t first_tile = 0;
    std::int64_t last_tile = -1;

    bool covers(std::int64_t tile) const { return first_tile < tile && tile <= last_tile; }
    bool holds(std::int64_t tile) const { return first_tile <= tile && tile <= last_tile; }
    std::int64_t first_unit(std::int64_t tile) const;
    std::int64_t last_unit(std::int64_t tile) const;
    HeadRows rows(std::int64_t tile) const;
  };

  void read_group(const std::vector<GroupKeys>& keys, std::int64_t row, int head);
  void read_stretch(const BlockPlan& plan,
                    int plan_head,
                    int head,
                    std::int64_t first,
                    std::int64_t units,
                    std::int64_t from,
                    GroupReader& reader);
  bool add_tiles(Stretch& stretch) const;
  void list_ends(const Stretch& stretch);
  void keep(Stretch stretch);
  /// Stretches that may cover a tile, begin there or end before it.
  const std::vector<std::int32_t>& near(std::int64_t segment, std::int64_t tile) const {
    return near_[static_cast<std::size_t>(
        (first_[static_cast<std::size_t>(segment)] / kGroups + tile) / kNear)];
  }
  void add_covered(const Stretch& stretch, std::int64_t tile);
  bool follows_list(std::int64_t segment,
                    std::int64_t tile,
                    const std::vector<HeadRows>& moved) const;

  std::int64_t tiles(std::int64_t segment) const {
    return (last_[static_cast<std::size_t>(segment)] + 1) / kGroups;
  }
  Pieces& of(std::int64_t segment, std::int64_t group) {
    return lists_[static_cast<std::size_t>(first_[static_cast<std::size_t>(segment)] + group)];
  }
  const Pieces& of(std::int64_t segment, std::int64_t group) const {
    return lists_[static_cast<std::size_t>(first_[static_cast<std::size_t>(segment)] + group)];
  }

  std::vector<Pieces> lists_;  // of all groups of all segments
  std::vector<std::int64_t> first_, last_;
  static constexpr std::int64_t kNear = 64;  // tiles that share a list of stretches
  std::vector<Stretch> stretches_;
  std::vector<std::vector<std::int32_t>> near_;
  Pieces found_[kGroups];
};

}  // namespace heddle::attention::cuda
