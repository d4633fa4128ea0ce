#include "io/open_partials.h"

#include <sys/stat.h>
#include <unistd.h>

#include <map>
#include <mutex>

namespace heddle::io {
namespace {

struct Noted {
  std::mutex mutex;
  std::map<int, std::string> paths;  // by descriptor
};

Noted& noted() {
  static Noted made;
  return made;
}

}  // namespace

void note_partial(int descriptor, const std::string& path) {
  Noted& all = noted();
  const std::scoped_lock lock(all.mutex);
  all.paths[descriptor] = path;
}

void forget_partial(int descriptor) {
  Noted& all = noted();
  const std::scoped_lock lock(all.mutex);
  all.paths.erase(descriptor);
}

void remove_if_empty(const std::string& path, int descriptor) {
  struct stat status {};
  const bool empty = ::fstat(descriptor, &status) == 0 && status.st_size == 0;
  if (empty && name_leads_to(path, descriptor)) ::unlink(path.c_str());
}

void remove_empty_partials() {
  Noted& all = noted();
  const std::scoped_lock lock(all.mutex);
  for (const auto& [descriptor, path] : all.paths) remove_if_empty(path, descriptor);
}

bool name_leads_to(const std::string& path, int descriptor) {
  struct stat named {};
  struct stat opened {};
  return ::lstat(path.c_str(), &named) == 0 && ::fstat(descriptor, &opened) == 0 &&
         named.st_dev == opened.st_dev && named.st_ino == opened.st_ino;
}

}  // namespace heddle::io
