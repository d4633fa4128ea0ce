#include "io/format.h"
#include "io/gzip_input.h"

#include <algorithm>
#include <vector>

namespace heddle::io {
namespace {

// THE LIST, ordered as sniffed: magic numbers before text, strict text before lenient text.
const std::vector<Format>& rows() {
  static const std::vector<Format> list = {
      // Video: rows of io/formats/ffmpeg*, mot*, jsonl* and video_overlay* stand here.

      // Sequences.
  };
  return list;
}

std::vector<FormatInfo> list_infos() {
  std::vector<FormatInfo> infos;
  for (const Format& format : rows()) {
    infos.push_back(format.info);
    infos.back().reads = format.open_source != nullptr;
    infos.back().writes = format.open_sink != nullptr;
  }
  return infos;
}

template <typename Wanted>
std::string names(Wanted wanted) {
  std::string text;
  for (const Format& format : rows()) {
    if (wanted(format)) text += (text.empty() ? "" : ", ") + format.info.name;
  }
  return text;
}

}  // namespace

std::span<const FormatInfo> formats() {
  static const std::vector<FormatInfo> infos = list_infos();
  return infos;
}

std::unique_ptr<Source> open_source(const std::string& uri, const SourceOptions& options) {
  auto input = PeekedInput::open(uri);
  if (input->head().empty()) throw InputError(input->name() + " is empty");
  const std::string content = content_head(input->head());
  const Head head{{reinterpret_cast<const char*>(input->head().data()), input->head().size()},
                  content};
  const std::string name = input->name();
  for (const Format& format : rows()) {
    if (format.sniff == nullptr || !format.sniff(head)) continue;
    if (format.open_source == nullptr) {
      throw InputError(name + " is " + format.info.description +
                       ", which is not read here: " + format.info.why_not);
    }
    return format.open_source(std::move(input), options);
  }
  throw InputError(name + " " + describe_content(head) + "; accepted are " +
                   names([](const Format& format) { return format.open_source != nullptr; }));
}

std::unique_ptr<Sink> open_sink(const std::string& format,
                                const std::string& path,
                                const SinkOptions& options) {
  const auto found = std::find_if(rows().begin(), rows().end(), [&](const Format& row) {
    return row.info.name == format && row.open_sink != nullptr;
  });
  if (found == rows().end()) {
    throw OutputError("no output format is called '" + format + "'; there are " +
                      names([](const Format& row) { return row.open_sink != nullptr; }));
  }
  return found->open_sink(path, options);
}

}  // namespace heddle::io
