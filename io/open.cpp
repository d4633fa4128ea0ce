#include "io/format.h"
#include "io/formats/alignments.h"
#include "io/formats/bed.h"
#include "io/formats/bedgraph.h"
#include "io/formats/bedpe.h"
#include "io/formats/bigwig.h"
#include "io/formats/coco.h"
#include "io/formats/csv.h"
#include "io/formats/fasta.h"
#include "io/formats/fastq.h"
#include "io/formats/feature_fasta.h"
#include "io/formats/ffmpeg_address.h"
#include "io/formats/ffmpeg_source.h"
#include "io/formats/genbank.h"
#include "io/formats/genome_page/genome_page.h"
#include "io/formats/gff3.h"
#include "io/formats/jsonl.h"
#include "io/formats/mot.h"
#include "io/formats/paf.h"
#include "io/formats/pictures.h"
#include "io/formats/tagged_alignments.h"
#include "io/formats/tsv.h"
#include "io/formats/video_overlay.h"
#include "io/formats/video_page/video_page.h"
#include "io/gzip_input.h"

#include <algorithm>
#include <filesystem>
#include <vector>

namespace heddle::io {
namespace {

std::unique_ptr<Sink> open_page(const std::string& path, const SinkOptions& options) {
  return options.input.video ? open_video_page(path, options) : open_genome_page(path, options);
}

// THE LIST, in three parts, ordered as sniffed: magic numbers before text, strict text before
// lenient text.
std::vector<Format> video_rows() {
  return {
      {.info = {.name = "video",
                .description = "video by FFmpeg: mp4, mov, mkv, webm, avi, ts, flv, wmv, ogv, y4m",
                .extension = ".mp4",
                .video = true,
                .also = {".mkv",
                         ".mov",
                         ".avi",
                         ".webm",
                         ".ts",
                         ".mpg",
                         ".mpeg",
                         ".flv",
                         ".wmv",
                         ".ogv",
                         ".gif",
                         ".m4v",
                         ".3gp",
                         ".mxf",
                         ".nut",
                         ".y4m"}},
       .sniff = looks_like_video,
       .open_source = open_ffmpeg},
      {.info = {.name = "mot",
                .description = "tracks, MOTChallenge text, 1-based, 10 columns",
                .extension = ".txt",
                .video = true},
       .open_sink = open_mot},
      {.info = {.name = "jsonl",
                .description = "everything, JSON lines: one object a frame or feature",
                .extension = ".jsonl",
                .video = true,
                .genome = true,
                .shows_frames = true,
                .also = {".ndjson"}},
       .open_sink = open_jsonl},
      {.info = {.name = "csv",
                .description = "tracks, comma-separated with column names (RFC 4180), 0-based",
                .extension = ".csv",
                .video = true},
       .open_sink = open_csv},
      {.info = {.name = "coco",
                .description = "tracks, COCO JSON with track ids",
                .extension = ".json",
                .video = true,
                .shows_frames = true},
       .open_sink = open_coco},
      {.info = {.name = "mp4",
                .description = "the video with boxes, ids and trails, H.264",
                .extension = ".mp4",
                .video = true,
                .shows_frames = true,
                .needs_file = true,
                .available = !video_overlay_encoder().empty(),
                .why_not = video_overlay_encoder().empty() ? "FFmpeg has no H.264 encoder" : ""},
       .open_sink = open_video_overlay},
  };
}

std::vector<Format> sequence_rows() {
  return {
      {.info = {.name = "bam",
                .description = "reads, BAM; written: the input's records with genes as tags",
                .extension = ".bam",
                .genome = true,
                .rewrites_records = true},
       .sniff = looks_like_bam,
       .open_source = open_alignments,
       .open_sink = open_bam_tags},
      {.info = {.name = "cram",
                .description = "reads, CRAM; written: the input's records with genes as tags",
                .extension = ".cram",
                .genome = true,
                .rewrites_records = true},
       .sniff = looks_like_cram,
       .open_source = open_alignments,
       .open_sink = open_cram_tags},
      {.info = {.name = "sam",
                .description =
                    "reads, SAM (plain, gz, bgzf); written: the input's records with genes as tags",
                .extension = ".sam",
                .genome = true,
                .rewrites_records = true},
       .sniff = looks_like_sam,
       .open_source = open_alignments,
       .open_sink = open_sam_tags},
      {.info = {.name = "fasta",
                .description = "contigs, FASTA (plain, gz, bgzf)",
                .extension = ".fa",
                .genome = true},
       .sniff = looks_like_fasta,
       .open_source = open_fasta},
      {.info = {.name = "fastq",
                .description = "reads, FASTQ (plain, gz, bgzf)",
                .extension = ".fastq",
                .genome = true},
       .sniff = looks_like_fastq,
       .open_source = open_fastq},
      {.info = {.name = "gbk",
                .description = "records with their features, GenBank; written: with genes",
                .extension = ".gbk",
                .genome = true,
                .also = {".gb", ".gbff", ".genbank"}},
       .sniff = looks_like_genbank,
       .open_source = open_genbank,
       .open_sink = open_genbank_sink},
  };
}

std::vector<Format> feature_rows() {
  return {
      {.info = {.name = "gff3",
                .description = "features, GFF3 1.26",
                .extension = ".gff3",
                .genome = true,
                .also = {".gff"}},
       .open_sink = open_gff3},
      {.info =
           {.name = "bed", .description = "features, BED12", .extension = ".bed", .genome = true},
       .open_sink = open_bed},
      {.info = {.name = "tsv",
                .description = "features, tab-separated with column names",
                .extension = ".tsv",
                .genome = true},
       .open_sink = open_tsv},
      {.info =
           {.name = "faa", .description = "proteins, FASTA", .extension = ".faa", .genome = true},
       .open_sink = open_faa},
      {.info = {.name = "ffn",
                .description = "genes, nucleotide FASTA",
                .extension = ".ffn",
                .genome = true},
       .open_sink = open_ffn},
      {.info = {.name = "bedgraph",
                .description = "a value a base (--values), bedGraph",
                .extension = ".bedgraph",
                .genome = true,
                .also = {".bedGraph", ".bg", ".bdg"}},
       .open_sink = open_bedgraph},
      {.info = {.name = "bw",
                .description = "a value a base (--values), bigWig",
                .extension = ".bw",
                .genome = true,
                .also = {".bigWig", ".bigwig"},
                .available = bigwig_absent().empty(),
                .why_not = bigwig_absent()},
       .open_sink = open_bigwig},
      {.info = {.name = "bedpe",
                .description = "pairs of repeats, BEDPE",
                .extension = ".bedpe",
                .genome = true},
       .open_sink = open_bedpe},
      {.info = {.name = "paf",
                .description = "pairs of repeats, PAF without cigars",
                .extension = ".paf",
                .genome = true},
       .open_sink = open_paf},
      {.info = {.name = "html",
                .description = "a report with drawings, one self-contained page",
                .extension = ".html",
                .video = true,
                .genome = true,
                .shows_frames = true,
                .also = {".htm"}},
       .open_sink = open_page},
  };
}

const std::vector<Format>& rows() {
  static const std::vector<Format> list = [] {
    std::vector<Format> all;
    for (auto* part : {video_rows, sequence_rows, feature_rows}) {
      for (Format& row : part()) all.push_back(std::move(row));
    }
    return all;
  }();
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

Head head_of(const PeekedInput& input, const std::string& content) {
  return {{reinterpret_cast<const char*>(input.head().data()), input.head().size()}, content};
}

/// -1: none.
std::ptrdiff_t row_of(const Head& head) {
  const auto found = std::find_if(rows().begin(), rows().end(), [&](const Format& format) {
    return format.sniff != nullptr && format.sniff(head);
  });
  return found == rows().end() ? -1 : found - rows().begin();
}

bool fits(const FormatInfo& format, SourceOptions::Wanted wanted) {
  if (wanted == SourceOptions::Wanted::kAny) return true;
  return wanted == SourceOptions::Wanted::kVideo ? format.video : format.genome;
}

[[noreturn]] void refuse(const std::string& name, const Head& head, SourceOptions::Wanted wanted) {
  if (head.content != head.raw && looks_like_video({head.content, head.content})) {
    throw InputError(name + " is video inside gzip; unpack it first (gzip -dc FILE | ... -)");
  }
  std::string accepted;
  for (const Format& format : rows()) {
    if (format.open_source == nullptr || !fits(format.info, wanted)) continue;
    accepted +=
        (accepted.empty() ? "" : ", ") +
        (wanted == SourceOptions::Wanted::kVideo ? format.info.description : format.info.name);
  }
  throw InputError(name + " " + describe_content(head) + "; accepted are " + accepted);
}

}  // namespace

std::span<const FormatInfo> formats() {
  static const std::vector<FormatInfo> infos = list_infos();
  return infos;
}

const FormatInfo* sniff_file(const std::string& path) {
  std::error_code none;
  if (!std::filesystem::is_regular_file(path, none)) return nullptr;
  try {
    const auto input = PeekedInput::open(path);
    const std::string content = content_head(input->head());
    const std::ptrdiff_t row = row_of(head_of(*input, content));
    return row < 0 ? nullptr : &formats()[static_cast<std::size_t>(row)];
  } catch (const InputError&) {
    return nullptr;
  }
}

std::unique_ptr<Source> open_source(const std::string& uri, const SourceOptions& options) {
  if (options.wanted != SourceOptions::Wanted::kSequences) {
    if (names_pictures(uri)) return open_pictures(uri, options);
    if (names_address(uri)) return open_address(uri, options);
  }
  auto input = PeekedInput::open(uri, options.stop_descriptor);
  if (input->head().empty()) throw InputError(input->name() + " is empty");
  const std::string content = content_head(input->head());
  const Head head = head_of(*input, content);
  const std::string name = input->name();
  const std::ptrdiff_t row = row_of(head);
  if (row < 0) refuse(name, head, options.wanted);
  const Format& format = rows()[static_cast<std::size_t>(row)];
  if (format.open_source == nullptr) {
    throw InputError(name + " is " + format.info.description +
                     ", which is not read here: " + format.info.why_not);
  }
  if (!options.reads.takes_all() && format.open_source != open_alignments) {
    throw InputError(name + " is " + format.info.description +
                     "; only SAM, BAM and CRAM have what -r, -L, -f, -F and -q select by");
  }
  return format.open_source(std::move(input), options);
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
