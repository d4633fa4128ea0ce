#include "attention/backend/reference/normalised_attention.h"

#include "attention/backend/element.h"
#include "attention/backend/reference/attended_keys.h"
#include "attention/backend/reference/gradient_sums.h"
#include "attention/backend/reference/normaliser.h"

#include <algorithm>
#include <cmath>
#include <vector>

namespace heddle::attention::reference {
namespace {

/// One query's keys with everything the definition gives them.
struct Row {
  std::vector<AttendedKey> keys;
  std::vector<double> weights;  // w
  std::vector<double> ramps;    // ramp(|q - k|)
  std::vector<double> factors;  // f
  double total = 0;             // sum of f w

  bool empty() const { return !(total > 0); }
};

double modulation(const NormalisedArgs& args,
                  const AttendedKey& key,
                  TensorView KeyModulation::*which,
                  double otherwise) {
  if (args.modulations.empty()) return otherwise;
  const TensorView& view = args.modulations[key.segment].*which;
  return view.empty() ? otherwise : view.as<float>()[key.slot];
}

double ramp_of(const NormalisedArgs& args, std::int64_t head, std::int64_t distance) {
  if (args.spans.empty()) return 1;
  const double span = args.spans.as<float>()[head];
  const double x = static_cast<double>(std::abs(distance));
  return std::clamp((args.ramp + span - x) / args.ramp, 0.0, 1.0);
}

Row row_of(const NormalisedArgs& args,
           const AttentionShape& shape,
           std::int64_t head,
           std::int64_t query) {
  Row row = {.keys = attended_keys(args.call, shape, head, query)};
  std::vector<double> logits;
  for (const AttendedKey& key : row.keys) {
    logits.push_back(key.logit + modulation(args, key, &KeyModulation::bias, 0));
    row.ramps.push_back(ramp_of(args, head, args.call.plan->first_query + query - key.position));
    row.factors.push_back(modulation(args, key, &KeyModulation::importance, 1) * row.ramps.back());
  }
  row.weights = normalise(logits, alpha_of(args, head));
  for (std::size_t i = 0; i < row.keys.size(); ++i) row.total += row.factors[i] * row.weights[i];
  return row;
}

TensorView value_of(const NormalisedArgs& args,
                    const AttentionShape& shape,
                    std::int64_t head,
                    const AttendedKey& key) {
  return args.call.segments[key.segment].values.at(0, kv_head_of(shape, head)).at(0, key.slot);
}

/// What the loss gains with each key's quantities.
struct RowGradient {
  std::vector<double> factors;  // of f
  NormaliserGradient normaliser;

  RowGradient(const Row& row, const std::vector<double>& share_gradients, double alpha)
      : factors(row.keys.size()) {
    double mean = 0;  // sum of p dp
    for (std::size_t i = 0; i < factors.size(); ++i) {
      mean += row.factors[i] * row.weights[i] / row.total * share_gradients[i];
    }
    std::vector<double> weights(factors.size());
    for (std::size_t i = 0; i < factors.size(); ++i) {
      const double product = (share_gradients[i] - mean) / row.total;
      factors[i] = product * row.weights[i];
      weights[i] = product * row.factors[i];
    }
    normaliser = normalise_gradient(row.weights, weights, alpha);
  }
};

/// Everything that is summed over queries.
struct Sums {
  GradientSums operands;
  std::vector<double> alphas;
  std::vector<double> spans;
  std::vector<std::vector<double>> biases;       // one a segment, (slots)
  std::vector<std::vector<double>> importances;  // likewise

  Sums(const AttentionArgs& call, const AttentionShape& shape)
      : operands(call),
        alphas(static_cast<std::size_t>(shape.heads)),
        spans(static_cast<std::size_t>(shape.heads)) {
    for (const KeySegment& segment : call.segments) {
      biases.emplace_back(static_cast<std::size_t>(segment.keys.shape[1]));
      importances.emplace_back(static_cast<std::size_t>(segment.keys.shape[1]));
    }
  }
};

void add_query(const NormalisedGradientArgs& args,
               const AttentionShape& shape,
               std::int64_t head,
               std::int64_t query,
               Sums& sums) {
  const NormalisedArgs& forward = args.forward;
  const Row row = row_of(forward, shape, head, query);
  if (row.empty()) return;
  const TensorView out_gradient = args.out_gradient.at(0, head).at(0, query);
  std::vector<double> share_gradients;
  for (const AttendedKey& key : row.keys) {
    share_gradients.push_back(dot(out_gradient, value_of(forward, shape, head, key)));
  }
  const RowGradient gradient(row, share_gradients, alpha_of(forward, head));
  sums.alphas[static_cast<std::size_t>(head)] += gradient.normaliser.alpha;
  const std::int64_t kv_head = kv_head_of(shape, head);
  for (std::size_t i = 0; i < row.keys.size(); ++i) {
    const AttendedKey& key = row.keys[i];
    const KeySegment& segment = forward.call.segments[key.segment];
    const auto set = static_cast<std::size_t>(segment.query_set);
    const double slope = gradient.normaliser.logits[i];
    const double importance = modulation(forward, key, &KeyModulation::importance, 1);
    const auto slot = static_cast<std::size_t>(key.slot);
    sums.operands.values[key.segment].add(
        kv_head, key.slot, row.factors[i] * row.weights[i] / row.total, out_gradient);
    sums.operands.queries[set].add(
        head, query, forward.call.scale * slope, segment.keys.at(0, kv_head).at(0, key.slot));
    sums.operands.keys[key.segment].add(kv_head,
                                        key.slot,
                                        forward.call.scale * slope,
                                        forward.call.queries[set].at(0, head).at(0, query));
    sums.biases[key.segment][slot] += slope;
    sums.importances[key.segment][slot] += gradient.factors[i] * row.ramps[i];
    if (row.ramps[i] > 0 && row.ramps[i] < 1) {
      sums.spans[static_cast<std::size_t>(head)] += gradient.factors[i] * importance / forward.ramp;
    }
  }
}

void write(const std::vector<double>& from, const TensorView& to) {
  if (to.empty()) return;
  std::ranges::transform(from, to.as<float>(), [](double x) { return static_cast<float>(x); });
}

}  // namespace

void normalised_attention(const NormalisedArgs& args) {
  const AttentionShape shape = check(args);
  for (std::int64_t head = 0; head < shape.heads; ++head) {
    for (std::int64_t query = 0; query < shape.queries; ++query) {
      const Row row = row_of(args, shape, head, query);
      std::vector<double> out(static_cast<std::size_t>(shape.value_dim));
      for (std::size_t i = 0; i < row.keys.size() && !row.empty(); ++i) {
        const TensorView value = value_of(args, shape, head, row.keys[i]);
        const double share = row.factors[i] * row.weights[i] / row.total;
        for (std::size_t c = 0; c < out.size(); ++c) {
          const auto at = static_cast<std::int64_t>(c);
          out[c] += share * load_element(value.dtype, value.data, at);
        }
      }
      const TensorView to = args.call.out.at(0, head).at(0, query);
      for (std::size_t c = 0; c < out.size(); ++c) {
        store_element(to.dtype, to.data, static_cast<std::int64_t>(c), static_cast<float>(out[c]));
      }
    }
  }
}

void normalised_attention_gradient(const NormalisedGradientArgs& args) {
  const AttentionShape shape = check(args);
  Sums sums(args.forward.call, shape);
  for (std::int64_t head = 0; head < shape.heads; ++head) {
    for (std::int64_t query = 0; query < shape.queries; ++query) {
      add_query(args, shape, head, query, sums);
    }
  }
  sums.operands.write(args.query_gradients, args.segment_gradients);
  write(sums.alphas, args.alpha_gradient);
  write(sums.spans, args.span_gradient);
  for (std::size_t i = 0; i < args.modulation_gradients.size(); ++i) {
    write(sums.biases[i], args.modulation_gradients[i].bias);
    write(sums.importances[i], args.modulation_gradients[i].importance);
  }
}

}  // namespace heddle::attention::reference
