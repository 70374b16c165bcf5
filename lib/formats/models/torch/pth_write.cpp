// SPDX-License-Identifier: MIT
#include "formats/models/torch/pth_write.h"

#include "formats/models/description.h"
#include "formats/models/torch_names.h"
#include "formats/zip.h"
#include "h5/writing/outfile.h"

namespace nn {
namespace {

constexpr size_t alignment = 64;
constexpr const char* folder = "archive";

/// The opcodes that torch.save writes for an OrderedDict of tensors, without its memo, which only saves space.
class PickleWriter {
 public:
  PickleWriter() { text_ = "\x80\x02"; }
  std::string take() { return std::move(text_ += '.'); }

  void ordered_dict() { text_ += "ccollections\nOrderedDict\n)R"; }
  void begin_items() { text_ += '('; }
  void end_items() { text_ += 'u'; }
  void text(const std::string& value) {
    text_ += 'X';
    little(value.size(), 4);
    text_ += value;
  }
  void integer(int64_t value) {
    if (value >= 0 && value < 256) {
      text_ += 'K';
      little(static_cast<uint64_t>(value), 1);
    } else if (value >= INT32_MIN && value <= INT32_MAX) {
      text_ += 'J';
      little(static_cast<uint64_t>(value), 4);
    } else {
      text_ += "\x8a\x08";
      little(static_cast<uint64_t>(value), 8);
    }
  }
  void tensor(size_t key, const Shape& shape) {
    text_ += "ctorch._utils\n_rebuild_tensor_v2\n((";
    text("storage");
    text_ += "ctorch\nFloatStorage\n";
    text(std::to_string(key));
    text("cpu");
    integer(shape.count());
    text_ += "tQ";
    integer(0);
    integers(shape.dims());
    std::vector<int64_t> strides(shape.rank(), 1);
    for (size_t i = shape.rank(); i-- > 1;) strides[i - 1] = strides[i] * shape[i];
    integers(strides);
    text_ += "\x89";
    ordered_dict();
    text_ += "tR";
  }

 private:
  void little(uint64_t value, size_t n) {
    for (size_t i = 0; i < n; ++i) text_ += static_cast<char>(value >> (8 * i) & 255);
  }
  void integers(const std::vector<int64_t>& values) {
    text_ += '(';
    for (const int64_t value : values) integer(value);
    text_ += 't';
  }
  std::string text_;
};

std::vector<std::byte> bytes_of(std::string_view text) {
  const auto bytes = std::as_bytes(std::span(text));
  return {bytes.begin(), bytes.end()};
}

}  // namespace

std::vector<ForeignFile> write_pth(const Model& model, const PthOptions& options) {
  if (!options.python.empty())
    h5::OutFile(options.python, h5::OutFile::Content::text, false).commit(python_module(model));
  const auto named = [](const std::string& name) { return folder + ("/" + name); };
  PickleWriter pickle;
  pickle.ordered_dict();
  pickle.begin_items();
  std::vector<ZipMember> storages;
  for (const auto& [name, shape, tensor] : state_dict_of(model, !options.python.empty())) {
    pickle.text(name);
    pickle.tensor(storages.size(), shape);
    storages.push_back({named("data/" + std::to_string(storages.size())), bytes_of_floats(tensor->values)});
  }
  pickle.end_items();
  std::vector<ZipMember> members{{named("data.pkl"), bytes_of(pickle.take())},
                                 {named("byteorder"), bytes_of("little")}};
  members.insert(members.end(), std::make_move_iterator(storages.begin()), std::make_move_iterator(storages.end()));
  members.push_back({named("version"), bytes_of("3\n")});
  members.push_back({named(std::string("extra/") + description_key), bytes_of(description_of(model))});
  return {{"", write_zip(members, alignment)}};
}

void PthOptions::declare_writing(OptionSet& set) {
  set.add("python", python, "FILE", "write the network as the source of a PyTorch module, too, which loads the weights")
      .writes_file();
}

}  // namespace nn
