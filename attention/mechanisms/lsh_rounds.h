#pragma once
// The forward of hashing attention for some heads of a call: sorted, attended over places, merged.

#include "attention/mechanisms/lsh_attention.h"
#include "attention/mechanisms/places.h"

#include <cmath>
#include <cstdint>

namespace heddle::attention {

/// Some heads of a call, worked on together: as many as there are threads, so that what lies by
/// place (rounds times the tokens) stays small. `args` are checked.
struct LshHeads {
  const LshArgs& args;
  std::int64_t first = 0;
  std::int64_t count = 0;

  std::int64_t tokens() const { return args.queries.shape[1]; }
  std::int64_t places() const { return args.spec.rounds * tokens(); }  // a head
  TensorView of(const TensorView& view) const { return view.slice(0, first, count); }
  /// Room by place for as many heads: (heads, places, dim of `view`).
  Tensor by_place(const TensorView& view) const {
    return {DType::kF32, {count, places(), view.shape[2]}};
  }
};

/// Room for what rounds read and write, for the largest number of heads at once.
struct LshRows {
  Tensor queries, keys, values;  // (heads, tokens, dim): a head's rows together, where the
                                 // operands' are apart; every round reads them again
  Tensor out;                    // (heads, places, value_dim)
  Tensor log_sum_exp;            // (heads, places)

  explicit LshRows(const LshHeads& heads);
};

/// Writes the heads' `out` of the call when made.
class LshRounds {
 public:
  LshRounds(const Backend& backend, const LshHeads& heads, const LshRows& rows);
  LshRounds(const LshRounds&) = delete;  // calls point at its plan and places
  LshRounds& operator=(const LshRounds&) = delete;

  const Places& places() const { return places_; }
  /// Of all rounds, (heads, tokens): -inf for a token that no round shows another.
  const TensorView& total() const { return total_.view(); }
  bool alone(std::int64_t head, std::int64_t token) const {
    return total_.view().as<float>()[head * heads_.tokens() + token] == -HUGE_VALF;
  }
  /// The call over places, without results.
  OrderedArgs call() const;

 private:
  void merge(const OrderedArgs& done,
             std::int64_t head,
             std::int64_t token,
             const TensorView& out) const;

  const LshHeads& heads_;
  TensorView queries_, keys_, values_;
  Places places_;
  BlockPlan plan_;
  Tensor total_;
};

}  // namespace heddle::attention
