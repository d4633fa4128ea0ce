#include "app/inputs.h"

#include "app/exit_codes.h"
#include "app/report.h"
#include "io/error.h"
#include "io/formats/ffmpeg_address.h"
#include "io/formats/pictures.h"

#include <filesystem>

namespace heddle::app {
namespace {

bool is_missing(const std::string& input) {
  if (input == "-" || io::names_address(input) || io::without_number(input) != input) return false;
  std::error_code none;
  return !std::filesystem::exists(input, none);
}

}  // namespace

void require_there(std::span<const std::string> inputs) {
  if (inputs.size() < 2) return;  // it says so itself
  constexpr std::size_t kNamed = 5;
  std::string names;
  std::size_t missing = 0;
  for (const std::string& input : inputs) {
    if (!is_missing(input) || ++missing > kNamed) continue;
    names += (names.empty() ? "" : ", ") + input;
  }
  if (missing == 0) return;
  if (missing > kNamed) names += " and " + std::to_string(missing - kNamed) + " more inputs";
  throw io::InputError(names + ": no such file; nothing was begun");
}

int run_inputs(std::span<const std::string> inputs,
               const Session& session,
               const std::function<bool(std::size_t)>& run) {
  session.interrupt.heed();
  std::size_t failed = 0;
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    bool whole = false;
    try {
      whole = run(i);
    } catch (const io::InputError& error) {
      // A reader that was woken by a signal says so as an input error.
      const bool interrupted = session.interrupt.received() != 0;
      if (inputs.size() == 1 && !interrupted) throw;
      if (!interrupted) print_error(error.what());
      ++failed;
    }
    const int signal = session.interrupt.received();
    if (signal != 0 && (!whole || i + 1 < inputs.size())) return 128 + signal;
  }
  if (failed == 0) return kOk;
  return failed == inputs.size() ? kInput : kSomeFailed;
}

}  // namespace heddle::app
