// SPDX-License-Identifier: MIT
#include "formats/models/torch/torch_file.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <set>

#include "base/error.h"
#include "base/text/names.h"
#include "formats/models/description.h"

namespace nn {
namespace {

using Kind = PickleValue::Kind;
using namespace std::string_view_literals;

constexpr auto stream_start = "\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19."sv;
constexpr size_t name_at = 30;  // in a local header of a zip archive

/// "archive" of "archive/data.pkl".
std::string folder_of(const std::vector<ZipMember>& members) {
  for (const ZipMember& member : members)
    if (member.name.ends_with("/data.pkl") && std::ranges::count(member.name, '/') == 1)
      return member.name.substr(0, member.name.find('/'));
  throw Error("a zip archive without FOLDER/data.pkl: no file of torch.save");
}

TorchFile read_archive(std::span<const std::byte> bytes, const Budget& budget) {
  TorchFile file;
  const auto wanted = [&](const std::string& name) {
    file.is_script = file.is_script || name.find("/code/") != std::string::npos;
    return name.find("/data/") != std::string::npos || name.ends_with("/data.pkl") || name.ends_with("/byteorder") ||
           name.ends_with(std::string("/extra/") + description_key);
  };
  file.members = read_zip(bytes, budget, wanted);
  const std::string folder = folder_of(file.members), data = folder + "/data/";
  for (const ZipMember& member : file.members) {
    const std::string_view text(reinterpret_cast<const char*>(member.bytes.data()), member.bytes.size());
    if (member.name == folder + "/byteorder" && text != "little")
      throw Error("its numbers are " + printable(std::string(text.substr(0, 20))) + "-endian, expected little");
    if (member.name == folder + "/extra/" + description_key) file.description = text;
    if (member.name.starts_with(data)) file.storages.emplace(member.name.substr(data.size()), member.bytes);
    if (member.name == folder + "/data.pkl")
      file.pickle = in_context("data.pkl", [&] { return read_pickle(member.bytes, file.is_script); });
  }
  return file;
}

/// Pickles of a magic number, a version, the system, the object and the keys of the storages; then these, each with its
/// count of elements in front.
TorchFile read_stream(std::span<const std::byte> bytes) {
  TorchFile file;
  size_t at = 0;
  const auto next = [&] {
    Pickle pickle = read_pickle(bytes.subspan(at));
    at += pickle.size;
    return pickle;
  };
  (void)next();
  const Pickle version = next(), system = next();
  if (version[version.root].integer != 1001)
    throw Error("version " + std::to_string(version[version.root].integer) +
                " of the files before PyTorch 1.6, expected 1001");
  if (const PickleValue* little = system.find(system[system.root], "little_endian"); little && little->integer == 0)
    throw Error("its numbers are big-endian, expected little");
  file.pickle = next();
  const Pickle keys = next();
  std::map<std::string, Element> types;
  for (const PickleValue& value : file.pickle.values)
    if (value.tensor) types.emplace(value.tensor->storage.key, value.tensor->storage.type);
  if (keys[keys.root].kind != Kind::list) throw Error("expected a list of storages behind the pickle");
  for (const PickleRef ref : keys[keys.root].items) {
    const auto type = types.find(keys[ref].text);
    if (type == types.end()) throw Error("a storage that no tensor has");
    if (bytes.size() - at < sizeof(int64_t)) throw Error("it ends early, in front of a storage");
    uint64_t count = 0, size = 0;
    for (size_t i = 0; i < sizeof count; ++i) count |= std::to_integer<uint64_t>(bytes[at + i]) << (8 * i);
    at += sizeof count;
    if (__builtin_mul_overflow(count, uint64_t{size_of(type->second)}, &size) || size > bytes.size() - at)
      throw Error("it ends early, within a storage");
    file.storages.emplace(type->first, bytes.subspan(at, static_cast<size_t>(size)));
    at += static_cast<size_t>(size);
  }
  if (at != bytes.size()) throw Error(std::to_string(bytes.size() - at) + " bytes behind the last storage");
  return file;
}

/// The elements of a tensor, gathered by its strides.
std::vector<std::byte> gathered(const TorchTensor& t, std::span<const std::byte> storage) {
  const size_t size = size_of(t.storage.type);
  const auto count = static_cast<size_t>(Shape(t.shape).count());
  std::vector<std::byte> bytes(count * size);
  int64_t step = 1;
  bool in_order = true;
  for (size_t axis = t.shape.size(); axis-- > 0; step *= t.shape[axis])
    in_order = in_order && (t.shape[axis] == 1 || t.strides[axis] == step);
  if (in_order && count > 0) {
    std::copy_n(storage.begin() + t.offset * static_cast<int64_t>(size), bytes.size(), bytes.begin());
    return bytes;
  }
  std::vector<int64_t> at(t.shape.size(), 0);
  int64_t from = t.offset;
  for (size_t i = 0; i < count; ++i) {
    std::copy_n(storage.begin() + from * static_cast<int64_t>(size), size,
                bytes.begin() + static_cast<int64_t>(i * size));
    for (size_t axis = t.shape.size(); axis-- > 0;) {
      from += t.strides[axis];
      if (++at[axis] < t.shape[axis]) break;
      from -= t.strides[axis] * t.shape[axis];
      at[axis] = 0;
    }
  }
  return bytes;
}

/// Tensors by name of a dict, or of a module of TorchScript with the modules in it.
class Collector {
 public:
  Collector(const TorchFile& file, const Budget& budget) : file_(file), budget_(budget) {}

  bool holds_tensors(const PickleValue& value) const {
    const PickleValue& dict = state_of(value);
    if (dict.kind != Kind::dict) return false;
    for (size_t i = 0; i + 1 < dict.items.size(); i += 2)
      if (file_.pickle[dict.items[i]].kind == Kind::text &&
          (file_.pickle[dict.items[i + 1]].kind == Kind::tensor ||
           (file_.is_script && is_module(file_.pickle[dict.items[i + 1]]))))
        return true;
    return false;
  }
  std::vector<ForeignTensor> take(const PickleValue& value) {
    add(value, "", 0);
    return std::move(tensors_);
  }

 private:
  static constexpr int deepest = 64;
  static constexpr size_t most = 100'000;
  bool is_module(const PickleValue& value) const { return value.kind == Kind::object && !value.items.empty(); }
  const PickleValue& state_of(const PickleValue& value) const {
    return is_module(value) ? file_.pickle[value.items[0]] : value;
  }
  void add(const PickleValue& value, const std::string& prefix, int depth) {
    if (depth > deepest) throw Error("modules are nested deeper than 64");
    const PickleValue& dict = state_of(value);
    for (size_t i = 0; i + 1 < dict.items.size(); i += 2) {
      const PickleValue &key = file_.pickle[dict.items[i]], &item = file_.pickle[dict.items[i + 1]];
      if (key.kind != Kind::text) continue;
      const std::string name = prefix + key.text;
      if (item.kind == Kind::tensor) {
        if (!names_.insert(name).second) throw Error("tensor '" + printable(name) + "' comes twice");
        if (tensors_.size() == most) throw Error("more than 100,000 tensors");
        tensors_.push_back(read_tensor(name, *item.tensor, file_, budget_));
      } else if (is_module(item)) {
        add(item, name + ".", depth + 1);
      }
    }
  }
  const TorchFile& file_;
  const Budget& budget_;
  std::set<std::string> names_;
  std::vector<ForeignTensor> tensors_;
};

/// Names under which scripts keep a state_dict in a checkpoint.
constexpr std::array usual_keys{"state_dict"sv, "model_state_dict"sv, "model_state"sv, "model"sv, "net"sv,
                                "network"sv,    "weights"sv,          "params"sv,      "module"sv};

}  // namespace

bool is_torch_zip(std::string_view start) {
  if (!is_zip(start) || start.size() <= name_at + 4) return false;
  const size_t length =
      static_cast<unsigned char>(start[26]) | static_cast<size_t>(static_cast<unsigned char>(start[27])) << 8;
  const std::string_view name = start.substr(name_at, length);
  for (const std::string_view end : {"/data.pkl", "/version", "/constants.pkl", "/byteorder", "/.format_version"})
    if (name.ends_with(end)) return true;
  return name.find("/code/") != std::string_view::npos || name.find("/data/") != std::string_view::npos;
}

bool is_torch_stream(std::string_view start) { return start.starts_with(stream_start); }

TorchFile read_torch(std::span<const std::byte> bytes, const Budget& budget) {
  const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  if (is_zip(text)) return read_archive(bytes, budget);
  if (is_torch_stream(text)) return read_stream(bytes);
  if (text.starts_with("\x80"))
    throw Error("a pickle that torch.save did not write; save a state_dict with torch.save");
  throw Error("no file of torch.save: neither a zip archive nor its older stream");
}

ForeignTensor read_tensor(const std::string& name, const TorchTensor& t, const TorchFile& file, const Budget& budget) {
  return in_context("tensor '" + printable(name) + "'", [&] {
    const auto storage = file.storages.find(t.storage.key);
    if (storage == file.storages.end()) throw Error("its storage " + printable(t.storage.key) + " is missing");
    const size_t size = size_of(t.storage.type);
    if (storage->second.size() / size < static_cast<uint64_t>(t.storage.count) || storage->second.size() % size != 0)
      throw Error(fmt::format("its storage has {} bytes, expected {} elements of {}", storage->second.size(),
                              t.storage.count, name_of(t.storage.type)));
    const Shape shape(t.shape);
    budget.ask_product({static_cast<uint64_t>(shape.count()), size + sizeof(float)}, "its values");
    return ForeignTensor{name, shape, t.storage.type, floats_of(gathered(t, storage->second), t.storage.type)};
  });
}

std::vector<ForeignTensor> state_dict_of(const TorchFile& file, const std::string& key, const Budget& budget,
                                         std::string& used) {
  Collector collector(file, budget);
  const PickleValue& root = file.pickle[file.pickle.root];
  if (key.empty() && collector.holds_tensors(root)) return collector.take(root);
  if (file.is_script && root.kind != Kind::dict)
    throw Error(
        "an archive of TorchScript whose modules hold no tensors: torch.jit.freeze and optimize_for_inference make "
        "them "
        "constants of its code, which is not read; save the module before that");
  if (root.kind != Kind::dict) throw Error("expected a dict of tensors, or a checkpoint that holds one");
  std::vector<std::string> names;
  for (size_t i = 0; i + 1 < root.items.size(); i += 2)
    if (collector.holds_tensors(file.pickle[root.items[i + 1]])) names.push_back(file.pickle[root.items[i]].text);
  used = key;
  if (key.empty())
    for (const std::string_view usual : usual_keys)
      if (used.empty() && std::ranges::find(names, usual) != names.end()) used = usual;
  if (used.empty() && names.size() == 1) used = names[0];
  if (used.empty())
    throw Error(names.empty() ? "none of its entries is a dict of tensors"
                              : "several entries hold tensors: " + printable(quoted_list(names)) + "; --key names one");
  if (std::ranges::find(names, used) == names.end())
    throw Error("--key: no entry '" + printable(used) + "' with tensors; there are " + printable(quoted_list(names)));
  return collector.take(*file.pickle.find(root, used));
}

}  // namespace nn
