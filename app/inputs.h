#pragma once
// Runs a command over its inputs, one after the other, and makes one exit code of it.

#include "app/command.h"

#include <cstddef>
#include <functional>
#include <span>
#include <string>

namespace heddle::app {

/// Of several inputs those that are not there, before work on the first is begun: throws
/// io::InputError. What is no file's name (addresses, numbered pictures) is not looked at.
void require_there(std::span<const std::string> inputs);

/// Calls run(i) for each input; false: it was stopped before the input's end. With one input its
/// error is thrown on. With several, an input that cannot be read is printed and the others go on:
/// the result is kSomeFailed (kInput when all failed). Other errors are thrown. Stops after an
/// interruption: 130 or 143, unless that came too late to leave anything undone.
int run_inputs(std::span<const std::string> inputs,
               const Session& session,
               const std::function<bool(std::size_t)>& run);

}  // namespace heddle::app
