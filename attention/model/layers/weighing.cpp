#include "attention/model/layers/weighing.h"

#include "attention/backend/attention_counts.h"

#include <algorithm>
#include <cmath>
#include <stdexcept>

namespace heddle::attention {
namespace {

constexpr float kLeastAlpha = 1.001f;

Importance importance_of(Step& step) {
  const std::string text = step.options.text_or("importance", "");
  const bool given = step.inputs.size() == 2;
  if (given != !text.empty()) {
    throw std::invalid_argument(
        given ? "expected \"importance\": \"add\" or \"multiply\" for the second input"
              : "\"importance\" takes a second input of one channel: \"in\": [\"qkv\", \"i\"]");
  }
  if (text.empty()) return Importance::kNone;
  if (text == "add") return Importance::kAdd;
  if (text == "multiply") return Importance::kMultiply;
  throw std::invalid_argument("option 'importance': expected add or multiply, the file has '" +
                              text + "'");
}

/// A (heads) tensor with `value` of each element.
template <class Value>
Tensor mapped(const TensorView& from, const Value& value) {
  Tensor made(DType::kF32, {from.size()});
  copy(from, made.view());
  for (std::int64_t i = 0; i < from.size(); ++i) {
    float& x = made.view().as<float>()[i];
    x = value(x);
  }
  return made;
}

}  // namespace

bool Weighing::plain() const {
  return normaliser.softmax() && names().empty() && importance == Importance::kNone;
}

std::vector<std::string> Weighing::names() const {
  std::vector<std::string> all;
  if (!alphas.empty()) all.push_back(alphas);
  if (!spans.empty()) all.push_back(spans);
  return all;
}

Weighing weighing(Step& step, bool with_importance) {
  Weighing made;
  made.normaliser = parse_normaliser(step.options.text_or("normaliser", "softmax"));
  made.alphas = step.options.text_or("alphas", "");
  made.spans = step.options.text_or("spans", "");
  made.ramp = static_cast<float>(step.options.number_or("ramp", 0));
  if (with_importance) made.importance = importance_of(step);
  if (made.spans.empty() != (made.ramp == 0) || made.ramp < 0) {
    throw std::invalid_argument("\"spans\" and a positive \"ramp\" come together");
  }
  return made;
}

std::vector<Tensor> weighing_tensors(const Weighing& weighing,
                                     LayerContext& context,
                                     std::int64_t heads) {
  std::vector<Tensor> made;
  for (const std::string& name : weighing.names()) {
    const TensorView& view = context.tensor(name);
    if (view.rank != 1 || view.shape[0] != heads) {
      throw std::invalid_argument("expected '" + name + "' with " + std::to_string(heads) +
                                  " elements, one a head; the file has " + describe(view));
    }
    made.push_back(as_f32(view));
  }
  return made;
}

void require_one_channel(const Shape& rows, const Shape& importance) {
  require_f32(importance, 2, 2);
  if (importance.shape[0] == rows.shape[0] && channels_of(importance) == 1) return;
  throw std::invalid_argument("expected importance (" + std::to_string(rows.shape[0]) +
                              ", 1), got " + describe(importance));
}

WeighingOperands::WeighingOperands(const Weighing& weighing,
                                   std::span<const TensorView> tensors,
                                   std::span<const TensorView> inputs)
    : weighing_(weighing) {
  std::size_t at = 0;
  if (!weighing.alphas.empty()) {
    sigmoids_ = mapped(tensors[at++], [](float x) { return 1 / (1 + std::exp(-x)); });
    alphas_ =
        mapped(sigmoids_.view(), [](float x) { return std::clamp(1 + x, kLeastAlpha, 2.0f); });
  }
  if (!weighing.spans.empty()) {
    spans_ = mapped(tensors[at++], [](float x) { return std::max(x, 0.0f); });
  }
  if (weighing.importance == Importance::kNone) return;
  const TensorView& in = inputs[1];
  importance_ = Tensor(DType::kF32, {in.shape[0]});
  copy(in.at(1, 0), importance_.view());
  TensorView& to =
      weighing.importance == Importance::kAdd ? modulation_.bias : modulation_.importance;
  to = importance_.view();
}

NormalisedArgs WeighingOperands::args(const AttentionArgs& call) const {
  NormalisedArgs made = {.call = call, .normaliser = weighing_.normaliser};
  made.call.log_sum_exp = {};
  made.alphas = alphas_.view();
  made.spans = spans_.view();
  made.ramp = weighing_.ramp;
  if (weighing_.importance != Importance::kNone) made.modulations = {&modulation_, 1};
  return made;
}

WeighingOperands::Gradients WeighingOperands::gradients() const {
  Gradients made;
  const auto like = [](const Tensor& of) {
    return of.empty() ? Tensor() : Tensor(DType::kF32, {of.view().size()});
  };
  made.alphas = like(alphas_);
  made.spans = like(spans_);
  made.importance = like(importance_);
  if (weighing_.importance == Importance::kAdd) made.modulation.bias = made.importance.view();
  if (weighing_.importance == Importance::kMultiply) {
    made.modulation.importance = made.importance.view();
  }
  return made;
}

void WeighingOperands::add_to(std::span<const TensorView> tensor_gradients,
                              const Gradients& made) const {
  std::size_t at = 0;
  if (!alphas_.empty()) {
    const TensorView& to = tensor_gradients[at++];
    for (std::int64_t i = 0; !to.empty() && i < to.size(); ++i) {
      const float s = sigmoids_.view().as<float>()[i];
      to.as<float>()[i] += made.alphas.view().as<float>()[i] * s * (1 - s);
    }
  }
  if (!spans_.empty()) {  // below 0 a span is held at 0, and its gradient may lift it
    const TensorView& to = tensor_gradients[at++];
    for (std::int64_t i = 0; !to.empty() && i < to.size(); ++i) {
      to.as<float>()[i] += made.spans.view().as<float>()[i];
    }
  }
}

void attend(const Backend& backend,
            const AttentionArgs& args,
            const Weighing& weighing,
            std::span<const Tensor> tensors,
            std::span<const TensorView> inputs) {
  std::int64_t keys = 0;
  for (const KeySegment& segment : args.segments) keys += segment.keys.shape[1];
  count_attention(args, keys);
  if (weighing.plain()) {
    backend.attention(args);
    return;
  }
  std::vector<TensorView> views;
  for (const Tensor& one : tensors) views.push_back(one.view());
  backend.normalised_attention(WeighingOperands(weighing, views, inputs).args(args));
}

}  // namespace heddle::attention
