#pragma once
// Records of SAM, BAM and CRAM as htslib holds them, for outputs that write them again. The rest of
// the house sees only the names of these types.
// Ownership: each holds copies. Threads: const once they are shared.

#include <htslib/sam.h>

#include <cstddef>
#include <memory>
#include <vector>

namespace heddle::io {

struct CloseFile {
  void operator()(htsFile* file) const { hts_close(file); }
};

struct DropRecord {
  void operator()(bam1_t* record) const { bam_destroy1(record); }
};
using RecordPtr = std::unique_ptr<bam1_t, DropRecord>;

struct DropHeader {
  void operator()(sam_hdr_t* header) const { sam_hdr_destroy(header); }
};
using HeaderPtr = std::unique_ptr<sam_hdr_t, DropHeader>;

/// A file's header, as it was read.
class AlignmentHeader {
 public:
  explicit AlignmentHeader(const sam_hdr_t* header);
  /// A copy to write with.
  HeaderPtr copy() const;

 private:
  HeaderPtr header_;
};

/// A read's own record, and the secondary and supplementary records that stand around it in the
/// file and are no samples of their own.
class AlignmentRecords {
 public:
  void add(const bam1_t& record, bool own);

  bool empty() const { return all_.empty(); }
  /// In the order of the file.
  const std::vector<RecordPtr>& all() const { return all_; }
  bool is_own(std::size_t index) const { return index == own_; }
  std::size_t bytes() const { return bytes_; }

 private:
  std::vector<RecordPtr> all_;
  std::size_t bytes_ = 0;
  std::size_t own_ = static_cast<std::size_t>(-1);
};

}  // namespace heddle::io
