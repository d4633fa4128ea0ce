#include "attention/bench/energy.h"

#include <dlfcn.h>

#include <algorithm>
#include <fstream>
#include <optional>
#include <system_error>

namespace heddle::attention::bench {
namespace {

std::optional<std::uint64_t> number_in(const std::filesystem::path& file) {
  std::ifstream from(file);
  std::uint64_t value = 0;
  if (from >> value) return value;
  return std::nullopt;
}

/// "intel-rapl:0" is a package (AMD's too), "intel-rapl:0:1" a part of it that counts again.
bool is_package(const std::string& name) {
  constexpr std::string_view kPrefix = "intel-rapl:";
  return name.starts_with(kPrefix) && name.find(':', kPrefix.size()) == std::string::npos;
}

}  // namespace

/// NVML's functions, by the names and types of its documented interface.
struct EnergyMeter::Gpus {
  using Device = void*;
  using Init = int (*)();
  using Count = int (*)(unsigned*);
  using Handle = int (*)(unsigned, Device*);
  using Energy = int (*)(Device, unsigned long long*);  // millijoules

  ~Gpus() {
    if (library != nullptr) ::dlclose(library);
  }
  /// Whether there is a GPU that counts.
  bool open() {
    library = ::dlopen("libnvidia-ml.so.1", RTLD_NOW | RTLD_LOCAL);
    if (library == nullptr) return false;
    const auto init = reinterpret_cast<Init>(::dlsym(library, "nvmlInit_v2"));
    const auto count = reinterpret_cast<Count>(::dlsym(library, "nvmlDeviceGetCount_v2"));
    const auto handle = reinterpret_cast<Handle>(::dlsym(library, "nvmlDeviceGetHandleByIndex_v2"));
    energy = reinterpret_cast<Energy>(::dlsym(library, "nvmlDeviceGetTotalEnergyConsumption"));
    unsigned found = 0;
    if (!init || !count || !handle || !energy || init() != 0 || count(&found) != 0) return false;
    for (unsigned i = 0; i < found; ++i) {
      Device device = nullptr;
      unsigned long long now = 0;
      if (handle(i, &device) == 0 && energy(device, &now) == 0) {
        devices.push_back(device);
        last.push_back(now);
      }
    }
    return !devices.empty();
  }
  double joules_since() {
    double joules = 0;
    for (std::size_t i = 0; i < devices.size(); ++i) {
      unsigned long long now = 0;
      if (energy(devices[i], &now) != 0) continue;
      joules += static_cast<double>(now - last[i]) * 1e-3;
      last[i] = now;
    }
    return joules;
  }

  void* library = nullptr;
  Energy energy = nullptr;
  std::vector<Device> devices;
  std::vector<unsigned long long> last;
};

EnergyMeter::EnergyMeter(const std::filesystem::path& powercap, bool gpus) {
  find_packages(powercap);
  if (!gpus) return;
  auto found = std::make_unique<Gpus>();
  if (!found->open()) {
    if (counters_.empty()) says_ += "; no NVIDIA GPU that counts (NVML)";
    return;
  }
  const std::string count = std::to_string(found->devices.size()) + " GPUs (NVML)";
  says_ = counters_.empty() ? count : says_ + ", " + count;
  gpus_ = std::move(found);
}

EnergyMeter::~EnergyMeter() = default;

void EnergyMeter::find_packages(const std::filesystem::path& powercap) {
  std::error_code error;
  std::size_t locked = 0;
  for (const auto& entry : std::filesystem::directory_iterator(powercap, error)) {
    if (!is_package(entry.path().filename().string())) continue;
    EnergyCounter counter{.file = entry.path() / "energy_uj"};
    const auto now = number_in(counter.file);
    if (!now) {
      ++locked;
      continue;
    }
    counter.range = number_in(entry.path() / "max_energy_range_uj").value_or(0);
    counter.last = *now;
    counters_.push_back(std::move(counter));
  }
  if (!counters_.empty()) {
    says_ = std::to_string(counters_.size()) + " processor packages (RAPL)";
  } else if (locked > 0) {
    says_ = "energy_uj under " + powercap.string() + " may not be read; run as root for RAPL";
  } else {
    says_ = "no RAPL counters under " + powercap.string();
  }
}

double EnergyMeter::joules() {
  for (EnergyCounter& counter : counters_) {
    const auto now = number_in(counter.file);
    if (!now) continue;
    const bool around = *now < counter.last;
    const std::uint64_t used =
        around ? counter.range - std::min(counter.range, counter.last) + *now : *now - counter.last;
    joules_ += static_cast<double>(used) * 1e-6;
    counter.last = *now;
  }
  if (gpus_) joules_ += gpus_->joules_since();
  return joules_;
}

EnergyMeter& machine_energy() {
  static EnergyMeter meter;
  return meter;
}

}  // namespace heddle::attention::bench
