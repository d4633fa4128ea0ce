#include "tests/unit/attention/memory/segment_oracle.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <random>

namespace heddle::attention {
namespace {

constexpr double kScale = 0.5;

Leaf random_leaf(std::mt19937& random, std::string name, std::array<std::int64_t, 3> shape) {
  Leaf made{std::move(name), shape, {}};
  made.values.resize(static_cast<std::size_t>(shape[0] * shape[1] * shape[2]));
  std::normal_distribution<float> normal(0, 1);
  for (double& x : made.values) x = normal(random);
  return made;
}

double dot(const double* a, const double* b, std::int64_t n) {
  return std::inner_product(a, a + n, b, 0.0);
}

std::vector<double> turned(const double* x, std::int64_t dim, std::int64_t position, double theta) {
  std::vector<double> out(x, x + dim);
  for (std::int64_t i = 0; theta > 0 && i < dim / 2; ++i) {
    const double angle = static_cast<double>(position) * std::pow(theta, -2.0 * i / dim);
    out[i] = x[i] * std::cos(angle) - x[dim / 2 + i] * std::sin(angle);
    out[dim / 2 + i] = x[i] * std::sin(angle) + x[dim / 2 + i] * std::cos(angle);
  }
  return out;
}

/// DPFP-3.
std::vector<double> features(const double* x, std::int64_t dim) {
  std::vector<double> parts(2 * dim);
  for (std::int64_t i = 0; i < dim; ++i) {
    parts[i] = std::max(x[i], 0.0);
    parts[dim + i] = std::max(-x[i], 0.0);
  }
  std::vector<double> made;
  for (std::int64_t j = 1; j <= 3; ++j) {
    for (std::int64_t i = 0; i < 2 * dim; ++i) {
      made.push_back(parts[i] * parts[(i + j) % (2 * dim)]);
    }
  }
  return made;
}

}  // namespace

Tensor Leaf::tensor() const {
  Tensor made(DType::kF32, std::span(shape.data(), shape.size()));
  std::ranges::transform(
      values, made.view().as<float>(), [](double x) { return static_cast<float>(x); });
  return made;
}

std::vector<Leaf*> OneSegment::inputs() {
  return {&queries, &live_keys, &live_values, &keys, &values, &token_keys, &token_values};
}

SegmentOracle::SegmentOracle(const SegmentCase& segment_case, std::uint32_t seed)
    : segment_case_(segment_case), near_(parse_pattern(segment_case.memory_case.near)) {
  std::mt19937 random(seed);
  const std::int64_t heads = segment_case.memory_case.heads;
  const std::int64_t kv = spec_.kv_heads;
  const std::int64_t all =
      std::accumulate(segment_case.cores.begin(), segment_case.cores.end(), std::int64_t{0});
  std::int64_t first = 0;
  for (const std::int64_t core : segment_case.cores) {
    OneSegment one{.first = first,
                   .live_first = std::max<std::int64_t>(0, first - segment_case.halo)};
    const std::int64_t live = std::min(all, first + core + segment_case.halo) - one.live_first;
    const auto leaf = [&](const char* name, std::int64_t of, std::int64_t rows, std::int64_t dim) {
      return random_leaf(random, name + (" of " + std::to_string(first)), {of, rows, dim});
    };
    one.queries = leaf("queries", heads, live, spec_.key_dim);
    one.live_keys = leaf("live keys", kv, live, spec_.key_dim);
    one.live_values = leaf("live values", kv, live, spec_.value_dim);
    one.keys = leaf("keys", kv, core, spec_.key_dim);
    one.values = leaf("values", kv, core, spec_.value_dim);
    one.token_keys = leaf("token keys", kv, spec_.memory_tokens, spec_.key_dim);
    one.token_values = leaf("token values", kv, spec_.memory_tokens, spec_.value_dim);
    one.out_weights = leaf("out weights", heads, live, spec_.value_dim);
    segments.push_back(std::move(one));
    first += core;
  }
  const CompressionSpec& compression = spec_.compressed;
  const std::int64_t taps = compression.kind == CompressionKind::kConv ? compression.ratio : 1;
  gates = random_leaf(random, "gates", {heads, 1, 1});
  const bool conv = compression.kind == CompressionKind::kConv;
  compression_keys =
      random_leaf(random, "compression keys", {kv, conv ? spec_.key_dim * taps : 1, spec_.key_dim});
  compression_values =
      random_leaf(random, "compression values", {kv, spec_.value_dim * taps, spec_.value_dim});
  choose();
}

const double* SegmentOracle::appended(bool key, int head, std::int64_t position) const {
  for (const OneSegment& one : segments) {
    const Leaf& leaf = key ? one.keys : one.values;
    if (position < one.first + leaf.rows()) return leaf.row(head, position - one.first);
  }
  return nullptr;
}

/// Long-term blocks by mean key, and what an external tier in bf16 takes from its rows.
void SegmentOracle::choose() {
  const int heads = segment_case_.memory_case.heads;
  const std::int64_t searchable =
      spec_.external.blocks > 0 ? spec_.external.blocks : spec_.long_blocks;
  for (const OneSegment& one : segments) {
    choice_begin_.push_back(choices_.size());
    for (int head = 0; head < heads; ++head) {
      for (std::int64_t row = 0; row < one.queries.rows(); ++row) {
        const std::int64_t newest =
            (one.live_first + row) / spec_.block - spec_.ring_blocks - spec_.compressed.blocks;
        std::vector<std::pair<double, std::int64_t>> ranked;
        for (std::int64_t block = std::max(spec_.sink_blocks, newest - searchable + 1);
             block <= newest;
             ++block) {
          double score = 0;
          for (std::int64_t k = block * spec_.block; k < (block + 1) * spec_.block; ++k) {
            score += dot(one.queries.row(head, row),
                         appended(true, head * spec_.kv_heads / heads, k),
                         spec_.key_dim);
          }
          ranked.emplace_back(-score, block);
        }
        std::ranges::sort(ranked);
        if (spec_.top_k > 0) {
          ranked.resize(std::min(ranked.size(), static_cast<std::size_t>(spec_.top_k)));
        }
        choices_.emplace_back();
        for (const auto& [score, block] : ranked) choices_.back().push_back(block);
      }
    }
  }
  const std::int64_t all = segments.back().first + segments.back().keys.rows();
  for (const bool key : {true, false}) {
    const std::int64_t dim = key ? spec_.key_dim : spec_.value_dim;
    std::vector<double>& lost = rounding_[key ? 0 : 1];
    for (int head = 0; head < spec_.kv_heads; ++head) {
      for (std::int64_t k = 0; k < all; ++k) {
        for (std::int64_t c = 0; c < dim; ++c) {
          const double x = appended(key, head, k)[c];
          const bool rounds = spec_.external.blocks > 0 && k / spec_.block >= spec_.sink_blocks;
          lost.push_back(rounds ? to_float(bfloat16_from(static_cast<float>(x))) - x : 0);
        }
      }
    }
  }
}

std::vector<double> SegmentOracle::shares(int head, std::int64_t first) const {
  std::vector<double> made(static_cast<std::size_t>(spec_.compressed.ratio), 1);
  if (spec_.compressed.kind == CompressionKind::kPool) {
    for (std::int64_t t = 0; t < spec_.compressed.ratio; ++t) {
      made[t] = std::exp(
          dot(compression_keys.row(head, 0), appended(true, head, first + t), spec_.key_dim));
    }
  }
  const double sum = std::accumulate(made.begin(), made.end(), 0.0);
  for (double& share : made) share /= sum;
  return made;
}

std::vector<double> SegmentOracle::compressed(bool key,
                                              int head,
                                              std::int64_t block,
                                              std::int64_t row) const {
  const std::int64_t dim = key ? spec_.key_dim : spec_.value_dim;
  const std::int64_t ratio = spec_.compressed.ratio;
  const std::int64_t first = block * spec_.block + row * ratio;
  std::vector<double> out(static_cast<std::size_t>(dim));
  const std::vector<double> share = shares(head, first);
  const Leaf& weights = key ? compression_keys : compression_values;
  for (std::int64_t t = 0; t < ratio; ++t) {
    const double* x = appended(key, head, first + t);
    for (std::int64_t o = 0; o < dim; ++o) {
      out[o] += spec_.compressed.kind == CompressionKind::kConv
                    ? dot(weights.row(head, o * ratio + t), x, dim)
                    : share[t] * x[o];
    }
  }
  return out;
}

/// One query's keys and what they give.
class SegmentOracle::Query {
 public:
  Query(const SegmentOracle& of, std::size_t number, int head, std::int64_t row)
      : of_(of),
        spec_(of.spec_),
        one_(of.segments[number]),
        head_(head),
        kv_head_(head * spec_.kv_heads / of.segment_case_.memory_case.heads),
        q_(one_.live_first + row),
        plain_(one_.queries.row(head, row)),
        rotated_(turned(plain_, spec_.key_dim, q_, spec_.rotary_theta)) {
    if (number > 0) read_tokens(of.segments[number - 1]);
    for (std::int64_t k = 0; k < one_.live_first + one_.live_keys.rows(); ++k) read(k);
    const auto at =
        of.choice_begin_[number] + static_cast<std::size_t>(head * one_.queries.rows() + row);
    for (const std::int64_t block : of.choices_[at]) read_long(block);
    read_compressed();
  }

  std::vector<double> out() const {
    std::vector<double> made(static_cast<std::size_t>(spec_.value_dim));
    const double max = *std::ranges::max_element(logits_);
    double sum = 0;
    for (std::size_t i = 0; i < logits_.size(); ++i) {
      const double weight = std::exp(logits_[i] - max);
      sum += weight;
      for (std::size_t c = 0; c < made.size(); ++c) made[c] += weight * values_[i][c];
    }
    for (double& x : made) x /= sum;
    return made;
  }

 private:
  void add(const double* query, const double* key, const double* value) {
    logits_.push_back(kScale * dot(query, key, spec_.key_dim));
    values_.emplace_back(value, value + spec_.value_dim);
  }
  void read_tokens(const OneSegment& writer) {
    for (std::int64_t i = 0; i < writer.token_keys.rows(); ++i) {
      add(plain_, writer.token_keys.row(kv_head_, i), writer.token_values.row(kv_head_, i));
    }
  }
  const double* at(bool key, std::int64_t k, std::int64_t live_from) const {
    if (k < live_from) return of_.appended(key, kv_head_, k);
    return (key ? one_.live_keys : one_.live_values).row(kv_head_, k - one_.live_first);
  }
  void read(std::int64_t k) {
    const std::int64_t behind = q_ / spec_.block - k / spec_.block;
    if (behind < spec_.ring_blocks && of_.near_.attends(head_, q_, k)) {
      const double* key = at(true, k, one_.live_first);
      add(rotated_.data(),
          turned(key, spec_.key_dim, k, spec_.rotary_theta).data(),
          at(false, k, one_.live_first));
    } else if (k / spec_.block < spec_.sink_blocks && behind > 0) {
      add(plain_, at(true, k, one_.first), at(false, k, one_.first));
    }
  }
  void read_long(std::int64_t block) {
    const std::int64_t all = of_.segments.back().first + of_.segments.back().keys.rows();
    for (std::int64_t k = block * spec_.block; k < (block + 1) * spec_.block; ++k) {
      const auto rounded = [&](bool key, std::int64_t dim) {
        const double* x = of_.appended(key, kv_head_, k);
        std::vector<double> made(x, x + dim);
        const auto& lost = of_.rounding_[key ? 0 : 1];
        for (std::int64_t c = 0; c < dim; ++c) made[c] += lost[(kv_head_ * all + k) * dim + c];
        return made;
      };
      add(plain_, rounded(true, spec_.key_dim).data(), rounded(false, spec_.value_dim).data());
    }
  }
  void read_compressed() {
    const std::int64_t newest = q_ / spec_.block - spec_.ring_blocks;
    const std::int64_t oldest = std::max(spec_.sink_blocks, newest - spec_.compressed.blocks + 1);
    for (std::int64_t block = oldest; block <= newest; ++block) {
      for (std::int64_t i = 0; i < spec_.block / spec_.compressed.ratio; ++i) {
        add(plain_,
            of_.compressed(true, kv_head_, block, i).data(),
            of_.compressed(false, kv_head_, block, i).data());
      }
    }
  }

  const SegmentOracle& of_;
  const MemorySpec& spec_;
  const OneSegment& one_;
  int head_;
  int kv_head_;
  std::int64_t q_;
  const double* plain_;
  std::vector<double> rotated_;
  std::vector<double> logits_;
  std::vector<std::vector<double>> values_;
};

SegmentOracle::State SegmentOracle::state_before(std::size_t number) const {
  const std::int64_t dim = spec_.value_dim;
  const std::int64_t wide = 6 * spec_.key_dim;
  State state;
  state[0].resize(static_cast<std::size_t>(spec_.kv_heads * wide * dim));
  state[1].resize(static_cast<std::size_t>(spec_.kv_heads * wide));
  for (int head = 0; head < spec_.kv_heads; ++head) {
    double* matrix = state[0].data() + head * wide * dim;
    double* sum = state[1].data() + head * wide;
    for (std::int64_t k = 0; k < segments[number].first; ++k) {
      const std::vector<double> f = features(appended(true, head, k), spec_.key_dim);
      const double known = dot(f.data(), sum, wide);
      const double square = dot(f.data(), f.data(), wide);
      for (std::int64_t c = 0; c < dim; ++c) {
        double stored = 0;
        for (std::int64_t i = 0; i < wide; ++i) stored += f[i] * matrix[i * dim + c];
        const double update = appended(false, head, k)[c] - (known > 0 ? stored / known : 0);
        for (std::int64_t i = 0; i < wide; ++i) matrix[i * dim + c] += f[i] * update;
      }
      for (std::int64_t i = 0; i < wide; ++i) sum[i] += (1 - known / square) * f[i];
    }
  }
  return state;
}

std::vector<double> SegmentOracle::out(std::size_t number) const {
  const OneSegment& one = segments[number];
  const int heads = segment_case_.memory_case.heads;
  const std::int64_t wide = 6 * spec_.key_dim;
  const std::int64_t dim = spec_.value_dim;
  const State state = spec_.associative ? state_before(number) : State{};
  std::vector<double> all;
  for (int head = 0; head < heads; ++head) {
    const int from = head * spec_.kv_heads / heads;
    for (std::int64_t row = 0; row < one.queries.rows(); ++row) {
      std::vector<double> made = Query(*this, number, head, row).out();
      if (spec_.associative) {
        const std::vector<double> f = features(one.queries.row(head, row), spec_.key_dim);
        const double known = dot(f.data(), state[1].data() + from * wide, wide);
        const double share = 1 / (1 + std::exp(-gates.values[head]));
        for (std::int64_t c = 0; c < dim; ++c) {
          double read = 0;
          for (std::int64_t i = 0; known > 0 && i < wide; ++i) {
            read += f[i] * state[0][(from * wide + i) * dim + c] / known;
          }
          made[c] += share * (read - made[c]);
        }
      }
      all.insert(all.end(), made.begin(), made.end());
    }
  }
  return all;
}

std::size_t SegmentOracle::first_kept() const {
  return segments.size() - std::min(segments.size(), static_cast<std::size_t>(segment_case_.kept));
}

double SegmentOracle::loss() const {
  double sum = 0;
  for (std::size_t number = first_kept(); number < segments.size(); ++number) {
    const std::vector<double> got = out(number);
    sum += dot(got.data(),
               segments[number].out_weights.values.data(),
               static_cast<std::int64_t>(got.size()));
  }
  return sum;
}

}  // namespace heddle::attention
