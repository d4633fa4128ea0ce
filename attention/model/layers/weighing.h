#pragma once
// What weighs the attended keys of an attention step beside their logits: normaliser, alphas and
// spans of heads, importance of tokens (backend/normalised_op.h). Read once for the layer that runs
// and the one that learns. Threads: a value. Errors: std::invalid_argument naming the option.

#include "attention/model/layers/fused_qkv.h"

#include <array>
#include <string>
#include <vector>

namespace heddle::attention {

enum class Importance : std::uint8_t { kNone, kAdd, kMultiply };

struct Weighing {
  Normaliser normaliser;
  std::string alphas;  // names of tensors (heads); empty: none
  std::string spans;
  float ramp = 0;
  Importance importance = Importance::kNone;

  /// Is it a softmax of logits and no more? That has a kernel of its own.
  bool plain() const;
  /// The tensors it reads, in the order of WeighingOperands.
  std::vector<std::string> names() const;
};

/// `with_importance`: is a second register importance? (A selector's is something else.)
Weighing weighing(Step& step, bool with_importance);
/// Copies of the tensors of names(), each (heads), for a layer that runs.
std::vector<Tensor> weighing_tensors(const Weighing& weighing,
                                     LayerContext& context,
                                     std::int64_t heads);

/// Throws unless the second register has a row each of the first and one channel.
void require_one_channel(const Shape& rows, const Shape& importance);

/// Attention by these weights; `tensors` as weighing_tensors() gave them.
void attend(const Backend& backend,
            const AttentionArgs& args,
            const Weighing& weighing,
            std::span<const Tensor> tensors,
            std::span<const TensorView> inputs);

/// The operands of one call, made of the tensors that names() lists and of the second register.
class WeighingOperands {
 public:
  /// `tensors` begins with those of names(); more may follow.
  WeighingOperands(const Weighing& weighing,
                   std::span<const TensorView> tensors,
                   std::span<const TensorView> inputs);

  NormalisedArgs args(const AttentionArgs& call) const;

  /// Room for the gradients of alphas, spans and importance; empty where there are none.
  struct Gradients {
    Tensor alphas, spans, importance;
    KeyModulation modulation;
  };
  Gradients gradients() const;
  /// Adds the gradients of alphas and spans to those of the tensors of names(); empty: not wanted.
  void add_to(std::span<const TensorView> tensor_gradients, const Gradients& made) const;

 private:
  const Weighing& weighing_;
  Tensor sigmoids_, alphas_, spans_, importance_;
  KeyModulation modulation_;
};

}  // namespace heddle::attention
