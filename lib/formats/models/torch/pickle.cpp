// SPDX-License-Identifier: MIT
#include "formats/models/torch/pickle.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <unordered_map>

#include "base/error.h"
#include "base/log.h"
#include "formats/models/torch/pickle_globals.h"

namespace nn {
namespace {

using Kind = PickleValue::Kind;
using Ref = PickleRef;

class Interpreter {
 public:
  Interpreter(std::span<const std::byte> bytes, bool objects) : bytes_(bytes), objects_(objects) {}

  Pickle run() {
    while (!done_) step(number(1));
    out_.size = at_;
    return std::move(out_);
  }

 private:
  static constexpr size_t most_values = 8'000'000, longest_name = 1000;

  [[noreturn]] void refuse(const std::string& what) const {
    throw Error(fmt::format("pickle, byte {}: {}", at_, what));
  }
  std::span<const std::byte> take(uint64_t n) {
    if (n > bytes_.size() - at_) refuse("it ends early");
    const auto part = bytes_.subspan(at_, static_cast<size_t>(n));
    at_ += static_cast<size_t>(n);
    return part;
  }
  uint64_t number(size_t n) {
    uint64_t value = 0;
    for (size_t i = 0; const std::byte b : take(n)) value |= std::to_integer<uint64_t>(b) << (8 * i++);
    return value;
  }
  std::string text(uint64_t n) {
    const auto part = take(n);
    return {reinterpret_cast<const char*>(part.data()), part.size()};
  }
  std::string line() {
    std::string found;
    for (char c = 0; (c = static_cast<char>(number(1))) != '\n'; found += c)
      if (found.size() > longest_name) refuse("a name without an end");
    return found;
  }

  PickleValue& value(Ref ref) { return out_.values[ref]; }
  Ref add(PickleValue value) {
    held_ += value.items.size();
    if (out_.values.size() == most_values || held_ > most_values) refuse("more than 8,000,000 values");
    out_.values.push_back(std::move(value));
    return static_cast<Ref>(out_.values.size() - 1);
  }
  void push(Ref ref) { stack_.push_back(ref); }
  void push(PickleValue value) { push(add(std::move(value))); }
  void push(Kind kind) { push(PickleValue{.kind = kind}); }
  Ref pop() {
    if (stack_.size() <= (marks_.empty() ? 0 : marks_.back())) refuse("a value is missing on its stack");
    const Ref top = stack_.back();
    stack_.pop_back();
    return top;
  }
  Ref top() {
    const Ref ref = pop();
    push(ref);
    return ref;
  }
  std::vector<Ref> pop_to_mark() {
    if (marks_.empty()) refuse("a mark is missing on its stack");
    const auto begin = stack_.begin() + static_cast<std::ptrdiff_t>(marks_.back());
    std::vector<Ref> items(begin, stack_.end());
    stack_.erase(begin, stack_.end());
    marks_.pop_back();
    return items;
  }
  void tuple(size_t n) {
    PickleValue made{.kind = Kind::tuple, .items = std::vector<Ref>(n)};
    while (n > 0) made.items[--n] = pop();
    push(std::move(made));
  }
  void integer(int64_t number) { push(PickleValue{.kind = Kind::integer, .integer = number}); }

  void step(uint64_t opcode);
  void global();
  void remember(uint64_t place) {
    const Ref ref = top();
    memo_[place] = ref;
  }
  void recall(uint64_t place) {
    const auto found = memo_.find(place);
    if (found == memo_.end()) refuse("a value that was never kept is asked for");
    push(found->second);
  }
  void put_items(const std::vector<Ref>& items, Kind kind) {
    PickleValue& into = value(top());
    if (into.kind == Kind::object && into.text.starts_with("__torch__")) return;
    if (into.kind != kind) refuse(kind == Kind::dict ? "items of something that is no dict" : "items of no list");
    if (kind == Kind::dict && items.size() % 2 != 0) refuse("a key without a value");
    into.items.insert(into.items.end(), items.begin(), items.end());
  }
  void long_integer() {
    const uint64_t n = number(1);
    if (n > 10) refuse("an integer beyond 64 bits");
    const auto part = take(n);
    uint64_t bits = 0;
    for (size_t i = 0; i < std::min<uint64_t>(n, 8); ++i) bits |= std::to_integer<uint64_t>(part[i]) << (8 * i);
    if (n > 0 && n < 8 && (std::to_integer<unsigned>(part[n - 1]) & 0x80U)) bits |= ~uint64_t{0} << (8 * n);
    integer(static_cast<int64_t>(bits));  // 10 bytes: the magic number of files that are no zip
  }
  void real() {
    uint64_t bits = 0;
    for (const std::byte b : take(8)) bits = bits << 8 | std::to_integer<uint64_t>(b);
    push(PickleValue{.kind = Kind::real, .real = std::bit_cast<double>(bits)});
  }

  void persistent();
  void reduce();
  Ref reduced(const std::string& global, const std::vector<Ref>& arguments);
  Ref tensor(const std::vector<Ref>& arguments);
  std::vector<int64_t> integers(Ref ref);
  int64_t integer_of(Ref ref) {
    if (value(ref).kind != Kind::integer) refuse("expected an integer");
    return value(ref).integer;
  }
  void build() {
    const Ref state = pop();
    PickleValue& object = value(top());
    if (object.kind == Kind::object) object.items = {state};  // of a dict: versions of modules, of no use here
  }
  void make() {
    const Ref arguments = pop();
    const PickleValue type = value(pop());
    (void)arguments;
    if (type.kind != Kind::global) refuse("an object of no class");
    if (!objects_ || !type.text.starts_with("__torch__")) refuse_global(type.text);
    push(PickleValue{.kind = Kind::object, .text = type.text});
  }
  [[noreturn]] void refuse_global(const std::string& name) const {
    throw Error("it holds '" + printable(name) +
                "', which is code and no data: never executed here; save weights alone, as "
                "torch.save(model.state_dict(), FILE) does");
  }

  std::span<const std::byte> bytes_;
  bool objects_, done_ = false;
  size_t at_ = 0, held_ = 0;
  Pickle out_;
  std::vector<Ref> stack_;
  std::vector<size_t> marks_;
  std::unordered_map<uint64_t, Ref> memo_;
};

void Interpreter::step(uint64_t opcode) {
  switch (opcode) {
    case 0x80: {
      if (const uint64_t protocol = number(1); protocol != 2)
        refuse(
            fmt::format("protocol {}, expected 2, as torch.save writes it (PyTorch's own safe reader refuses others, "
                        "too)",
                        protocol));
      return;
    }
    case 'c':
      return global();
    case 'R':
      return reduce();
    case 0x81:
      return make();
    case 'b':
      return build();
    case '(':
      return marks_.push_back(stack_.size());
    case 't': {
      PickleValue made{.kind = Kind::tuple, .items = pop_to_mark()};
      return push(std::move(made));
    }
    case 0x85:
    case 0x86:
    case 0x87:
      return tuple(static_cast<size_t>(opcode - 0x84));
    case ')':
      return push(Kind::tuple);
    case ']':
    case 0x8f:
      return push(Kind::list);
    case '}':
      return push(Kind::dict);
    case 'a': {
      const Ref item = pop();
      return put_items({item}, Kind::list);
    }
    case 'e': {
      const std::vector<Ref> items = pop_to_mark();
      return put_items(items, Kind::list);
    }
    case 's': {
      const Ref item = pop(), key = pop();
      return put_items({key, item}, Kind::dict);
    }
    case 'u': {
      const std::vector<Ref> items = pop_to_mark();
      return put_items(items, Kind::dict);
    }
    case 'N':
      return push(Kind::none);
    case 0x88:
    case 0x89:
      return push(PickleValue{.kind = Kind::boolean, .integer = opcode == 0x88});
    case 'J':
      return integer(static_cast<int32_t>(number(4)));
    case 'K':
      return integer(static_cast<int64_t>(number(1)));
    case 'M':
      return integer(static_cast<int64_t>(number(2)));
    case 0x8a:
      return long_integer();
    case 'G':
      return real();
    case 'X': {
      const uint64_t length = number(4);
      return push(PickleValue{.kind = Kind::text, .text = text(length)});
    }
    case 'U': {
      const uint64_t length = number(1);
      return push(PickleValue{.kind = Kind::text, .text = text(length)});
    }
    case 'h':
      return recall(number(1));
    case 'j':
      return recall(number(4));
    case 'q':
      return remember(number(1));
    case 'r':
      return remember(number(4));
    case 'Q':
      return persistent();
    case '.':
      out_.root = pop();
      done_ = true;
      return;
    default:
      refuse(fmt::format("opcode 0x{:02x}, which no file of torch.save needs", opcode));
  }
}

void Interpreter::global() {
  const std::string module = line(), name = module + "." + line();
  if (!is_data_global(name) && !(objects_ && name.starts_with("__torch__."))) refuse_global(name);
  push(PickleValue{.kind = Kind::global, .text = name});
}

/// ("storage", class, key, location, elements[, view])
void Interpreter::persistent() {
  const std::vector<Ref> items = value(pop()).items;
  if (items.size() < 5 || value(items[0]).text != "storage" || value(items[1]).kind != Kind::global ||
      value(items[2]).kind != Kind::text)
    refuse("a reference to something that is no storage");
  const Element* type = storage_type(value(items[1]).text);
  if (!type) refuse("a storage of '" + printable(value(items[1]).text) + "'");
  if (items.size() > 5 && value(items[5]).kind != Kind::none) refuse("a storage that is a view of another");
  TorchTensor storage;
  storage.storage = {value(items[2]).text, *type, integer_of(items[4])};
  if (storage.storage.count < 0) refuse("a storage of less than no elements");
  push(PickleValue{.kind = Kind::storage, .tensor = std::move(storage)});
}

void Interpreter::reduce() {
  const Ref arguments = pop(), callable = pop();
  if (value(callable).kind != Kind::global || value(arguments).kind != Kind::tuple) refuse("a call of no function");
  push(reduced(value(callable).text, std::vector<Ref>(value(arguments).items)));
}

Ref Interpreter::reduced(const std::string& name_of, const std::vector<Ref>& arguments) {
  const std::string global = name_of;  // values move
  const auto need = [&](size_t least) {
    if (arguments.size() < least) refuse(global + " with " + std::to_string(arguments.size()) + " arguments");
  };
  if (global == "torch._utils._rebuild_tensor_v2") return need(5), tensor(arguments);
  if (global == "torch._utils._rebuild_tensor") return need(4), tensor(arguments);
  if (global.starts_with("torch._utils._rebuild_parameter")) return need(1), arguments[0];
  if (global == "torch._tensor._rebuild_from_type_v2") {
    need(3);
    const PickleValue &function = value(arguments[0]), &inner = value(arguments[2]);
    if (function.kind != Kind::global || function.text == global || inner.kind != Kind::tuple)
      refuse("a tensor of no known form");
    return reduced(function.text, std::vector<Ref>(inner.items));
  }
  if (global == "torch.Size") return need(1), add({.kind = Kind::tuple, .items = value(arguments[0]).items});
  if (global == "torch.device") return need(1), arguments[0];
  if (global.starts_with("torch.jit._pickle.")) return need(1), arguments[0];
  if (global.starts_with("collections.")) {
    PickleValue dict{.kind = Kind::dict};
    if (!arguments.empty() && value(arguments.back()).kind == Kind::list)  // [[key, value], ...], as Python 2 wrote it
      for (const Ref pair : std::vector<Ref>(value(arguments.back()).items)) {
        const std::vector<Ref>& both = value(pair).items;
        if (both.size() != 2) refuse("a pair of " + std::to_string(both.size()));
        dict.items.insert(dict.items.end(), both.begin(), both.end());
      }
    return add(std::move(dict));
  }
  refuse_global(global);
}

std::vector<int64_t> Interpreter::integers(Ref ref) {
  if (value(ref).kind != Kind::tuple && value(ref).kind != Kind::list) refuse("expected a tuple of integers");
  std::vector<int64_t> numbers;
  for (const Ref item : value(ref).items) {
    numbers.push_back(integer_of(item));
    if (numbers.back() < 0) refuse("a shape or stride below 0");
  }
  if (numbers.size() > 32) refuse("a tensor of more than 32 axes");
  return numbers;
}

Ref Interpreter::tensor(const std::vector<Ref>& arguments) {
  if (value(arguments[0]).kind != Kind::storage) refuse("a tensor without a storage");
  TorchTensor t;
  t.storage = value(arguments[0]).tensor->storage;
  t.offset = integer_of(arguments[1]);
  t.shape = integers(arguments[2]);
  t.strides = integers(arguments[3]);
  if (t.strides.size() != t.shape.size()) refuse("a tensor with other strides than extents");
  int64_t last = t.offset, count = 1;
  bool overflow = t.offset < 0;
  for (size_t i = 0; i < t.shape.size(); ++i) {
    int64_t reach = 0;
    overflow = overflow || __builtin_mul_overflow(count, t.shape[i], &count) ||
               (t.shape[i] > 0 && __builtin_mul_overflow(t.shape[i] - 1, t.strides[i], &reach)) ||
               __builtin_add_overflow(last, reach, &last);
  }
  if (overflow || (count > 0 && last >= t.storage.count)) refuse("a tensor beyond the end of its storage");
  if (count > 1 && count / 4096 > t.storage.count) refuse("a tensor that repeats few values many times");
  return add({.kind = Kind::tensor, .tensor = std::move(t)});
}

}  // namespace

const PickleValue* Pickle::find(const PickleValue& dict, std::string_view key) const {
  if (dict.kind != Kind::dict) return nullptr;
  for (size_t i = 0; i + 1 < dict.items.size(); i += 2)
    if (const PickleValue& name = values.at(dict.items[i]); name.kind == Kind::text && name.text == key)
      return &values.at(dict.items[i + 1]);
  return nullptr;
}

Pickle read_pickle(std::span<const std::byte> bytes, bool objects) { return Interpreter(bytes, objects).run(); }

}  // namespace nn
