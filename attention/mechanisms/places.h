#pragma once
// Tokens in places: what hashing and clustering put a banded plan over. A token may have several
// places, or none. Threads: immutable once made; the loops run on all threads, each token and each
// place on its own, so that threads change no bit.

#include "attention/backend/ordered_op.h"
#include "attention/tensor/tensor.h"

#include <cstdint>
#include <span>
#include <vector>

namespace heddle::attention {

class Places {
 public:
  Places() = default;
  /// Place p of head h holds token order[h * places + p], each below `tokens`.
  Places(std::int64_t heads, std::int64_t tokens, std::vector<std::int32_t> order);

  std::int64_t heads() const { return heads_; }
  std::int64_t tokens() const { return tokens_; }
  std::int64_t count() const { return count_; }  // a head
  RowOrder order() const { return {.rows = order_, .places = count_}; }
  std::span<const std::int32_t> of_head(std::int64_t head) const {
    return std::span(order_).subspan(static_cast<std::size_t>(head * count_),
                                     static_cast<std::size_t>(count_));
  }
  /// The places of a token, ascending.
  std::span<const std::int32_t> of_token(std::int64_t head, std::int64_t token) const {
    const auto at = static_cast<std::size_t>(head * (tokens_ + 1) + token);
    return std::span(places_).subspan(static_cast<std::size_t>(begins_[at]),
                                      static_cast<std::size_t>(begins_[at + 1] - begins_[at]));
  }

 private:
  void index(std::int64_t head);

  std::int64_t heads_ = 0;
  std::int64_t tokens_ = 0;
  std::int64_t count_ = 0;
  std::vector<std::int32_t> order_;   // (heads, places)
  std::vector<std::int32_t> places_;  // (heads, places), by token
  std::vector<std::int64_t> begins_;  // (heads, tokens + 1), into places_
};

/// to[token] = the sum of `from` over the token's places, in their order; 0 where it has none.
void gather_sums(const Places& places, const TensorView& from, const TensorView& to);
/// The same divided by the number of places.
void gather_means(const Places& places, const TensorView& from, const TensorView& to);
/// to[place] = from[token] / places of the token: what gather_means() hands back.
void spread_means(const Places& places, const TensorView& from, const TensorView& to);

}  // namespace heddle::attention
