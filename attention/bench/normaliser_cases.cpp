#include "attention/backend/backend.h"
#include "attention/bench/mechanism_cases.h"
#include "attention/bench/mechanism_operands.h"
#include "attention/patterns/attended_pairs.h"
#include "attention/patterns/pattern.h"

namespace heddle::attention::bench {
namespace {

constexpr std::int64_t kTokens = 4096;
constexpr std::int64_t kShort = 700;
constexpr double kTolerance = 1e-4;
constexpr const char* kPattern = "window(512,causal)";

struct NormaliserCase {
  std::string name;
  std::string normaliser;
  bool spans = false;       // adaptive span: a ramp of 64 behind a span of each head's own
  bool importance = false;  // added and multiplied importance of each key
};

const NormaliserCase kCases[] = {
    {"softmax", "softmax"},
    {"sparsemax", "sparsemax"},
    {"entmax15", "entmax15"},
    {"entmax(1.3)", "entmax(1.3)"},
    {"adaptive span", "softmax", true},
    {"importance", "softmax", false, true},
};

/// One call and everything it borrows.
class NormalisedCall {
 public:
  NormalisedCall(const NormaliserCase& shape, std::int64_t tokens)
      : with_(tokens),
        plan_(plan(parse_pattern(kPattern), {.queries = tokens, .keys = tokens})),
        spans_(DType::kF32, {kMechanismHeads}),
        bias_(normal_rows(1, 1, tokens, 21)),
        importance_(normal_rows(1, 1, tokens, 22)),
        queries_(with_.q.view()),
        segments_{with_.k.view(), with_.v.view()} {
    for (std::int64_t head = 0; head < kMechanismHeads; ++head) {
      spans_.view().as<float>()[head] = 64.0f * static_cast<float>(head);
    }
    for (std::int64_t i = 0; i < tokens; ++i) {
      float& x = importance_.view().as<float>()[i];
      x = std::fabs(x);
    }
    modulation_ = {.bias = bias_.view().at(0, 0).at(0, 0),
                   .importance = importance_.view().at(0, 0).at(0, 0)};
    args_ = {.call = {.plan = &plan_,
                      .queries = {&queries_, 1},
                      .segments = {&segments_, 1},
                      .scale = 0.125f,
                      .out = with_.out.view()},
             .normaliser = parse_normaliser(shape.normaliser)};
    if (shape.spans) {
      args_.spans = spans_.view();
      args_.ramp = 64;
    }
    if (shape.importance) args_.modulations = {&modulation_, 1};
  }
  NormalisedCall(const NormalisedCall&) = delete;  // args_ points at members
  NormalisedCall& operator=(const NormalisedCall&) = delete;

  void forward(const Backend& by) const { by.normalised_attention(args_); }
  void backward(const Backend& by) const {
    const TensorView query_gradients[] = {with_.dq.view()};
    const KeySegmentGradient segment_gradients[] = {{with_.dk.view(), with_.dv.view()}};
    by.normalised_attention_gradient({.forward = args_,
                                      .out_gradient = with_.out_gradient.view(),
                                      .query_gradients = query_gradients,
                                      .segment_gradients = segment_gradients});
  }
  const MechanismOperands& with() const { return with_; }
  double pairs() const { return static_cast<double>(attended_pairs(plan_)) * kMechanismHeads; }

 private:
  MechanismOperands with_;
  BlockPlan plan_;
  Tensor spans_, bias_, importance_;
  TensorView queries_;
  KeySegment segments_;
  KeyModulation modulation_;
  NormalisedArgs args_;
};

using Run = void (NormalisedCall::*)(const Backend&) const;

Measurement measure(const NormaliserCase& shape, Run run, double flop_a_pair) {
  const NormalisedCall call(shape, kTokens);
  Measurement made;
  made.best = time_of([&] { (call.*run)(backend("cpu")); });
  made.flop = flop_a_pair * call.pairs() * kMechanismDim;
  made.items = kTokens;
  made.unit = "tokens";
  const NormalisedCall ours(shape, kShort);
  const NormalisedCall judged(shape, kShort);
  (ours.*run)(backend("cpu"));
  (judged.*run)(backend("reference"));
  made.error = difference(ours.with(), judged.with());
  made.tolerance = kTolerance;
  return made;
}

}  // namespace

std::vector<Case> normaliser_cases() {
  std::vector<Case> cases;
  for (const NormaliserCase& shape : kCases) {
    const std::string name = shape.name + " window 512 4k d64 x8";
    cases.push_back(
        {"normalised " + name, [shape] { return measure(shape, &NormalisedCall::forward, 4); }});
    cases.push_back({"normalised gradient " + name,
                     [shape] { return measure(shape, &NormalisedCall::backward, 10); }});
  }
  return cases;
}

}  // namespace heddle::attention::bench
