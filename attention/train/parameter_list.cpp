#include "attention/train/parameter_list.h"

#include "attention/memory/crc32.h"

#include <algorithm>
#include <functional>
#include <numeric>
#include <stdexcept>
#include <utility>

namespace heddle::attention::train {

void ParameterList::add(const std::string& name, std::vector<std::int64_t> shape) {
  for (const ParameterSlot& slot : slots_) {
    if (slot.name == name) throw std::invalid_argument("parameter '" + name + "' stands twice");
  }
  const std::int64_t count =
      std::accumulate(shape.begin(), shape.end(), std::int64_t{1}, std::multiplies<>());
  const bool decays = shape.size() > 1;
  slots_.push_back({name, std::move(shape), size_, count, decays});
  size_ += count;
}

std::uint32_t ParameterList::fingerprint() const {
  Crc32 sum;
  for (const ParameterSlot& slot : slots_) {
    sum.add(slot.name.c_str(), slot.name.size() + 1);
    for (const std::int64_t extent : slot.shape) sum.add(&extent, sizeof extent);
  }
  return sum.value();
}

}  // namespace heddle::attention::train
