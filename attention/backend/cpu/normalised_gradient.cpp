#include "attention/backend/cpu/gradient_panel.h"
#include "attention/backend/cpu/normalised_attention.h"
#include "attention/backend/cpu/normalised_panel.h"

#include <tbb/parallel_for.h>
#include <tbb/task_arena.h>

#include <algorithm>
#include <vector>

namespace heddle::attention::cpu {
namespace {

using Place = NormalisedPanel::Place;

/// What one key head sums over its queries.
struct HeadSums {
  std::vector<std::vector<float>> keys, values;       // one a segment, (slots, stride)
  std::vector<std::vector<double>> bias, importance;  // one a segment, (slots)
  std::vector<double> alphas, spans;                  // (heads of the group)
};

/// Scratch of one thread.
struct Panels {
  NormalisedPanel panel;
  Scratch<float> queries, query_rows, out, out_rows, products, alphas, sums;
};

/// One key head going backward, query after query.
class HeadGradient {
 public:
  HeadGradient(const NormalisedGradientArgs& args,
               const AttentionShape& shape,
               std::int64_t kv_head)
      : args_(args), call_(args.forward.call), shape_(shape), kv_head_(kv_head) {
    const std::int64_t to = gradient_padding();
    key_stride_ = (shape.key_dim + to - 1) / to * to;
    value_stride_ = (shape.value_dim + to - 1) / to * to;
    for (const KeySegment& segment : call_.segments) {
      const auto slots = static_cast<std::size_t>(segment.keys.shape[1]);
      sums_.keys.emplace_back(slots * static_cast<std::size_t>(key_stride_));
      sums_.values.emplace_back(slots * static_cast<std::size_t>(value_stride_));
      sums_.bias.emplace_back(slots);
      sums_.importance.emplace_back(slots);
    }
    sums_.alphas.resize(static_cast<std::size_t>(shape.heads / shape.kv_heads));
    sums_.spans.resize(sums_.alphas.size());
  }

  void run() {
    const BlockPlan& plan = *call_.plan;
    const std::int64_t group = shape_.heads / shape_.kv_heads;
    for (std::int64_t head = kv_head_ * group; head < (kv_head_ + 1) * group; ++head) {
      for (std::int64_t block = 0; block < plan.query_blocks(); ++block) {
        add_row(head, (plan.heads == 1 ? 0 : head) * plan.query_blocks() + block);
      }
    }
    for (std::size_t i = 0; i < call_.segments.size(); ++i) {
      const KeySegmentGradient& to = args_.segment_gradients[i];
      const std::int64_t slots = call_.segments[i].keys.shape[1];
      if (!to.keys.empty()) {
        store_rows({sums_.keys[i].data(), key_stride_}, 0, slots, head_of(to.keys, kv_head_));
      }
      if (!to.values.empty()) {
        store_rows({sums_.values[i].data(), value_stride_}, 0, slots, head_of(to.values, kv_head_));
      }
    }
  }

  const HeadSums& sums() const { return sums_; }

 private:
  void add_row(std::int64_t head, std::int64_t row);
  void add_panel(const Place& place);
  void differentiate(const Place& place, const float* inverse);
  void add_operands(const Place& place);
  void add_modulations(const Place& place);
  void write_queries(const RowLayout& layout, std::int64_t head);

  std::size_t in_group(std::int64_t head) const {
    return static_cast<std::size_t>(head - kv_head_ * (shape_.heads / shape_.kv_heads));
  }
  static Panels& memory() {
    thread_local Panels mine;
    return mine;
  }

  const NormalisedGradientArgs& args_;
  const AttentionArgs& call_;
  const AttentionShape& shape_;
  std::int64_t kv_head_;
  std::int64_t key_stride_ = 0;
  std::int64_t value_stride_ = 0;
  HeadSums sums_;
  // Of the row and panel in work.
  float* queries_ = nullptr;        // (sets, panels, key_dim, lanes)
  float* query_rows_ = nullptr;     // (sets, panels * lanes, key_stride)
  float* out_ = nullptr;            // dO: (panels, value_dim, lanes)
  float* out_rows_ = nullptr;       // dO: (panels * lanes, value_stride)
  float* query_sums_ = nullptr;     // (sets, panels, key_dim, lanes)
  float* slopes_ = nullptr;         // (keys, lanes): dO.v, then dz
  float* factor_slopes_ = nullptr;  // (keys, lanes): df
  float* shares_ = nullptr;         // (keys, lanes): p
};

void HeadGradient::add_row(std::int64_t head, std::int64_t row) {
  Workspace& scratch = workspace();
  Panels& own = memory();
  const RowLayout layout = layout_of({call_, shape_, head, {.row = row}});
  const std::int64_t lanes = std::int64_t{layout.panels} * layout.lanes;
  const auto sets = static_cast<std::int64_t>(call_.queries.size());
  queries_ = own.queries.at_least(sets * lanes * shape_.key_dim);
  query_rows_ = own.query_rows.at_least(sets * lanes * key_stride_);
  query_sums_ = own.sums.at_least(sets * lanes * shape_.key_dim);
  std::fill_n(query_sums_, sets * lanes * shape_.key_dim, 0.0f);
  for (std::int64_t set = 0; set < sets; ++set) {
    const Matrix from = head_of(call_.queries[static_cast<std::size_t>(set)], head);
    pack_panels(from, layout, call_.scale, scratch, queries_ + set * lanes * shape_.key_dim);
    pack_rows(
        from, layout, call_.scale, scratch, key_stride_, query_rows_ + set * lanes * key_stride_);
  }
  out_ = own.out.at_least(lanes * shape_.value_dim);
  out_rows_ = own.out_rows.at_least(lanes * value_stride_);
  const Matrix from = head_of(args_.out_gradient, head);
  pack_panels(from, layout, 1, scratch, out_);
  pack_rows(from, layout, 1, scratch, value_stride_, out_rows_);
  for (int panel = 0; panel < layout.panels; ++panel) {
    add_panel({args_.forward, shape_, layout, head, row, panel, queries_});
  }
  write_queries(layout, head);
}

void HeadGradient::add_panel(const Place& place) {
  Workspace& scratch = workspace();
  Panels& own = memory();
  own.panel.load(place, scratch);
  const int lanes = place.layout.lanes;
  const std::int64_t floats = own.panel.count() * lanes;
  if (floats == 0) return;
  slopes_ = own.products.at_least(3 * floats);
  factor_slopes_ = slopes_ + floats;
  shares_ = factor_slopes_ + floats;
  for (const PanelKeys& keys : own.panel.keys()) {
    if (own.panel.weightless(keys)) {  // dz and df are 0 there, whatever dO.v is
      std::fill_n(slopes_ + keys.at * lanes, std::int64_t{keys.count} * lanes, 0.0f);
      continue;
    }
    score_panel({.panel = out_ + std::int64_t{place.panel} * shape_.value_dim * lanes,
                 .rows = rows_of(call_, kv_head_, keys, &KeySegment::values, scratch.values),
                 .count = keys.count,
                 .dim = static_cast<int>(shape_.value_dim),
                 .scores = slopes_ + keys.at * lanes});
  }
  differentiate(place, own.panel.inverse_totals());
  add_operands(place);
  add_modulations(place);
}

/// slopes_: dp -> dz; with it shares_ and factor_slopes_.
void HeadGradient::differentiate(const Place& place, const float* inverse) {
  Panels& own = memory();
  const NormalisedPanel& panel = own.panel;
  const int lanes = place.layout.lanes;
  const std::int64_t count = panel.count();
  for (int lane = 0; lane < lanes; ++lane) {
    float mean = 0;
    for (std::int64_t at = lane; at < count * lanes; at += lanes) {
      shares_[at] = panel.shares()[at] * inverse[lane];
      mean += shares_[at] * slopes_[at];
    }
    for (std::int64_t at = lane; at < count * lanes; at += lanes) {
      const float product = (slopes_[at] - mean) * inverse[lane];
      factor_slopes_[at] = product * panel.weights()[at];
      slopes_[at] = panel.factors() ? product * panel.factors()[at] : product;
    }
  }
  float* alphas = own.alphas.at_least(lanes);
  std::fill_n(alphas, lanes, 0.0f);
  const bool wanted = !args_.alpha_gradient.empty();
  const float alpha = alpha_of(args_.forward, place.head);
  differentiate_panel(alpha, count, panel.weights(), slopes_, wanted ? alphas : nullptr);
  for (int lane = 0; lane < place.layout.used(place.panel); ++lane) {
    if (inverse[lane] > 0) sums_.alphas[in_group(place.head)] += alphas[lane];
  }
}

void HeadGradient::add_operands(const Place& place) {
  Workspace& scratch = workspace();
  const int lanes = place.layout.lanes;
  const int used = place.layout.used(place.panel);
  const std::int64_t first = std::int64_t{place.panel} * lanes;
  const std::int64_t all = std::int64_t{place.layout.panels} * lanes;
  for (const PanelKeys& keys : memory().panel.keys()) {
    if (memory().panel.weightless(keys)) continue;
    const std::int64_t set = call_.segments[keys.segment()].query_set;
    const float* slopes = slopes_ + keys.at * lanes;
    weigh_panel(slopes,
                rows_of(call_, kv_head_, keys, &KeySegment::keys, scratch.keys),
                keys.count,
                static_cast<int>(shape_.key_dim),
                query_sums_ + (set * all + first) * shape_.key_dim);
    add_row_product({.factors = slopes,
                     .keys = keys.count,
                     .rows = {query_rows_ + (set * all + first) * key_stride_, key_stride_},
                     .used = used,
                     .columns = static_cast<int>(key_stride_),
                     .to = sums_.keys[keys.segment()].data() + keys.slot() * key_stride_,
                     .stride = key_stride_});
    add_row_product({.factors = shares_ + keys.at * lanes,
                     .keys = keys.count,
                     .rows = {out_rows_ + first * value_stride_, value_stride_},
                     .used = used,
                     .columns = static_cast<int>(value_stride_),
                     .to = sums_.values[keys.segment()].data() + keys.slot() * value_stride_,
                     .stride = value_stride_});
  }
}

void HeadGradient::add_modulations(const Place& place) {
  if (args_.modulation_gradients.empty() && args_.span_gradient.empty()) return;
  const int lanes = place.layout.lanes;
  for (const PanelKeys& keys : memory().panel.keys()) {
    for (std::int64_t k = 0; k < keys.count; ++k) {
      const auto slot = static_cast<std::size_t>(keys.slot() + k);
      for (int lane = 0; lane < place.layout.used(place.panel); ++lane) {
        const std::int64_t at = (keys.at + k) * lanes + lane;
        const float ramp = NormalisedPanel::ramp_of(place, lane, keys.position() + k);
        sums_.bias[keys.segment()][slot] += slopes_[at];
        sums_.importance[keys.segment()][slot] += static_cast<double>(factor_slopes_[at]) * ramp;
        if (ramp > 0 && ramp < 1) {
          // factor / ramp is the key's importance.
          sums_.spans[in_group(place.head)] += static_cast<double>(factor_slopes_[at]) *
                                               memory().panel.factors()[at] / ramp /
                                               args_.forward.ramp;
        }
      }
    }
  }
}

void HeadGradient::write_queries(const RowLayout& layout, std::int64_t head) {
  Workspace& scratch = workspace();
  float* scales = scratch.scales.at_least(layout.lanes);
  std::fill_n(scales, layout.lanes, call_.scale);
  const std::int64_t panel_floats = shape_.key_dim * layout.lanes;
  for (std::size_t set = 0; set < call_.queries.size(); ++set) {
    if (args_.query_gradients[set].empty()) continue;
    const Matrix to = head_of(args_.query_gradients[set], head);
    for (int panel = 0; panel < layout.panels; ++panel) {
      const std::int64_t at = static_cast<std::int64_t>(set) * layout.panels + panel;
      unpack_panel({query_sums_ + at * panel_floats, scales}, layout, panel, scratch, to);
    }
  }
}

/// Sums over key heads in their order.
void write_modulations(const NormalisedGradientArgs& args, const std::vector<HeadGradient>& heads) {
  const auto write = [&](const TensorView& to, const auto& sum_of) {
    for (std::int64_t slot = 0; !to.empty() && slot < to.shape[0]; ++slot) {
      double sum = 0;
      for (const HeadGradient& head : heads) {
        sum += sum_of(head.sums())[static_cast<std::size_t>(slot)];
      }
      to.as<float>()[slot] = static_cast<float>(sum);
    }
  };
  for (std::size_t i = 0; i < args.modulation_gradients.size(); ++i) {
    write(
        args.modulation_gradients[i].bias, [i](const HeadSums& sums) -> const auto& {
          return sums.bias[i];
        });
    write(
        args.modulation_gradients[i].importance, [i](const HeadSums& sums) -> const auto& {
          return sums.importance[i];
        });
  }
}

}  // namespace

void normalised_attention_gradient(const NormalisedGradientArgs& args) {
  const AttentionShape shape = check(args);
  std::vector<HeadGradient> heads;
  for (std::int64_t kv_head = 0; kv_head < shape.kv_heads; ++kv_head) {
    heads.emplace_back(args, shape, kv_head);
  }
  tbb::this_task_arena::isolate([&] {
    tbb::parallel_for(std::size_t{0}, heads.size(), [&](std::size_t i) { heads[i].run(); });
  });
  write_modulations(args, heads);
  const std::int64_t group = shape.heads / std::max<std::int64_t>(shape.kv_heads, 1);
  for (std::int64_t head = 0; head < shape.heads; ++head) {
    const HeadSums& sums = heads[static_cast<std::size_t>(head / group)].sums();
    const auto at = static_cast<std::size_t>(head % group);
    if (!args.alpha_gradient.empty()) {
      args.alpha_gradient.as<float>()[head] = static_cast<float>(sums.alphas[at]);
    }
    if (!args.span_gradient.empty()) {
      args.span_gradient.as<float>()[head] = static_cast<float>(sums.spans[at]);
    }
  }
}

}  // namespace heddle::attention::cpu
