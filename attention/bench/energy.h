#pragma once
// Joules that this machine has used so far, from the counters it has: RAPL of the processor's
// packages (Linux, /sys/class/powercap) and NVML of NVIDIA's GPUs (opened at run time). They count
// everything that runs on the machine, not this process alone. Threads: one caller at a time.
// Nothing throws: what is absent or may not be read says why.

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

namespace heddle::attention::bench {

/// A counter that begins anew after `range` microjoules.
struct EnergyCounter {
  std::filesystem::path file;
  std::uint64_t range = 0;
  std::uint64_t last = 0;
};

class EnergyMeter {
 public:
  /// Reads the packages under `powercap`, and GPUs where `gpus`.
  explicit EnergyMeter(const std::filesystem::path& powercap = "/sys/class/powercap",
                       bool gpus = true);
  ~EnergyMeter();
  EnergyMeter(const EnergyMeter&) = delete;
  EnergyMeter& operator=(const EnergyMeter&) = delete;

  bool present() const { return !counters_.empty() || gpus_ != nullptr; }
  /// What is counted ("2 processor packages (RAPL)"), or why nothing is.
  const std::string& says() const { return says_; }
  /// Joules since the meter was made; 0 where nothing is counted. Call at least once a minute:
  /// a counter that went around twice cannot be told.
  double joules();

 private:
  struct Gpus;
  void find_packages(const std::filesystem::path& powercap);

  std::vector<EnergyCounter> counters_;
  std::unique_ptr<Gpus> gpus_;
  std::string says_;
  double joules_ = 0;
};

/// The meter of this machine.
EnergyMeter& machine_energy();

}  // namespace heddle::attention::bench
