#include "app/serve/streams/paced.h"

#include <algorithm>
#include <optional>
#include <utility>

namespace heddle::app::serve {
namespace {

class PacedSource final : public io::Source {
 public:
  PacedSource(std::unique_ptr<io::Source> source, Clock& clock, Halt& halt, Pace pace)
      : source_(std::move(source)),
        clock_(clock),
        halt_(halt),
        pace_(std::move(pace)),
        info_(source_->info()) {
    info_.live = true;
  }
  const io::SourceInfo& info() const override { return info_; }
  std::int64_t position() const override { return source_->position(); }

  std::optional<io::Sample> next() override {
    auto sample = source_->next();
    const auto* frame = sample ? std::get_if<io::Frame>(&*sample) : nullptr;
    if (frame == nullptr || ++frames_ <= pace_.shown) return sample;
    if (!start_) start_ = clock_.now() - after(frame->seconds);
    const auto early = *start_ + after(frame->seconds) - clock_.now();
    pace_.behind(std::max(0.0, -std::chrono::duration<double>(early).count()));
    if (early.count() > 0) {
      const InputWatch::Resting resting(pace_.watch);
      clock_.sleep(early, halt_);
    }
    return sample;
  }

 private:
  static Clock::Time::duration after(double seconds) {
    return std::chrono::duration_cast<Clock::Time::duration>(
        std::chrono::duration<double>(seconds));
  }

  std::unique_ptr<io::Source> source_;
  Clock& clock_;
  Halt& halt_;
  const Pace pace_;
  io::SourceInfo info_;
  std::int64_t frames_ = 0;
  std::optional<Clock::Time> start_;  // when second 0 was
};

}  // namespace

std::unique_ptr<io::Source> paced(std::unique_ptr<io::Source> source,
                                  Clock& clock,
                                  Halt& halt,
                                  Pace pace) {
  return std::make_unique<PacedSource>(std::move(source), clock, halt, std::move(pace));
}

}  // namespace heddle::app::serve
