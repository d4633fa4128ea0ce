#include "io/formats/value_sink.h"

#include "io/formats/spool.h"

#include <algorithm>
#include <cmath>

namespace heddle::io {
namespace {

int hundredths_of(float plus, float minus, Values values) {
  const float likely = values == Values::kPlus    ? plus
                       : values == Values::kMinus ? minus
                                                  : 1 - (1 - plus) * (1 - minus);
  return static_cast<int>(std::lround(100 * std::clamp(likely, 0.0f, 1.0f)));
}

}  // namespace

void ValueSink::write_coding(const Sequence& piece, const Coding& coding) {
  const std::size_t bases = std::min(coding.plus.size(), coding.minus.size());
  if (bases == 0) return;
  Level& level = levels_[piece.name];
  for (std::size_t i = 0; i < bases; ++i) {
    const std::int64_t at = piece.offset + static_cast<std::int64_t>(i);
    const int hundredths = hundredths_of(coding.plus[i], coding.minus[i], values_);
    if (level.to != at || level.hundredths != hundredths) {
      put_level(piece.name, level);
      level = {at, at, hundredths};
    }
    level.to = at + 1;
  }
}

void ValueSink::put_level(const std::string& sequence, const Level& level) {
  if (level.from < level.to) run(sequence, {level.from, level.to, level.hundredths / 100.0});
}

void ValueSink::begin(const std::string& sequence, std::int64_t length) {
  steps_[sequence];
  lengths_[sequence] = length;
}

void ValueSink::feature(const Interval& feature, const std::string& /*id*/) {
  if (wants_coding()) return;
  std::vector<Step>& steps = steps_[feature.sequence];
  for (const Interval::Part& part : feature.parts) {
    if (part.start >= part.end) continue;
    steps.push_back({part.start, 1});
    steps.push_back({part.end, -1});
  }
}

void ValueSink::end(const std::string& sequence, std::int64_t length) {
  if (const auto level = levels_.extract(sequence)) put_level(sequence, level.mapped());
  const auto begun = lengths_.extract(sequence);
  if (length < 0 && begun) length = begun.mapped();
  put_depths(sequence, length);
  steps_.erase(sequence);
  ended(sequence, length);
}

void ValueSink::put_depths(const std::string& sequence, std::int64_t length) {
  std::vector<Step>& steps = steps_[sequence];
  std::int64_t past = 0;  // features that go on at the start of a circle
  const std::size_t count = steps.size();
  for (std::size_t i = 0; length > 0 && i < count; ++i) {
    if (steps[i].at <= length) continue;
    steps.push_back({steps[i].at - length, steps[i].more});
    past -= steps[i].more;
    steps[i].at = length;
  }
  std::ranges::sort(steps, {}, &Step::at);
  std::int64_t depth = past, from = 0;
  for (std::size_t i = 0; i < steps.size();) {
    const std::int64_t at = steps[i].at;
    std::int64_t after = depth;
    for (; i < steps.size() && steps[i].at == at; ++i) after += steps[i].more;
    if (after == depth) continue;  // one ends where another begins
    if (depth > 0) run(sequence, {from, at, static_cast<double>(depth)});
    depth = after;
    from = at;
  }
}

bool ValueSink::kept(Snapshot& snapshot) {
  std::size_t steps = 0;
  for (const auto& [sequence, waiting] : steps_) steps += waiting.size();
  if (steps * sizeof(Step) > std::size_t{Spool::kMostSnapshotBytes}) return false;
  snapshot(steps_, lengths_, levels_);
  return true;
}

}  // namespace heddle::io
