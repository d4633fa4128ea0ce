#include "tests/unit/attention/memory/memory_case.h"

#include "attention/memory/compression.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <numeric>
#include <random>

namespace heddle::attention {
namespace {

Tensor random_tensor(std::mt19937& random, std::initializer_list<std::int64_t> shape) {
  Tensor tensor(DType::kF32, shape);
  std::normal_distribution<float> normal(0, 1);
  float* data = tensor.view().as<float>();
  for (std::int64_t i = 0; i < tensor.view().size(); ++i) data[i] = normal(random);
  return tensor;
}

float rounded(float x, DType storage) {
  if (storage == DType::kBF16) return to_float(bfloat16_from(x));
  if (storage == DType::kF16) return to_float(half_from(x));
  return x;
}

/// One query by definition.
class Definition {
 public:
  Definition(const MemoryCase& memory_case, const Stream& stream, int head, std::int64_t q)
      : spec_(memory_case.spec),
        near_(parse_pattern(memory_case.near)),
        head_(head),
        kv_head_(head * spec_.kv_heads / memory_case.heads),
        q_(q),
        query_(row(stream.queries(q, 1), head)),
        stream_(stream) {
    choose_blocks();
    for (std::int64_t k = 0; k < stream.length(); ++k) read(k);
    read_compressed();
  }

  void write(const Answer& answer) const {
    const double max = logits_.empty() ? 0 : *std::ranges::max_element(logits_);
    double sum = 0;
    const int dim = spec_.value_dim;
    std::vector<double> out(static_cast<std::size_t>(dim));
    for (std::size_t i = 0; i < logits_.size(); ++i) {
      const double weight = std::exp(logits_[i] - max);
      sum += weight;
      for (int c = 0; c < dim; ++c) out[c] += weight * rounded(values_[i][c], spec_.storage);
    }
    float* to = answer.out.view().at(0, head_).at(0, q_).as<float>();
    for (int c = 0; c < dim; ++c) to[c] = sum == 0 ? 0 : static_cast<float>(out[c] / sum);
    answer.log_sum_exp.view().at(0, head_).as<float>()[q_] =
        static_cast<float>(max + std::log(sum));
  }

 private:
  static const float* row(const TensorView& one, int head) {
    return one.as<float>() + head * one.stride[0];
  }

  void choose_blocks() {
    const std::int64_t searchable =
        spec_.external.blocks > 0 ? spec_.external.blocks : spec_.long_blocks;
    const std::int64_t newest = q_ / spec_.block - spec_.ring_blocks - spec_.compressed.blocks;
    const std::int64_t oldest = std::max(spec_.sink_blocks, newest - searchable + 1);
    std::vector<std::pair<double, std::int64_t>> ranked;
    for (std::int64_t block = oldest; block <= newest; ++block) {
      ranked.emplace_back(spec_.summary == SummaryKind::kBox ? -bound(block) : -sum(block), block);
    }
    std::ranges::sort(ranked);
    if (spec_.top_k > 0 && static_cast<int>(ranked.size()) > spec_.top_k) {
      ranked.resize(static_cast<std::size_t>(spec_.top_k));
    }
    for (const auto& [score, block] : ranked) chosen_.push_back(block);
  }

  double sum(std::int64_t block) const {
    double score = 0;
    for (std::int64_t k = block * spec_.block; k < (block + 1) * spec_.block; ++k) {
      const float* key = row(stream_.keys(k, 1), kv_head_);
      for (int i = 0; i < spec_.key_dim; ++i) score += double{query_[i]} * key[i];
    }
    return score;
  }

  double bound(std::int64_t block) const {
    double score = 0;
    for (int i = 0; i < spec_.key_dim; ++i) {
      double best = -INFINITY;
      for (std::int64_t k = block * spec_.block; k < (block + 1) * spec_.block; ++k) {
        best = std::max(best, double{query_[i]} * row(stream_.keys(k, 1), kv_head_)[i]);
      }
      score += best;
    }
    return score;
  }

  /// A row of the block around k, as the external tier gives it back.
  std::vector<float> cold(const TensorView& rows, std::int64_t k) const {
    const auto dim = rows.shape[2];
    const float* x = row(rows.slice(1, k, 1), kv_head_);
    std::vector<float> out(x, x + dim);
    if (spec_.external.blocks == 0 || k / spec_.block < spec_.sink_blocks) return out;
    if (spec_.external.storage == ColdStorage::kBF16) {
      for (float& one : out) one = to_float(bfloat16_from(one));
      return out;
    }
    float largest = 0;
    const std::int64_t first = k / spec_.block * spec_.block;
    for (std::int64_t other = first; other < first + spec_.block; ++other) {
      const float* y = row(rows.slice(1, other, 1), kv_head_);
      for (int i = 0; i < dim; ++i) largest = std::max(largest, std::abs(y[i]));
    }
    for (float& one : out) one = std::round(one / (largest / 127)) * (largest / 127);
    return out;
  }

  void read_compressed() {
    const std::int64_t newest = q_ / spec_.block - spec_.ring_blocks;
    const std::int64_t oldest = std::max(spec_.sink_blocks, newest - spec_.compressed.blocks + 1);
    for (std::int64_t block = oldest; block <= newest; ++block) {
      const std::int64_t rows = spec_.block / spec_.compressed.ratio;
      const Tensor keys(DType::kF32, {rows, spec_.key_dim});
      const Tensor values(DType::kF32, {rows, spec_.value_dim});
      compress(spec_.compressed,
               kv_head_,
               {stream_.keys(block * spec_.block, spec_.block).at(0, kv_head_),
                stream_.values(block * spec_.block, spec_.block).at(0, kv_head_)},
               {keys.view(), values.view()});
      for (std::int64_t i = 0; i < rows; ++i) {
        const float* value = values.view().at(0, i).as<float>();
        add({value, value + spec_.value_dim},
            turned(query_, 0),
            rounded_keys(turned(keys.view().at(0, i).as<float>(), 0)));
      }
    }
  }

  void read(std::int64_t k) {
    const std::int64_t query_block = q_ / spec_.block;
    const std::int64_t block = k / spec_.block;
    const float* key = row(stream_.keys(k, 1), kv_head_);
    if (query_block - block < spec_.ring_blocks && near_.attends(head_, q_, k)) {
      const float* value = row(stream_.values(k, 1), kv_head_);
      add({value, value + spec_.value_dim}, turned(query_, q_), rounded_keys(turned(key, k)));
    } else if ((block < spec_.sink_blocks && block < query_block) ||
               std::ranges::find(chosen_, block) != chosen_.end()) {
      const std::int64_t length = stream_.length();
      add(cold(stream_.values(0, length), k),
          turned(query_, 0),
          rounded_keys(turned(cold(stream_.keys(0, length), k).data(), 0)));
    }
  }

  std::vector<double> turned(const float* x, std::int64_t position) const {
    const int half = spec_.key_dim / 2;
    std::vector<double> out(x, x + spec_.key_dim);
    if (spec_.rotary_theta == 0) return out;
    for (int i = 0; i < half; ++i) {
      const double angle =
          static_cast<double>(position) * std::pow(spec_.rotary_theta, -2.0 * i / spec_.key_dim);
      out[i] = x[i] * std::cos(angle) - x[half + i] * std::sin(angle);
      out[half + i] = x[i] * std::sin(angle) + x[half + i] * std::cos(angle);
    }
    return out;
  }

  std::vector<double> rounded_keys(std::vector<double> key) const {
    for (double& x : key) x = rounded(static_cast<float>(x), spec_.storage);
    return key;
  }

  void add(std::vector<float> value,
           const std::vector<double>& query,
           const std::vector<double>& key) {
    values_.push_back(std::move(value));
    logits_.push_back(0.5 * std::inner_product(query.begin(), query.end(), key.begin(), 0.0));
  }

  const MemorySpec& spec_;
  Pattern near_;
  int head_;
  int kv_head_;
  std::int64_t q_;
  const float* query_;
  const Stream& stream_;
  std::vector<std::int64_t> chosen_;
  std::vector<std::vector<float>> values_;
  std::vector<double> logits_;
};

}  // namespace

std::string describe(const MemoryCase& memory_case) { return memory_case.name; }

Stream::Stream(const MemoryCase& memory_case, std::uint32_t seed) {
  std::mt19937 random(seed);
  const MemorySpec& spec = memory_case.spec;
  queries_ = random_tensor(random, {memory_case.heads, memory_case.length, spec.key_dim});
  keys_ = random_tensor(random, {spec.kv_heads, memory_case.length, spec.key_dim});
  values_ = random_tensor(random, {spec.kv_heads, memory_case.length, spec.value_dim});
}

TensorView Stream::queries(std::int64_t first, std::int64_t count) const {
  return queries_.view().slice(1, first, count);
}
TensorView Stream::keys(std::int64_t first, std::int64_t count) const {
  return keys_.view().slice(1, first, count);
}
TensorView Stream::values(std::int64_t first, std::int64_t count) const {
  return values_.view().slice(1, first, count);
}

Answer::Answer(const MemoryCase& memory_case, std::int64_t length)
    : out(DType::kF32, {memory_case.heads, length, memory_case.spec.value_dim}),
      log_sum_exp(DType::kF32, {memory_case.heads, length}) {}

void feed(RollingMemory& memory,
          const Stream& stream,
          const Feed& how,
          PositionRange positions,
          const Answer& answer) {
  const std::int64_t first = positions.begin;
  const std::int64_t count = positions.size();
  memory.attend(*how.backend,
                {.queries = stream.queries(first, count),
                 .first = first,
                 .live_keys = stream.keys(first, count),
                 .live_values = stream.values(first, count),
                 .live_first = first,
                 .near = how.near,
                 .read_past = how.read_past,
                 .scale = 0.5f,
                 .out = answer.out.view().slice(1, first, count),
                 .log_sum_exp = answer.log_sum_exp.view().slice(1, first, count)});
  memory.append(stream.keys(first, count), stream.values(first, count));
}

Answer run_in_chunks(const MemoryCase& memory_case,
                     const Stream& stream,
                     const Feed& how,
                     std::int64_t chunk) {
  Answer answer(memory_case, stream.length());
  RollingMemory memory(memory_case.spec);
  for (std::int64_t first = 0; first < stream.length(); first += chunk) {
    feed(memory, stream, how, {first, std::min(stream.length(), first + chunk)}, answer);
  }
  return answer;
}

Answer run_by_definition(const MemoryCase& memory_case, const Stream& stream) {
  Answer answer(memory_case, stream.length());
  for (int head = 0; head < memory_case.heads; ++head) {
    for (std::int64_t q = 0; q < stream.length(); ++q) {
      Definition(memory_case, stream, head, q).write(answer);
    }
  }
  return answer;
}

bool same_bits(const TensorView& a, const TensorView& b) {
  return a.contiguous() && b.contiguous() && a.size() == b.size() &&
         std::memcmp(a.data, b.data, static_cast<std::size_t>(a.size()) * size_of(a.dtype)) == 0;
}

double largest_difference(const TensorView& a, const TensorView& b) {
  double largest = 0;
  for (std::int64_t i = 0; i < a.size(); ++i) {
    const double difference = std::abs(double{a.as<float>()[i]} - b.as<float>()[i]);
    if (!(difference <= largest)) largest = difference;
  }
  return largest;
}

}  // namespace heddle::attention
