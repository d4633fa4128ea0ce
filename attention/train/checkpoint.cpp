#include "attention/train/checkpoint.h"

#include "attention/memory/crc32.h"
#include "attention/train/training_error.h"
#include "attention/weights/safetensors.h"
#include "attention/weights/safetensors_writer.h"
#include "attention/weights/strict_json.h"

#include <nlohmann/json.hpp>

#include <array>
#include <utility>

namespace heddle::attention::train {
namespace {

constexpr char kKey[] = "heddle.checkpoint";
constexpr char kCarried[] = "carried";
constexpr int kVersion = 1;

struct Named {
  const char* name;
  std::vector<float> TrainingState::*array;
};
constexpr std::array<Named, 4> kArrays = {{{"values", &TrainingState::values},
                                           {"first", &TrainingState::first},
                                           {"second", &TrainingState::second},
                                           {"average", &TrainingState::average}}};

struct Counter {
  const char* name;
  std::int64_t TrainingState::*of;
};
constexpr std::array<Counter, 4> kCounters = {{{"step", &TrainingState::step},
                                               {"updates", &TrainingState::updates},
                                               {"skipped", &TrainingState::skipped},
                                               {"bad_in_a_row", &TrainingState::bad_in_a_row}}};

std::uint32_t sum_of(const TrainingState& state, const std::string& carried) {
  Crc32 sum;
  for (const Named& named : kArrays) {
    const std::vector<float>& array = state.*named.array;
    sum.add(array.data(), array.size() * sizeof(float));
  }
  for (const Counter& counter : kCounters) sum.add(&(state.*counter.of), sizeof(std::int64_t));
  sum.add(carried.data(), carried.size());
  return sum.value();
}

/// Of a mapped file: read only, though views do not say so.
std::vector<float> read_array(const Weights& file, const char* name) {
  const TensorView& view = file.tensor(name);
  if (view.rank != 1 || view.dtype != DType::kF32) {
    throw TrainingError(file.path() + ": '" + name + "' is " + describe(view) +
                        " and not a row of f32; this is no checkpoint of heddle train");
  }
  const float* first = view.as<float>();
  return {first, first + view.size()};
}

std::string read_carried(const Weights& file) {
  if (!file.contains(kCarried)) return {};
  const TensorView& view = file.tensor(kCarried);
  if (view.rank != 1 || view.dtype != DType::kU8) {
    throw TrainingError(file.path() + ": '" + kCarried + "' is " + describe(view) +
                        " and not a row of bytes; this is no checkpoint of heddle train");
  }
  return {static_cast<const char*>(view.data), static_cast<std::size_t>(view.size())};
}

std::int64_t number(const nlohmann::json& head, const char* name, const std::string& path) {
  const auto found = head.find(name);
  if (found != head.end() && found->is_number_integer() && found->get<std::int64_t>() >= 0) {
    return found->get<std::int64_t>();
  }
  throw TrainingError(path + ": its metadata has no number '" + name +
                      "'; start again without --resume");
}

}  // namespace

void save_checkpoint(const std::string& path,
                     const ParameterList& list,
                     const TrainingState& state,
                     const std::string& run,
                     const std::string& carried) {
  nlohmann::ordered_json head{{"version", kVersion},
                              {"fingerprint", list.fingerprint()},
                              {"crc", sum_of(state, carried)},
                              {"run", run}};
  for (const Counter& counter : kCounters) head[counter.name] = state.*counter.of;
  std::map<std::string, TensorView> tensors;
  for (const Named& named : kArrays) {
    const std::vector<float>& array = state.*named.array;
    // The writer only reads; views have no const form.
    tensors[named.name] =
        view_of(const_cast<float*>(array.data()), {static_cast<std::int64_t>(array.size())});
  }
  if (!carried.empty()) {
    tensors[kCarried] = view_of(const_cast<char*>(carried.data()),
                                DType::kU8,
                                std::vector{static_cast<std::int64_t>(carried.size())});
  }
  write_weights(path, tensors, {{kKey, head.dump()}});
}

LoadedCheckpoint load_checkpoint(const std::string& path, const ParameterList& list) {
  const Weights file(path);
  const auto text = file.metadata().find(kKey);
  if (text == file.metadata().end()) {
    throw TrainingError(path + ": is no checkpoint of heddle train (it has no " + kKey + ")");
  }
  const nlohmann::json head = parse_strict_json(text->second, path + ", " + kKey);
  if (!head.is_object()) throw TrainingError(path + ": its " + std::string(kKey) + " is no object");
  if (number(head, "version", path) != kVersion) {
    throw TrainingError(path + ": is of version " + std::to_string(number(head, "version", path)) +
                        ", this program reads " + std::to_string(kVersion));
  }
  if (number(head, "fingerprint", path) != list.fingerprint()) {
    throw TrainingError(path +
                        ": is of a model with other parameters; resume with the model it is of, or "
                        "write to another folder");
  }
  LoadedCheckpoint loaded;
  for (const Named& named : kArrays) loaded.state.*named.array = read_array(file, named.name);
  for (const Counter& counter : kCounters) {
    loaded.state.*counter.of = number(head, counter.name, path);
  }
  loaded.carried = read_carried(file);
  if (number(head, "crc", path) != sum_of(loaded.state, loaded.carried)) {
    throw TrainingError(path + ": is damaged (its check sum does not agree)");
  }
  if (head.contains("run") && head["run"].is_string()) loaded.run = head["run"];
  return loaded;
}

}  // namespace heddle::attention::train
