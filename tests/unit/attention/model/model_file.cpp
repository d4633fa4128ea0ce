#include "tests/unit/attention/model/model_file.h"

#include "attention/weights/safetensors_writer.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <stdexcept>

namespace heddle::attention {

Tensor tensor_of(std::initializer_list<std::int64_t> shape, const std::vector<float>& values) {
  Tensor tensor(DType::kF32, shape);
  if (tensor.view().size() != static_cast<std::int64_t>(values.size())) {
    throw std::invalid_argument("tensor_of: as many values as elements");
  }
  std::copy(values.begin(), values.end(), tensor.view().as<float>());
  return tensor;
}

ModelFile::ModelFile(const std::string& program, const std::map<std::string, TensorView>& tensors) {
  std::string name = ::testing::TempDir() + "heddle-model-XXXXXX";
  if (!::mkdtemp(name.data())) throw std::runtime_error("no temporary folder at " + name);
  folder_ = name;
  write_weights(path(), tensors, {{"heddle.model", program}});
}

ModelFile::~ModelFile() { std::filesystem::remove_all(folder_); }

std::string program_of(const std::string& inputs, const std::string& steps) {
  return R"({"version": 1, "name": "test", "kind": "genes", "functions": {"f": {"inputs": )" +
         inputs + R"(, "outputs": ["y"], "steps": )" + steps + "}}}";
}

}  // namespace heddle::attention
