#pragma once
// A way to attend of this folder as a value made from text, so that a model file can name it
// (step "mechanism_attention" of model/layers/layers.h): one call forward, one backward.
//
// Config grammar (parse_mechanism): lsh(16,64,causal,rounds=2) routing(8,64,causal) sinkhorn(64)
// nsa(64,16,512) linear() delta() gated(64,2,seed=1); THE LIST is mechanism_list.cpp.
// Shapes: (heads, tokens, dim) f32 with a contiguous last axis, other strides free; positions from
// 0. Ownership: a call borrows its views. Threads: a Mechanism is const and shared; calls use the
// back end's threads, which change no bit. Errors: std::invalid_argument with both shapes.

#include "attention/backend/backend.h"

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace heddle::attention {

struct MechanismCall {
  TensorView queries;     // (heads, tokens, dim)
  TensorView keys;        // (kv_heads, tokens, dim); empty where Mechanism::shares_keys()
  TensorView values;      // (kv_heads, tokens, dim)
  TensorView gates;       // (heads, tokens, gate_channels()): what sigmoids make gates of
  TensorView constants;   // of Mechanism::constants(); empty where there are none
  float scale = 1;        // of the logits
  bool learning = false;  // draws noise where the mechanism learns by noise
  TensorView out;         // (heads, tokens, dim)
};

/// WRITES the gradients of queries, keys, values and gates; of constants it ADDS.
struct MechanismGradientCall {
  MechanismCall forward;  // `out` is written again
  TensorView out_gradient;
  TensorView query_gradient, key_gradient, value_gradient, gate_gradient;
  TensorView constants_gradient;  // empty: not wanted
};

class Mechanism {
 public:
  virtual ~Mechanism() = default;
  /// As parse_mechanism reads it.
  virtual std::string text() const = 0;

  /// Are the keys the queries, turned to length 1?
  virtual bool shares_keys() const { return false; }
  /// May several heads share a key head?
  virtual bool groups_heads() const { return false; }
  /// Are logits scaled? Otherwise the call's scale is not read.
  virtual bool scales() const { return true; }
  /// The scale where none is given.
  virtual float usual_scale(std::int64_t dim) const;
  /// Gates a query and head, learned elsewhere.
  virtual std::int64_t gate_channels() const { return 0; }
  /// The name of the tensor that it reads beside its operands ("rotations"); empty: none.
  virtual std::string_view constants() const { return {}; }

  virtual void run(const Backend& backend, const MechanismCall& call) const = 0;
  virtual void gradient(const Backend& backend, const MechanismGradientCall& call) const = 0;
};

/// Throws std::invalid_argument with the column and what was expected there.
std::unique_ptr<Mechanism> parse_mechanism(std::string_view text);

struct MechanismRow {
  std::string_view name;
  std::string_view usage;
  std::string_view description;
  std::string_view paper;
};
/// The list, for people.
std::span<const MechanismRow> mechanism_rows();

}  // namespace heddle::attention
