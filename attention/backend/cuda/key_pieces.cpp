#include "attention/backend/cuda/key_pieces.h"

#include "attention/backend/cuda/moved_rows.h"

#include <algorithm>
#include <limits>
#include <optional>

namespace heddle::attention::cuda {
namespace {

constexpr std::int64_t kUnit = kTileQueries;  // queries, and slots of a tile

std::int64_t floor_tiles(std::int64_t slots) {
  return slots >= 0 ? slots / kUnit : -((-slots + kUnit - 1) / kUnit);
}
std::int64_t ceil_tiles(std::int64_t slots) { return -floor_tiles(-slots); }

/// visit(piece, group) for each group of slots up to `last` that the keys, `slots` later, touch.
template <class Visit>
void for_each_piece(const GroupKeys& keys,
                    std::int64_t slots,
                    std::int64_t row,
                    int head,
                    std::int64_t last,
                    const Visit& visit) {
  const std::int64_t slot = keys.chunk.slot + slots;
  const std::int64_t end = std::min((slot + keys.mask.keys - 1) / kHalfKeys, last);
  for (std::int64_t group = slot / kHalfKeys; group <= end; ++group) {
    visit(Piece{.row = static_cast<std::int32_t>(row),
                .shift = static_cast<std::int32_t>(slot - group * kHalfKeys),
                .head = static_cast<std::int16_t>(head),
                .whole = keys.whole,
                .mask = keys.mask},
          group);
  }
}

}  // namespace

std::int64_t KeyPieces::Stretch::first_unit(std::int64_t tile) const {
  return tile - ceil_tiles(end_slot) + 1;
}
std::int64_t KeyPieces::Stretch::last_unit(std::int64_t tile) const {
  return tile - floor_tiles(first_slot);
}
HeadRows KeyPieces::Stretch::rows(std::int64_t tile) const {
  return {head,
          static_cast<std::int32_t>(row + kUnit * first_unit(tile)),
          static_cast<std::int32_t>(row + kUnit * (last_unit(tile) + 1))};
}

KeyPieces::KeyPieces(const KeyShape& shape) {
  for (const std::int64_t slots : shape.slots) {
    first_.push_back(static_cast<std::int64_t>(lists_.size()));
    const std::int64_t groups = (slots + kTileQueries - 1) / kTileQueries * kGroups;
    lists_.resize(lists_.size() + static_cast<std::size_t>(groups));
    last_.push_back(groups - 1);
  }
  near_.resize(lists_.size() / (kGroups * kNear) + 1);
}

void KeyPieces::clear() {
  for (Pieces& list : lists_) list.clear();
  stretches_.clear();
  for (auto& list : near_) list.clear();
}

void KeyPieces::keep(Stretch stretch) {
  const std::int64_t first = first_[static_cast<std::size_t>(stretch.segment)] / kGroups;
  const std::int64_t last = std::min(stretch.last_tile + 1, tiles(stretch.segment) - 1);
  for (std::int64_t at = (first + stretch.first_tile) / kNear; at <= (first + last) / kNear; ++at) {
    near_[static_cast<std::size_t>(at)].push_back(static_cast<std::int32_t>(stretches_.size()));
  }
  stretches_.push_back(std::move(stretch));
}

void KeyPieces::read(const BlockPlan& plan, int plan_head, int head, GroupReader& reader) {
  const std::int64_t end = plan.first_query + plan.queries;
  const MovedRows moved(plan, kUnit, kUnit);
  for (std::int64_t q = plan.first_query / kGroupQueries * kGroupQueries; q < end;) {
    // How many units from q on are the one before, moved as far as they are apart?
    std::int64_t units = 1;
    std::optional<Move> first;
    while (q % kUnit == 0) {
      const auto move = moved.at(plan_head, q + units * kUnit);
      if (!move || move->slots != kUnit) break;
      if (!first) first = move;
      if (move->from != first->from + (units - 1) * kUnit) break;  // what stays is not the same
      ++units;
    }
    if (first) {
      read_stretch(plan, plan_head, head, q, units, first->from, reader);
      q += units * kUnit;
      continue;
    }
    read_group(reader.keys(plan_head, q), q - plan.first_query, head);
    q += kGroupQueries;
  }
}

void KeyPieces::read_group(const std::vector<GroupKeys>& keys, std::int64_t row, int head) {
  for (const GroupKeys& one : keys) {
    const std::int64_t segment = one.chunk.segment;
    for_each_piece(
        one,
        0,
        row,
        head,
        last_[static_cast<std::size_t>(segment)],
        [&](const Piece& piece, std::int64_t group) { of(segment, group).push_back(piece); });
  }
}

void KeyPieces::read_stretch(const BlockPlan& plan,
                             int plan_head,
                             int head,
                             std::int64_t first,
                             std::int64_t units,
                             std::int64_t from,
                             GroupReader& reader) {
  Stretch stretch{.head = static_cast<std::int16_t>(head),
                  .units = units,
                  .row = first - plan.first_query,
                  .first_slot = std::numeric_limits<std::int64_t>::max()};
  std::vector<GroupKeys> still[kGroups];
  for (int g = 0; g < kGroups; ++g) {
    for (const GroupKeys& one : reader.keys(plan_head, first + g * kGroupQueries)) {
      stretch.segment = one.chunk.segment;
      if (one.chunk.slot < from) {
        still[g].push_back(one);
        continue;
      }
      stretch.keys[g].push_back(one);
      stretch.first_slot = std::min(stretch.first_slot, one.chunk.slot);
      stretch.end_slot = std::max(stretch.end_slot, one.chunk.slot + one.mask.keys);
    }
  }
  if (!add_tiles(stretch)) {
    for (std::int64_t q = first; q < first + units * kUnit; q += kGroupQueries) {
      read_group(reader.keys(plan_head, q), q - plan.first_query, head);
    }
    return;
  }
  for (std::int64_t unit = 0; unit < units; ++unit) {
    for (int g = 0; g < kGroups; ++g) {
      read_group(still[g], stretch.row + unit * kUnit + g * kGroupQueries, head);
    }
  }
  list_ends(stretch);
  keep(std::move(stretch));
}

/// False where no tile would be spared.
bool KeyPieces::add_tiles(Stretch& stretch) const {
  if (stretch.end_slot == 0) return false;
  stretch.first_tile = ceil_tiles(stretch.end_slot) - 1;
  stretch.last_tile =
      std::min(stretch.units - 1 + floor_tiles(stretch.first_slot), tiles(stretch.segment) - 1);
  return stretch.first_tile < stretch.last_tile;
}

/// Lists what a stretch's units have in tiles that it does not cover.
void KeyPieces::list_ends(const Stretch& stretch) {
  const std::int64_t last = last_[static_cast<std::size_t>(stretch.segment)];
  for (std::int64_t unit = 0; unit < stretch.units; ++unit) {
    const std::int64_t slots = unit * kUnit;
    if (stretch.covers(floor_tiles(stretch.first_slot + slots)) &&
        stretch.covers(floor_tiles(stretch.end_slot - 1 + slots))) {
      continue;
    }
    for (int g = 0; g < kGroups; ++g) {
      for (const GroupKeys& one : stretch.keys[g]) {
        for_each_piece(one,
                       slots,
                       stretch.row + slots + g * kGroupQueries,
                       stretch.head,
                       last,
                       [&](Piece piece, std::int64_t group) {
                         const std::int64_t tile = group / kGroups;
                         if (stretch.covers(tile)) return;
                         piece.moved = tile == stretch.first_tile;
                         of(stretch.segment, group).push_back(piece);
                       });
      }
    }
  }
}

std::array<const Pieces*, kGroups> KeyPieces::find(std::int64_t segment, std::int64_t tile) {
  if (stretches_.empty()) return {&of(segment, tile * kGroups), &of(segment, tile * kGroups + 1)};
  for (int g = 0; g < kGroups; ++g) found_[g] = of(segment, tile * kGroups + g);
  for (const std::int32_t index : near(segment, tile)) {
    const Stretch& stretch = stretches_[static_cast<std::size_t>(index)];
    if (stretch.segment == segment && stretch.covers(tile)) add_covered(stretch, tile);
  }
  for (Pieces& pieces : found_) {
    std::ranges::stable_sort(pieces, {}, [](const Piece& piece) { return piece.place(); });
  }
  return {&found_[0], &found_[1]};
}

void KeyPieces::add_covered(const Stretch& stretch, std::int64_t tile) {
  for (std::int64_t unit = stretch.first_unit(tile); unit <= stretch.last_unit(tile); ++unit) {
    const std::int64_t slots = unit * kUnit;
    for (int g = 0; g < kGroups; ++g) {
      for (const GroupKeys& one : stretch.keys[g]) {
        for_each_piece(one,
                       slots,
                       stretch.row + slots + g * kGroupQueries,
                       stretch.head,
                       tile * kGroups + kGroups - 1,
                       [&](const Piece& piece, std::int64_t group) {
                         if (group / kGroups == tile) found_[group % kGroups].push_back(piece);
                       });
      }
    }
  }
}

bool KeyPieces::follows(std::int64_t segment,
                        std::int64_t tile,
                        std::vector<HeadRows>& moved) const {
  moved.clear();
  for (const std::int32_t index : near(segment, tile)) {
    const Stretch& stretch = stretches_[static_cast<std::size_t>(index)];
    if (stretch.segment != segment) continue;
    if (stretch.covers(tile)) {
      const HeadRows rows = stretch.rows(tile - 1);
      for (const HeadRows& other : moved) {
        if (other.head == rows.head) return false;
      }
      moved.push_back(rows);
    } else if (stretch.holds(tile) || stretch.holds(tile - 1)) {
      return false;  // begins or ends here
    }
  }
  return !moved.empty() && follows_list(segment, tile, moved);
}

/// What is listed is the same, and apart from the rows that move.
bool KeyPieces::follows_list(std::int64_t segment,
                             std::int64_t tile,
                             const std::vector<HeadRows>& moved) const {
  for (int g = 0; g < kGroups; ++g) {
    const Pieces& now = of(segment, tile * kGroups + g);
    const Pieces& before = of(segment, (tile - 1) * kGroups + g);
    std::size_t at = 0;
    for (const Piece& piece : before) {
      if (piece.moved) continue;
      if (at == now.size() || now[at] != piece) return false;
      ++at;
      for (const HeadRows& rows : moved) {
        const bool apart = piece.row + kGroupQueries <= rows.first || piece.row >= rows.end + kUnit;
        if (piece.head == rows.head && !apart) return false;
      }
    }
    if (at != now.size()) return false;
  }
  return true;
}

}  // namespace heddle::attention::cuda
