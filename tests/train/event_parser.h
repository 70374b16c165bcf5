// SPDX-License-Identifier: MIT
// A reader of TensorBoard's event files for tests, from the description of the format alone: it shares no code with the
// writer. Sums are taken bit by bit, messages are lists of numbered fields.
#pragma once

#include <cstring>
#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace events {

inline uint32_t slow_sum(std::string_view bytes) {
  uint32_t sum = 0xFFFFFFFF;
  for (const char c : bytes)
    for (int bit = 0; bit < 8; ++bit) {
      const bool differ = (sum & 1) != ((static_cast<unsigned char>(c) >> bit) & 1u);
      sum >>= 1;
      if (differ) sum ^= 0x82F63B78;
    }
  sum = ~sum;
  return static_cast<uint32_t>(((sum >> 15) | (sum << 17)) + 0xA282EAD8u);
}

template <class T>
T take(std::string_view& bytes) {
  if (bytes.size() < sizeof(T)) throw std::runtime_error("torn");
  T value;
  std::memcpy(&value, bytes.data(), sizeof(T));
  bytes.remove_prefix(sizeof(T));
  return value;
}

inline std::string_view take(std::string_view& bytes, uint64_t n) {
  if (bytes.size() < n) throw std::runtime_error("torn");
  const std::string_view part = bytes.substr(0, n);
  bytes.remove_prefix(n);
  return part;
}

/// A message: for each field number its values, scalars as 8 bytes of a number, the rest as bytes.
struct Message {
  std::map<int, std::vector<std::string>> fields;
  explicit Message(std::string_view bytes) {
    while (!bytes.empty()) {
      const uint64_t key = varint(bytes);
      std::string& value = fields[static_cast<int>(key >> 3)].emplace_back();
      switch (key & 7) {
        case 0: {
          const uint64_t number = varint(bytes);
          value.assign(reinterpret_cast<const char*>(&number), 8);
          break;
        }
        case 1:
          value = take(bytes, 8);
          break;
        case 2:
          value = take(bytes, varint(bytes));
          break;
        case 5:
          value = take(bytes, 4);
          break;
        default:
          throw std::runtime_error("wire type");
      }
    }
  }
  bool has(int field) const { return fields.count(field) > 0; }
  std::string bytes(int field, size_t i = 0) const { return fields.at(field).at(i); }
  Message message(int field, size_t i = 0) const { return Message(bytes(field, i)); }
  template <class T>
  T number(int field) const {
    T value{};
    if (has(field)) std::memcpy(&value, bytes(field).data(), sizeof(T));
    return value;
  }

 private:
  static uint64_t varint(std::string_view& bytes) {
    uint64_t value = 0;
    for (int shift = 0; shift < 70; shift += 7) {
      const auto byte = take<unsigned char>(bytes);
      value |= uint64_t{byte & 0x7Fu} << shift;
      if (!(byte & 0x80)) return value;
    }
    throw std::runtime_error("varint");
  }
};

/// Every record of these bytes, sums checked.
inline std::vector<Message> parse(std::string_view bytes) {
  std::vector<Message> all;
  while (!bytes.empty()) {
    const std::string_view length = bytes.substr(0, 8);
    const auto n = take<uint64_t>(bytes);
    if (take<uint32_t>(bytes) != slow_sum(length)) throw std::runtime_error("sum of the length");
    const std::string_view data = take(bytes, n);
    if (take<uint32_t>(bytes) != slow_sum(data)) throw std::runtime_error("sum of the data");
    all.emplace_back(data);
  }
  return all;
}

inline std::string bytes_of(const std::string& file) {
  std::ifstream in(file, std::ios::binary);
  std::ostringstream all;
  all << in.rdbuf();
  return all.str();
}

/// Event files of a folder, in the order in which readers take them.
inline std::vector<std::string> files_in(const std::string& folder) {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) names.push_back(entry.path());
  std::sort(names.begin(), names.end());
  return names;
}

/// Scalars of a tag by step as TensorBoard shows them: a later session takes back what was there from its step on.
inline std::map<int64_t, float> scalars(const std::string& folder, const std::string& tag) {
  std::map<int64_t, float> shown;
  for (const std::string& file : files_in(folder))
    for (const Message& event : parse(bytes_of(file))) {
      const auto step = event.number<int64_t>(2);
      if (event.has(7)) shown.erase(shown.lower_bound(step), shown.end());
      if (!event.has(5)) continue;
      const Message value = event.message(5).message(1);
      if (value.bytes(1) != tag || value.message(8).number<int64_t>(1) != 1) continue;
      if (!shown.emplace(step, value.message(8).number<float>(5)).second) throw std::runtime_error("a step twice");
    }
  return shown;
}

}  // namespace events
