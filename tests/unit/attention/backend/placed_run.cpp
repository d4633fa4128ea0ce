#include "tests/unit/attention/backend/placed_run.h"

#include <cstring>

namespace heddle::attention {
namespace {

constexpr std::size_t kAlignment = 256;

std::size_t bytes_of(const TensorView& view) {
  return static_cast<std::size_t>(view.size()) * size_of(view.dtype);
}

std::size_t room_of(const TensorView& view) {
  return (bytes_of(view) + kAlignment) / kAlignment * kAlignment;
}

Tensor copy_of(const TensorView& view) {
  Tensor made(view.dtype, std::span(view.shape.data(), static_cast<std::size_t>(view.rank)));
  std::memcpy(made.view().data, view.data, bytes_of(view));
  return made;
}

}  // namespace

std::vector<std::vector<Tensor>> run_placed(const Backend& on,
                                            const std::vector<TensorView>& operands,
                                            const PlacedSteps& steps,
                                            int times) {
  std::size_t room = 0;
  for (const TensorView& view : operands) room += room_of(view);
  const std::unique_ptr<DeviceArena> arena = on.arena(room, room);
  std::vector<std::vector<Tensor>> after;
  std::vector<DeviceCopy> copies;
  std::size_t at = 0;
  for (const TensorView& view : operands) {
    if (!arena) break;
    copies.push_back({static_cast<char*>(arena->host()) + at,
                      static_cast<char*>(arena->data()) + at,
                      bytes_of(view)});
    at += room_of(view);
  }
  for (int time = 0; time < times; ++time) {
    std::vector<Tensor> held;
    for (const TensorView& view : operands) held.push_back(copy_of(view));
    std::vector<TensorView> placed;
    for (const Tensor& tensor : held) placed.push_back(tensor.view());
    if (!arena) {
      steps(placed);
    } else {
      for (std::size_t i = 0; i < held.size(); ++i) {
        std::memcpy(copies[i].host, held[i].view().data, copies[i].bytes);
        placed[i].data = copies[i].device;
      }
      arena->run(
          copies, [&] { steps(placed); }, copies);
      for (std::size_t i = 0; i < held.size(); ++i) {
        std::memcpy(held[i].view().data, copies[i].host, copies[i].bytes);
      }
    }
    after.push_back(std::move(held));
  }
  return after;
}

}  // namespace heddle::attention
