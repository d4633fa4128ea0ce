#include "attention/train/device_arrays.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <utility>

namespace heddle::attention::train {
namespace {

std::vector<UpdateChunk> chunks_of(const std::vector<PlacedSlot>& slots) {
  std::vector<UpdateChunk> chunks;
  for (std::size_t tensor = 0; tensor < slots.size(); ++tensor) {
    const PlacedSlot& slot = slots[tensor];
    for (std::int64_t at = 0; at < slot.count; at += kUpdateChunk) {
      const auto count = std::min<std::int64_t>(kUpdateChunk, slot.count - at);
      chunks.push_back({.begin = slot.in_block + at,
                        .count = static_cast<std::int32_t>(count),
                        .tensor = static_cast<std::int32_t>(tensor),
                        .decays = slot.decays ? 1 : 0});
    }
  }
  return chunks;
}

/// One block of memory, the same on either side; in bytes.
struct Layout {
  static constexpr std::size_t kArrays = 4;  // values, first, second, average

  std::size_t array, squares, chunks, scalars, learned, seen, bytes;

  Layout(std::int64_t block, std::size_t chunk_count, std::size_t tensors) {
    array = device_aligned(static_cast<std::size_t>(block) * sizeof(float));
    squares = kArrays * array;
    chunks = squares + device_aligned(chunk_count * sizeof(double));
    scalars = chunks + device_aligned(chunk_count * sizeof(UpdateChunk));
    learned = scalars + device_aligned(sizeof(UpdateScalars));
    seen = learned + device_aligned(tensors);
    bytes = seen + device_aligned(tensors);
  }
};

UpdateScalars scalars_of(const AdamW& settings, const AdamStep& step, double keep_average) {
  const auto t = static_cast<double>(step.number);
  return {.rate = static_cast<float>(step.rate),
          .scale = static_cast<float>(step.scale),
          .beta1 = static_cast<float>(settings.beta1),
          .beta2 = static_cast<float>(settings.beta2),
          .first_scale = static_cast<float>(1 / (1 - std::pow(settings.beta1, t))),
          .second_scale = static_cast<float>(1 / (1 - std::pow(settings.beta2, t))),
          .epsilon = static_cast<float>(settings.epsilon),
          .decay = static_cast<float>(settings.decay),
          .kept = static_cast<float>(keep_average),
          .taken = static_cast<float>(1 - keep_average)};
}

class DeviceArrays final : public StepArrays {
 public:
  DeviceArrays(const Backend& backend, DeviceArraysSetting setting)
      : ops_(*backend.gradients()),
        setting_(std::move(setting)),
        chunks_(chunks_of(setting_.slots)),
        layout_(setting_.block, chunks_.size(), setting_.slots.size()),
        load_(backend.arena(layout_.bytes, layout_.bytes)) {
    for (auto* line : {&store_, &norm_, &step_, &drop_, &values_, &average_}) {
      *line = backend.arena(0, 0);
    }
    std::memset(load_->host(), 0, layout_.bytes);
    std::copy(chunks_.begin(), chunks_.end(), host<UpdateChunk>(layout_.chunks));
    args_ = {.chunks = device<UpdateChunk>(layout_.chunks),
             .count = static_cast<std::int64_t>(chunks_.size()),
             .tensors = static_cast<std::int64_t>(setting_.slots.size()),
             .gradient = setting_.gradient,
             .values = device<float>(0),
             .first = device<float>(layout_.array),
             .second = device<float>(2 * layout_.array),
             .average = device<float>(3 * layout_.array),
             .given = setting_.given,
             .seen = device<std::uint8_t>(layout_.seen),
             .learned = device<std::uint8_t>(layout_.learned),
             .squares = device<double>(layout_.squares),
             .scalars = device<UpdateScalars>(layout_.scalars),
             .bfloat16 = setting_.bfloat16};
  }

  void load(const TrainingState& state) override {
    for_arrays(state, [&](const std::vector<float>& array, float* block) {
      for (const PlacedSlot& slot : setting_.slots) {
        std::copy_n(array.data() + slot.in_list, slot.count, block + slot.in_block);
      }
    });
    auto* learned = host<std::uint8_t>(layout_.learned);
    for (std::size_t i = 0; i < setting_.slots.size(); ++i) {
      const PlacedSlot& slot = setting_.slots[i];
      const auto any = [&](const std::vector<float>& array) {
        const float* from = array.data() + slot.in_list;
        return std::any_of(from, from + slot.count, [](float x) { return x != 0; });
      };
      learned[i] = any(state.first) || any(state.second) ? 1 : 0;
    }
    const DeviceCopy all = copy(0, layout_.bytes);
    load_->run({&all, 1}, [] {}, {});
    give(*values_, false);
    drop();
  }

  void store(TrainingState& state) override {
    const DeviceCopy all = copy(0, Layout::kArrays * layout_.array);
    store_->run({}, [] {}, {&all, 1});
    for_arrays(state, [&](std::vector<float>& array, const float* block) {
      for (const PlacedSlot& slot : setting_.slots) {
        std::copy_n(block + slot.in_block, slot.count, array.data() + slot.in_list);
      }
    });
  }

  void train(std::span<const SampleKey> keys, std::span<SampleLoss> losses) override {
    if (std::exchange(average_given_, false)) give(*values_, false);
    setting_.train(keys, losses);
  }

  double norm() override {
    const DeviceCopy back = copy(layout_.squares, chunks_.size() * sizeof(double));
    norm_->run({}, [&] { ops_.updates()->squares(args_); }, {&back, 1});
    const auto* squares = host<double>(layout_.squares);
    double sum = 0;
    for (std::size_t i = 0; i < chunks_.size(); ++i) sum += squares[i];
    return std::sqrt(sum);
  }

  void step(const AdamW& settings, const AdamStep& step, double keep_average) override {
    *host<UpdateScalars>(layout_.scalars) = scalars_of(settings, step, keep_average);
    const DeviceCopy scalars = copy(layout_.scalars, sizeof(UpdateScalars));
    step_->run({&scalars, 1}, [&] { ops_.updates()->step(args_); }, {});
  }

  void drop() override {
    const TensorView all = view_of(setting_.gradient, {1, setting_.block});
    const ColumnsArgs zeros{.from = all, .to = all, .count = setting_.block, .scale = 0};
    drop_->run({}, [&] { ops_.columns(zeros); }, {});
  }

  void give_average() override {
    give(*average_, true);
    average_given_ = true;
  }

 private:
  template <class T>
  T* host(std::size_t at) const {
    return reinterpret_cast<T*>(static_cast<std::uint8_t*>(load_->host()) + at);
  }
  template <class T>
  T* device(std::size_t at) const {
    return reinterpret_cast<T*>(static_cast<std::uint8_t*>(load_->data()) + at);
  }
  DeviceCopy copy(std::size_t at, std::size_t bytes) const {
    return {host<std::uint8_t>(at), device<std::uint8_t>(at), bytes};
  }
  void give(DeviceArena& line, bool average) const {
    line.run({}, [&] { ops_.updates()->give(args_, average); }, {});
  }
  /// body(array of the state, its block on the host).
  template <class State, class Body>
  void for_arrays(State& state, const Body& body) const {
    const std::array arrays = {&state.values, &state.first, &state.second, &state.average};
    for (std::size_t i = 0; i < arrays.size(); ++i) {
      body(*arrays[i], host<float>(i * layout_.array));
    }
  }

  const GradientOps& ops_;
  const DeviceArraysSetting setting_;
  const std::vector<UpdateChunk> chunks_;
  const Layout layout_;
  UpdateArgs args_;
  const std::unique_ptr<DeviceArena> load_;  // its memory is all lines'
  std::unique_ptr<DeviceArena> store_, norm_, step_, drop_, values_, average_;
  bool average_given_ = false;
};

}  // namespace

std::unique_ptr<StepArrays> make_device_arrays(const Backend& backend,
                                               DeviceArraysSetting setting) {
  return std::make_unique<DeviceArrays>(backend, std::move(setting));
}

}  // namespace heddle::attention::train
