#include "app/serve/streams/precedence.h"

#include <sys/resource.h>
#include <tbb/parallel_for.h>

#include <algorithm>

namespace heddle::app::serve {
namespace {

constexpr int kUsual = 5;
constexpr int kMost = 19;
constexpr int kTasks = 1024;  // enough to wake the pool

}  // namespace

void take_precedence(int priority) {
  tbb::parallel_for(0, kTasks, [](int /*task*/) {});
  const int own = ::getpriority(PRIO_PROCESS, 0);
  ::setpriority(PRIO_PROCESS, 0, std::clamp(own + kUsual - priority, own, std::max(own, kMost)));
}

}  // namespace heddle::app::serve
