#pragma once
// A recording at the speed of its time stamps, as if it were a camera.

#include "app/serve/streams/clock.h"
#include "app/serve/streams/input_watch.h"
#include "io/source.h"

#include <functional>
#include <memory>

namespace heddle::app::serve {

/// Borrows the clock and the halt, at which the waiting ends. `behind` is told of each frame how
/// many seconds after its time it was asked for; `watch`, that it waits by itself. A video's.
std::unique_ptr<io::Source> paced(
    std::unique_ptr<io::Source> source,
    Clock& clock,
    Halt& halt,
    std::function<void(double)> behind = [](double) {},
    InputWatch* watch = nullptr);

}  // namespace heddle::app::serve
