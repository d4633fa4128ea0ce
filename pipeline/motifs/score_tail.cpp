#include "pipeline/motifs/score_tail.h"

#include <algorithm>
#include <utility>

namespace heddle::pipeline {

ScoreTail::ScoreTail(std::span<const Losses> columns,
                     const std::array<double, 4>& background,
                     std::int32_t most) {
  const auto size = static_cast<std::size_t>(most) + 1;
  std::vector<double> mass(size), next(size);
  mass[0] = 1;
  std::size_t used = 1;  // masses beyond are zero
  for (const Losses& column : columns) {
    std::size_t reach = used;
    for (const std::int32_t loss : column) {
      const auto far = static_cast<std::size_t>(loss);
      if (far < size) reach = std::max(reach, std::min(size, used + far));
    }
    std::fill_n(next.begin(), reach, 0.0);
    for (std::size_t base = 0; base < 4; ++base) {
      const auto loss = static_cast<std::size_t>(column[base]);
      if (loss >= size) continue;
      const double* from = mass.data();
      double* to = next.data() + loss;
      const std::size_t count = std::min(used, size - loss);
      for (std::size_t i = 0; i < count; ++i) to[i] += background[base] * from[i];
    }
    std::swap(mass, next);
    used = reach;
  }
  double sum = 0;
  for (std::size_t i = 0; i < used; ++i) {
    if (mass[i] == 0) continue;
    sum += mass[i];
    losses_.push_back(static_cast<std::int32_t>(i));
    tails_.push_back(sum);
  }
}

void ScoreTail::trim(double p) {
  const auto end = std::upper_bound(tails_.begin(), tails_.end(), p);
  tails_.erase(end, tails_.end());
  losses_.resize(tails_.size());
  tails_.shrink_to_fit();
  losses_.shrink_to_fit();
}

double ScoreTail::p_value(std::int32_t loss) const {
  const auto after = std::upper_bound(losses_.begin(), losses_.end(), loss);
  return after == losses_.begin() ? 0
                                  : tails_[static_cast<std::size_t>(after - losses_.begin()) - 1];
}

}  // namespace heddle::pipeline
