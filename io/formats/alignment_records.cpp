#include "io/formats/alignment_records.h"

#include <new>

namespace heddle::io {

AlignmentHeader::AlignmentHeader(const sam_hdr_t* header) : header_(sam_hdr_dup(header)) {
  if (!header_) throw std::bad_alloc();
}

HeaderPtr AlignmentHeader::copy() const {
  HeaderPtr copied(sam_hdr_dup(header_.get()));
  if (!copied) throw std::bad_alloc();
  return copied;
}

void AlignmentRecords::add(const bam1_t& record, bool own) {
  RecordPtr copied(bam_dup1(&record));
  if (!copied) throw std::bad_alloc();
  if (own) own_ = all_.size();
  bytes_ += sizeof(bam1_t) + copied->m_data;
  all_.push_back(std::move(copied));
}

}  // namespace heddle::io
