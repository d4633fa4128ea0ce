#include "io/formats/genome_page/kept.h"

namespace heddle::io {

void Bins::make_room(std::int64_t end) {
  while ((end + width_ - 1) / width_ > static_cast<std::int64_t>(kMost)) {
    for (std::size_t i = 0; i < sums_.size(); i += 2) {
      sums_[i / 2] = sums_[i] + (i + 1 < sums_.size() ? sums_[i + 1] : 0);
    }
    sums_.resize((sums_.size() + 1) / 2);
    width_ *= 2;
  }
  const auto needed = static_cast<std::size_t>((end + width_ - 1) / width_);
  if (sums_.size() < needed) sums_.resize(needed, 0);
}

void Bins::add(std::int64_t begin, std::int64_t end, double weight) {
  begin = std::max<std::int64_t>(0, begin);
  if (begin >= end) return;
  make_room(end);
  while (begin < end) {
    const std::int64_t bin = begin / width_;
    const std::int64_t until = std::min(end, (bin + 1) * width_);
    sums_[static_cast<std::size_t>(bin)] += weight * static_cast<double>(until - begin);
    begin = until;
  }
}

Bins Bins::coarser(std::int64_t length, std::size_t most) const {
  Bins made;
  made.width_ = width_;
  while (made.width_ * static_cast<std::int64_t>(most) < length) made.width_ += width_;
  made.sums_.assign(static_cast<std::size_t>((length + made.width_ - 1) / made.width_), 0);
  const auto join = static_cast<std::size_t>(made.width_ / width_);
  for (std::size_t i = 0; i < sums_.size() && i / join < made.sums_.size(); ++i) {
    made.sums_[i / join] += sums_[i];
  }
  return made;
}

}  // namespace heddle::io
