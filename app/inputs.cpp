#include "app/inputs.h"

#include "app/exit_codes.h"
#include "app/report.h"
#include "io/error.h"

namespace heddle::app {

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
