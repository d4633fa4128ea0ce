#pragma once
// The back end that -d names.

#include "attention/backend/backend.h"

#include <string>

namespace heddle::app {

/// Throws CommandError: usage where there is no such name, resource where it cannot run.
const attention::Backend& backend_named(const std::string& name);

}  // namespace heddle::app
