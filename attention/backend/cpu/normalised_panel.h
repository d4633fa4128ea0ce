#pragma once
// One panel of queries against its whole row of keys: logits, weights and the factors that rescale
// them. Threads: one NormalisedPanel a thread; it keeps its memory from call to call.

#include "attention/backend/attention_checks.h"
#include "attention/backend/cpu/attention_operands.h"
#include "attention/backend/cpu/normaliser_panel.h"

#include <cstdint>
#include <vector>

namespace heddle::attention::cpu {

/// Keys [first, first + count) of a piece, at row `at` of the panel's arrays.
struct PanelKeys {
  Piece piece;
  int first = 0;
  int count = 0;
  std::int64_t at = 0;

  std::int64_t slot() const { return piece.run->first_slot + piece.offset + first; }
  std::int64_t position() const { return piece.position + first; }
  std::size_t segment() const { return static_cast<std::size_t>(piece.run->segment); }
};

class NormalisedPanel {
 public:
  /// `panels`: (query sets, panels, key_dim, lanes), times the scale.
  struct Place {
    const NormalisedArgs& args;
    const AttentionShape& shape;
    const RowLayout& layout;
    std::int64_t head = 0;
    std::int64_t row = 0;  // of the plan
    int panel = 0;
    const float* panels = nullptr;
  };
  /// Finds the panel's keys, their weights, factors and totals.
  void load(const Place& place, Workspace& workspace);

  const std::vector<PanelKeys>& keys() const { return keys_; }
  std::int64_t count() const { return count_; }
  /// (count, lanes). shares() are f w, to be divided by totals().
  const float* weights() const { return weights_; }
  const float* factors() const { return factors_; }  // null: all 1
  const float* shares() const { return shares_; }
  const float* inverse_totals() const { return inverse_; }  // (lanes), 0 where the total is
  /// Whether all weights of `keys` are exactly 0: products with them are left out.
  bool weightless(const PanelKeys& keys) const;

  /// ramp(|q - k|) of lane `lane` and the key at position `position`.
  static float ramp_of(const Place& place, int lane, std::int64_t position);

 private:
  void find(const Place& place, Workspace& workspace);
  void score(const Place& place, Workspace& workspace);
  void rescale(const Place& place);
  static bool hides_beyond_span(const Place& place);
  static bool beyond_span(const Place& place, const Piece& piece);
  static void hide_beyond_span(const Place& place, const PanelKeys& keys, float* logits);

  std::vector<PanelKeys> keys_;
  std::vector<std::int64_t> mask_at_;  // of each keys_, or -1
  std::vector<std::uint32_t> masks_;
  std::int64_t count_ = 0;
  Scratch<float> weight_memory_, factor_memory_, share_memory_, inverse_memory_;
  float* weights_ = nullptr;
  float* factors_ = nullptr;
  float* shares_ = nullptr;
  float* inverse_ = nullptr;
};

/// The keys or values of `keys` as fp32 rows.
Rows rows_of(const AttentionArgs& call,
             std::int64_t kv_head,
             const PanelKeys& keys,
             TensorView KeySegment::*operand,
             Scratch<float>& scratch);

}  // namespace heddle::attention::cpu
