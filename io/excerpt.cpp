#include "io/excerpt.h"

#include "io/interrupted_error.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <utility>

namespace heddle::io {
namespace {

class Excerpt final : public Source {
 public:
  Excerpt(std::unique_ptr<Source> source, const ExcerptOptions& options)
      : source_(std::move(source)), options_(options), info_(source_->info()) {
    const double rate = info_.frames_per_second;
    if (info_.total >= 0 && rate > 0) {
      const double end = std::min(static_cast<double>(info_.total), std::ceil(options_.to * rate));
      const double frames = std::max(end - std::ceil(options_.from * rate), 0.0);
      info_.total =
          static_cast<std::int64_t>(std::ceil(frames / static_cast<double>(options_.stride)));
    } else {
      info_.total = -1;
    }
    info_.frames_per_second /= static_cast<double>(options_.stride);
  }

  const SourceInfo& info() const override { return info_; }
  std::int64_t position() const override { return returned_; }

  std::optional<Sample> next() override {
    while (std::optional<Sample> sample = source_->next()) {
      auto& frame = std::get<Frame>(*sample);
      last_seconds_ = frame.seconds;
      if (frame.seconds >= options_.to) break;
      if (frame.seconds >= options_.from) {
        gap_ = gap_ || frame.after_gap;
        if (seen_++ % options_.stride == 0) return taken(std::move(*sample));
      }
      throw_if_stop_asked(options_.stop_descriptor, "looking for the next frame of", info_.name);
    }
    if (returned_ == 0) refuse();
    return std::nullopt;
  }

 private:
  Sample taken(Sample sample) {
    auto& frame = std::get<Frame>(sample);
    frame.after_gap = std::exchange(gap_, false) && returned_ > 0;
    ++returned_;
    return sample;
  }

  [[noreturn]] void refuse() const {
    const auto number = [](double seconds) {
      char text[32];
      std::snprintf(text, sizeof text, "%.6g s", seconds);
      return std::string(text);
    };
    throw InputError(info_.name + ": no frame lies from " + number(options_.from) + " on" +
                     (std::isfinite(options_.to) ? " and before " + number(options_.to) : "") +
                     "; the last one read is at " + number(last_seconds_));
  }

  std::unique_ptr<Source> source_;
  ExcerptOptions options_;
  SourceInfo info_;
  double last_seconds_ = 0;
  std::int64_t seen_ = 0;      // frames inside
  std::int64_t returned_ = 0;  // of these
  bool gap_ = false;           // before the next one
};

}  // namespace

std::unique_ptr<Source> excerpt(std::unique_ptr<Source> source, const ExcerptOptions& options) {
  return std::make_unique<Excerpt>(std::move(source), options);
}

}  // namespace heddle::io
