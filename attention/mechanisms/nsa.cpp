#include "attention/mechanisms/nsa.h"

#include "attention/mechanisms/head_rows.h"
#include "attention/patterns/staircase.h"
#include "attention/selectors/selectors.h"

#include <algorithm>
#include <array>

namespace heddle::attention {
namespace {

constexpr std::int64_t kBranches = 3;

void check(const NsaArgs& args) {
  if (args.queries.rank != 3 || args.values.rank != 3 || args.keys.rank != 3) {
    throw std::invalid_argument("nsa: queries are " + describe(args.queries) + ", keys " +
                                describe(args.keys) + ", values " + describe(args.values) +
                                "; expected (heads, tokens, dim)");
  }
  const std::int64_t heads = args.queries.shape[0];
  const std::int64_t tokens = args.queries.shape[1];
  const std::int64_t kv_heads = args.keys.shape[0];
  require_rows("nsa: queries", args.queries, heads, tokens, -1);
  require_rows("nsa: keys", args.keys, kv_heads, tokens, args.queries.shape[2]);
  require_rows("nsa: values", args.values, kv_heads, tokens, -1);
  require_rows("nsa: gates", args.gates, heads, tokens, kBranches);
  require_rows("nsa: out", args.out, heads, tokens, args.values.shape[2]);
}

/// The means of whole blocks, (kv_heads, blocks, dim).
Tensor pooled(const TensorView& rows, std::int64_t block) {
  const std::int64_t blocks = rows.shape[1] / block;
  Tensor made(DType::kF32, {rows.shape[0], blocks, rows.shape[2]});
  for (std::int64_t head = 0; head < rows.shape[0]; ++head) {
    for (std::int64_t k = 0; k < blocks * block; ++k) {
      add_scaled(row_at(made.view(), head, k / block),
                 1 / static_cast<float>(block),
                 row_at(rows, head, k),
                 rows.shape[2]);
    }
  }
  return made;
}

/// rows += the gradient of their means.
void add_pooled(const Tensor& gradient, std::int64_t block, const TensorView& rows) {
  for (std::int64_t head = 0; head < rows.shape[0]; ++head) {
    for (std::int64_t k = 0; k < gradient.view().shape[1] * block; ++k) {
      add_scaled(row_at(rows, head, k),
                 1 / static_cast<float>(block),
                 row_at(gradient.view(), head, k / block),
                 rows.shape[2]);
    }
  }
}

/// One branch's keys and what it gave.
struct Branch {
  Tensor owned_keys, owned_values;  // of the compressed branch
  KeySegment keys;
  BlockPlan plan;
  Tensor out;          // (heads, tokens, value_dim)
  Tensor log_sum_exp;  // (heads, tokens)
};

class Branches {
 public:
  Branches(const Backend& backend, const NsaArgs& args) : backend_(backend), args_(args) {
    check(args);
    Branch& compress = branches_[0];
    compress.owned_keys = pooled(args.keys, args.spec.block);
    compress.owned_values = pooled(args.values, args.spec.block);
    compress.keys = {compress.owned_keys.view(), compress.owned_values.view()};
    branches_[1].keys = branches_[2].keys = {args.keys, args.values};
    const auto selector = compressed(args.spec.block, args.spec.top);
    run(compress, staircase(args.spec.block));
    run(branches_[1], selector->select({.queries = args.queries, .keys = args.keys}));
    run(branches_[2], window(args.spec.window - 1, Direction::kCausal));
  }

  void merge() const {
    for_each_row([&](std::int64_t head, std::int64_t token) {
      float* out = row_at(args_.out, head, token);
      std::fill_n(out, args_.out.shape[2], 0.0f);
      for (std::size_t i = 0; i < kBranches; ++i) {
        add_scaled(out,
                   row_at(args_.gates, head, token)[i],
                   row_at(branches_[i].out.view(), head, token),
                   args_.out.shape[2]);
      }
    });
  }

  void differentiate(const NsaGradientArgs& args) const {
    for (const TensorView& sum : {args.query_gradient, args.key_gradient, args.value_gradient}) {
      const Tensor zero(DType::kF32, {sum.shape[0], sum.shape[1], sum.shape[2]});
      copy(zero.view(), sum);
    }
    for (std::size_t i = 0; i < kBranches; ++i) differentiate(args, i);
  }

 private:
  template <class Body>
  void for_each_row(const Body& body) const {
    for (std::int64_t head = 0; head < args_.out.shape[0]; ++head) {
      for (std::int64_t token = 0; token < args_.out.shape[1]; ++token) body(head, token);
    }
  }

  void run(Branch& branch, const Pattern& pattern) const {
    const std::int64_t heads = args_.queries.shape[0];
    const std::int64_t tokens = args_.queries.shape[1];
    branch.plan = plan(
        pattern,
        {.heads = static_cast<int>(heads), .queries = tokens, .keys = branch.keys.keys.shape[1]});
    branch.out = Tensor(DType::kF32, {heads, tokens, args_.values.shape[2]});
    branch.log_sum_exp = Tensor(DType::kF32, {heads, tokens});
    backend_.attention({.plan = &branch.plan,
                        .queries = {&args_.queries, 1},
                        .segments = {&branch.keys, 1},
                        .scale = args_.scale,
                        .out = branch.out.view(),
                        .log_sum_exp = branch.log_sum_exp.view()});
  }

  void differentiate(const NsaGradientArgs& args, std::size_t i) const {
    const Branch& branch = branches_[i];
    const std::int64_t value_dim = args_.values.shape[2];
    const Tensor out_gradient = like(branch.out.view());
    for_each_row([&](std::int64_t head, std::int64_t token) {
      const float* from = row_at(args.out_gradient, head, token);
      row_at(args.gate_gradient, head, token)[i] =
          dot_of(from, row_at(branch.out.view(), head, token), value_dim);
      add_scaled(row_at(out_gradient.view(), head, token),
                 row_at(args_.gates, head, token)[i],
                 from,
                 value_dim);
    });
    const Tensor dq = like(args_.queries);
    const Tensor dk = like(branch.keys.keys);
    const Tensor dv = like(branch.keys.values);
    const TensorView query_gradient = dq.view();
    const KeySegmentGradient key_gradient = {dk.view(), dv.view()};
    backend_.attention_gradient({.plan = &branch.plan,
                                 .queries = {&args_.queries, 1},
                                 .segments = {&branch.keys, 1},
                                 .scale = args_.scale,
                                 .out = branch.out.view(),
                                 .log_sum_exp = branch.log_sum_exp.view(),
                                 .out_gradient = out_gradient.view(),
                                 .query_gradients = {&query_gradient, 1},
                                 .segment_gradients = {&key_gradient, 1}});
    add_pooled(dq, 1, args.query_gradient);
    const std::int64_t block = i == 0 ? args_.spec.block : 1;
    add_pooled(dk, block, args.key_gradient);
    add_pooled(dv, block, args.value_gradient);
  }

  static Tensor like(const TensorView& view) {
    return {DType::kF32, {view.shape[0], view.shape[1], view.shape[2]}};
  }

  const Backend& backend_;
  const NsaArgs& args_;
  std::array<Branch, kBranches> branches_;
};

}  // namespace

void nsa_attention(const Backend& backend, const NsaArgs& args) { Branches(backend, args).merge(); }

void nsa_attention_gradient(const Backend& backend, const NsaGradientArgs& args) {
  const Branches branches(backend, args.forward);
  const auto like = [](const char* name, const TensorView& view, const TensorView& of) {
    require_rows(name, view, of.shape[0], of.shape[1], of.shape[2]);
  };
  like("nsa: out gradient", args.out_gradient, args.forward.out);
  like("nsa: query gradient", args.query_gradient, args.forward.queries);
  like("nsa: key gradient", args.key_gradient, args.forward.keys);
  like("nsa: value gradient", args.value_gradient, args.forward.values);
  like("nsa: gate gradient", args.gate_gradient, args.forward.gates);
  branches.merge();
  branches.differentiate(args);
}

}  // namespace heddle::attention
