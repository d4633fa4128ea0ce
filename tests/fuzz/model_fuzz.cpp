#include "attention/model/program.h"
#include "attention/weights/weights_error.h"

#include <cstdint>
#include <string>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  try {
    heddle::attention::parse_model(std::string(reinterpret_cast<const char*>(data), size), "fuzz");
  } catch (const heddle::attention::WeightsError&) {
    return 0;
  }
  return 0;
}
