#include "app/serve/heap.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <memory>
#include <string>
#include <vector>

namespace heddle::app::serve {
namespace {

long resident_kb() {
  std::ifstream in("/proc/self/statm");
  long all = 0, resident = 0;
  in >> all >> resident;
  return resident * 4;
}

// What a stream leaves: many buffers as large as frames or rows, and a small block that stays
// behind each.
TEST(Heap, GivesBuffersBackThatLieBetweenBlocksThatStay) {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  GTEST_SKIP() << "the sanitizer has a heap of its own";
#endif
  ASSERT_TRUE(limit_heap()) << heap_name() << " takes no limits";
  const long before = resident_kb();
  std::vector<std::unique_ptr<std::string>> stay;
  {
    std::vector<std::unique_ptr<std::string>> buffers;
    for (int i = 0; i < 256; ++i) {
      buffers.push_back(std::make_unique<std::string>(1 << 20, 'f'));
      for (int row = 0; row < 16; ++row)
        buffers.push_back(std::make_unique<std::string>(1 << 14, 'r'));
      stay.push_back(std::make_unique<std::string>(100, 's'));
    }
    EXPECT_GT(resident_kb(), before + 256 * 1024);
  }
  return_free_memory();
  EXPECT_LT(resident_kb(), before + 24 * 1024);
}

TEST(Heap, CountsWhatIsNotFreed) {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  GTEST_SKIP() << "the sanitizer has a heap of its own";
#endif
  const std::size_t before = heap_bytes().allocated;
  auto held = std::make_unique<std::string>(8 << 20, 'h');
  EXPECT_GE(heap_bytes().active, heap_bytes().allocated);
  EXPECT_GE(heap_bytes().allocated, before + (8 << 20));
  EXPECT_LT(heap_bytes().allocated, before + (11 << 20));  // jemalloc has blocks of 8 and of 10 MiB
  held.reset();
  EXPECT_LT(heap_bytes().allocated, before + (1 << 20));
}

}  // namespace
}  // namespace heddle::app::serve
