#pragma once
// The order in which a function that learns does its work, and which memory each value needs when.
// Forward runs all steps; backward walks them in reverse, running those of a checkpointed turn
// again just before it needs what they keep. A register's value is one version, written by one
// step; a version has a slot each time it is made, and its gradient has a slot of its own, shared
// along chains of `accumulate`, whose gradients are equal. Slots share storages only where the
// older one is not needed any more, so that backward always finds what it reads. Threads: plain
// values.
// Errors: none; the function was checked before.

#include "attention/model/function.h"

#include <vector>

namespace heddle::attention {

struct SlotTarget {
  int slot = -1;  // -1: not wanted
  bool add = false;
};

struct TrainingAction {
  bool backward = false;
  int step = 0;
  std::vector<int> inputs;  // slots; -1 where backward does not read it
  int base = -1;            // slot of what a forward adds to
  int output = -1;          // slot; -1 where backward does not read it
  int kept = -1;            // slot
  int out_gradient = -1;    // slot, of a backward
  int room = -1;            // slot of GradientCall::room
  std::vector<SlotTarget> input_gradients;
};

/// A value, its gradient, or what a step keeps; as large as one of a kind.
struct TrainingSlot {
  int value = -1;      // of the function, which tells the shape; or
  int kept_step = -1;  // the step whose LayerGradient::kept tells it
  int storage = -1;
};

struct TrainingSchedule {
  std::vector<TrainingAction> actions;
  std::size_t forwards = 0;  // actions of forward(); the others are backward()'s
  std::vector<TrainingSlot> slots;
  std::vector<Lifetime> storages;
  std::vector<int> input_slots;
  std::vector<int> output_slots;
  std::vector<SlotTarget> output_gradients;  // where backward() begins; -1: nothing learns from it
  std::vector<int> input_gradients;          // slots; -1: not wanted, or nothing flows there
};

struct TrainingScheduleOptions {
  bool checkpoint = false;
  std::vector<bool> wanted_inputs;  // whose gradients are wanted
  std::vector<bool> keeps;          // which steps keep something
};

TrainingSchedule schedule_training(const Function& function,
                                   const TrainingScheduleOptions& options);

}  // namespace heddle::attention
