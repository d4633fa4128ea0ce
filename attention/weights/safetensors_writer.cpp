#include "attention/weights/safetensors_writer.h"

#include "attention/weights/safetensors.h"
#include "attention/weights/weights_error.h"

#include <fcntl.h>
#include <nlohmann/json.hpp>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <vector>

namespace heddle::attention {
namespace {

using Named = std::pair<std::string, TensorView>;

std::string_view file_name_of(DType dtype) {
  switch (dtype) {
    case DType::kF64:
      return "F64";
    case DType::kF32:
      return "F32";
    case DType::kBF16:
      return "BF16";
    case DType::kF16:
      return "F16";
    case DType::kI64:
      return "I64";
    case DType::kI32:
      return "I32";
    case DType::kU8:
      return "U8";
  }
  throw std::invalid_argument("write_weights: unknown dtype");
}

std::vector<Named> in_file_order(const std::map<std::string, TensorView>& tensors) {
  std::vector<Named> order(tensors.begin(), tensors.end());
  std::stable_sort(order.begin(), order.end(), [](const Named& a, const Named& b) {
    return size_of(a.second.dtype) > size_of(b.second.dtype);
  });
  return order;
}

std::string header_of(const std::vector<Named>& order,
                      const std::map<std::string, std::string>& metadata) {
  nlohmann::json header = nlohmann::json::object();
  if (!metadata.empty()) header["__metadata__"] = metadata;
  std::uint64_t at = 0;
  for (const auto& [name, view] : order) {
    const auto rank = static_cast<std::size_t>(view.rank);
    const std::uint64_t bytes = static_cast<std::uint64_t>(view.size()) * size_of(view.dtype);
    header[name] = {{"dtype", file_name_of(view.dtype)},
                    {"shape", std::vector(view.shape.begin(), view.shape.begin() + rank)},
                    {"data_offsets", {at, at + bytes}}};
    at += bytes;
  }
  std::string text = header.dump();
  text.append((8 - text.size() % 8) % 8, ' ');
  if (text.size() > kMaxWeightsHeader) {
    throw WeightsError("write_weights: the header would have " + std::to_string(text.size()) +
                       " bytes, the limit is " + std::to_string(kMaxWeightsHeader));
  }
  return text;
}

void append_data(std::string& bytes, const TensorView& view) {
  if (view.contiguous()) {
    bytes.append(static_cast<const char*>(view.data),
                 static_cast<std::size_t>(view.size()) * size_of(view.dtype));
    return;
  }
  for (std::int64_t i = 0; i < view.shape[0]; ++i) append_data(bytes, view.at(0, i));
}

/// A temporary beside its target; removed unless it was published.
class Temporary {
 public:
  explicit Temporary(const std::string& target)
      : target_(target), path_(target + ".partial-" + std::to_string(::getpid())) {
    fd_ = ::open(path_.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    if (fd_ < 0) refuse("create");
  }
  ~Temporary() {
    if (fd_ >= 0) ::close(fd_);
    if (!published_) ::unlink(path_.c_str());
  }
  Temporary(const Temporary&) = delete;
  Temporary& operator=(const Temporary&) = delete;

  void write(std::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t n = ::write(fd_, bytes.data(), bytes.size());
      if (n < 0 && errno == EINTR) continue;
      if (n <= 0) refuse("write");
      bytes.remove_prefix(static_cast<std::size_t>(n));
    }
  }

  void publish() {
    if (::fsync(fd_) != 0) refuse("sync");
    if (::rename(path_.c_str(), target_.c_str()) != 0) refuse("rename");
    published_ = true;
    sync_folder();
  }

 private:
  void sync_folder() {
    const auto parent = std::filesystem::path(target_).parent_path();
    const std::string folder = parent.empty() ? "." : parent.string();
    const int fd = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) refuse("open the folder");
    const int failed = ::fsync(fd);
    ::close(fd);
    if (failed != 0) refuse("sync the folder");
  }

  [[noreturn]] void refuse(const std::string& verb) const {
    const std::string reason = std::strerror(errno);
    throw WeightsError(target_ + ": cannot " + verb + ": " + reason);
  }

  std::string target_;
  std::string path_;
  int fd_ = -1;
  bool published_ = false;
};

}  // namespace

std::string weights_bytes(const std::map<std::string, TensorView>& tensors,
                          const std::map<std::string, std::string>& metadata) {
  const std::vector<Named> order = in_file_order(tensors);
  const std::string header = header_of(order, metadata);
  std::string bytes;
  for (std::size_t i = 0; i < 8; ++i) {
    bytes.push_back(static_cast<char>(std::uint64_t{header.size()} >> (8 * i) & 0xff));
  }
  bytes += header;
  for (const auto& [name, view] : order) append_data(bytes, view);
  return bytes;
}

void write_weights(const std::string& path,
                   const std::map<std::string, TensorView>& tensors,
                   const std::map<std::string, std::string>& metadata) {
  const std::string bytes = weights_bytes(tensors, metadata);
  Temporary file(path);
  file.write(bytes);
  file.publish();
}

}  // namespace heddle::attention
