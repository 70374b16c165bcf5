// SPDX-License-Identifier: MIT
#include "formats/reading.h"

#include <algorithm>
#include <filesystem>

#include "base/log.h"
#include "data/gzip.h"
#include "formats/packed.h"
#include "formats/utf8.h"

namespace nn {
namespace {
namespace fs = std::filesystem;

bool is_h5(const std::string& name) { return name.ends_with(".h5") || name.ends_with(".hdf5"); }

const FormatType& format_named(const char* name) { return find_in(format_types(), name, "format"); }

/// What bytes at the start say by themselves; empty when it is nothing known. Text is "csv".
std::string content_of(std::string_view start) {
  using namespace std::string_view_literals;
  if (start.starts_with("\x89HDF\r\n\x1a\n"sv)) return "h5";
  if (start.starts_with("\x93NUMPY"sv)) return "npy";
  if (start.starts_with("PK\x03\x04"sv)) return "npz";
  if (start.size() >= 4 && start.starts_with("\0\0"sv) && start[2] >= 8 && start[2] <= 14 && start[3] >= 1 &&
      start[3] <= 8)
    return "idx";
  if (start.starts_with("\x89PNG"sv) || start.starts_with("\xff\xd8\xff"sv)) return "picture";
  if (start.starts_with("\xff\xfe"sv) || start.starts_with("\xfe\xff"sv)) return "csv";  // UTF-16: the reader says so
  if (start.empty() || start.find('\0') != std::string_view::npos) return "";
  return "csv";
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

void apply_range(Dataset& data, const FormatOptions& options) {
  const bool pixels = !data.splits.empty() && data.splits.front().x.type == h5::Type::u8;
  if (!pixels && !options.range.empty())
    throw UsageError("--range " + options.range + ": the data holds no pixels of whole numbers");
  if (!pixels) return;
  uint8_t least = 255, greatest = 0;
  for (const Split& split : data.splits)
    if (const auto x = split.x.as<uint8_t>(); !x.empty()) {
      const auto [low, high] = std::ranges::minmax(x);
      least = std::min(least, low), greatest = std::max(greatest, high);
    }
  if (!options.range.empty()) {
    const size_t colon = options.range.find(':');
    int low = 0, high = 0;
    in_context("--range " + options.range, [&] {
      if (colon == std::string::npos) throw UsageError("expected MIN:MAX, as 0:16");
      parse_value(std::string_view(options.range).substr(0, colon), low);
      parse_value(std::string_view(options.range).substr(colon + 1), high);
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
    const bool labels = !split.labels.empty(), targets = split.targets.shape.rank() != 0;
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

const FormatType* input_format(const std::string& input, const std::string& named, const FormatOptions& options) {
  std::error_code ignored;
  if (input != "-" && !fs::exists(input, ignored)) throw Error(input + ": no such file or folder");
  if (named == "h5") return nullptr;
  if (!named.empty()) return &format_named(named.c_str());
  if (fs::is_directory(input, ignored)) return format_of(input);
  if (is_h5(input)) return nullptr;
  std::vector<std::byte> start = start_of(input, options);
  refuse_packed(input, start);
  const bool packed = is_gzip(start);
  if (packed) start = in_context(input, [&] { return gunzip_start(start, 4096); });
  const std::string found = content_of({reinterpret_cast<const char*>(start.data()), start.size()});
  const FormatType* by_name = input == "-" ? nullptr : format_of(input);
  if (!by_name && packed) by_name = format_of(without_gz(input));
  if (found == "h5" && !packed) return nullptr;
  if (found == "picture") throw UsageError(input + ": one picture; a folder of PNG pictures is a dataset");
  if (found == "csv" && (!by_name || !by_name->read) && is_json(start))
    throw UsageError(input +
                     ": JSON, which no format here reads; write the table as CSV or TSV, or say --from csv where it is "
                     "one all the same");
  if (by_name &&
      (found.empty() || found == by_name->name || (found == "csv" && std::string_view(by_name->name) == "tsv")))
    return by_name;
  if (found.empty() || found == "h5") {
    if (start.empty())
      return by_name;  // empty, or a pipe that cannot be looked into: the reader of our files says what is wrong
    throw UsageError(input + ": neither its name nor its content tells a format; say it with --from");
  }
  options.note((input == "-" ? "standard input" : input) + ": read as " + found + (packed ? " in gzip" : "") +
               ", by its content (--from)");
  return &format_named(found.c_str());
}

std::vector<std::string> files_read(const std::string& input, const std::string& named) {
  std::vector<std::string> files{input};
  if (std::error_code ignored; !fs::is_regular_file(input, ignored)) return files;
  try {
    const FormatType* type = input_format(input, named, FormatOptions{});
    if (!type) return files;
    if (!type->beside) return files;
    const std::vector<std::string> beside = type->beside(input);
    files.insert(files.end(), beside.begin(), beside.end());
  } catch (const Error&) {
  }
  return files;
}

Dataset read_foreign(const std::string& input, const FormatType& type, FormatOptions options) {
  check_option("title", options.title);
  check_option("split", options.split);
  if (!options.classes.empty()) options.class_names = named_classes(options.classes, options.budget);
  Dataset data = type.read(input, options);
  data.source = input == "-" ? "standard input" : fs::path(input).filename().string();
  if (!is_utf8(data.source)) data.source = printable(data.source);
  data.title = !options.title.empty() ? options.title : data.source;
  const std::string shown = input == "-" ? "standard input" : input;
  in_context(shown, [&] {
    check_names(data);
    refuse_two_kinds(data);
    if (!options.class_names.empty()) apply_classes(data, options.class_names, options);
    apply_range(data, options);
  });
  check(data, shown);
  if (options.log)
    for (const Split& split : data.splits)
      options.log->detail("read " + printable(shown) + ": split " + printable(split.name) + ", " +
                          std::to_string(split.size()) + " samples of " + split.x.shape.without_first().text());
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

const FormatType* output_format(const std::string& named, const std::string& target) {
  if (named == "h5" ||
      (named.empty() && (target.empty() || target == "-" || target.ends_with(".h5") || target.ends_with(".hdf5"))))
    return nullptr;
  if (!named.empty()) return &find_in(format_types(), named, "format");
  if (const FormatType* format = format_of(target)) return format;
  std::string known;
  for (const FormatType* format : format_types()) known += std::string(known.empty() ? "" : ", ") + format->name;
  throw UsageError(target + ": no format that nn-convert writes has this suffix; it writes " + known +
                   ", h5; --to chooses one");
}

}  // namespace nn
