#include "attention/memory/associative_gradient.h"
#include "attention/memory/compression.h"
#include "attention/memory/memory_tape.h"
#include "attention/memory/rotary_table.h"

#include <algorithm>
#include <map>
#include <stdexcept>

namespace heddle::attention {
namespace {

float* row_at(const TensorView& view, std::int64_t head, std::int64_t row) {
  return view.as<float>() + head * view.stride[0] + row * view.stride[1];
}

void add_row(const float* from, std::int64_t dim, float* to) {
  for (std::int64_t c = 0; c < dim; ++c) to[c] += from[c];
}

void fill_zero(const TensorView& view) {
  for (std::int64_t head = 0; !view.empty() && head < view.shape[0]; ++head) {
    for (std::int64_t row = 0; row < view.shape[1]; ++row) {
      std::fill_n(row_at(view, head, row), view.shape[2], 0.0f);
    }
  }
}

std::string name_of(const taped::Call& call) {
  if (const auto* attend = std::get_if<taped::Attend>(&call)) {
    return "attend of queries from " + std::to_string(attend->first);
  }
  if (const auto* append = std::get_if<taped::Append>(&call)) {
    return "append of positions from " + std::to_string(append->positions.begin);
  }
  return std::holds_alternative<taped::Read>(call) ? "read_associations" : "write_tokens";
}

void require_shape(const char* name,
                   const TensorView& view,
                   const std::array<std::int64_t, 3>& wanted) {
  if (view.empty()) return;
  const bool fits = view.rank == 3 && view.dtype == DType::kF32 && view.shape[0] == wanted[0] &&
                    view.shape[1] == wanted[1] && view.shape[2] == wanted[2] &&
                    (view.shape[2] == 1 || view.stride[2] == 1);
  if (fits) return;
  throw std::invalid_argument("memory gradient: " + std::string(name) + " must be f32 (" +
                              std::to_string(wanted[0]) + ", " + std::to_string(wanted[1]) + ", " +
                              std::to_string(wanted[2]) + ") with contiguous rows, got " +
                              describe(view));
}

}  // namespace

struct MemoryBackward::State {
  State(const MemoryTape::State& from, const CompressionWeights& into)
      : tape(from),
        spec(from.memory->spec()),
        weights(into),
        left(from.calls.size()),
        taped(from.positions()),
        rotary(spec.rotary_theta, spec.key_dim, spec.block),
        associations({spec.associative ? spec.kv_heads : 0, spec.key_dim, spec.value_dim}),
        turned(static_cast<std::size_t>(spec.key_dim)),
        past(rows(taped.begin, taped.size())) {}

  PairRows rows(std::int64_t first, std::int64_t count) const {
    return {first,
            Tensor(DType::kF32, {spec.kv_heads, count, spec.key_dim}),
            Tensor(DType::kF32, {spec.kv_heads, count, spec.value_dim})};
  }
  /// Gradients of compressed blocks and of tokens, made when first read.
  static PairRows& made(std::map<std::int64_t, PairRows>& all,
                        std::int64_t number,
                        const State& state,
                        std::int64_t rows) {
    const auto at = all.find(number);
    return at != all.end() ? at->second : all.emplace(number, state.rows(0, rows)).first->second;
  }

  template <class Kind>
  const Kind& take(const char* asked) {
    if (left == 0) {
      throw std::invalid_argument("memory gradient: " + std::string(asked) +
                                  " asked for, but every call on the tape was walked back");
    }
    const taped::Call& call = tape.calls[left - 1];
    const auto* kind = std::get_if<Kind>(&call);
    if (kind == nullptr) {
      throw std::invalid_argument("memory gradient: " + std::string(asked) +
                                  " asked for, the last call not walked back yet is " +
                                  name_of(call));
    }
    --left;
    return *kind;
  }

  void add_queries(const AttendRecord& part,
                   const AttendRecord::Gradient& gradient,
                   const TensorView& to);
  void add_segment(const taped::Attend& call,
                   const AttendRecord::Rows& rows,
                   const std::array<Tensor, 2>& gradient,
                   const MemoryBackward::Attend& to);
  struct Target {
    TensorView keys;
    TensorView values;
    std::int64_t row = 0;
  };
  Target target_of(const taped::Attend& call,
                   MemorySegment tier,
                   std::int64_t position,
                   const MemoryBackward::Attend& to);
  void decompress(const taped::Append& call);

  const MemoryTape::State& tape;
  const MemorySpec& spec;
  CompressionWeights weights;
  std::size_t left;     // calls not walked back
  PositionRange taped;  // positions whose gradients are kept
  RotaryTable rotary;
  AssociativeGradient associations;
  std::vector<float> turned;
  PairRows past;                                // of positions `taped`
  std::map<std::int64_t, PairRows> compressed;  // by block
  std::map<std::int64_t, PairRows> tokens;      // by number
};

MemoryBackward::MemoryBackward(const MemoryTape& tape) : MemoryBackward(tape, {}) {}
MemoryBackward::MemoryBackward(const MemoryTape& tape, const CompressionWeights& weights)
    : state_(std::make_unique<State>(*tape.state_, weights)) {
  const CompressionSpec& spec = state_->spec.compressed;
  const bool learned = spec.blocks > 0 && spec.kind != CompressionKind::kMean;
  const auto fits = [](const TensorView& given, const TensorView& of) {
    return of.empty() || (!given.empty() && given.dtype == DType::kF32 && given.rank == of.rank &&
                          given.shape == of.shape && given.contiguous());
  };
  if (learned && !(fits(weights.keys, spec.keys) && fits(weights.values, spec.values))) {
    throw std::invalid_argument(
        "memory gradient: the compression learns: its weights' gradients must be f32 and "
        "contiguous, of the weights' shapes, got " +
        describe(weights.keys) + " and " + describe(weights.values));
  }
}
MemoryBackward::~MemoryBackward() = default;
MemoryBackward::MemoryBackward(MemoryBackward&&) noexcept = default;
MemoryBackward& MemoryBackward::operator=(MemoryBackward&&) noexcept = default;

bool MemoryBackward::done() const { return state_->left == 0; }

/// Turned queries turn back, and both sets are the same queries.
void MemoryBackward::State::add_queries(const AttendRecord& part,
                                        const AttendRecord::Gradient& gradient,
                                        const TensorView& to) {
  for (std::int64_t head = 0; head < to.shape[0]; ++head) {
    for (std::int64_t row = 0; row < part.queries(); ++row) {
      rotary.rotate_back(
          part.first() + row, row_at(gradient.queries[0].view(), head, row), turned.data());
      add_row(turned.data(), spec.key_dim, row_at(to, head, row));
      add_row(row_at(gradient.queries[1].view(), head, row), spec.key_dim, row_at(to, head, row));
    }
  }
}

/// Whose gradient a row of a tier is; empty views: a constant, or not wanted.
MemoryBackward::State::Target MemoryBackward::State::target_of(const taped::Attend& call,
                                                               MemorySegment tier,
                                                               std::int64_t position,
                                                               const MemoryBackward::Attend& to) {
  if (tier == MemorySegment::kTokens) {
    if (call.tokens < 0) return {};
    const PairRows& rows = made(tokens, call.tokens, *this, spec.memory_tokens);
    return {rows.keys.view(), rows.values.view(), position};
  }
  if (tier == MemorySegment::kCompressed) {
    const std::int64_t block = position / spec.block;
    if ((block + 1) * spec.block <= taped.begin) return {};
    const PairRows& rows = made(compressed, block, *this, spec.block / spec.compressed.ratio);
    return {rows.keys.view(), rows.values.view(), position % spec.block};
  }
  // Closed sinks stay as they were appended; live keys take the place of everything else.
  const bool lives = tier == MemorySegment::kSinks
                         ? position >= call.appended
                         : tier == MemorySegment::kLive && position >= call.live.begin;
  if (lives) return {to.live_keys, to.live_values, position - call.live.begin};
  if (!taped.contains(position)) return {};
  return {past.keys.view(), past.values.view(), position - taped.begin};
}

void MemoryBackward::State::add_segment(const taped::Attend& call,
                                        const AttendRecord::Rows& rows,
                                        const std::array<Tensor, 2>& gradient,
                                        const MemoryBackward::Attend& to) {
  for (std::size_t i = 0; i < rows.positions.size(); ++i) {
    const std::int64_t position = rows.positions[i];
    const Target target = target_of(call, rows.tier, position, to);
    const auto row = static_cast<std::int64_t>(i);
    for (int head = 0; head < spec.kv_heads; ++head) {
      const float* key = row_at(gradient[0].view(), head, row);
      if (rows.query_set == 0) {
        rotary.rotate_back(position, key, turned.data());
        key = turned.data();
      }
      if (!target.keys.empty()) add_row(key, spec.key_dim, row_at(target.keys, head, target.row));
      if (target.values.empty()) continue;
      add_row(row_at(gradient[1].view(), head, row),
              spec.value_dim,
              row_at(target.values, head, target.row));
    }
  }
}

void MemoryBackward::attend(const Backend& backend, const Attend& args) {
  const auto& call = state_->take<taped::Attend>("attend");
  const MemorySpec& spec = state_->spec;
  const auto [heads, queries, key_dim] = call.queries;
  require_shape("out gradient", args.out_gradient, {heads, queries, spec.value_dim});
  require_shape("queries", args.queries, {heads, queries, key_dim});
  require_shape("live keys", args.live_keys, {spec.kv_heads, call.live.size(), key_dim});
  require_shape("live values", args.live_values, {spec.kv_heads, call.live.size(), spec.value_dim});
  for (const TensorView& view : {args.queries, args.live_keys, args.live_values}) fill_zero(view);
  for (const AttendRecord& part : call.parts) {
    const std::int64_t begin = part.first() - call.first;
    const auto some = [&](const TensorView& of) { return of.slice(1, begin, part.queries()); };
    const AttendRecord::Gradient gradient =
        part.differentiate(backend,
                           {.out = some(call.out.view()),
                            .log_sum_exp = some(call.log_sum_exp.view()),
                            .out_gradient = some(args.out_gradient)});
    if (!args.queries.empty()) state_->add_queries(part, gradient, some(args.queries));
    for (std::size_t i = 0; i < part.segments().size(); ++i) {
      state_->add_segment(call, part.segments()[i], gradient.segments[i], args);
    }
  }
}

void MemoryBackward::read_associations(const TensorView& out_gradient, const TensorView& queries) {
  const auto& call = state_->take<taped::Read>("read_associations");
  const TensorView& read = call.queries.view();
  const MemorySpec& spec = state_->spec;
  require_shape(
      "out gradient of associations", out_gradient, {read.shape[0], read.shape[1], spec.value_dim});
  require_shape("queries of associations", queries, {read.shape[0], read.shape[1], spec.key_dim});
  state_->associations.back_through_read({.state = {call.state[0].view(), call.state[1].view()},
                                          .queries = read,
                                          .out_gradient = out_gradient,
                                          .query_gradient = queries});
}

/// Blocks that this append closed: from their compressed rows to their positions.
void MemoryBackward::State::decompress(const taped::Append& call) {
  for (auto at = compressed.begin(); at != compressed.end();) {
    const PositionRange block{at->first * spec.block, (at->first + 1) * spec.block};
    if (block.end <= call.positions.begin || block.end > call.positions.end) {
      ++at;
      continue;
    }
    const PairRows in = rows(block.begin, spec.block);
    const PairRows gradient = rows(block.begin, spec.block);
    if (tape.gather(block, in)) {
      for (int head = 0; head < spec.kv_heads; ++head) {
        compress_backward(
            spec.compressed,
            head,
            {in.keys.view().at(0, head), in.values.view().at(0, head)},
            {.out = {at->second.keys.view().at(0, head), at->second.values.view().at(0, head)},
             .in = {gradient.keys.view().at(0, head), gradient.values.view().at(0, head)},
             .weight_keys = weights.keys,
             .weight_values = weights.values});
        const PositionRange kept = overlap(block, taped);
        for (std::int64_t p = kept.begin; p < kept.end; ++p) {
          const std::int64_t from = p - block.begin;
          const std::int64_t to = p - taped.begin;
          add_row(row_at(gradient.keys.view(), head, from),
                  spec.key_dim,
                  row_at(past.keys.view(), head, to));
          add_row(row_at(gradient.values.view(), head, from),
                  spec.value_dim,
                  row_at(past.values.view(), head, to));
        }
      }
    }
    at = compressed.erase(at);
  }
}

void MemoryBackward::append(const TensorView& keys, const TensorView& values) {
  const auto& call = state_->take<taped::Append>("append");
  const MemorySpec& spec = state_->spec;
  const std::int64_t count = call.positions.size();
  require_shape("keys", keys, {spec.kv_heads, count, spec.key_dim});
  require_shape("values", values, {spec.kv_heads, count, spec.value_dim});
  state_->decompress(call);
  const std::int64_t begin = call.positions.begin - state_->taped.begin;
  const TensorView key_sums = state_->past.keys.view().slice(1, begin, count);
  const TensorView value_sums = state_->past.values.view().slice(1, begin, count);
  if (spec.associative) {
    state_->associations.back_through_write({.state = {call.state[0].view(), call.state[1].view()},
                                             .keys = call.rows.keys.view(),
                                             .values = call.rows.values.view(),
                                             .key_gradient = key_sums,
                                             .value_gradient = value_sums});
  }
  if (!keys.empty()) copy(key_sums, keys);
  if (!values.empty()) copy(value_sums, values);
}

void MemoryBackward::write_tokens(const TensorView& keys, const TensorView& values) {
  const auto& call = state_->take<taped::Tokens>("write_tokens");
  const MemorySpec& spec = state_->spec;
  require_shape("token keys", keys, {spec.kv_heads, spec.memory_tokens, spec.key_dim});
  require_shape("token values", values, {spec.kv_heads, spec.memory_tokens, spec.value_dim});
  fill_zero(keys);
  fill_zero(values);
  const auto at = state_->tokens.find(call.number);
  if (at == state_->tokens.end()) return;
  if (!keys.empty()) copy(at->second.keys.view(), keys);
  if (!values.empty()) copy(at->second.values.view(), values);
}

}  // namespace heddle::attention
