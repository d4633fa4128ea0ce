// The module lies beside the program, not beside this test.

#include <cstdlib>

namespace {

[[maybe_unused]] const int kChosen = setenv("HEDDLE_CUDA_MODULE", HEDDLE_CUDA_MODULE_FILE, 0);

}  // namespace
