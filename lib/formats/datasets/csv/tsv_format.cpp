// SPDX-License-Identifier: MIT
#include "formats/datasets/csv/csv_dataset.h"
#include "formats/intake.h"

namespace nn {
namespace {
Dataset read_tsv(const std::string& input, const CsvOptions& options) { return read_delimited(input, '\t', options); }
std::vector<ForeignFile> write_tsv(const Dataset& data, const CsvOptions& options) {
  return write_delimited(data, '\t', options);
}
}  // namespace

extern const DatasetFormat tsv_format;
const DatasetFormat tsv_format{
    .name = "tsv",
    .summary = "tab-separated values, one sample per line",
    .suffixes = {".tsv"},
    .folder = false,
    .text = true,
    .content = &text_content,
    .reader = reader_with<CsvOptions, read_tsv>,
    .writer = writer_with<CsvOptions, write_tsv>,
};

}  // namespace nn
