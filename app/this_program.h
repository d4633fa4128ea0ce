#pragma once
// The program that runs, for what lies beside it and for processes that are to run it again.
// HEDDLE_PROGRAM names it where the process's executable is not it: a bundle (configs/cmake) starts
// it through a loader of its own. Threads: any, while nobody changes the environment.

#include <filesystem>
#include <string>

namespace heddle::app {

/// What to execute. By default the very file that runs, also when another has its name meanwhile.
std::string this_program();
/// The folder that it lies in.
std::filesystem::path program_folder();

}  // namespace heddle::app
