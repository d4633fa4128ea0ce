#pragma once
// The boundary of the module: exceptions become a false and a line of text of the same thread, so
// that none crosses it.

#include <exception>
#include <string>

namespace heddle::attention::cuda {

std::string& last_error();  // of the calling thread

template <class Work>
bool guarded(Work work) {
  try {
    work();
    return true;
  } catch (const std::exception& error) {
    last_error() = error.what();
    return false;
  }
}

}  // namespace heddle::attention::cuda
