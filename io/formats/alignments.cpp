#include "io/formats/alignments.h"

#include "io/formats/alignment_records.h"
#include "io/formats/alignment_selection.h"
#include "io/formats/stream_feeder.h"
#include "io/longest_read.h"
#include "io/read_error.h"

#include <fcntl.h>
#include <htslib/bgzf.h>
#include <htslib/cram.h>
#include <htslib/hfile.h>
#include <htslib/hts.h>
#include <htslib/hts_log.h>
#include <htslib/kstring.h>
#include <htslib/sam.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <mutex>
#include <utility>

namespace heddle::io {
namespace {

constexpr std::string_view kFoldedNibble = "NACNGNNNTNNNNNNN";  // of htslib's =ACMGRSVTWYHKDBN
constexpr std::uint16_t kRepeatsARead = BAM_FSECONDARY | BAM_FSUPPLEMENTARY;
constexpr std::size_t kMostKept = std::size_t{16} << 20;  // bytes of records with one sample
constexpr std::string_view kCramEnd =
    "\x0f\xe0"
    "EOF";

struct DropIterator {
  void operator()(hts_itr_t* iterator) const { hts_itr_destroy(iterator); }
};
struct DropIndex {
  void operator()(hts_idx_t* index) const { hts_idx_destroy(index); }
};

void tame_htslib() {
  static std::once_flag once;
  std::call_once(once, [] {
    hts_set_log_level(HTS_LOG_OFF);
    // Unset or empty, htslib would ask a server for references.
    const char* path = std::getenv("REF_PATH");
    if (path == nullptr || *path == '\0') ::setenv("REF_PATH", "/dev/null/%s", 1);
  });
}

// CRAM has an end-of-file container since version 2.1; bytes 4 and 5 are the version.
bool cram_marks_its_end(std::span<const std::uint8_t> head) {
  if (head.size() < 6 || head[0] != 'C') return false;
  return head[4] > 2 || (head[4] == 2 && head[5] > 0);
}

class AlignmentSource final : public Source {
 public:
  AlignmentSource(std::unique_ptr<PeekedInput> input, const SourceOptions& options);

  const SourceInfo& info() const override { return info_; }
  std::int64_t position() const override;
  std::optional<Sample> next() override;

 private:
  void open_file();
  void use_reference(const std::string& path);
  void ignore_reference_addresses();
  void use_threads(int threads);
  void use_index();
  int read_record();
  bool advance();
  std::optional<Sample> next_with_records();
  Sequence leave();
  Sequence read_of(const bam1_t& record) const;
  std::shared_ptr<const Placement> placement_of(const bam1_t& record) const;
  void check_end();
  void check_size() const;
  void check_reading() const;
  [[noreturn]] void fail(const std::string& what) const {
    if (feeder_) feeder_->rethrow_failure();  // what looks like damage may come from there
    check_reading();
    throw InputError(info_.name + ": " + what);
  }
  bool cram() const { return file_->format.format == ::cram; }

  std::unique_ptr<PeekedInput> input_;
  std::unique_ptr<StreamFeeder> feeder_;  // only for streams
  hFILE* bytes_ = nullptr;                // of file_, which closes it
  std::unique_ptr<htsFile, CloseFile> file_;
  HeaderPtr header_;
  RecordPtr record_;
  std::optional<AlignmentSelection> selection_;        // none: all reads
  std::unique_ptr<hts_idx_t, DropIndex> index_;        // with iterator_
  std::unique_ptr<hts_itr_t, DropIterator> iterator_;  // over the regions, where there is an index
  SourceInfo info_;
  bool reference_given_;
  bool keep_records_;
  const std::int64_t longest_ = LongestRead::now();
  std::optional<Sequence> waiting_;  // where records are kept
  AlignmentRecords kept_;            // its record, and those around it
  std::exception_ptr damage_;        // met while a read waited
  bool end_marked_ = true;           // as far as can be told before reading
  bool done_ = false;
  std::int64_t records_ = 0;
};

AlignmentSource::AlignmentSource(std::unique_ptr<PeekedInput> input, const SourceOptions& options)
    : input_(std::move(input)),
      reference_given_(!options.reference.empty()),
      keep_records_(options.keep_records) {
  tame_htslib();
  info_.name = input_->name();
  info_.total = input_->size();
  open_file();
  const char* format = cram() ? "CRAM" : file_->format.format == ::bam ? "BAM" : "SAM";
  info_.format = format;
  end_marked_ = hts_check_EOF(file_.get()) != 0;
  check_reading();
  hclearerr(bytes_);
  if (cram()) hts_set_opt(file_.get(), CRAM_OPT_DECODE_MD, 0);  // tags as stored, none made up
  if (cram() && reference_given_) use_reference(options.reference);
  header_.reset(sam_hdr_read(file_.get()));
  if (!header_) fail(std::string("the ") + format + " header is damaged or cut short");
  if (sam_hdr_count_lines(header_.get(), "SQ") < 0) {  // reads them for the first time
    fail(std::string("the ") + format +
         " header does not hold together: an @SQ, @RG or @PG line stands twice, or lacks its name "
         "or length");
  }
  if (cram()) ignore_reference_addresses();
  // Behind the header: htslib 1.16 waits for ever when a threaded BAM header is damaged.
  use_threads(options.threads);
  if (!options.reads.takes_all()) selection_.emplace(options.reads, header_.get());
  if (selection_ && selection_->by_region()) use_index();
  info_.header = std::make_shared<AlignmentHeader>(header_.get());
  info_.names_references = sam_hdr_nref(header_.get()) > 0;
  kstring_t order = KS_INITIALIZE;
  if (sam_hdr_find_tag_hd(header_.get(), "SO", &order) == 0) info_.order = ks_c_str(&order);
  ks_free(&order);
  record_.reset(bam_init1());
  if (!record_) throw std::bad_alloc();
}

void AlignmentSource::open_file() {
  int descriptor = -1;
  if (input_->seekable()) {
    input_->seek(0);
    ::lseek(input_->descriptor(), 0, SEEK_SET);
    descriptor = ::fcntl(input_->descriptor(), F_DUPFD_CLOEXEC, 0);
    if (descriptor < 0) fail(std::string("cannot be opened twice: ") + std::strerror(errno));
  } else {
    feeder_ = std::make_unique<StreamFeeder>(*input_);
    descriptor = feeder_->reader();
  }
  bytes_ = hdopen(descriptor, "r");
  if (bytes_ == nullptr) {
    ::close(descriptor);
    throw std::bad_alloc();
  }
  file_.reset(hts_hopen(bytes_, info_.name.c_str(), "r"));
  if (!file_) {
    const std::unique_ptr<hFILE, decltype(&hclose_abruptly)> closed(bytes_, hclose_abruptly);
    fail("the file's start is damaged or cut short");
  }
  const auto format = file_->format.format;
  if (format != ::sam && format != ::bam && format != ::cram) fail("is not SAM, BAM or CRAM");
}

/// What looks like damage may be a disk that does not give its bytes. A seek that cannot be (to
/// before a short file's start, in a stream) is no such thing.
void AlignmentSource::check_reading() const {
  const int reason = bytes_ == nullptr ? 0 : herrno(bytes_);
  if (reason == 0 || reason == EINVAL || reason == ESPIPE) return;
  throw ReadError(info_.name + ": cannot be read behind record " + std::to_string(records_) + ": " +
                  std::strerror(reason));
}

void AlignmentSource::use_reference(const std::string& path) {
  if (::access(path.c_str(), R_OK) != 0) {
    throw InputError("reference " + path + ": cannot be opened: " + std::strerror(errno));
  }
  if (hts_set_opt(file_.get(), CRAM_OPT_REFERENCE, path.c_str()) != 0) {
    throw InputError("reference " + path +
                     ": cannot be used; it must be FASTA, plain or bgzf, "
                     "with a .fai index or in a folder where one can be written");
  }
}

void AlignmentSource::ignore_reference_addresses() {
  sam_hdr_t* header = cram_fd_get_header(file_->fp.cram);
  kstring_t address = KS_INITIALIZE;
  for (int i = 0; i < sam_hdr_nref(header); ++i) {
    const char* name = sam_hdr_tid2name(header, i);
    if (name != nullptr && sam_hdr_find_tag_id(header, "SQ", "SN", name, "UR", &address) == 0) {
      sam_hdr_remove_tag_id(header, "SQ", "SN", name, "UR");
    }
  }
  ks_free(&address);
}

void AlignmentSource::use_threads(int threads) {
  const bool blocks = cram() || file_->format.compression == ::bgzf;
  if (threads < 2 || !blocks) return;
  if (hts_set_threads(file_.get(), threads) != 0) throw std::bad_alloc();
}

/// Goes straight to the regions where an index lies beside the file; without one all records are
/// read and tried.
void AlignmentSource::use_index() {
  if (feeder_ || file_->format.format == ::sam) return;
  const std::string path = index_beside(info_.name);
  if (path.empty()) return;
  index_.reset(sam_index_load3(file_.get(), info_.name.c_str(), path.c_str(), HTS_IDX_SILENT_FAIL));
  if (!index_) return;
  std::vector<std::string> texts = selection_->index_regions(header_.get());
  std::vector<char*> regions;
  regions.reserve(texts.size());
  for (std::string& text : texts) regions.push_back(text.data());
  iterator_.reset(sam_itr_regarray(
      index_.get(), header_.get(), regions.data(), static_cast<unsigned>(regions.size())));
}

int AlignmentSource::read_record() {
  return iterator_ ? sam_itr_next(file_.get(), iterator_.get(), record_.get())
                   : sam_read1(file_.get(), header_.get(), record_.get());
}

/// A small file is read whole before its first record is: what counts is where the record lay. Of
/// CRAM and packed SAM only the reader knows that, from another thread.
std::int64_t AlignmentSource::position() const {
  if (feeder_) return feeder_->position();
  const htsFormat& format = file_->format;
  if (format.format == ::bam && format.compression == ::bgzf) {
    const BGZF& file = *file_->fp.bgzf;
    const double taken =
        file.block_length > 0 ? static_cast<double>(file.block_offset) / file.block_length : 0;
    return file.block_address + static_cast<std::int64_t>(taken * file.block_clength);
  }
  if (format.format == ::sam && format.compression == ::no_compression) {
    return htell(file_->fp.hfile);
  }
  return ::lseek(input_->descriptor(), 0, SEEK_CUR);
}

Sequence AlignmentSource::read_of(const bam1_t& record) const {
  Sequence read;
  read.kind = Sequence::Kind::kRead;
  read.name = bam_get_qname(&record);
  const int mate = record.core.flag & (BAM_FREAD1 | BAM_FREAD2);
  if (mate == BAM_FREAD1) read.name += "/1";
  if (mate == BAM_FREAD2) read.name += "/2";
  const auto length = static_cast<std::size_t>(record.core.l_qseq);
  read.bases.resize(length);
  const std::uint8_t* bases = bam_get_seq(&record);
  for (std::size_t i = 0; i < length; ++i) read.bases[i] = kFoldedNibble[bam_seqi(bases, i)];
  const std::uint8_t* qualities = bam_get_qual(&record);
  if (length > 0 && qualities[0] != 0xff) read.qualities.assign(qualities, qualities + length);
  read.length = static_cast<std::int64_t>(length);
  read.placement = placement_of(record);
  return read;
}

/// Null where the read lies nowhere.
std::shared_ptr<const Placement> AlignmentSource::placement_of(const bam1_t& record) const {
  const bool lies = (record.core.flag & BAM_FUNMAP) == 0 && record.core.tid >= 0;
  if (!lies || record.core.n_cigar == 0) return nullptr;
  Placement placement;
  placement.reference = sam_hdr_tid2name(header_.get(), record.core.tid);
  placement.reference_length = sam_hdr_tid2len(header_.get(), record.core.tid);
  placement.start = record.core.pos;
  placement.quality = record.core.qual;
  const std::uint32_t* cigar = bam_get_cigar(&record);
  for (std::uint32_t i = 0; i < record.core.n_cigar; ++i) {
    placement.cigar.push_back({bam_cigar_opchr(cigar[i]), bam_cigar_oplen(cigar[i])});
  }
  return std::make_shared<Placement>(std::move(placement));
}

void AlignmentSource::check_end() {
  if (feeder_) {
    const std::string& tail = feeder_->finish();
    if (cram() && cram_marks_its_end(input_->head()) && tail.find(kCramEnd) == std::string::npos) {
      end_marked_ = false;
    }
  }
  if (file_->is_bgzf && file_->fp.bgzf->no_eof_block) end_marked_ = false;
  if (!end_marked_) {
    fail("the " + info_.format + " end-of-file marker is missing after " +
         std::to_string(records_) + " records; the file is truncated");
  }
}

void AlignmentSource::check_size() const {
  if (std::max(record_->core.l_qseq, record_->l_data / 8) <= longest_) return;
  fail(info_.format + " record " + std::to_string(records_) + " is too large: a read has at most " +
       std::to_string(longest_) + " bases here");
}

/// The next record that the filter takes; false at a clean end.
bool AlignmentSource::advance() {
  while (!done_) {
    const int result = read_record();
    if (result == -1) {
      done_ = true;
      check_end();
      break;
    }
    if (result < 0) {
      done_ = true;
      const char* cause = !cram()            ? "is damaged or cut short"
                          : reference_given_ ? "is damaged, or was not made with this reference"
                                             : "is damaged, or needs its reference: give it with "
                                               "-T FASTA (references are never fetched)";
      fail(info_.format + " record " + std::to_string(records_ + 1) + " " + cause);
    }
    ++records_;
    check_size();
    if (!selection_ || selection_->wants(*record_)) return true;
  }
  return false;
}

std::optional<Sample> AlignmentSource::next() {
  if (keep_records_) return next_with_records();
  while (advance()) {
    if ((record_->core.flag & kRepeatsARead) == 0) return read_of(*record_);
  }
  return std::nullopt;
}

// A read waits for the records behind it that repeat one: they are written with it. Repeats before
// any read, and those of a group that grows too large, travel with an empty read of their name.
std::optional<Sample> AlignmentSource::next_with_records() {
  if (damage_) std::rethrow_exception(damage_);
  try {
    while (advance()) {
      const bool own = (record_->core.flag & kRepeatsARead) == 0;
      const bool complete = (own && waiting_) || kept_.bytes() > kMostKept;
      std::optional<Sequence> ready;
      if (complete) ready = leave();
      kept_.add(*record_, own);
      if (own) waiting_ = read_of(*record_);
      if (ready) return std::move(*ready);
    }
  } catch (const InputError&) {
    if (kept_.empty()) throw;
    damage_ = std::current_exception();  // behind the read that is whole
  }
  if (!kept_.empty()) return leave();
  return std::nullopt;
}

Sequence AlignmentSource::leave() {
  Sequence read;
  read.kind = Sequence::Kind::kRead;
  read.name = bam_get_qname(kept_.all().front().get());
  read.length = 0;
  if (waiting_) read = std::move(*waiting_);
  waiting_.reset();
  read.record_bytes = kept_.bytes();
  read.records = std::make_shared<AlignmentRecords>(std::exchange(kept_, {}));
  return read;
}

// A headerless SAM line has eleven columns or more; FLAG, POS and MAPQ are numbers (in PAF, which
// is alike, the fifth column is a strand).
bool is_alignment_line(std::string_view line) {
  int column = 1;
  for (; column <= 11; ++column) {
    const std::string_view cell = line.substr(0, line.find('\t'));
    const bool number = !cell.empty() && cell.find_first_not_of("0123456789") == cell.npos;
    if ((column == 2 || column == 4 || column == 5) && !number) return false;
    if (cell.size() == line.size()) break;
    line.remove_prefix(cell.size() + 1);
  }
  return column >= 11;
}

}  // namespace

bool looks_like_bam(const Head& head) { return head.content.starts_with("BAM\1"); }

bool looks_like_cram(const Head& head) { return head.raw.starts_with("CRAM"); }

bool looks_like_sam(const Head& head) {
  for (const std::string_view tag : {"@HD\t", "@SQ\t", "@RG\t", "@PG\t", "@CO\t"}) {
    if (head.content.starts_with(tag)) return true;
  }
  return is_alignment_line(head.content.substr(0, head.content.find('\n')));
}

std::unique_ptr<Source> open_alignments(std::unique_ptr<PeekedInput> input,
                                        const SourceOptions& options) {
  return std::make_unique<AlignmentSource>(std::move(input), options);
}

}  // namespace heddle::io
