#pragma once
// Who attends to whom, decided from the data of one segment: queries and keys in, a Pattern out,
// which composes with every other pattern and is planned like it. A Selector is its config, a pure
// value.
//
// Law: what query q selects depends on q and on keys of blocks closed before q's block (its own
// block is always selected, up to q itself where causal); ties go to the smaller block. So a longer
// segment never changes an earlier row. Two exceptions: selectors that look both ways (scorer), and
// queries that choose together (queries=N, xattention's blocks), which depend on all queries of
// their group, later ones too: rows before a group that the segment's end cuts never change, its
// own may. Threads: const, share freely; select() cuts its work into tasks for TBB, which change no
// bit. Errors: std::invalid_argument.
//
// Config grammar (parse_selector): moba(64,4) quest(16,8) compressed(64,16)
// xattention(64,stride=8,mass=90) hierarchical(64,8,8) top_k(32) indexer(32) scorer(16), and
// moba(64,4,queries=64), whose queries choose by 64; THE LIST is selector_list.cpp.

#include "attention/patterns/pattern.h"
#include "attention/tensor/tensor.h"

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace heddle::attention {

/// One segment, positions from 0. Queries and keys are f32 with a contiguous last axis; heads of
/// queries a multiple of heads of keys, as in AttentionArgs.
struct SelectionInput {
  TensorView queries;  // (heads, tokens, dim)
  TensorView keys;     // (kv_heads, tokens, dim)
  TensorView weights;  // indexer: (tokens, heads) f32, w of each query's index heads
  TensorView scores;   // scorer: (tokens) f32
};

/// What a selector must be given beside queries and keys.
enum class SelectorNeeds : std::uint8_t { kNothing, kWeights, kScores };

class Selector {
 public:
  virtual ~Selector() = default;
  virtual SelectorNeeds needs() const { return SelectorNeeds::kNothing; }
  /// The pairs selected; with heads of its own where heads choose apart.
  virtual Pattern select(const SelectionInput& input) const = 0;
  virtual std::string text() const = 0;
};

/// Throws std::invalid_argument with the column and what was expected there.
std::unique_ptr<Selector> parse_selector(std::string_view text);

struct SelectorRow {
  std::string_view name;
  std::string_view usage;
  std::string_view description;
  std::string_view paper;
};
/// The list, for people.
std::span<const SelectorRow> selector_rows();

}  // namespace heddle::attention
