#include "io/formats/genome_page/page_parts.h"

#include "io/report/text.h"

namespace heddle::io {

std::string heading_of(const SequenceNotes& notes) {
  return notes.name + ", " + report::grouped(notes.length) + " bases" +
         (notes.circular ? ", a circle" : "");
}

std::string place_text(std::int64_t start, std::int64_t end) {
  return report::grouped(start + 1) + "-" + report::grouped(end);
}

std::string share_text(double part, double whole) {
  return report::number(whole > 0 ? 100 * part / whole : 0, 2) + " %";
}

}  // namespace heddle::io
