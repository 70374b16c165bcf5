// SPDX-License-Identifier: MIT
#include "base/text/json.h"

#include <cmath>
#include <iterator>
#include <limits>
#include <nlohmann/json.hpp>
#include <unordered_set>

#include "base/error.h"
#include "base/log.h"

namespace nn {

using Text = nlohmann::ordered_json;

/// Between our values and nlohmann's.
struct JsonText {
  static Text to_text(const Json& value) {
    return std::visit(
        [](const auto& v) -> Text {
          using V = std::decay_t<decltype(v)>;
          if constexpr (std::is_same_v<V, std::monostate>) {
            return nullptr;
          } else if constexpr (std::is_same_v<V, Json::Array>) {
            Text out = Text::array();
            for (const Json& item : v) out.push_back(to_text(item));
            return out;
          } else if constexpr (std::is_same_v<V, Json::Object>) {
            Text out = Text::object();
            auto& members = out.get_ref<Text::object_t&>();  // our keys differ; to look each one up would take n^2
            members.reserve(v.size());
            for (const auto& [key, item] : v) members.push_back({key, to_text(item)});
            return out;
          } else {
            return v;
          }
        },
        value.value_);
  }
};

namespace {

constexpr size_t deepest = 64;
constexpr size_t longest = size_t{64} << 20, most_values = 4'000'000;

// Walks over the text and tells how far the parser has read, for the place in a message.
struct Cursor {
  using iterator_category = std::forward_iterator_tag;
  using value_type = char;
  using difference_type = std::ptrdiff_t;
  using pointer = const char*;
  using reference = const char&;
  const char* at;
  const char** furthest;
  reference operator*() const { return *at; }
  Cursor& operator++() {
    *furthest = ++at;
    return *this;
  }
  Cursor operator++(int) {
    Cursor old = *this;
    ++*this;
    return old;
  }
  bool operator==(const Cursor& other) const { return at == other.at; }
};

// Builds a Json from the parser's events; the parser itself does not recurse.
class Builder : public Text::json_sax_t {
 public:
  Json root;
  std::string failure;

  bool null() override { return put(Json()); }
  bool boolean(bool v) override { return put(Json(v)); }
  bool number_integer(number_integer_t v) override { return put(Json(static_cast<int64_t>(v))); }
  bool number_unsigned(number_unsigned_t v) override {
    if (v > static_cast<uint64_t>(std::numeric_limits<int64_t>::max())) return put(Json(static_cast<double>(v)));
    return put(Json(static_cast<int64_t>(v)));
  }
  bool number_float(number_float_t v, const string_t&) override { return put(Json(v)); }
  bool string(string_t& v) override { return put(Json(std::move(v))); }
  bool binary(binary_t&) override { return fail("binary values are no JSON"); }
  bool start_object(std::size_t) override { return open(false); }
  bool start_array(std::size_t) override { return open(true); }
  bool end_object() override { return close(); }
  bool end_array() override { return close(); }

  bool key(string_t& name) override {
    if (!open_.back().keys.insert(name).second)
      return fail("the key '" + printable(name) + "' stands twice in one object");
    open_.back().key = name;
    return true;
  }

  bool parse_error(std::size_t, const std::string&, const nlohmann::detail::exception& e) override {
    failure = e.what();
    if (const size_t bracket = failure.find("] "); bracket != std::string::npos) failure.erase(0, bracket + 2);
    if (const size_t colon = failure.find(": "); failure.starts_with("parse error at ") && colon != std::string::npos)
      failure.erase(0, colon + 2);
    // "syntax error while parsing object key - unexpected '['; expected string literal"
    for (const auto& [theirs, ours] : {std::pair<std::string_view, std::string_view>{"syntax error while parsing ", ""},
                                       {" - unexpected ", ": found "},
                                       {" - ", ": "},
                                       {"; expected ", ", expected "}})
      if (const size_t at = failure.find(theirs); at != std::string::npos) failure.replace(at, theirs.size(), ours);
    return false;
  }

 private:
  struct Level {
    bool is_array;
    Json::Array items;
    Json::Object members;
    std::unordered_set<std::string> keys;
    std::string key;  // of the member that is being read
  };
  std::vector<Level> open_;
  size_t values_ = 0;

  bool fail(std::string why) {
    failure = std::move(why);
    return false;
  }
  bool open(bool is_array) {
    if (open_.size() == deepest) return fail("more than 64 levels of nesting");
    open_.push_back({is_array, {}, {}, {}, {}});
    return true;
  }
  bool close() {
    Level& level = open_.back();
    Json done = level.is_array ? Json(std::move(level.items)) : Json(std::move(level.members));
    open_.pop_back();
    return put(std::move(done));
  }
  bool put(Json value) {
    if (++values_ > most_values) return fail("more than 4,000,000 values");
    if (open_.empty())
      root = std::move(value);
    else if (open_.back().is_array)
      open_.back().items.push_back(std::move(value));
    else
      open_.back().members.emplace_back(std::move(open_.back().key), std::move(value));
    return true;
  }
};

[[noreturn]] void mismatch(const char* expected) { throw Error(std::string("JSON: expected ") + expected); }

}  // namespace

// The copy that std::variant makes by itself crashes where it gets no memory (libstdc++ 12): it takes what was never
// made for a value, and destroys it.
Json::Json(const Json& other) : Json() {
  std::visit([this](const auto& v) { value_ = std::decay_t<decltype(v)>(v); }, other.value_);
}

const std::string& Json::string() const {
  if (const auto* v = std::get_if<std::string>(&value_)) return *v;
  mismatch("a string");
}

double Json::number() const {
  if (const auto* v = std::get_if<double>(&value_)) return *v;
  if (const auto* v = std::get_if<int64_t>(&value_)) return static_cast<double>(*v);
  mismatch("a number");
}

int64_t Json::integer() const {
  if (const auto* v = std::get_if<int64_t>(&value_)) return *v;
  if (const auto* v = std::get_if<double>(&value_); v && std::abs(*v) <= 0x1p53 && std::floor(*v) == *v)
    return static_cast<int64_t>(*v);
  mismatch("a whole number");
}

bool Json::boolean() const {
  if (const auto* v = std::get_if<bool>(&value_)) return *v;
  mismatch("true or false");
}

const Json::Array& Json::items() const& {
  if (const auto* v = std::get_if<Array>(&value_)) return *v;
  mismatch("an array");
}

const Json::Object& Json::members() const& {
  if (const auto* v = std::get_if<Object>(&value_)) return *v;
  mismatch("an object");
}

const Json* Json::find(std::string_view key) const {
  if (const auto* object = std::get_if<Object>(&value_))
    for (const auto& [name, value] : *object)
      if (name == key) return &value;
  return nullptr;
}

const Json& Json::at(std::string_view key) const& {
  if (!is_object()) mismatch("an object");
  if (const Json* value = find(key)) return *value;
  throw Error("JSON: the key '" + std::string(key) + "' is missing");
}

Json& Json::operator[](const std::string& key) {
  if (is_null()) value_ = Object{};
  auto* object = std::get_if<Object>(&value_);
  if (!object) mismatch("an object");
  for (auto& [name, value] : *object)
    if (name == key) return value;
  return object->emplace_back(key, Json()).second;
}

void Json::push_back(Json v) {
  if (is_null()) value_ = Array{};
  auto* array = std::get_if<Array>(&value_);
  if (!array) mismatch("an array");
  array->push_back(std::move(v));
}

std::string Json::dump(int indent) const {
  return JsonText::to_text(*this).dump(indent, ' ', false, Text::error_handler_t::replace);
}

Json Json::parse(std::string_view text) {
  if (text.size() > longest) throw Error("JSON: a text of " + std::to_string(text.size()) + " bytes, more than 64 MB");
  const char* furthest = text.data();
  const char* begin = text.data();
  Builder builder;
  const bool ok = Text::sax_parse(Cursor{begin, &furthest}, Cursor{begin + text.size(), &furthest}, &builder);
  if (ok) return std::move(builder.root);
  size_t line = 1, column = 0;
  for (const char* c = begin; c != furthest; ++c) {
    ++column;
    if (*c == '\n') {
      ++line;
      column = 0;
    }
  }
  throw Error("JSON, line " + std::to_string(line) + ", column " + std::to_string(column) + ": " +
              printable(builder.failure));
}

}  // namespace nn
