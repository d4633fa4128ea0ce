#pragma once
// What training changes: named f32 tensors in the order of their names, all in one block of memory,
// so that an optimiser is one loop over flat(). Tensors start at multiples of 16 elements; what
// lies between them is zero in Parameters and in Gradients alike, and stays so.
//
// Threads: reading is safe from any thread, writing is the caller's to order. Ownership: owns its
// memory; Gradients and further Gradients-like state (moments, averages) share the layout and
// outlive the Parameters they were made from. Errors: std::invalid_argument naming the tensor;
// saving throws WeightsError.
//
//   Parameters parameters(Weights("weights.safetensors"));
//   parameters.set_trainable("emb.", false);
//   Gradients gradients(parameters);             // zeros
//   ...                                          // TrainingFunction::backward adds to them
//   for (std::size_t i = 0; i < parameters.count(); ++i) {
//     if (parameters.info(i).trainable) step(parameters.at(i), gradients.at(i));
//   }
//   parameters.save("trained.safetensors", DType::kF16);

#include "attention/model/program.h"
#include "attention/tensor/tensor.h"
#include "attention/weights/safetensors.h"

#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace heddle::attention {

struct ParameterInfo {
  std::string name;
  std::vector<std::int64_t> shape;
  bool trainable = true;
  std::int64_t offset = 0;  // of its first element in flat(), in elements
  std::int64_t size = 0;    // elements
};

/// Tensors of one layout, in the order of their names, in one block of memory, zero at first.
class ParameterBlock {
 public:
  using Layout = std::vector<ParameterInfo>;

  explicit ParameterBlock(std::shared_ptr<const Layout> layout);

  /// Tensors.
  std::size_t count() const { return layout_->size(); }
  const ParameterInfo& info(std::size_t i) const { return (*layout_)[i]; }
  /// Contiguous f32 of info(i).shape.
  TensorView at(std::size_t i) const;
  TensorView at(std::string_view name) const { return at(index(name)); }
  /// Which tensor has this name; throws when there is none.
  std::size_t index(std::string_view name) const;
  bool contains(std::string_view name) const;
  /// All elements, gaps included.
  std::span<float> flat() const;
  /// Elements of all tensors, of the trainable ones.
  std::int64_t elements() const;
  std::int64_t trainable_elements() const;
  const std::shared_ptr<const Layout>& layout() const { return layout_; }

 protected:
  std::shared_ptr<const Layout> layout_;
  Tensor values_;
};

/// A tensor that a model is to have.
struct ParameterShape {
  std::string name;
  std::vector<std::int64_t> shape;
};

class Parameters final : public ParameterBlock {
 public:
  /// All tensors of a file as f32, and its metadata.
  explicit Parameters(const Weights& weights);
  /// Zeros, for a model that is yet to be trained; `metadata` must hold "heddle.model" where it is
  /// to be saved as a model. Throws where two have one name.
  Parameters(std::span<const ParameterShape> shapes, std::map<std::string, std::string> metadata);

  /// Trainable or not: all tensors whose name begins with `prefix`; throws when there are none.
  /// Gradients made before do not see it; backward() does.
  void set_trainable(std::string_view prefix, bool trainable);

  const std::map<std::string, std::string>& metadata() const { return metadata_; }
  void set_metadata(const std::string& key, std::string value) {
    metadata_[key] = std::move(value);
  }

  /// Writes a model file with this metadata; f32, f16 or bf16, rounded to nearest even. Whole or
  /// not at all. Throws where a value does not fit (f16: beyond 65504) or is not a number.
  void save(const std::string& path, DType dtype = DType::kF32) const;
  /// The same values, trainability and metadata (an average to be, a copy to try on).
  Parameters clone() const;

 private:
  Parameters(std::shared_ptr<const Layout> layout, std::map<std::string, std::string> metadata);

  std::map<std::string, std::string> metadata_;
};

/// The same names and shapes, zero at first.
class Gradients final : public ParameterBlock {
 public:
  explicit Gradients(const Parameters& of);
  void set_zero();
};

/// What the metadata "heddle.model" says; `where` (a path) leads messages. Throws WeightsError.
ModelSpec model_spec(const Parameters& parameters, const std::string& where);

}  // namespace heddle::attention
