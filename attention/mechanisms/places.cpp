#include "attention/mechanisms/places.h"

#include "attention/mechanisms/head_rows.h"
#include "attention/mechanisms/token_loop.h"

#include <algorithm>

namespace heddle::attention {
namespace {

float share_of(std::span<const std::int32_t> places) {
  return places.empty() ? 0 : 1 / static_cast<float>(places.size());
}

void add_places(std::span<const std::int32_t> places,
                const TensorView& from,
                std::int64_t head,
                float* to) {
  std::fill_n(to, from.shape[2], 0.0f);
  for (const std::int32_t place : places) {
    add_scaled(to, 1, row_at(from, head, place), from.shape[2]);
  }
}

}  // namespace

Places::Places(std::int64_t heads, std::int64_t tokens, std::vector<std::int32_t> order)
    : heads_(heads),
      tokens_(tokens),
      count_(heads == 0 ? 0 : std::ssize(order) / heads),
      order_(std::move(order)),
      places_(order_.size()),
      begins_(static_cast<std::size_t>(heads * (tokens + 1))) {
  for_each_task(heads, [&](std::int64_t head) { index(head); });
}

/// A counting sort of the head's places by token.
void Places::index(std::int64_t head) {
  std::int64_t* begins = begins_.data() + head * (tokens_ + 1);
  const std::span order = of_head(head);
  for (const std::int32_t token : order) ++begins[token];
  std::int64_t end = head * count_;
  for (std::int64_t token = 0; token <= tokens_; ++token) {
    end += begins[token];
    begins[token] = end;  // of the token's places; filled from behind
  }
  for (std::int64_t place = count_ - 1; place >= 0; --place) {
    const std::int32_t token = order[static_cast<std::size_t>(place)];
    places_[static_cast<std::size_t>(--begins[token])] = static_cast<std::int32_t>(place);
  }
}

void gather_sums(const Places& places, const TensorView& from, const TensorView& to) {
  for_token_stretches(places.heads(),
                      places.tokens(),
                      [&](std::int64_t head, std::int64_t first, std::int64_t end) {
                        for (std::int64_t token = first; token < end; ++token) {
                          add_places(
                              places.of_token(head, token), from, head, row_at(to, head, token));
                        }
                      });
}

void gather_means(const Places& places, const TensorView& from, const TensorView& to) {
  for_token_stretches(places.heads(),
                      places.tokens(),
                      [&](std::int64_t head, std::int64_t first, std::int64_t end) {
                        for (std::int64_t token = first; token < end; ++token) {
                          const auto held = places.of_token(head, token);
                          float* row = row_at(to, head, token);
                          add_places(held, from, head, row);
                          const float share = share_of(held);
                          for (std::int64_t c = 0; c < from.shape[2]; ++c) row[c] *= share;
                        }
                      });
}

void spread_means(const Places& places, const TensorView& from, const TensorView& to) {
  for_token_stretches(
      places.heads(), places.count(), [&](std::int64_t head, std::int64_t first, std::int64_t end) {
        const auto tokens = places.of_head(head);
        for (std::int64_t place = first; place < end; ++place) {
          const std::int32_t token = tokens[static_cast<std::size_t>(place)];
          const float share = share_of(places.of_token(head, token));
          const float* row = row_at(from, head, token);
          float* copy = row_at(to, head, place);
          for (std::int64_t c = 0; c < from.shape[2]; ++c) copy[c] = share * row[c];
        }
      });
}

}  // namespace heddle::attention
