// THE LIST of back ends, best first. To add one: a folder that answers for itself in entries.h, and
// a row here.

#include "attention/backend/entries.h"

#include <array>
#include <stdexcept>

namespace heddle::attention {
namespace {

struct Row {
  BackendStatus (*status)();
  const Backend& (*get)();
};

constexpr std::array kRows = {
    Row{cuda_status, cuda_backend},
    Row{cuda_f32_status, cuda_f32_backend},
    Row{cpu_status, cpu_backend},
    Row{cpu_bf16_status, cpu_bf16_backend},
    Row{reference_status, reference_backend},
};

std::string names() {
  std::string text = "auto";
  for (const BackendStatus& status : backend_statuses()) text += ", " + status.name;
  return text;
}

}  // namespace

std::span<const BackendStatus> backend_statuses() {
  static const auto statuses = [] {
    std::array<BackendStatus, kRows.size()> all;
    for (std::size_t i = 0; i < kRows.size(); ++i) all[i] = kRows[i].status();
    return all;
  }();
  return statuses;
}

const Backend& backend(std::string_view name) {
  const auto statuses = backend_statuses();
  for (std::size_t i = 0; i < kRows.size(); ++i) {
    const bool wanted =
        name == "auto" ? statuses[i].available && statuses[i].automatic : name == statuses[i].name;
    if (!wanted) continue;
    if (!statuses[i].available) {
      throw std::runtime_error("back end '" + std::string(name) +
                               "' cannot run here: " + statuses[i].detail);
    }
    return kRows[i].get();
  }
  throw std::runtime_error("no back end is called '" + std::string(name) + "'; choose one of " +
                           names());
}

}  // namespace heddle::attention
