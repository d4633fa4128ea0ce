#include "attention/model/training_memory.h"

namespace heddle::attention {

TrainingMemory::TrainingMemory(const std::vector<MemorySpec>& specs, int segments) {
  for (const MemorySpec& spec : specs) {
    Layer& layer = layers_.emplace_back();
    layer.memory = std::make_unique<RollingMemory>(spec);
    layer.tape = std::make_unique<MemoryTape>(*layer.memory, segments);
  }
}

std::int64_t TrainingMemory::length() const {
  return layers_.empty() ? 0 : layers_.front().memory->length();
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

MemoryTape& TrainingMemory::tape(std::size_t layer) {
  layers_[layer].walk.reset();
  return *layers_[layer].tape;
}

MemoryBackward& TrainingMemory::walk(std::size_t layer) {
  Layer& one = layers_[layer];
  if (!one.walk) one.walk = std::make_unique<MemoryBackward>(*one.tape);
  return *one.walk;
}

}  // namespace heddle::attention
