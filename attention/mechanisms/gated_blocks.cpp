#include "attention/mechanisms/gated_blocks.h"

#include "attention/mechanisms/head_rows.h"
#include "attention/mechanisms/unit_rows.h"
#include "attention/patterns/listed.h"

#include <tbb/parallel_for.h>
#include <tbb/task_arena.h>

#include <algorithm>
#include <bit>
#include <string>

namespace heddle::attention {
namespace {

void check(const GatedSpec& spec, const MechanismCall& call) {
  if (spec.block < 1 || spec.gate.top < 1 || !(spec.gate.temperature > 0)) {
    throw std::invalid_argument("gated: blocks of " + std::to_string(spec.block) + ", top " +
                                std::to_string(spec.gate.top) + ", temperature " +
                                std::to_string(spec.gate.temperature) +
                                "; expected positive numbers");
  }
  const TensorView& like = call.queries;
  require_rows("gated: queries", like, like.shape[0], like.shape[1], -1);
  require_rows("gated: keys", call.keys, like.shape[0], like.shape[1], like.shape[2]);
  require_rows("gated: values", call.values, like.shape[0], like.shape[1], -1);
  require_rows("gated: out", call.out, like.shape[0], like.shape[1], call.values.shape[2]);
}

/// The mean keys of whole blocks, (heads, blocks, dim).
Tensor mean_keys(const TensorView& keys, std::int64_t block) {
  const std::int64_t blocks = keys.shape[1] / block;
  Tensor made(DType::kF32, {keys.shape[0], blocks, keys.shape[2]});
  for (std::int64_t head = 0; head < keys.shape[0]; ++head) {
    for (std::int64_t k = 0; k < blocks * block; ++k) {
      add_scaled(row_at(made.view(), head, k / block),
                 1 / static_cast<float>(block),
                 row_at(keys, head, k),
                 keys.shape[2]);
    }
  }
  return made;
}

/// Changes with every bit of the row.
std::uint64_t draw_of(const float* row, std::int64_t dim, std::int64_t place) {
  auto sum = static_cast<std::uint64_t>(place) + 0x9e3779b97f4a7c15u;
  for (std::int64_t c = 0; c < dim; ++c) {
    sum = std::rotl((sum ^ std::bit_cast<std::uint32_t>(row[c])) * 0xbf58476d1ce4e5b9u, 29);
  }
  return sum;
}

/// What every query chose; empty where no block before it is closed.
class Choices {
 public:
  Choices(const GatedSpec& spec, const MechanismCall& call, const Tensor& means)
      : block_(spec.block),
        tokens_(call.queries.shape[1]),
        made_(static_cast<std::size_t>(call.queries.shape[0] * tokens_)) {
    const std::int64_t dim = call.queries.shape[2];
    tbb::this_task_arena::isolate([&] {
      tbb::parallel_for(std::int64_t{0}, call.queries.shape[0] * tokens_, [&](std::int64_t i) {
        const std::int64_t head = i / tokens_;
        const auto closed = static_cast<std::size_t>(i % tokens_ / block_);
        if (closed == 0) return;
        const float* query = row_at(call.queries, head, i % tokens_);
        std::vector<float> logits(closed);
        for (std::size_t b = 0; b < closed; ++b) {
          const auto at = static_cast<std::int64_t>(b);
          logits[b] = call.scale * dot_of(query, row_at(means.view(), head, at), dim);
        }
        const bool noisy = spec.seed != 0 && call.learning;
        const std::vector<float> noise =
            noisy ? gumbel_noise(spec.seed, draw_of(query, dim, i), closed) : std::vector<float>();
        made_[static_cast<std::size_t>(i)] = choose(spec.gate, logits, noise);
      });
    });
  }

  const GateChoice& of(std::int64_t head, std::int64_t token) const {
    return made_[static_cast<std::size_t>(head * tokens_ + token)];
  }

  /// Each query's choice number `rank`, as a pattern.
  Pattern ranked(std::int64_t heads, std::size_t rank) const {
    BlockLists lists = {.heads = static_cast<int>(heads), .query_block = 1, .key_block = block_};
    for (const GateChoice& choice : made_) {
      if (rank < choice.chosen.size()) lists.blocks.push_back(choice.chosen[rank]);
      lists.row_begin.push_back(static_cast<std::int64_t>(lists.blocks.size()));
    }
    return listed(std::move(lists));
  }

 private:
  std::int64_t block_;
  std::int64_t tokens_;
  std::vector<GateChoice> made_;
};

/// Attention of all later queries to one closed block.
struct OneBlock {
  BlockPlan plan;
  TensorView queries;
  KeySegment keys;
  Tensor out, log_sum_exp;

  OneBlock(const Backend& backend, const MechanismCall& call, std::int64_t block, std::int64_t b) {
    const std::int64_t first = (b + 1) * block;
    const std::int64_t count = call.queries.shape[1] - first;
    queries = call.queries.slice(1, first, count);
    keys = {call.keys.slice(1, b * block, block), call.values.slice(1, b * block, block)};
    plan = attention::plan(
        dense(),
        {.heads = static_cast<int>(call.queries.shape[0]), .queries = count, .keys = block});
    out = Tensor(DType::kF32, {call.queries.shape[0], count, call.values.shape[2]});
    log_sum_exp = Tensor(DType::kF32, {call.queries.shape[0], count});
    backend.attention({.plan = &plan,
                       .queries = {&queries, 1},
                       .segments = {&keys, 1},
                       .scale = call.scale,
                       .out = out.view(),
                       .log_sum_exp = log_sum_exp.view()});
  }
};

/// Walks the blocks: gradients of queries, keys and values through what was read, and what each
/// gate would have been worth.
class Differentiation {
 public:
  Differentiation(const Backend& backend,
                  const GatedSpec& spec,
                  const MechanismGradientCall& call,
                  const Choices& choices,
                  const Tensor& means)
      : backend_(backend), spec_(spec), call_(call), choices_(choices), means_(means) {
    for (const TensorView& to : {call.query_gradient, call.key_gradient, call.value_gradient}) {
      copy(zeros_like(to).view(), to);
    }
    const TensorView& queries = call.forward.queries;
    worth_.resize(static_cast<std::size_t>(queries.shape[0] * queries.shape[1]));
    const std::int64_t blocks = (queries.shape[1] - 1) / spec.block;
    for (std::int64_t b = 0; b < blocks; ++b) through_block(b);
    through_gates();
  }

 private:
  void through_block(std::int64_t b) {
    const OneBlock read(backend_, call_.forward, spec_.block, b);
    const std::int64_t first = (b + 1) * spec_.block;
    const std::int64_t dim = read.out.view().shape[2];
    const Tensor out_gradient = zeros_like(read.out.view());
    for (std::int64_t head = 0; head < read.queries.shape[0]; ++head) {
      for (std::int64_t i = 0; i < read.queries.shape[1]; ++i) {
        const float* asked = row_at(call_.out_gradient, head, first + i);
        worth(head, first + i).push_back(dot_of(asked, row_at(read.out.view(), head, i), dim));
        const auto& chosen = choices_.of(head, first + i).chosen;
        if (std::ranges::find(chosen, static_cast<std::uint32_t>(b)) == chosen.end()) continue;
        std::copy_n(asked, dim, row_at(out_gradient.view(), head, i));
      }
    }
    const Tensor dq = zeros_like(read.queries);
    const TensorView query_gradient = dq.view();
    const KeySegmentGradient to = {call_.key_gradient.slice(1, b * spec_.block, spec_.block),
                                   call_.value_gradient.slice(1, b * spec_.block, spec_.block)};
    backend_.attention_gradient({.plan = &read.plan,
                                 .queries = {&read.queries, 1},
                                 .segments = {&read.keys, 1},
                                 .scale = call_.forward.scale,
                                 .out = read.out.view(),
                                 .log_sum_exp = read.log_sum_exp.view(),
                                 .out_gradient = out_gradient.view(),
                                 .query_gradients = {&query_gradient, 1},
                                 .segment_gradients = {&to, 1}});
    for (std::int64_t head = 0; head < dq.view().shape[0]; ++head) {
      for (std::int64_t i = 0; i < dq.view().shape[1]; ++i) {
        add_scaled(row_at(call_.query_gradient, head, first + i),
                   1,
                   row_at(dq.view(), head, i),
                   dq.view().shape[2]);
      }
    }
  }

  void through_gates() {
    const TensorView& queries = call_.forward.queries;
    const std::int64_t dim = queries.shape[2];
    const float to_key = call_.forward.scale / static_cast<float>(spec_.block);
    for (std::int64_t head = 0; head < queries.shape[0]; ++head) {
      Tensor asked(DType::kF32, {1, means_.view().shape[1], dim});  // of each mean key
      for (std::int64_t t = spec_.block; t < queries.shape[1]; ++t) {
        const std::vector<float> logits =
            straight_through_gradient(spec_.gate, choices_.of(head, t), worth(head, t));
        for (std::size_t b = 0; b < logits.size(); ++b) {
          const auto at = static_cast<std::int64_t>(b);
          add_scaled(row_at(call_.query_gradient, head, t),
                     call_.forward.scale * logits[b],
                     row_at(means_.view(), head, at),
                     dim);
          add_scaled(row_at(asked.view(), 0, at), logits[b], row_at(queries, head, t), dim);
        }
      }
      for (std::int64_t k = 0; k < means_.view().shape[1] * spec_.block; ++k) {
        add_scaled(row_at(call_.key_gradient, head, k),
                   to_key,
                   row_at(asked.view(), 0, k / spec_.block),
                   dim);
      }
    }
  }

  std::vector<float>& worth(std::int64_t head, std::int64_t token) {
    return worth_[static_cast<std::size_t>(head * call_.forward.queries.shape[1] + token)];
  }

  const Backend& backend_;
  const GatedSpec& spec_;
  const MechanismGradientCall& call_;
  const Choices& choices_;
  const Tensor& means_;
  std::vector<std::vector<float>> worth_;  // gradients of the gates, a query
};

void read_chosen(const Backend& backend,
                 const GatedSpec& spec,
                 const MechanismCall& call,
                 const Choices& choices) {
  copy(zeros_like(call.out).view(), call.out);
  const std::int64_t heads = call.queries.shape[0];
  const std::int64_t tokens = call.queries.shape[1];
  const KeySegment keys = {call.keys, call.values};
  const Tensor part = zeros_like(call.out);
  const std::int64_t ranks = std::min<std::int64_t>(spec.gate.top, (tokens - 1) / spec.block);
  for (std::int64_t rank = 0; rank < ranks; ++rank) {
    const BlockPlan planned =
        plan(choices.ranked(heads, static_cast<std::size_t>(rank)),
             {.heads = static_cast<int>(heads), .queries = tokens, .keys = tokens});
    backend.attention({.plan = &planned,
                       .queries = {&call.queries, 1},
                       .segments = {&keys, 1},
                       .scale = call.scale,
                       .out = part.view()});
    for (std::int64_t head = 0; head < heads; ++head) {
      for (std::int64_t t = 0; t < tokens; ++t) {
        add_scaled(row_at(call.out, head, t), 1, row_at(part.view(), head, t), call.out.shape[2]);
      }
    }
  }
}

}  // namespace

void gated_blocks(const Backend& backend, const GatedSpec& spec, const MechanismCall& call) {
  check(spec, call);
  const Tensor means = mean_keys(call.keys, spec.block);
  read_chosen(backend, spec, call, Choices(spec, call, means));
}

void gated_blocks_gradient(const Backend& backend,
                           const GatedSpec& spec,
                           const MechanismGradientCall& call) {
  const MechanismCall& forward = call.forward;
  check(spec, forward);
  const auto like = [](const char* name, const TensorView& view, const TensorView& of) {
    require_rows(name, view, of.shape[0], of.shape[1], of.shape[2]);
  };
  like("gated: out gradient", call.out_gradient, forward.out);
  like("gated: query gradient", call.query_gradient, forward.queries);
  like("gated: key gradient", call.key_gradient, forward.keys);
  like("gated: value gradient", call.value_gradient, forward.values);
  const Tensor means = mean_keys(forward.keys, spec.block);
  const Choices choices(spec, forward, means);
  read_chosen(backend, spec, forward, choices);
  Differentiation(backend, spec, call, choices, means);
}

}  // namespace heddle::attention
