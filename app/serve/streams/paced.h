#pragma once
// A recording at the speed of its time stamps, as if it were a camera.

#include "app/serve/streams/clock.h"
#include "app/serve/streams/input_watch.h"
#include "io/source.h"

#include <functional>
#include <memory>

namespace heddle::app::serve {

struct Pace {
  /// Is told of each frame how many seconds after its time it was asked for.
  std::function<void(double)> behind = [](double) {};
  /// The first so many frames were shown by an earlier process, and come as fast as they can.
  std::int64_t shown = 0;
  /// Is told that it waits by itself.
  InputWatch* watch = nullptr;
};

/// Borrows the clock and the halt, at which the waiting ends. A video's.
std::unique_ptr<io::Source> paced(std::unique_ptr<io::Source> source,
                                  Clock& clock,
                                  Halt& halt,
                                  Pace pace = {});

}  // namespace heddle::app::serve
