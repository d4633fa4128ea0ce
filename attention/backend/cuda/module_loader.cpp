#include "attention/backend/cuda/module_loader.h"

#include <dlfcn.h>

#include <array>
#include <cstdlib>
#include <filesystem>
#include <stdexcept>

namespace heddle::attention::cuda {
namespace {

std::filesystem::path module_path() {
  if (const char* given = std::getenv("HEDDLE_CUDA_MODULE"); given && *given) return given;
  std::error_code error;
  const auto program = std::filesystem::read_symlink("/proc/self/exe", error);
  return program.parent_path() / kModuleFile;
}

LoadedModule refused(std::string reason) {
  LoadedModule none;
  none.reason = std::move(reason);
  return none;
}

LoadedModule load() {
  const std::filesystem::path path = module_path();
  std::error_code error;
  if (!std::filesystem::exists(path, error)) {
    return refused("no module at " + path.string() + "; use the cpu back end");
  }
  void* library = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (!library) return refused(std::string("the module does not open: ") + dlerror());
  const auto entry = reinterpret_cast<const ModuleApi* (*)()>(dlsym(library, kModuleEntry));
  if (!entry) return refused(path.string() + " is no module of this program");
  const ModuleApi* api = entry();
  if (api->version != kModuleVersion) {
    return refused(path.string() + " has version " + std::to_string(api->version) +
                   ", this program needs " + std::to_string(kModuleVersion) +
                   "; install both from one build");
  }
  std::array<char, 256> text{};
  if (!api->describe(text.data(), text.size())) return refused(api->error());
  LoadedModule module;
  module.api = api;
  module.device = text.data();
  return module;
}

}  // namespace

const LoadedModule& loaded_module() {
  static const LoadedModule module = load();
  return module;
}

void require(bool succeeded, const ModuleApi& api) {
  if (!succeeded) throw std::runtime_error(api.error());
}

}  // namespace heddle::attention::cuda
