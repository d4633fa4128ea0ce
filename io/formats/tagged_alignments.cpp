#include "io/formats/tagged_alignments.h"

#include "io/atomic_file.h"
#include "io/formats/alignment_records.h"
#include "io/formats/gene_tags.h"

#include <fcntl.h>
#include <htslib/bgzf.h>
#include <htslib/cram.h>
#include <htslib/hfile.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <map>

namespace heddle::io {
namespace {

/// Text that a full disk cut ends behind its last whole line.
void drop_half_line(const std::string& path) {
  constexpr std::uintmax_t kChunk = 1 << 16;
  std::error_code none;
  std::ifstream file(path, std::ios::binary);
  std::uintmax_t end = std::filesystem::file_size(path, none);
  if (none) return;
  for (std::string chunk; end > 0;) {
    const std::uintmax_t begin = end - std::min(end, kChunk);
    chunk.resize(static_cast<std::size_t>(end - begin));
    file.seekg(static_cast<std::streamoff>(begin));
    if (!file.read(chunk.data(), static_cast<std::streamsize>(chunk.size()))) return;
    const std::size_t line = chunk.rfind('\n');
    end = line == std::string::npos ? begin : begin + line + 1;
    if (line != std::string::npos) break;
  }
  std::filesystem::resize_file(path, end, none);
}

class TaggedAlignments final : public Sink {
 public:
  TaggedAlignments(const std::string& path, const SinkOptions& options, const char* mode);
  ~TaggedAlignments() override;

  void write(const Sample& sample, std::span<const Record> records) override;
  void close() override;
  void close_partial() override;
  /// A container of CRAM holds more than could be kept.
  bool continuable() const override { return !cram_; }
  bool snapshot(Snapshot& snapshot) override;

 private:
  /// A read between its start and its end.
  struct Open {
    std::shared_ptr<const AlignmentRecords> records;
    std::vector<Interval> genes;
  };
  void open_file();
  void open_behind();
  void set_reference(const std::string& reference);
  void write_read(const Open& read);
  void finish();
  [[noreturn]] void fail(const std::string& what) const;
  [[noreturn]] void fail_to_write(const std::string& what) const;  // and why, from errno

  AtomicFile file_;
  const std::string mode_;
  const bool cram_;
  bool opened_ = false;
  std::int64_t begin_ = 0;  // of what htslib writes now, in the file
  HeaderPtr header_;
  std::unique_ptr<htsFile, CloseFile> out_;
  Open open_;
};

TaggedAlignments::TaggedAlignments(const std::string& path,
                                   const SinkOptions& options,
                                   const char* mode)
    : file_(path, options.overwrite, options.to_continue), mode_(mode), cram_(mode_ == "wc") {
  if (options.input.header == nullptr) {
    throw OutputError(path + ": " + options.input.name + " is " + options.input.format +
                      "; only SAM, BAM and CRAM records can be written again with tags");
  }
  header_ = options.input.header->copy();
  const std::string& program = options.program;
  const std::size_t blank = program.find(' ');
  const std::string version = blank == std::string::npos ? "" : program.substr(blank + 1);
  if (sam_hdr_add_pg(
          header_.get(), program.substr(0, blank).c_str(), "VN", version.c_str(), NULL)) {
    fail("its header cannot take a @PG line");
  }
  if (options.to_continue) return;  // snapshot() opens it
  open_file();
  if (cram_) set_reference(options.reference);
  if (sam_hdr_write(out_.get(), header_.get()) < 0) fail("its header cannot be written");
}

TaggedAlignments::~TaggedAlignments() {
  out_.reset();
  const bool named = file_.path() != "-" && file_.working_path() != file_.path();
  if (opened_ && named && !file_.finished() && mode_ == "w") drop_half_line(file_.working_path());
}

bool TaggedAlignments::snapshot(Snapshot& snapshot) {
  if (open_.records != nullptr) return false;  // in the middle of a read
  std::string waiting;                         // for its block to be full
  if (!snapshot.loading()) {
    const bool packed = out_->is_bgzf != 0;
    hFILE* const stream = packed ? out_->fp.bgzf->fp : out_->fp.hfile;
    errno = 0;
    if (hflush(stream) < 0) fail_to_write("cannot be written: ");
    file_.note_written(begin_ + static_cast<std::int64_t>(htell(stream)));
    if (packed) {
      waiting.assign(static_cast<const char*>(out_->fp.bgzf->uncompressed_block),
                     static_cast<std::size_t>(out_->fp.bgzf->block_offset));
    }
  }
  snapshot(file_, waiting);
  if (!snapshot.loading()) return true;
  open_behind();
  errno = 0;
  if (!waiting.empty() && bgzf_write(out_->fp.bgzf, waiting.data(), waiting.size()) < 0) {
    fail_to_write("cannot be written: ");
  }
  return true;
}

// Without a header, behind what is there.
void TaggedAlignments::open_behind() {
  errno = 0;
  const int descriptor = ::open(file_.working_path().c_str(), O_WRONLY | O_APPEND | O_CLOEXEC);
  hFILE* const stream = descriptor < 0 ? nullptr : hdopen(descriptor, "w");
  if (stream != nullptr) out_.reset(hts_hopen(stream, file_.path().c_str(), mode_.c_str()));
  if (!out_) fail_to_write("cannot be written: ");
  opened_ = true;
  begin_ = file_.size();
}

void TaggedAlignments::open_file() {
  errno = 0;
  if (file_.path() == "-") {  // as it is, not by its name: opening that again would empty a file
    const int descriptor = ::fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 0);
    hFILE* const stream = descriptor < 0 ? nullptr : hdopen(descriptor, "w");
    if (stream != nullptr) out_.reset(hts_hopen(stream, "standard output", mode_.c_str()));
  } else {
    // A name with a colon must not look like an address.
    const std::string& name = file_.working_path();
    out_.reset(hts_open((name.starts_with('/') ? name : "./" + name).c_str(), mode_.c_str()));
  }
  if (!out_) fail_to_write("cannot be written: ");
  opened_ = true;
}

// Without one, htslib would open whatever address the header names.
void TaggedAlignments::set_reference(const std::string& reference) {
  if (reference.empty() && sam_hdr_nref(header_.get()) > 0) {
    fail("CRAM is written against a reference; give it with -T FASTA, or write BAM");
  }
  if (reference.empty()) return;
  if (hts_set_opt(out_.get(), CRAM_OPT_REFERENCE, reference.c_str()) != 0) {
    fail("reference " + reference + " cannot be used");
  }
}

void TaggedAlignments::fail(const std::string& what) const {
  throw OutputError(file_.path() + ": " + what);
}

void TaggedAlignments::fail_to_write(const std::string& what) const {
  if (errno == EPIPE) throw ClosedPipe(file_.path() + ": its reader has closed the pipe");
  fail(what + (errno != 0 ? std::strerror(errno) : "htslib gives no reason"));
}

void TaggedAlignments::write(const Sample& sample, std::span<const Record> records) {
  const auto* sequence = std::get_if<Sequence>(&sample);
  if (sequence != nullptr && sequence->records != nullptr) open_ = {sequence->records, {}};
  for (const Record& record : records) {
    if (const auto* gene = std::get_if<Interval>(&record)) open_.genes.push_back(*gene);
    if (std::holds_alternative<SequenceEnd>(record)) {
      write_read(open_);
      open_ = {};
    }
  }
}

void TaggedAlignments::write_read(const Open& read) {
  if (read.records == nullptr) return;
  for (std::size_t i = 0; i < read.records->all().size(); ++i) {
    RecordPtr record(bam_dup1(read.records->all()[i].get()));
    if (!record) throw std::bad_alloc();
    if (read.records->is_own(i) && !set_tags(*record, gene_tags(read.genes))) {
      fail(std::string("read ") + bam_get_qname(record.get()) + ": its tags cannot be set");
    }
    errno = 0;
    if (sam_write1(out_.get(), header_.get(), record.get()) < 0) {
      fail_to_write("cannot be written: ");
    }
  }
}

void TaggedAlignments::finish() {
  errno = 0;
  if (out_ && hts_close(out_.release()) < 0) fail_to_write("cannot be completed: ");
}

void TaggedAlignments::close() {
  finish();
  file_.commit();
}

void TaggedAlignments::close_partial() {
  finish();
  file_.keep_partial();
}

}  // namespace

std::unique_ptr<Sink> open_sam_tags(const std::string& path, const SinkOptions& options) {
  return std::make_unique<TaggedAlignments>(path, options, "w");
}

std::unique_ptr<Sink> open_bam_tags(const std::string& path, const SinkOptions& options) {
  return std::make_unique<TaggedAlignments>(path, options, "wb");
}

std::unique_ptr<Sink> open_cram_tags(const std::string& path, const SinkOptions& options) {
  return std::make_unique<TaggedAlignments>(path, options, "wc");
}

}  // namespace heddle::io
