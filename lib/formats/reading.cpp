// SPDX-License-Identifier: MIT
#include "formats/reading.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <filesystem>

#include "base/log.h"
#include "data/gzip.h"
#include "formats/packed.h"
#include "formats/utf8.h"
#include "h5/image.h"

namespace nn {
namespace {
namespace fs = std::filesystem;

bool is_h5(const std::string& name) { return name.ends_with(".h5") || name.ends_with(".hdf5"); }

/// What the bytes at the start say by themselves: the format whose files begin so, text last, since much else may pass
/// for it; null when it is nothing known.
const DatasetFormat* format_by_content(std::string_view start) {
  for (const bool text : {false, true})
    for (const DatasetFormat* format : dataset_formats())
      if (const Content* content = format->content;
          content && content->begins && content->is_text == text && content->begins(start))
        return format;
  return nullptr;
}

/// Text that begins with a bracket, after blanks and ends of lines.
bool is_json(std::span<const std::byte> start) {
  const auto first = std::ranges::find_if(start, [](std::byte b) {
    return std::string_view(" \t\r\n").find(static_cast<char>(b)) == std::string_view::npos;
  });
  return first != start.end() && (*first == std::byte{'['} || *first == std::byte{'{'});
}

/// "a.csv.gz" without ".gz".
std::string without_gz(const std::string& name) {
  return name.ends_with(".gz") || name.ends_with(".GZ") ? name.substr(0, name.size() - 3) : name;
}

void apply_range(Dataset& data, const ReadOptions& reading, const FormatOptions& options) {
  const bool pixels =
      !data.splits.empty() && data.splits.front().has_samples() && data.splits.front().x().type == h5::Type::u8;
  if (!pixels && !reading.range.empty())
    throw UsageError("--range " + reading.range + ": the data holds no pixels of whole numbers");
  if (!pixels) return;
  uint8_t least = 255, greatest = 0;
  for (const Split& split : data.splits)
    if (const auto x = split.x().as<uint8_t>(); !x.empty()) {
      const auto [low, high] = std::ranges::minmax(x);
      least = std::min(least, low), greatest = std::max(greatest, high);
    }
  if (!reading.range.empty()) {
    const size_t colon = reading.range.find(':');
    int low = 0, high = 0;
    in_context("--range " + reading.range, [&] {
      if (colon == std::string::npos) throw UsageError("expected MIN:MAX, as 0:16");
      parse_value(std::string_view(reading.range).substr(0, colon), low);
      parse_value(std::string_view(reading.range).substr(colon + 1), high);
      if (low < 0 || high > 255 || low >= high)
        throw UsageError("expected whole numbers from 0 to 255, the least first");
      if (least < low || greatest > high)
        throw Error("the pixels go from " + std::to_string(least) + " to " + std::to_string(greatest));
    });
    data.valid_min = low, data.valid_max = high;
  } else if (data.valid_min == 0 && data.valid_max == 255 && greatest < 128) {
    options.note("the greatest pixel is " + std::to_string(greatest) +
                 " and the range is taken for 0 to 255; --range 0:" + std::to_string(std::max<int>(1, greatest)) +
                 " says otherwise");
  }
}
/// Labels in one split and numbers to predict in another answer no one question.
void refuse_two_kinds(const Dataset& data) {
  const Split *labelled = nullptr, *targeted = nullptr;
  for (const Split& split : data.splits) {
    const bool labels = !split.labels().empty(), targets = split.targets().shape.rank() != 0;
    if (labels && !targets) labelled = &split;
    if (targets && !labels) targeted = &split;
  }
  if (labelled && targeted)
    throw Error("split " + printable(labelled->name) + " has labels and split " + printable(targeted->name) +
                " targets; a dataset has the same in all its splits");
}

/// Names of folders and of options may be in any encoding; those in our files are UTF-8.
void check_names(const Dataset& data) {
  const auto check = [](const std::string& what, const std::string& name) {
    if (!is_utf8(name))
      throw Error(
          what + " '" + printable(name) +
          "' is not UTF-8; rename the folder or file that it comes from, as convmv -f WINDOWS-1252 -t UTF-8 does");
  };
  for (const std::string& name : data.classes) check("the class", name);
  for (const Split& split : data.splits) check("the split", split.name);
}

void check_option(const char* name, const std::string& value) {
  if (!is_utf8(value))
    throw UsageError(std::string("--") + name + " '" + printable(value) + "' is not UTF-8; write it in UTF-8");
}
}  // namespace

void ReadOptions::declare(OptionSet& set) {
  set.add("title", title, "TEXT", "title of the data set made").brief_help();
  set.add("classes", classes, "FILE|NAME,...",
          "the classes, in order: a file with one name per line, a file of nn-tools that has classes, or names "
          "separated by commas; other labels are an error")
      .brief_help()
      .reads_file([](const std::string& value) {
        return names_classes_file(value) ? std::vector{value} : std::vector<std::string>{};
      });
  set.add("range", range, "MIN:MAX",
          "smallest and largest value of a pixel; not given: as the file says, otherwise 0:255")
      .brief_help();
}

const DatasetFormat* input_format(const std::string& input, const std::string& named, const FormatOptions& options) {
  std::error_code ignored;
  if (input != "-" && !fs::exists(input, ignored)) throw Error(input + ": no such file or folder");
  if (named == "h5") return nullptr;
  if (!named.empty()) return &find_in(dataset_formats(), named, "format");
  if (fs::is_directory(input, ignored)) return dataset_format_of(input);
  if (is_h5(input)) return nullptr;
  std::vector<std::byte> start = start_of(input, options);
  refuse_packed(input, start);
  const bool packed = is_gzip(start);
  if (packed) start = in_context(input, [&] { return gunzip_start(start, 4096); });
  const std::string_view text(reinterpret_cast<const char*>(start.data()), start.size());
  const bool ours = h5::has_signature(start);
  const DatasetFormat* found = ours ? nullptr : format_by_content(text);
  const DatasetFormat* by_name = input == "-" ? nullptr : dataset_format_of(input);
  if (!by_name && packed) by_name = dataset_format_of(without_gz(input));
  if (ours && !packed) return nullptr;
  if (found && found->content->refusal) throw UsageError(input + ": " + found->content->refusal);
  const bool is_text = found && found->content->is_text;
  if (is_text && !by_name && is_json(start))
    throw UsageError(input +
                     ": JSON, which no format here reads; write the table as CSV or TSV, or say --from csv where it is "
                     "one all the same");
  // One kind of text is told from another by the name only.
  if (by_name && !ours && (!found || found == by_name || (is_text && by_name->content->is_text))) return by_name;
  if (!found) {
    if (start.empty())
      return by_name;  // empty, or a pipe that cannot be looked into: the reader of our files says what is wrong
    throw UsageError(input + ": neither its name nor its content tells a format; say it with --from");
  }
  options.note((input == "-" ? "standard input" : input) + ": read as " + found->name + (packed ? " in gzip" : "") +
               ", by its content (--from)");
  return found;
}

const ModelFormat* model_input_format(const std::string& input, const std::string& named,
                                      const FormatOptions& options) {
  std::error_code ignored;
  if (named == "h5") return nullptr;
  if (input != "-" && fs::is_directory(input, ignored)) {
    for (const ModelFormat* format : model_formats())
      if (format->takes_folder && (named.empty() ? format->takes_folder(input) : named == format->name)) return format;
    return nullptr;
  }
  if (input != "-" && !fs::is_regular_file(input, ignored) && !options.pipe) return nullptr;
  const ModelFormat* found = model_format_of(start_of(input, options), input == "-" ? "" : input);
  if (named.empty()) return found;
  for (const ModelFormat* format : model_formats())
    if (format->name == named) {
      const auto same = [&](const DatasetFormat* other) { return other->name == named; };
      return std::ranges::any_of(dataset_formats(), same) && found != format ? nullptr : format;
    }
  return nullptr;
}

std::vector<std::string> files_read(const std::string& input, const std::string& named) {
  std::vector<std::string> files{input};
  if (std::error_code ignored; !fs::is_regular_file(input, ignored)) return files;
  try {
    std::vector<std::string> beside;
    if (const ModelFormat* model = model_input_format(input, named, FormatOptions{})) {
      if (model->beside) beside = model->beside(input);
    } else if (const DatasetFormat* type = input_format(input, named, FormatOptions{}); type && type->beside) {
      beside = type->beside(input);
    }
    files.insert(files.end(), beside.begin(), beside.end());
  } catch (const Error&) {
  }
  return files;
}

Dataset read_foreign(const std::string& input, DatasetReader& reader, const ReadOptions& reading,
                     FormatOptions options) {
  check_option("title", reading.title);
  if (!reading.classes.empty()) options.class_names = named_classes(reading.classes, options.budget);
  Dataset data = reader.read(input, options);
  data.source = input == "-" ? "standard input" : fs::path(input).filename().string();
  if (!is_utf8(data.source)) data.source = printable(data.source);
  data.title = !reading.title.empty() ? reading.title : data.source;
  const std::string shown = input == "-" ? "standard input" : input;
  in_context(shown, [&] {
    check_names(data);
    refuse_two_kinds(data);
    if (!options.class_names.empty()) apply_classes(data, options.class_names, options);
    apply_range(data, reading, options);
  });
  check(data, shown);
  if (options.log)
    for (const Split& split : data.splits)
      options.log->detail("read " + printable(shown) + ": split " + printable(split.name) + ", " +
                          std::to_string(split.size()) + " samples" +
                          (split.has_samples() ? " of " + split.x().shape.without_first().text() : ""));
  return data;
}

h5::Reader reader_of_pipe(const FormatOptions& options) {
  const std::string& name = options.pipe->name;
  return h5::Reader::of_bytes(input_bytes(name, options), printable(name), "", options.budget);
}

void ask_for_table(const h5::Reader& file, const Budget& budget) {
  if (!file.has("/probability")) return;
  const Shape shape = file.shape("/probability");
  constexpr uint64_t cell = 48;  // a Json value, and its text
  for (const int64_t columns : shape.without_first())
    budget.ask_product({static_cast<uint64_t>(shape[0]) + 1, static_cast<uint64_t>(columns), cell},
                       file.name() + ": the table of the predictions");
}

OutputFormat output_format(const std::string& named, const std::string& target) {
  OutputFormat format;
  const ModelFormat* model = named.empty() ? format_by_suffix(model_formats(), target) : nullptr;
  const bool ours = target.empty() || target == "-" || is_h5(target);
  if (named == format.name || (named.empty() && ours && !model_format_by_suffix(target))) return format;
  std::vector<std::string> known;
  for (const auto& [name, summary] : format_list()) known.push_back(name);
  known.push_back(format.name);
  const DatasetFormat* dataset = named.empty() ? dataset_format_of(target) : nullptr;
  const TableFormat* table = named.empty() ? table_format_of(target) : nullptr;
  if (named.empty() && !dataset && !table && !model)
    throw UsageError(fmt::format("{}: no format that nn-convert writes has this suffix; it writes {}; --to chooses one",
                                 target, fmt::join(known, ", ")));
  format.name = !named.empty() ? named : dataset ? dataset->name : table ? table->name : model->name;
  for (const DatasetFormat* one : dataset_formats())
    if (one->name == format.name) format.dataset = one;
  for (const TableFormat* one : table_formats())
    if (one->name == format.name) format.table = one;
  for (const ModelFormat* one : model_formats())
    if (one->name == format.name) format.model = one;
  if (format.is_ours()) throw UsageError("--to: " + unknown_name("format", named, known));
  return format;
}

void check_model_formats(const ModelFormat& from, const OutputFormat& to) {
  if (!from.reader) throw UsageError(std::string("format ") + from.name + " is written only");
  if (to.is_ours()) return;
  if (!to.model) throw UsageError("format " + to.name + " does not hold models");
  if (!to.model->writer) throw UsageError("format " + to.name + " is read only");
}

void check_dataset_formats(const DatasetFormat& from, const OutputFormat& to) {
  if (!to.is_ours())
    throw UsageError(std::string("from ") + from.name + " to " + to.name +
                     ": go through a data set, as nn-convert IN d.h5 && nn-convert d.h5 OUT");
}

FormatNames format_names() {
  FormatNames names;
  const auto add = [](std::vector<std::string>& list, const char* name) {
    if (std::ranges::find(list, name) == list.end()) list.emplace_back(name);
  };
  for (const DatasetFormat* format : dataset_formats()) {
    if (format->reader) add(names.read, format->name);
    if (format->writer) add(names.written, format->name);
  }
  for (const ModelFormat* format : model_formats()) {
    if (format->reader) add(names.read, format->name);
    if (format->writer) add(names.written, format->name);
  }
  for (const TableFormat* format : table_formats()) add(names.written, format->name);
  add(names.read, "h5"), add(names.written, "h5");
  return names;
}

}  // namespace nn
