// SPDX-License-Identifier: MIT
// Folders of texts: SPLIT/CLASS/*.txt, or CLASS/*.txt for one split, or *.txt without labels. Bytes stay as they are.
#include <algorithm>
#include <string_view>

#include "base/log.h"
#include "data/texts.h"
#include "formats/datasets/folders/class_folders.h"
#include "formats/datasets/folders/class_tree.h"
#include "h5/reading/reader.h"

namespace nn {
namespace {

struct TextOptions : FormatOptions {
  std::string split;  ///< read: name of the split made (train), or the one read; write: the split written
  void declare_reading(OptionSet& set) { declare_split(set, split); }
  void declare_writing(OptionSet& set) { declare_split(set, split); }
};

bool is_other_document(std::string_view suffix) {
  constexpr std::string_view known[] = {".text", ".md",  ".html", ".htm", ".xml",  ".rtf", ".pdf", ".doc",
                                        ".docx", ".odt", ".tex",  ".gz",  ".json", ".eml", ".log", ".rst"};
  return std::ranges::find(known, suffix) != std::end(known);
}
constexpr SampleKind text_files{.suffix = ".txt",
                                .sample = "text",
                                .samples = "texts",
                                .files = ".txt files",
                                .other = {"document that is not .txt", "documents that are not .txt"},
                                .unknown = {"file that is not a text", "files that are not texts"},
                                .hint = "rename plain texts to .txt, and make plain text of other documents first",
                                .is_other = is_other_document};

Dataset read_texts(const std::string& input, const TextOptions& options) {
  const ClassTree tree = read_class_tree(input, text_files, options.split, options);
  Dataset data;
  for (const SplitFiles& files : tree.splits) {
    Split split;
    split.name = files.name;
    TextColumn text("text"), name("name");
    for (const SampleFile& file : files.files) {
      const std::vector<std::byte> bytes = h5::read_bytes(file.path.string(), options.budget);
      text.add({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
      name.add(file.path.lexically_relative(tree.root).string());
    }
    split.set("labels", files.labels());
    split.set(std::move(text).finish());
    split.set(std::move(name).finish());
    split.number_rows();
    data.splits.push_back(std::move(split));
  }
  data.classes = tree.classes;
  for (const std::string& remark : remarks_on_texts(data)) options.note(remark);
  return data;
}

std::vector<ForeignFile> write_texts(const Dataset& data, const TextOptions& options) {
  return sample_files(data, options.split, ".txt", [](const Split& split, size_t row) {
    const Column* texts = split.column("text");
    if (!texts) throw Error("split " + split.name + " holds no texts");
    const std::string_view text = text_at(*texts, static_cast<int64_t>(row));
    const auto bytes = std::as_bytes(std::span(text.data(), text.size()));
    return std::vector<std::byte>(bytes.begin(), bytes.end());
  });
}

}  // namespace

extern const DatasetFormat txt_format;
const DatasetFormat txt_format{
    .name = "txt",
    .summary =
        "a folder of texts (*.txt), one subfolder per class (below train, val, test if there are several splits)",
    .suffixes = {},
    .folder = true,
    .text = false,
    .content = nullptr,
    .reader = reader_with<TextOptions, read_texts>,
    .writer = writer_with<TextOptions, write_texts>,
    .beside = nullptr,
    .columns = {"text"},
};

}  // namespace nn
