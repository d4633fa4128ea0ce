#pragma once
// The graph's parts on plain threads: the thread sanitizer judges them here, where no oneTBB (which
// Debian does not instrument) stands between.

#include "pipeline/entrance.h"

#include <functional>
#include <memory>
#include <thread>
#include <vector>

namespace heddle::pipeline {

/// Calls body(0) .. body(count - 1), each on a thread of its own, and waits for all.
inline void on_threads(int count, const std::function<void(int)>& body) {
  std::vector<std::thread> threads;
  for (int i = 0; i < count; ++i) threads.emplace_back(body, i);
  for (std::thread& thread : threads) thread.join();
}

inline std::unique_ptr<Item> item_of(std::int64_t number, int lane = 0, std::size_t bytes = 1) {
  auto item = std::make_unique<Item>();
  item->number = number;
  item->lane = lane;
  item->bytes = bytes;
  return item;
}

}  // namespace heddle::pipeline
