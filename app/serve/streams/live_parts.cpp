#include "app/serve/streams/live_parts.h"

#include "io/unusable_error.h"

#include <algorithm>
#include <cmath>
#include <stdexcept>
#include <utility>

namespace heddle::app::serve {

LiveParts::LiveParts(OpenSource open, World world, const LiveLimits& limits)
    : open_(std::move(open)),
      world_(std::move(world)),
      limits_(limits),
      random_(static_cast<std::uint32_t>(world_.clock.now().time_since_epoch().count())) {}

std::chrono::nanoseconds LiveParts::pause() {
  const double doubled = std::ldexp(static_cast<double>(limits_.first_pause.count()),
                                    std::clamp(failures_ - 1, 0, 30));
  const double most = static_cast<double>(limits_.longest_pause.count());
  std::uniform_real_distribution<double> jitter(0.75, 1);
  return std::chrono::nanoseconds(
      static_cast<std::int64_t>(std::min(doubled, most) * jitter(random_)));
}

bool LiveParts::rest() {
  const std::chrono::nanoseconds time = pause();
  world_.news.retries(time);
  return world_.clock.sleep(time, world_.halt);
}

std::unique_ptr<io::Source> LiveParts::try_once() {
  world_.patience.expect(limits_.opening);
  try {
    auto source = open_(world_.halt.descriptor());
    world_.patience.satisfied();
    return source;
  } catch (const io::UnusableError&) {
    world_.patience.satisfied();
    if (opened_ == 0) throw;
    world_.news.trouble({"connection_failed", "what is there now is no video any more"});
    return nullptr;
  } catch (const std::runtime_error& error) {
    const bool late = world_.patience.satisfied();
    if (world_.halt.raised()) return nullptr;
    if (late) {
      world_.news.trouble(
          {"connection_timeout", std::string("nothing came in time: ") + error.what()});
    } else {
      world_.news.trouble({"connection_failed", error.what()});
    }
    return nullptr;
  }
}

std::unique_ptr<io::Source> LiveParts::next() {
  bool wait = opened_ > 0;  // also what connects well but ends at once is not asked without pause
  while (!world_.halt.raised()) {
    if (wait && !rest()) break;
    if (auto source = try_once()) {
      ++opened_;
      ends_ = !source->info().live && source->info().total > 0;
      return source;
    }
    ++failures_;
    wait = true;
  }
  return nullptr;
}

bool LiveParts::go_on(const std::string& /*error*/) { return !ends_; }

}  // namespace heddle::app::serve
