// Runs of an arena that fail. Skipped, saying why, where there is no GPU.

#include "tests/unit/attention/backend/placed_run.h"
#include "tests/unit/attention/backend/random_tensor.h"

#include <gtest/gtest.h>

#include <cstring>
#include <stdexcept>

namespace heddle::attention {
namespace {

TEST(DeviceArena, RecordsAgainAfterARecordingThatFailed) {
  SKIP_WITHOUT("cuda");
  const Backend& on = backend("cuda");
  const Tensor rows = random_tensor({40, 64}, 1);
  const std::unique_ptr<DeviceArena> arena = on.arena(rows.bytes(), rows.bytes());
  TensorView there = rows.view();
  there.data = arena->data();
  const DeviceCopy both[] = {{arena->host(), arena->data(), rows.bytes()}};
  for (int run = 0; run < 5; ++run) {
    SCOPED_TRACE(run);
    std::memcpy(arena->host(), rows.view().data, rows.bytes());
    const auto steps = [&] {
      on.scale_shift(there, 0, 0.5f, there);
      if (run == 1 || run == 2) throw std::logic_error("a step that fails");
    };
    if (run == 1 || run == 2) {
      EXPECT_THROW(arena->run(both, steps, both), std::logic_error);
      continue;
    }
    arena->run(both, steps, both);
    for (std::int64_t i = 0; i < rows.view().size(); ++i) {
      ASSERT_EQ(static_cast<const float*>(arena->host())[i], rows.view().as<float>()[i] / 2);
    }
  }
}

}  // namespace
}  // namespace heddle::attention
