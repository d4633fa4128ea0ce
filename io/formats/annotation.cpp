#include "io/formats/annotation.h"

#include "io/formats/genbank_rows.h"
#include "io/formats/text_input.h"

namespace heddle::io {

Gff3File read_annotation(const std::string& uri) {
  auto input = PeekedInput::open(uri);
  const bool genbank = content_head(input->head()).starts_with("LOCUS ");
  TextInput text(std::move(input));
  return genbank ? genbank_rows(text) : gff3_rows(text);
}

}  // namespace heddle::io
