#include "app/serve/streams/feature_ids.h"

#include <string_view>

namespace heddle::app::serve {

std::string FeatureIds::of(const io::Interval& interval) {
  constexpr std::string_view kId = "ID";
  const std::int64_t number = ++counts_[interval.sequence];
  for (const auto& [key, value] : interval.attributes) {
    if (key == kId) return value;
  }
  return interval.sequence + "_" + std::to_string(number);
}

}  // namespace heddle::app::serve
