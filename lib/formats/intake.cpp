// SPDX-License-Identifier: MIT
#include "formats/intake.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <exception>
#include <optional>
#include <span>
#include <string_view>
#include <system_error>

#include "base/log.h"
#include "base/system/retry.h"
#include "base/text/file_type.h"
#include "base/text/first_bytes.h"
#include "data/gzip.h"
#include "formats/packed.h"

namespace nn {
namespace {

constexpr size_t piece = size_t{256} << 10, most_of_header = 4 * piece;
constexpr size_t signature = 16;  // bytes that tell what a file is: Content::begins

bool is_text_start(std::string_view start) {
  using namespace std::string_view_literals;
  if (start.starts_with("\xff\xfe"sv) || start.starts_with("\xfe\xff"sv)) return true;  // UTF-16: the reader says so
  return !start.empty() && start.find('\0') == std::string_view::npos;
}

/// What has come so far.
class Growing {
 public:
  Growing(const std::string& shown, const FormatOptions& options, const Content& content)
      : shown_(shown), budget_(options.budget), content_(content), is_text_(content.is_text) {}

  void expect(uint64_t size) {
    budget_.ask(size, shown_);
    bytes_.reserve(static_cast<size_t>(size));
  }
  void add(std::span<const std::byte> some) {
    if (bytes_.empty() &&
        std::string_view(reinterpret_cast<const char*>(some.data()), some.size()).starts_with("\x89HDF"))
      is_text_ = false;
    if (is_text_) check_line({reinterpret_cast<const char*>(some.data()), some.size()});
    if (is_text_ && content_.most > 0 && bytes_.size() + some.size() > content_.most)
      throw UsageError(shown_ + ": expected a list of names as text (at most " + std::to_string(content_.most) +
                       " bytes), found more");
    if (const size_t size = bytes_.size() + some.size(); size > bytes_.capacity()) {
      // While they move there are the old ones, too, which are in use already.
      const size_t room = std::max({size, bytes_.capacity() + bytes_.capacity() / 2, 4 * piece});
      budget_.ask(room, shown_);
      bytes_.reserve(room);
    }
    bytes_.insert(bytes_.end(), some.begin(), some.end());
  }
  size_t size() const { return bytes_.size(); }
  /// It cannot be what is expected, and more of it is of no use.
  bool is_hopeless() const {
    return bytes_.size() >= signature && !content_.is_text && content_.begins &&
           !content_.begins({reinterpret_cast<const char*>(bytes_.data()), signature});
  }
  std::span<const std::byte> so_far() const { return bytes_; }
  std::vector<std::byte> take() { return std::move(bytes_); }

 private:
  void check_line(std::string_view text) {
    const size_t end = text.find_last_of("\r\n");
    in_line_ = end == std::string_view::npos ? in_line_ + text.size() : text.size() - end - 1;
    if (in_line_ <= longest_line) {
      line_ += static_cast<size_t>(std::ranges::count(text, '\n'));
      return;
    }
    throw Error(shown_ + ": line " + std::to_string(line_) + ": longer than 16 MiB; is this a text file?");
  }

  const std::string& shown_;
  const Budget& budget_;
  const Content& content_;
  bool is_text_;
  size_t line_ = 1, in_line_ = 0;
  std::vector<std::byte> bytes_;
};

class Intake {
 public:
  Intake(const std::string& input, const FormatOptions& options, const Content& content)
      : shown_(shown_name(input)), content_(content), growing_(shown_, options, content) {
    if (options.pipe && options.pipe->name == input)
      descriptor_ = Descriptor{options.pipe->descriptor.get(), false};
    else
      open(input);
    struct stat info {};
    if (::fstat(descriptor_.get(), &info) != 0) throw failure("cannot read");
    check_file_type(info, shown_);
    if (S_ISREG(info.st_mode)) size_ = static_cast<uint64_t>(info.st_size);
  }

  std::vector<std::byte> all() {
    if (size_) growing_.expect(*size_);
    std::optional<uint64_t> end;
    while (!(end && growing_.size() > *end)) {
      const std::span<const std::byte> some = next();
      if (some.empty()) break;
      growing_.add(some);
      if (growing_.is_hopeless()) break;
      if (!end && growing_.size() <= most_of_header)
        end = content_.size ? content_.size(growing_.so_far()) : std::nullopt;
      else if (!end && content_.size && !is_gzip(growing_.so_far()))
        break;  // who parses it says what is wrong
    }
    return growing_.take();
  }

  std::vector<std::byte> unpacked(const std::string& input) {
    std::vector<std::byte> start;
    while (start.size() < signature) {
      const std::span<const std::byte> some = next();
      if (some.empty()) break;
      start.insert(start.end(), some.begin(), some.end());
    }
    refuse_packed(input, start);
    if (!is_gzip(start)) {
      growing_.add(start);
      return growing_.is_hopeless() ? growing_.take() : all();
    }
    return unzipped(start);
  }

 private:
  std::vector<std::byte> unzipped(std::span<const std::byte> start) {
    Gunzip gunzip;
    std::exception_ptr refusal;  // it names the input by itself
    const Gunzip::Give give = [&](std::span<const std::byte> content) {
      try {
        growing_.add(content);
      } catch (...) {
        refusal = std::current_exception();
      }
      return !refusal && !growing_.is_hopeless();
    };
    for (std::span<const std::byte> some = start; !some.empty(); some = next())
      if (!in_context(shown_, [&] { return gunzip.take(some, give); })) {
        if (refusal) std::rethrow_exception(refusal);
        return growing_.take();
      }
    in_context(shown_, [&] { gunzip.end(); });
    return growing_.take();
  }

  Error failure(const char* what) const {
    return Error(shown_ + ": " + what + ": " + std::generic_category().message(errno));
  }

  void open(const std::string& input) {
    if (input == "-") {
      if (::isatty(STDIN_FILENO)) refuse_terminal(shown_);
      descriptor_ = Descriptor{STDIN_FILENO, false};
      return;
    }
    struct stat info {};
    if (::stat(input.c_str(), &info) == 0) check_file_type(info, shown_);
    descriptor_ = Descriptor{retried([&] { return ::open(input.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY); })};
    if (!descriptor_) throw failure("cannot open");
  }

  std::span<const std::byte> next() {
    buffer_.resize(piece);
    const ssize_t got = retried([&] { return ::read(descriptor_.get(), buffer_.data(), buffer_.size()); });
    if (got < 0) throw failure("cannot read");
    return std::span(buffer_).first(static_cast<size_t>(got));
  }

  std::string shown_;
  const Content& content_;
  Growing growing_;
  Descriptor descriptor_;
  std::optional<uint64_t> size_;  ///< of a file
  std::vector<std::byte> buffer_;
};
}  // namespace

const Content any_content{};
const Content text_content{.begins = is_text_start, .is_text = true};
const Content list_content{.begins = is_text_start, .is_text = true, .most = size_t{64} << 20};

std::string shown_name(const std::string& input) { return input == "-" ? "standard input" : printable(input); }

std::shared_ptr<const OpenedPipe> opened_pipe(const std::string& input) {
  if (!is_named_pipe(input)) return nullptr;
  Descriptor descriptor{retried([&] { return ::open(input.c_str(), O_RDONLY | O_CLOEXEC); })};
  if (!descriptor) throw Error(printable(input) + ": cannot open: " + std::generic_category().message(errno));
  return std::make_shared<const OpenedPipe>(OpenedPipe{input, std::move(descriptor)});
}

std::vector<std::byte> start_of(const std::string& input, const FormatOptions& options) {
  return options.pipe && options.pipe->name == input ? first_bytes(options.pipe->descriptor.get()) : first_bytes(input);
}

std::vector<std::byte> input_bytes(const std::string& input, const FormatOptions& options, const Content& content) {
  return Intake(input, options, content).all();
}

std::vector<std::byte> unpacked_bytes(const std::string& input, const FormatOptions& options, const Content& content) {
  return Intake(input, options, content).unpacked(input);
}

}  // namespace nn
