#include "attention/backend/backend.h"
#include "attention/model/model.h"
#include "attention/model/program.h"
#include "attention/weights/safetensors_writer.h"
#include "attention/weights/weights_error.h"
#include "tests/fuzz/memory_file.h"

#include <algorithm>
#include <cctype>
#include <cstdint>
#include <stdexcept>

namespace {

/// A model file with this program and one tensor, "w.weight" of 2 x 2.
std::string model_file(const std::string& program) {
  float values[] = {1, 2, 3, 4};
  return heddle::attention::weights_bytes(
      {{"w.weight", heddle::attention::view_of(values, {2, 2})}}, {{"heddle.model", program}});
}

/// A sound program may ask for much memory; one without long numbers does not.
bool is_small(const std::string& program) {
  int digits = 0;
  return std::none_of(program.begin(), program.end(), [&](unsigned char c) {
    digits = std::isdigit(c) != 0 ? digits + 1 : 0;
    return digits > 1;
  });
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace heddle::attention;
  const std::string program(reinterpret_cast<const char*>(data), size);
  try {
    parse_model(program, "fuzz");
    if (!is_small(program)) return 0;
    const heddle::MemoryFile file(model_file(program));
    const Model model = Model::load(file.path(), backend("reference"));
    for (const std::string& function : model.info().functions) {
      Workspace work = model.make_workspace(function);
      MemorySet memory = model.make_memory(function);
      model.run(work, &memory);
    }
  } catch (const WeightsError&) {
    return 0;
  } catch (const std::invalid_argument&) {
    return 0;
  }
  return 0;
}
