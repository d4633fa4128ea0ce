#include "app/inputs.h"

#include "app/exit_codes.h"
#include "app/report.h"
#include "io/error.h"

namespace heddle::app {

int run_inputs(std::span<const std::string> inputs,
               const Session& session,
               const std::function<void(const std::string&)>& run) {
  std::size_t failed = 0;
  for (const std::string& input : inputs) {
    try {
      run(input);
    } catch (const io::InputError& error) {
      if (inputs.size() == 1) throw;
      print_error(error.what());
      ++failed;
    }
    if (const int signal = session.interrupt.received()) return 128 + signal;
  }
  if (failed == 0) return kOk;
  return failed == inputs.size() ? kInput : kSomeFailed;
}

}  // namespace heddle::app
