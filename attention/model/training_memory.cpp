#include "attention/model/training_memory.h"

namespace heddle::attention {
namespace {

Tensor like(const TensorView& shape) {
  if (shape.rank == 0) return {};
  return {DType::kF32, std::span(shape.shape.data(), static_cast<std::size_t>(shape.rank))};
}

}  // namespace

TrainingMemory::TrainingMemory(const std::vector<MemorySpec>& specs, int segments) {
  for (MemorySpec spec : specs) {
    Layer& layer = layers_.emplace_back();
    layer.weights = {like(spec.compressed.keys), like(spec.compressed.values)};
    layer.unwanted = {like(spec.compressed.keys), like(spec.compressed.values)};
    spec.compressed.keys = layer.weights[0].view();
    spec.compressed.values = layer.weights[1].view();
    layer.memory = std::make_unique<RollingMemory>(spec);
    layer.tape = std::make_unique<MemoryTape>(*layer.memory, segments);
  }
}

std::int64_t TrainingMemory::length() const {
  return layers_.empty() ? 0 : layers_.front().memory->length();
}

std::size_t TrainingMemory::bytes() const {
  std::size_t all = 0;
  for (const Layer& layer : layers_) all += layer.memory->spec().bytes();
  return all;
}

void TrainingMemory::cut() {
  for (Layer& layer : layers_) {
    layer.walk.reset();
    layer.tape->cut();
  }
}

void TrainingMemory::reset() {
  for (Layer& layer : layers_) {
    layer.walk.reset();
    layer.tape->reset();
  }
}

void TrainingMemory::save(std::ostream& to) const {
  for (const Layer& layer : layers_) layer.memory->save(to);
}

void TrainingMemory::restore(std::istream& from) {
  reset();
  try {
    for (Layer& layer : layers_) layer.memory->restore(from);
  } catch (...) {
    reset();
    throw;
  }
}

MemoryTape& TrainingMemory::tape(std::size_t layer) {
  layers_[layer].walk.reset();
  return *layers_[layer].tape;
}

MemoryBackward& TrainingMemory::walk(std::size_t layer,
                                     const std::array<TensorView, 2>& compression) {
  Layer& one = layers_[layer];
  if (!one.walk) {
    const auto wanted = [&](std::size_t i) {
      return compression[i].empty() ? one.unwanted[i].view() : compression[i];
    };
    one.walk = std::make_unique<MemoryBackward>(
        *one.tape, MemoryBackward::CompressionWeights{wanted(0), wanted(1)});
  }
  return *one.walk;
}

}  // namespace heddle::attention
