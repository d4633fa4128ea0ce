#include "attention/model/training_place.h"

#include "attention/backend/gradient_op.h"
#include "attention/model/arena_layout.h"

#include <cstring>

namespace heddle::attention {
namespace {

std::size_t aligned(std::size_t bytes) {
  constexpr auto kAlignment = static_cast<std::size_t>(kArenaAlignment);
  return (bytes + kAlignment - 1) / kAlignment * kAlignment;
}

std::size_t bytes_of(const TensorView& view) {
  return static_cast<std::size_t>(view.size()) * size_of(view.dtype);
}

}  // namespace

std::size_t mirrored_bytes(const TensorView& view, std::int64_t windows) {
  return aligned(bytes_of(view) * static_cast<std::size_t>(windows));
}

DeviceCopy TrainingPlace::mirror(TensorView& view) {
  const DeviceCopy copy{next_mirror, view.data, bytes_of(view) * static_cast<std::size_t>(windows)};
  std::memset(next_mirror, 0, copy.bytes);
  view.data = next_mirror;
  next_mirror += mirrored_bytes(view, windows);
  return copy;
}

std::uint8_t* registers_of(const TrainingPlace& place) {
  return static_cast<std::uint8_t*>(place.forward->data());
}

std::unique_ptr<TrainingPlace> make_place(const Backend& backend, const PlaceShape& shape) {
  if (!backend.on_device()) return nullptr;
  const std::size_t registers = aligned(static_cast<std::size_t>(shape.registers));
  std::size_t seeds = 0;
  for (const TensorView& seed : shape.seeds) seeds += mirrored_bytes(seed, shape.windows);
  const std::size_t gradients = static_cast<std::size_t>(shape.gradient_elements) * sizeof(float);
  auto place = std::make_unique<TrainingPlace>();
  place->bytes = registers + seeds + gradients;
  place->forward = backend.arena(place->bytes, shape.mirrored);
  place->backward = backend.arena(0, 0);
  place->windows = shape.windows;
  place->forward->set_windows(shape.windows);
  place->backward->set_windows(shape.windows);
  place->both = backend.arena(0, 0);
  place->both->set_windows(shape.windows, !shape.runs_again);
  place->next_mirror = static_cast<std::uint8_t*>(place->forward->host());
  std::uint8_t* at = registers_of(*place) + registers;
  for (TensorView seed : shape.seeds) {
    seed.data = at;
    at += mirrored_bytes(seed, shape.windows);
    place->seeds.push_back(seed);
  }
  place->gradients = reinterpret_cast<float*>(at);
  place->gradient_elements = shape.gradient_elements;
  const TensorView all = view_of(place->gradients, {1, shape.gradient_elements});
  backend.arena(0, 0)->run(
      {},
      [&] {
        backend.gradients()->columns(
            {.from = all, .to = all, .count = shape.gradient_elements, .scale = 0});
      },
      {});
  return place;
}

}  // namespace heddle::attention
