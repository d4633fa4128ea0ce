#include "attention/bench/token_order.h"

#include "attention/backend/backend.h"

#include <algorithm>
#include <bit>
#include <numeric>
#include <random>
#include <span>

namespace heddle::attention::bench {
namespace {

constexpr std::int64_t kBlock = 64;
constexpr std::int64_t kFan = 8;
constexpr std::int64_t kRows = 4096;  // rows of one dense product: keeps its output in the cache

Tensor random_rows(std::int64_t rows, std::int64_t dim) {
  Tensor made(DType::kF32, {rows, dim});
  std::mt19937 random(7);
  std::normal_distribution<float> normal;
  for (std::int64_t i = 0; i < rows * dim; ++i) made.view().as<float>()[i] = normal(random);
  return made;
}

/// body(first row, (rows, out) product with `weight` (out, dim)) over all tokens.
template <class Body>
void for_products(const TensorView& tokens, const TensorView& weight, const Body& body) {
  const auto dense = backend("cpu").linear({.weight = weight});
  const Tensor out(DType::kF32, {kRows, weight.shape[0]});
  for (std::int64_t first = 0; first < tokens.shape[0]; first += kRows) {
    const std::int64_t rows = std::min(kRows, tokens.shape[0] - first);
    const TensorView in = tokens.slice(0, first, rows);
    const TensorView to = out.view().slice(0, 0, rows);
    const Tensor scratch(
        DType::kU8,
        {static_cast<std::int64_t>(std::max<std::size_t>(1, dense->scratch_bytes(in)))});
    dense->run(in, to, scratch.view(), false);
    body(first, to);
  }
}

/// Token numbers by key, then by number: keys are below 2^24, a counting sort's worth.
std::vector<std::int64_t> order_by(const std::vector<std::uint32_t>& keys) {
  const std::uint32_t largest = *std::ranges::max_element(keys);
  std::vector<std::int64_t> begin(largest + 2, 0);
  for (const std::uint32_t key : keys) ++begin[key + 1];
  std::partial_sum(begin.begin(), begin.end(), begin.begin());
  std::vector<std::int64_t> order(keys.size());
  for (std::size_t i = 0; i < keys.size(); ++i) {
    order[static_cast<std::size_t>(begin[keys[i]]++)] = static_cast<std::int64_t>(i);
  }
  return order;
}

/// Means of `fan` consecutive rows; the last may have fewer.
Tensor means_of(const TensorView& rows, std::int64_t fan) {
  const std::int64_t count = (rows.shape[0] + fan - 1) / fan;
  Tensor made(DType::kF32, {count, rows.shape[1]});
  for (std::int64_t row = 0; row < rows.shape[0]; ++row) {
    const float* from = rows.at(0, row).as<float>();
    float* to = made.view().at(0, row / fan).as<float>();
    const auto share = 1 / static_cast<float>(std::min(fan, rows.shape[0] - row / fan * fan));
    for (std::int64_t i = 0; i < rows.shape[1]; ++i) to[i] += share * from[i];
  }
  return made;
}

using Scored = std::pair<float, std::int64_t>;  // minus the score, node

/// Children of the kept nodes, scored; the `top` best of them.
std::vector<Scored> descend(const TensorView& level,
                            std::span<const float> query,
                            const std::vector<Scored>& kept,
                            std::size_t top) {
  std::vector<Scored> found;
  for (const auto& [score, parent] : kept) {
    const std::int64_t end = std::min(level.shape[0], (parent + 1) * kFan);
    for (std::int64_t node = parent * kFan; node < end; ++node) {
      const float* mean = level.at(0, node).as<float>();
      found.emplace_back(-std::inner_product(query.begin(), query.end(), mean, 0.0f), node);
    }
  }
  const auto last = found.begin() + static_cast<std::ptrdiff_t>(std::min(top, found.size()));
  std::partial_sort(found.begin(), last, found.end());
  found.erase(last, found.end());
  return found;
}

}  // namespace

std::vector<std::int64_t> order_by_hash(const TensorView& tokens) {
  const auto buckets = static_cast<std::uint64_t>(std::max<std::int64_t>(2, tokens.shape[0] / 64));
  const auto bits = static_cast<std::int64_t>(std::bit_width(buckets) - 1);
  const Tensor planes = random_rows(bits, tokens.shape[1]);
  std::vector<std::uint32_t> hashes(static_cast<std::size_t>(tokens.shape[0]));
  for_products(tokens, planes.view(), [&](std::int64_t first, const TensorView& products) {
    for (std::int64_t row = 0; row < products.shape[0]; ++row) {
      std::uint32_t hash = 0;
      const float* product = products.at(0, row).as<float>();
      for (std::int64_t bit = 0; bit < bits; ++bit) hash = hash << 1 | (product[bit] > 0 ? 1 : 0);
      hashes[static_cast<std::size_t>(first + row)] = hash;
    }
  });
  return order_by(hashes);
}

std::vector<std::int64_t> order_by_cluster(const TensorView& tokens, std::int64_t clusters) {
  const Tensor centres(DType::kF32, {clusters, tokens.shape[1]});
  for (std::int64_t i = 0; i < clusters; ++i) {
    copy(tokens.at(0, i * tokens.shape[0] / clusters), centres.view().at(0, i));
  }
  std::vector<std::uint32_t> nearest(static_cast<std::size_t>(tokens.shape[0]));
  for_products(tokens, centres.view(), [&](std::int64_t first, const TensorView& products) {
    for (std::int64_t row = 0; row < products.shape[0]; ++row) {
      const float* product = products.at(0, row).as<float>();
      nearest[static_cast<std::size_t>(first + row)] =
          static_cast<std::uint32_t>(std::max_element(product, product + clusters) - product);
    }
  });
  return order_by(nearest);
}

BlockPlan plan_coarse_to_fine(const TensorView& tokens, int top) {
  std::vector<Tensor> levels;
  levels.push_back(means_of(tokens, kBlock));
  while (levels.back().view().shape[0] > kFan * top) {
    levels.push_back(means_of(levels.back().view(), kFan));
  }
  BlockPlan plan{.queries = tokens.shape[0]};
  plan.row_begin = {0};
  for (std::int64_t block = 0; block < plan.query_blocks(); ++block) {
    const std::span query(levels[0].view().at(0, block).as<float>(),
                          static_cast<std::size_t>(tokens.shape[1]));
    std::vector<Scored> kept;  // the parents of the coarsest level
    for (std::int64_t i = 0; i * kFan < levels.back().view().shape[0]; ++i) kept.emplace_back(0, i);
    for (auto level = levels.rbegin(); level != levels.rend(); ++level) {
      kept = descend(level->view(), query, kept, static_cast<std::size_t>(top));
    }
    std::ranges::sort(kept, {}, &Scored::second);
    for (const auto& [score, key_block] : kept) {
      const std::int64_t first = key_block * kBlock;
      plan.runs.push_back({.first_slot = first,
                           .first_key = first,
                           .count = 1,
                           .keys = std::min(kBlock, tokens.shape[0] - first)});
    }
    plan.row_begin.push_back(static_cast<std::int64_t>(plan.runs.size()));
  }
  build_work_list(plan);
  return plan;
}

}  // namespace heddle::attention::bench
