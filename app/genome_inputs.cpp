#include "app/genome_inputs.h"

#include "app/exit_codes.h"
#include "app/gene_classes.h"
#include "io/sink.h"

#include <algorithm>
#include <filesystem>

namespace heddle::app {
namespace {

[[noreturn]] void refuse_lift(const std::string& input, const std::string& what) {
  throw CommandError(
      kUsage, "--lift needs aligned reads: " + input + " is " + what + ", not SAM, BAM or CRAM");
}

/// CRAM, or a stream that may be.
bool may_be_cram(const std::string& input) {
  std::error_code none;
  if (!std::filesystem::is_regular_file(input, none)) return true;
  const io::FormatInfo* format = io::sniff_file(input);
  return format != nullptr && format->name == "cram";
}

bool is_aligned(const std::string& input) {
  const io::FormatInfo* format = io::sniff_file(input);
  return format != nullptr && format->rewrites_records;
}

/// With SAM and BAM it does no harm, and samtools takes it; with contigs and reads alone it is a
/// slip.
std::vector<std::string> check_reference(const GenomeOptions& options,
                                         std::span<const OutputTarget> targets) {
  const std::string& reference = options.reference;
  if (reference.empty()) return {};
  std::error_code none;
  if (!std::filesystem::exists(reference, none)) {
    throw io::InputError("-T " + reference + ": there is no such file");
  }
  const bool cram = any_in(targets, "cram") ||
                    std::any_of(options.inputs.begin(), options.inputs.end(), may_be_cram);
  if (cram) return {};
  const std::string none_is = "neither " +
                              (options.inputs.size() == 1 ? options.inputs.front() : "any input") +
                              " nor an output is CRAM";
  if (std::ranges::any_of(options.inputs, is_aligned)) {
    return {"-T " + reference + " is not needed: " + none_is};
  }
  throw CommandError(
      kUsage, "-T " + reference + " is a reference for CRAM, and " + none_is + ": leave -T out");
}

/// What tells genes alone is asked for nothing else, and not for nothing.
void check_classes(const GenomeOptions& options, std::span<const OutputTarget> targets) {
  const std::string other = beside_coding(options);
  const auto asked = [&options](std::string_view name) {
    return std::ranges::find(options.classes, name) != options.classes.end();
  };
  if (other.empty() || asked("cds") || asked("all")) return;
  const char* silent = rewrite_records(targets) ? "SAM, BAM and CRAM hold coding genes alone"
                       : any_in(targets, "faa") ? "faa holds proteins alone"
                       : any_in(targets, "ffn") && !needs_model(options) ? "ffn holds genes alone"
                                                                         : nullptr;
  if (silent == nullptr) return;
  throw CommandError(kUsage,
                     "--classes " + other + ": " + silent +
                         ", and would be without one: name another output, or cds too");
}

}  // namespace

std::vector<std::string> check_files(const GenomeOptions& options,
                                     std::span<const OutputTarget> targets) {
  if (options.lift && rewrite_records(targets)) {
    throw CommandError(kUsage,
                       "--lift moves genes onto references; SAM, BAM and CRAM outputs keep "
                       "them in the reads: leave one of them out");
  }
  if (options.consensus && (any_in(targets, "faa") || any_in(targets, "ffn"))) {
    throw CommandError(kUsage,
                       "--consensus tells where genes are, not their bases: faa and ffn need "
                       "--lift alone, or the reference as input");
  }
  if (options.lift && any_in(targets, "gbk")) {
    throw CommandError(kUsage,
                       "-O gbk holds the bases of its sequences, and with --lift those are the "
                       "references', which are not read: leave one of them out");
  }
  check_classes(options, targets);
  std::vector<std::string> notes = check_reference(options, targets);
  if (!options.lift) return notes;
  for (const std::string& input : options.inputs) {
    const io::FormatInfo* format = io::sniff_file(input);
    if (format != nullptr && format->genome && !format->rewrites_records) {
      refuse_lift(input, format->name == "fasta" ? "FASTA" : "FASTQ");
    }
  }
  return notes;
}

void check_source(const GenomeOptions& options,
                  std::span<const OutputTarget> targets,
                  const io::SourceInfo& info) {
  if (options.lift && info.header == nullptr) refuse_lift(info.name, info.format);
  if (options.consensus && !info.order.empty() && info.order != "coordinate") {
    throw CommandError(kUsage,
                       "--consensus needs reads sorted by coordinate, and the header of " +
                           info.name + " says '" + info.order + "': sort it (samtools sort)");
  }
  if (!rewrite_records(targets)) return;
  if (info.header == nullptr) {
    throw io::InputError(info.name + " is " + info.format +
                         "; only the records of SAM, BAM and CRAM can be written again with tags");
  }
  // Unaligned reads need none; htslib would look for another one's at the address in the header.
  if (any_in(targets, "cram") && options.reference.empty() && info.names_references) {
    throw CommandError(kUsage,
                       "-O cram needs the reference that the reads of " + info.name +
                           " are aligned to: give it with -T FASTA, or write bam");
  }
}

}  // namespace heddle::app
