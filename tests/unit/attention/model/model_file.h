#pragma once
// A model file that lives as long as this object: a program and its tensors, in a temporary folder.

#include "attention/tensor/tensor.h"

#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace heddle::attention {

/// An f32 tensor with these values.
Tensor tensor_of(std::initializer_list<std::int64_t> shape, const std::vector<float>& values);

class ModelFile {
 public:
  ModelFile(const std::string& program, const std::map<std::string, TensorView>& tensors);
  ~ModelFile();
  ModelFile(const ModelFile&) = delete;
  ModelFile& operator=(const ModelFile&) = delete;

  std::string path() const { return (folder_ / "weights.safetensors").string(); }

 private:
  std::filesystem::path folder_;
};

/// The text of a model whose function `f` has these inputs and steps (JSON lists) and outputs "y".
std::string program_of(const std::string& inputs, const std::string& steps);

}  // namespace heddle::attention
