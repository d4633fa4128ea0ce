#include "app/backend_choice.h"

#include "app/exit_codes.h"

#include <algorithm>
#include <stdexcept>
#include <vector>

namespace heddle::app {

const attention::Backend& backend_named(const std::string& name) {
  std::vector<std::string> known = {"auto"};
  for (const auto& status : attention::backend_statuses()) known.push_back(status.name);
  if (std::find(known.begin(), known.end(), name) == known.end()) {
    std::string message = "-d " + name + ": no such back end; there are";
    for (const std::string& one : known) message += " " + one;
    throw CommandError(kUsage, message);
  }
  try {
    return attention::backend(name);
  } catch (const std::runtime_error& error) {
    throw CommandError(kResource, std::string("-d ") + name + ": " + error.what());
  }
}

}  // namespace heddle::app
