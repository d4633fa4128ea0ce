#pragma once
// Losses of rows of logits against labels, and their gradients. A model's output has several groups
// of channels (the frames of either strand, the start), each with a loss of its own; labels stand
// beside each other in one table, one column a loss.
//
//   z = logits of the group, y = the row's label, p = softmax(z), w = the weight of class y
//   cross-entropy  w_y (-(1 - e) log p_y - e / classes sum_c log p_c)       e: smoothing
//   focal          -w_y (1 - p_y)^gamma log p_y         (Lin et al. 2017, arXiv 1708.02002)
// The group's loss is the sum over rows divided by the sum of w_y; rows whose label is kIgnored
// count nowhere. fp64 inside, rows in fixed blocks added in order: threads change no bit.
//
// A teacher (Hinton et al. 2015, arXiv 1503.02531; temperature 1) is another model's logits of the
// same rows, t. With s: taught, the row's loss becomes
//
//   (1 - s) (the above) + s w_y (-sum_c q_c log p_c)        q = softmax(t of the group)
//
// which for cross-entropy is that of the mixed target; its least value is not 0 but the entropy of
// what is wanted. Where labels ignore a row the teacher is not asked either: it learned nothing of
// such rows (beyond a contig's edge, where the annotation is silent), and the mean stays that of
// the labels.

#include "attention/tensor/tensor.h"

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace heddle::attention::train {

inline constexpr std::uint8_t kIgnored = 255;

enum class LossKind : std::uint8_t { kCrossEntropy, kFocal };

struct LossSpec {
  std::string name;  // for logs: "frames+"
  LossKind kind = LossKind::kCrossEntropy;
  int first = 0;  // channel of class 0
  int classes = 2;
  int column = 0;                     // of the labels
  double weight = 1;                  // in the sum of all losses
  double gamma = 2;                   // of focal
  double smoothing = 0;               // of cross-entropy
  double taught = 0;                  // the teacher's share, where there is one: 0 to 1
  std::vector<double> class_weights;  // empty: all 1
};

struct LossValue {
  double loss = 0;   // the mean; 0 where no row counts
  double rows = 0;   // that count
  double right = 0;  // of them, whose largest logit is their label's
};

/// Throws std::invalid_argument when a group leaves `channels` or `columns`, or a number is out of
/// range; the message names the loss.
void require_sound(std::span<const LossSpec> losses, int channels, int columns);

/// What the labels of one loss weigh: sum of w_y, and how many rows count. Throws on a label that
/// is no class of its group. `labels` as below.
struct LossWeight {
  double weights = 0;
  double rows = 0;
};
LossWeight weigh_labels(const LossSpec& loss, const TensorView& labels);

/// One value a loss. `logits` f32 (rows, channels), `labels` u8 (rows, columns), contiguous.
/// `gradient`, of the logits' shape, becomes that of sum_i weight_i loss_i; empty: not wanted.
/// `teacher`, of the logits' shape too; empty: there is none, and labels alone are wanted.
/// Throws std::invalid_argument on other shapes, and on a label that is no class of its group.
std::vector<LossValue> evaluate_losses(std::span<const LossSpec> losses,
                                       const TensorView& logits,
                                       const TensorView& labels,
                                       const TensorView& gradient = {},
                                       const TensorView& teacher = {});

/// sum_i weight_i loss_i.
double total_of(std::span<const LossSpec> losses, std::span<const LossValue> values);

}  // namespace heddle::attention::train
