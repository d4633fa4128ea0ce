#include "app/serve/streams/stream_inputs.h"

#include "app/build.h"
#include "app/serve/bad_field.h"
#include "app/serve/streams/folder_parts.h"
#include "app/serve/streams/paced.h"
#include "app/video_input.h"
#include "io/address.h"
#include "io/formats/ffmpeg_address.h"
#include "io/formats/pictures.h"
#include "io/isolated/isolated_decoder.h"
#include "io/longest_read.h"
#include "io/network_rule.h"
#include "io/sink.h"

#include <algorithm>
#include <filesystem>
#include <stdexcept>

namespace heddle::app::serve {
namespace {

constexpr std::string_view kUpload = "upload";
constexpr std::string_view kWatch = "watch:";
constexpr int kDecodingThreads = 2;

[[noreturn]] void refuse(const std::string& why) { throw BadField("input", why); }

void check_address(const StreamSpec& spec) {
  const std::string scheme = io::scheme_of(spec.input);
  if (spec.kind != "video") refuse("genomes come from files, uploads and folders, not addresses");
  if (io::is_live(spec.input) || scheme == "http" || scheme == "https") return;
  refuse(scheme + ":// is not read; there are rtsp, http, https and device:0 for a camera");
}

/// A file of the other kind, by its first bytes; as the command line refuses it.
void check_content(const StreamSpec& spec) {
  const bool video = spec.kind == "video";
  std::error_code none;
  if (!video && std::filesystem::is_directory(spec.input, none)) {
    refuse(spec.input + " is a folder; give a file, or watch:" + spec.input +
           " for the files that come into it");
  }
  const io::FormatInfo* format = io::sniff_file(spec.input);
  if (format == nullptr || !(video ? format->genome : format->video)) return;
  const std::string what = format->video ? "video" : format->description;
  refuse(spec.input + " is " + what + "; use a stream of kind " + (video ? "genome" : "video"));
}

std::string folder_of(const StreamSpec& spec) { return spec.input.substr(kWatch.size()); }

/// Cameras of this machine are trusted, and folders of pictures are many files.
bool decodes_apart(const StreamSpec& spec, const StreamServices& services) {
  const bool device = io::is_live(spec.input) && io::scheme_of(spec.input).empty();
  return !services.decoder.empty() && !device && !io::names_pictures(spec.input);
}

std::unique_ptr<io::Source> open_apart(const std::string& path,
                                       const io::SourceOptions& source_options,
                                       const VideoOptions& options,
                                       const std::string& decoder) {
  io::ExcerptOptions part = excerpt_of(options);
  part.stop_descriptor = source_options.stop_descriptor;
  auto source = io::open_isolated(path, source_options, {.program = decoder});
  return part.takes_all() ? std::move(source) : io::excerpt(std::move(source), part);
}

/// A source that connects, and connects again, where its rule allows.
class WithinRule final : public io::Source {
 public:
  WithinRule(std::unique_ptr<io::Source> source, std::shared_ptr<const io::NetworkRule> rule)
      : source_(std::move(source)), rule_(std::move(rule)) {}
  const io::SourceInfo& info() const override { return source_->info(); }
  std::int64_t position() const override { return source_->position(); }
  std::optional<io::Sample> next() override {
    const io::NetworkScope within(rule_);
    return source_->next();
  }

 private:
  std::unique_ptr<io::Source> source_;
  const std::shared_ptr<const io::NetworkRule> rule_;
};

OpenPath within_rule(OpenPath open, std::shared_ptr<const io::NetworkRule> rule) {
  return [open = std::move(open), rule = std::move(rule)](const std::string& path, int stop) {
    const io::NetworkScope within(rule);
    return std::make_unique<WithinRule>(open(path, stop), rule);
  };
}

OpenPath watched(OpenPath open, InputWatch* watch) {
  return [open = std::move(open), watch](const std::string& path, int stop) {
    const InputWatch::Asking asking(watch);
    return open(path, stop);
  };
}

/// It is held as bases, as qualities and in between as text or a record.
std::int64_t longest_read(const StreamSpec& spec) {
  constexpr std::size_t kBytesABase = 8;
  return static_cast<std::int64_t>(spec.memory_budget / kBytesABase);
}

/// As the command line says it, and how a client of the server gives it. THE TABLE.
constexpr std::pair<std::string_view, std::string_view> kSaid[] = {
    {"use heddle video", "use a stream of kind video"},
    {"give it with -T FASTA", "give it with the option reference"},
};

std::unique_ptr<io::Source> open_sequences(const std::string& path, const io::SourceOptions& how) {
  try {
    return open_input(path, how, false);
  } catch (const io::InputError& error) {
    std::string why = error.what();
    for (const auto& [there, here] : kSaid) {
      if (const auto at = why.find(there); at != why.npos) why.replace(at, there.size(), here);
    }
    throw io::InputError(why);
  }
}

OpenPath opener(const StreamSpec& spec,
                const StreamOptions& options,
                const StreamServices& services,
                const LiveParts::World& world) {
  io::SourceOptions source;
  if (spec.kind == "video") {
    const bool live = io::is_live(spec.input) || options.realtime;
    source.threads = live ? 1 : std::min(kDecodingThreads, services.threads);
    const std::string decoder = services.decoder;
    const bool apart = decodes_apart(spec, services);
    return [=, &clock = world.clock, &halt = world.halt, news = world.news](const std::string& path,
                                                                            int stop) mutable {
      source.stop_descriptor = stop;
      auto opened = apart ? open_apart(path, source, options.video, decoder)
                          : open_video(path, source, options.video);
      if (!options.realtime) return opened;
      return paced(std::move(opened), clock, halt, {news.behind, news.shown(), news.watch});
    };
  }
  source.threads = std::min(kDecodingThreads, services.threads);
  source.piece = options.genome.io_chunk;
  source.reference = options.genome.reference;
  source.reads = options.genome.reads;
  return [source, longest = longest_read(spec)](const std::string& path, int stop) mutable {
    source.stop_descriptor = stop;
    const io::LongestRead within(longest);
    return open_sequences(path, source);
  };
}

}  // namespace

InputKind input_kind(const StreamSpec& spec) {
  if (spec.input == kUpload) return InputKind::kUpload;
  if (spec.input.starts_with(kWatch)) return InputKind::kFolder;
  return io::names_address(spec.input) ? InputKind::kAddress : InputKind::kFile;
}

std::chrono::seconds longest_silence(const StreamSpec& spec) {
  return std::chrono::seconds(input_kind(spec) == InputKind::kAddress ? 30 : 10);
}

void check_input(const StreamSpec& spec, const StreamOptions& options) {
  const InputKind kind = input_kind(spec);
  if (options.realtime && kind != InputKind::kFile) {
    throw BadField("options.realtime", "is for files; " + spec.input + " comes in its own time");
  }
  if (kind == InputKind::kAddress) return check_address(spec);
  if (kind == InputKind::kUpload) return;
  std::error_code none;
  if (kind == InputKind::kFolder) {
    if (spec.kind != "genome") refuse("watched folders are for genome streams");
    if (!std::filesystem::is_directory(folder_of(spec), none)) {
      refuse(folder_of(spec) + ": there is no such folder on the server");
    }
    return;
  }
  const bool pictures = spec.kind == "video" && io::names_pictures(spec.input);
  if (!pictures && !std::filesystem::exists(spec.input, none)) {
    refuse(spec.input + ": there is no such file on the server");
  }
  if (!pictures) check_content(spec);
}

std::unique_ptr<Parts> make_parts(const StreamSpec& spec,
                                  const StreamOptions& options,
                                  const StreamServices& services,
                                  const LiveParts::World& world,
                                  const std::shared_ptr<UploadDesk>& desk) {
  OpenPath open = watched(opener(spec, options, services, world), world.news.watch);
  if (desk) return std::make_unique<UploadParts>(open, desk, world.halt, world.news);
  if (input_kind(spec) == InputKind::kFolder) {
    return std::make_unique<FolderParts>(folder_of(spec), open, world.halt, world.news);
  }
  OpenSource open_it = [open, uri = spec.input](int stop) { return open(uri, stop); };
  if (input_kind(spec) == InputKind::kAddress) {
    open = within_rule(std::move(open), services.network(spec.input));
    open_it = [open, uri = spec.input](int stop) { return open(uri, stop); };
    return std::make_unique<LiveParts>(std::move(open_it), world);
  }
  return one_part(std::move(open_it), world.halt);
}

}  // namespace heddle::app::serve
