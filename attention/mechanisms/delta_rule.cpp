#include "attention/mechanisms/head_rows.h"
#include "attention/mechanisms/linear_attention.h"

#include <tbb/parallel_for.h>
#include <tbb/task_arena.h>

#include <algorithm>
#include <vector>

namespace heddle::attention {
namespace {

constexpr std::int64_t kKept = 64;  // tokens between kept states

struct Dims {
  std::int64_t heads, tokens, key, value;

  std::int64_t cells() const { return key * value; }
};

void require_gate(const char* name, const TensorView& gate, const Dims& dims) {
  if (gate.rank == 2 && gate.dtype == DType::kF32 && gate.contiguous() &&
      gate.shape[0] == dims.heads && gate.shape[1] == dims.tokens) {
    return;
  }
  throw std::invalid_argument(std::string("delta rule: ") + name + " is " + describe(gate) +
                              "; expected f32 (" + std::to_string(dims.heads) + ", " +
                              std::to_string(dims.tokens) + "), contiguous");
}

Dims check(const DeltaRuleArgs& args) {
  if (args.queries.rank != 3 || args.values.rank != 3) {
    throw std::invalid_argument("delta rule: queries are " + describe(args.queries) + ", values " +
                                describe(args.values) + "; expected (heads, tokens, dim)");
  }
  const Dims dims = {
      args.queries.shape[0], args.queries.shape[1], args.queries.shape[2], args.values.shape[2]};
  require_rows("delta rule: queries", args.queries, dims.heads, dims.tokens, dims.key);
  require_rows("delta rule: keys", args.keys, dims.heads, dims.tokens, dims.key);
  require_rows("delta rule: values", args.values, dims.heads, dims.tokens, dims.value);
  require_rows("delta rule: out", args.out, dims.heads, dims.tokens, dims.value);
  require_gate("decay", args.decay, dims);
  require_gate("rate", args.rate, dims);
  if (!args.state.empty()) {
    require_rows("delta rule: state", args.state, dims.heads, dims.value, dims.key);
  }
  return dims;
}

/// One token of one head.
struct Token {
  const float* query;
  const float* key;
  const float* value;
  float decay;
  float rate;
};

Token token_of(const DeltaRuleArgs& args, std::int64_t head, std::int64_t t) {
  const std::int64_t gate = head * args.decay.shape[1] + t;
  return {row_at(args.queries, head, t),
          row_at(args.keys, head, t),
          row_at(args.values, head, t),
          args.decay.as<float>()[gate],
          args.rate.as<float>()[gate]};
}

/// S (value, key) moves on by one token: row i becomes a S_i + b (v_i - a S_i . k) k.
void advance(const Token& token, const Dims& dims, float* state) {
  for (std::int64_t i = 0; i < dims.value; ++i) {
    float* row = state + i * dims.key;
    const float held = token.decay * dot_of(row, token.key, dims.key);
    const float update = token.rate * (token.value[i] - held);
    for (std::int64_t c = 0; c < dims.key; ++c) {
      row[c] = token.decay * row[c] + update * token.key[c];
    }
  }
}

void run_head(const DeltaRuleArgs& args, const Dims& dims, std::int64_t head) {
  std::vector<float> state(static_cast<std::size_t>(dims.cells()));
  for (std::int64_t i = 0; !args.state.empty() && i < dims.value; ++i) {
    std::copy_n(row_at(args.state, head, i), dims.key, state.data() + i * dims.key);
  }
  for (std::int64_t t = 0; t < dims.tokens; ++t) {
    const Token token = token_of(args, head, t);
    advance(token, dims, state.data());
    float* out = row_at(args.out, head, t);
    for (std::int64_t i = 0; i < dims.value; ++i) {
      out[i] = dot_of(state.data() + i * dims.key, token.query, dims.key);
    }
  }
  for (std::int64_t i = 0; !args.state.empty() && i < dims.value; ++i) {
    std::copy_n(state.data() + i * dims.key, dims.key, row_at(args.state, head, i));
  }
}

/// One head going backward: `gradient_` is dL/dS after the token in work.
class HeadGradient {
 public:
  HeadGradient(const DeltaRuleGradientArgs& args, const Dims& dims, std::int64_t head)
      : args_(args),
        dims_(dims),
        head_(head),
        gradient_(static_cast<std::size_t>(dims.cells())),
        kept_(static_cast<std::size_t>(dims.cells() * (dims.tokens / kKept + 1))),
        states_(static_cast<std::size_t>(dims.cells() * (kKept + 1))) {}

  void run() {
    std::vector<float> state(static_cast<std::size_t>(dims_.cells()));
    for (std::int64_t t = 0; t < dims_.tokens; ++t) {
      if (t % kKept == 0) {
        std::ranges::copy(state, kept_.begin() + t / kKept * dims_.cells());
      }
      advance(token_of(args_.forward, head_, t), dims_, state.data());
    }
    for (std::int64_t first = (dims_.tokens - 1) / kKept * kKept; first >= 0; first -= kKept) {
      run_back(first, std::min(first + kKept, dims_.tokens));
    }
  }

 private:
  void run_back(std::int64_t first, std::int64_t end) {
    std::copy_n(kept_.begin() + first / kKept * dims_.cells(), dims_.cells(), states_.begin());
    for (std::int64_t t = first; t < end; ++t) {
      float* before = states_.data() + (t - first) * dims_.cells();
      std::copy_n(before, dims_.cells(), before + dims_.cells());
      advance(token_of(args_.forward, head_, t), dims_, before + dims_.cells());
    }
    for (std::int64_t t = end - 1; t >= first; --t) {
      step_back(t, states_.data() + (t - first) * dims_.cells());
    }
  }

  /// S_t = a S (I - b k k^T) + b v k^T of `before` = S.
  void step_back(std::int64_t t, const float* before) {
    const Token token = token_of(args_.forward, head_, t);
    const float* after = before + dims_.cells();
    const float* out_gradient = row_at(args_.out_gradient, head_, t);
    float* dq = row_at(args_.query_gradient, head_, t);
    float* dk = row_at(args_.key_gradient, head_, t);
    float* dv = row_at(args_.value_gradient, head_, t);
    std::fill_n(dq, dims_.key, 0.0f);
    std::fill_n(dk, dims_.key, 0.0f);
    float decay = 0;
    float rate = 0;
    for (std::int64_t i = 0; i < dims_.value; ++i) {
      const float* s = before + i * dims_.key;
      float* g = gradient_.data() + i * dims_.key;
      add_scaled(dq, out_gradient[i], after + i * dims_.key, dims_.key);
      add_scaled(g, out_gradient[i], token.query, dims_.key);
      const float product = dot_of(s, token.key, dims_.key);  // S k
      const float error = token.value[i] - token.decay * product;
      const float du = dot_of(g, token.key, dims_.key);  // of the update u = b error
      rate += du * error;
      dv[i] = token.rate * du;
      decay += dot_of(g, s, dims_.key) - dv[i] * product;
      add_scaled(dk, token.rate * error, g, dims_.key);
      add_scaled(dk, -token.decay * dv[i], s, dims_.key);
      for (std::int64_t c = 0; c < dims_.key; ++c) {
        g[c] = token.decay * (g[c] - dv[i] * token.key[c]);
      }
    }
    const std::int64_t gate = head_ * dims_.tokens + t;
    args_.decay_gradient.as<float>()[gate] = decay;
    args_.rate_gradient.as<float>()[gate] = rate;
  }

  const DeltaRuleGradientArgs& args_;
  const Dims& dims_;
  std::int64_t head_;
  std::vector<float> gradient_;
  std::vector<float> kept_;
  std::vector<float> states_;
};

void pairs_of_head(const DeltaRuleArgs& args, const Dims& dims, std::int64_t head) {
  std::vector<double> updates(static_cast<std::size_t>(dims.tokens * dims.value));
  const auto product = [&](const float* a, const float* b) {
    double sum = 0;
    for (std::int64_t c = 0; c < dims.key; ++c) sum += static_cast<double>(a[c]) * b[c];
    return sum;
  };
  for (std::int64_t t = 0; t < dims.tokens; ++t) {
    const Token token = token_of(args, head, t);
    double* update = updates.data() + t * dims.value;
    std::vector<double> out(static_cast<std::size_t>(dims.value));
    std::copy_n(token.value, dims.value, update);
    double decay = 1;  // g(t, s)
    for (std::int64_t s = t - 1; s >= 0; --s) {
      decay *= token_of(args, head, s + 1).decay;
      const float* key = row_at(args.keys, head, s);
      const double seen = decay * product(key, token.key);
      const double asked = decay * product(key, token.query);
      for (std::int64_t i = 0; i < dims.value; ++i) {
        update[i] -= seen * updates[static_cast<std::size_t>(s * dims.value + i)];
        out[static_cast<std::size_t>(i)] +=
            asked * updates[static_cast<std::size_t>(s * dims.value + i)];
      }
    }
    const double own = product(token.key, token.query);
    for (std::int64_t i = 0; i < dims.value; ++i) {
      update[i] *= token.rate;
      row_at(args.out, head, t)[i] =
          static_cast<float>(out[static_cast<std::size_t>(i)] + own * update[i]);
    }
  }
}

}  // namespace

void delta_rule(const DeltaRuleArgs& args) {
  const Dims dims = check(args);
  tbb::this_task_arena::isolate([&] {
    tbb::parallel_for(
        std::int64_t{0}, dims.heads, [&](std::int64_t head) { run_head(args, dims, head); });
  });
}

void delta_rule_by_pairs(const DeltaRuleArgs& args) {
  const Dims dims = check(args);
  for (std::int64_t head = 0; head < dims.heads; ++head) pairs_of_head(args, dims, head);
}

void delta_rule_gradient(const DeltaRuleGradientArgs& args) {
  const Dims dims = check(args.forward);
  if (!args.forward.state.empty()) {
    throw std::invalid_argument("delta rule: its gradient starts from an empty state");
  }
  require_rows("out gradient", args.out_gradient, dims.heads, dims.tokens, dims.value);
  require_rows("query gradient", args.query_gradient, dims.heads, dims.tokens, dims.key);
  require_rows("key gradient", args.key_gradient, dims.heads, dims.tokens, dims.key);
  require_rows("value gradient", args.value_gradient, dims.heads, dims.tokens, dims.value);
  require_gate("decay gradient", args.decay_gradient, dims);
  require_gate("rate gradient", args.rate_gradient, dims);
  tbb::this_task_arena::isolate([&] {
    tbb::parallel_for(std::int64_t{0}, dims.heads, [&](std::int64_t head) {
      HeadGradient(args, dims, head).run();
    });
  });
}

}  // namespace heddle::attention
