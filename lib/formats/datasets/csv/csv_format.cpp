// SPDX-License-Identifier: MIT
#include "formats/datasets/csv/csv_dataset.h"
#include "formats/intake.h"

namespace nn {
namespace {
Dataset read_csv(const std::string& input, const CsvOptions& options) { return read_delimited(input, ',', options); }
std::vector<ForeignFile> write_csv(const Dataset& data, const CsvOptions& options) {
  return write_delimited(data, ',', options);
}
}  // namespace

extern const DatasetFormat csv_format;
const DatasetFormat csv_format{
    .name = "csv",
    .summary = "comma-separated values, one sample per line",
    .suffixes = {".csv"},
    .folder = false,
    .text = true,
    .content = &text_content,
    .reader = reader_with<CsvOptions, read_csv>,
    .writer = writer_with<CsvOptions, write_csv>,
};

}  // namespace nn
