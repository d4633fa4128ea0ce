#include "io/format.h"
#include "io/motifs/motif_format.h"

#include <span>
#include <unordered_map>
#include <unordered_set>
#include <utility>

namespace heddle::io {
namespace {

// Ordered as sniffed: strict text before lenient text.
constexpr MotifFormat kFormats[] = {
    {"MEME matrices", looks_like_meme, read_meme},
    {"TRANSFAC matrices", looks_like_transfac, read_transfac},
    {"JASPAR matrices", looks_like_jaspar, read_jaspar},
    {"FASTA patterns", looks_like_patterns, read_patterns},
};

std::string names() {
  std::string text;
  for (const MotifFormat& format : kFormats) {
    text += (text.empty() ? "" : ", ") + std::string(format.name);
  }
  return text;
}

void tell_apart(std::vector<Motif>& motifs) {
  std::unordered_set<std::string> taken;
  for (const Motif& motif : motifs) taken.insert(motif.id);
  std::unordered_map<std::string, int> seen;
  for (Motif& motif : motifs) {
    int& count = seen[motif.id];
    if (++count == 1) continue;
    std::string id;
    do {
      id = motif.id + "_" + std::to_string(count);
    } while (!taken.insert(id).second && ++count > 0);
    if (motif.name.empty()) motif.name = motif.id;
    motif.id = std::move(id);
  }
}

}  // namespace

MotifFile read_motifs(const std::string& uri, int stop_descriptor) {
  auto input = PeekedInput::open(uri, stop_descriptor);
  if (input->head().empty()) throw InputError(input->name() + " is empty");
  const std::string content = content_head(input->head());
  const std::string name = input->name();
  std::string_view start = content;
  if (start.starts_with("\xef\xbb\xbf")) start.remove_prefix(3);
  start.remove_prefix(std::min(start.find_first_not_of(" \t\r\n\v\f"), start.size()));
  for (const MotifFormat& format : kFormats) {
    if (!format.sniff(start)) continue;
    MotifText text(std::move(input));
    format.read(text);
    MotifFile file{std::string(format.name), text.take()};
    if (file.motifs.empty()) throw InputError(name + " holds no motif");
    tell_apart(file.motifs);
    return file;
  }
  const Head head{{reinterpret_cast<const char*>(input->head().data()), input->head().size()},
                  content};
  throw InputError(name + " " + describe_content(head) + "; motifs are read as " + names());
}

}  // namespace heddle::io
