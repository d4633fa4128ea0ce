#include "attention/backend/normalised_op.h"

#include "attention/backend/attention_checks.h"

#include <charconv>
#include <cmath>
#include <stdexcept>

namespace heddle::attention {
namespace {

[[noreturn]] void refuse(const std::string& what) {
  throw std::invalid_argument("attention: " + what);
}

void check_vector(const std::string& name, const TensorView& view, std::int64_t size) {
  if (view.empty()) return;
  if (view.rank != 1 || view.shape[0] != size || view.dtype != DType::kF32 || !view.contiguous()) {
    refuse(name + " is " + describe(view) + "; pass f32 (" + std::to_string(size) +
           "), contiguous, or an empty view");
  }
}

void check_modulations(const char* name,
                       std::span<const KeyModulation> modulations,
                       std::span<const KeySegment> segments) {
  if (modulations.empty()) return;
  if (modulations.size() != segments.size()) {
    refuse(std::string(name) + " for " + std::to_string(modulations.size()) + " segments of " +
           std::to_string(segments.size()) + "; pass one each, or none");
  }
  for (std::size_t i = 0; i < segments.size(); ++i) {
    check_vector(std::string(name) + ": bias", modulations[i].bias, segments[i].keys.shape[1]);
    check_vector(
        std::string(name) + ": importance", modulations[i].importance, segments[i].keys.shape[1]);
  }
}

void check_alpha(float alpha, float low) {
  if (alpha >= low && alpha <= 2) return;
  refuse("alpha " + std::to_string(alpha) + " is not in [1, 2]; a head's own must be above 1");
}

}  // namespace

Normaliser parse_normaliser(std::string_view text) {
  if (text == "softmax") return {1};
  if (text == "sparsemax") return {2};
  if (text == "entmax15") return {1.5f};
  if (text.starts_with("entmax(") && text.ends_with(")")) {
    const std::string_view number = text.substr(7, text.size() - 8);
    float alpha = 0;
    const auto [end, error] = std::from_chars(number.begin(), number.end(), alpha);
    if (error == std::errc() && end == number.end() && alpha >= 1 && alpha <= 2) return {alpha};
  }
  throw std::invalid_argument("normaliser '" + std::string(text) +
                              "': expected softmax, sparsemax, entmax15, or entmax(ALPHA) with "
                              "ALPHA from 1 to 2");
}

std::string text_of(const Normaliser& normaliser) {
  if (normaliser.softmax()) return "softmax";
  if (normaliser.alpha == 2) return "sparsemax";
  if (normaliser.alpha == 1.5f) return "entmax15";
  char text[32];
  const auto [end, error] = std::to_chars(text, text + sizeof text, normaliser.alpha);
  return "entmax(" + std::string(text, end) + ")";
}

float alpha_of(const NormalisedArgs& args, std::int64_t head) {
  return args.alphas.empty() ? args.normaliser.alpha : args.alphas.as<float>()[head];
}

AttentionShape check(const NormalisedArgs& args) {
  const AttentionShape shape = check(args.call);
  if (args.call.plan->strands.stride != 0) {
    refuse("the plan has strands, whose parts only softmax can merge; make it with plan_in_order");
  }
  if (!args.call.log_sum_exp.empty()) refuse("log_sum_exp is of softmax alone; pass an empty view");
  check_vector("alphas", args.alphas, shape.heads);
  check_alpha(args.normaliser.alpha, 1);
  for (std::int64_t head = 0; head < (args.alphas.empty() ? 0 : shape.heads); ++head) {
    check_alpha(alpha_of(args, head), std::nextafter(1.0f, 2.0f));
  }
  check_vector("spans", args.spans, shape.heads);
  if (!args.spans.empty() && !(args.ramp > 0)) {
    refuse("a ramp of width " + std::to_string(args.ramp) + " for spans; it must be positive");
  }
  check_modulations("modulations", args.modulations, args.call.segments);
  return shape;
}

AttentionShape check(const NormalisedGradientArgs& args) {
  const AttentionShape shape = check(args.forward);
  check_gradients(
      args.forward.call, args.out_gradient, args.query_gradients, args.segment_gradients);
  check_vector("alpha gradient", args.alpha_gradient, shape.heads);
  check_vector("span gradient", args.span_gradient, shape.heads);
  check_modulations("modulation gradients", args.modulation_gradients, args.forward.call.segments);
  return shape;
}

}  // namespace heddle::attention
