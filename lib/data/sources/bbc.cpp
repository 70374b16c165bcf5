// SPDX-License-Identifier: MIT
// 2,225 articles of the BBC in five classes (Greene and Cunningham, ICML 2006): a folder a class, a file a text. There
// is no split of its authors: texts whose number can be divided by 5 are for testing.
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <map>

#include "base/log.h"
#include "data/fetch/tar.h"
#include "data/gzip.h"
#include "data/source.h"
#include "data/texts.h"
#include "data/zip.h"

namespace nn {
namespace {

constexpr size_t most_bytes = size_t{1} << 26;  // of the archive, unpacked: 7 MB

struct Part {
  TextColumn text{"text"}, name{"name"};
  std::vector<int32_t> labels;
  std::vector<int64_t> rows;
};

Split split_of(const std::string& name, Part part) {
  Split split;
  split.name = name;
  split.set("labels", part.labels);
  split.set(std::move(part.text).finish());
  split.set(std::move(part.name).finish());
  split.set("sample", part.rows);
  return split;
}

/// Of "bbc/business/017.txt".
struct Place {
  std::string name, folder;  ///< "business/017.txt", "business"
  int number = 0;
};
Place place_of(const std::string& member) {
  Place place;
  place.name = member.substr(std::min(member.find('/') + 1, member.size()));
  place.folder = place.name.substr(0, place.name.find('/'));
  const std::string file = place.name.substr(std::min(place.folder.size() + 1, place.name.size()));
  const auto [end, error] = std::from_chars(file.data(), file.data() + file.size(), place.number);
  if (error != std::errc() || std::string_view(end) != ".txt")
    throw Error(fmt::format("member '{}': expected FOLDER/CLASS/NUMBER.txt", printable(member)));
  return place;
}

/// Sorts the texts into splits.
class Articles {
 public:
  explicit Articles(const CatalogueEntry& entry) : classes_(entry.classes) {}
  void add(const std::string& member, std::span<const std::byte> bytes) {
    if (!member.ends_with(".txt")) return;
    const Place place = place_of(member);
    const auto label = std::ranges::find(classes_, place.folder);
    if (label == classes_.end())
      throw Error(fmt::format("member '{}': '{}' is none of the classes", printable(member), printable(place.folder)));
    Part& part = place.number % 5 == 0 ? test_ : train_;
    part.text.add({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
    part.name.add(place.name);
    part.labels.push_back(static_cast<int32_t>(label - classes_.begin()));
    part.rows.push_back(row_++);
  }
  Dataset finish() && {
    Dataset data;
    data.splits.push_back(split_of("train", std::move(train_)));
    data.splits.push_back(split_of("test", std::move(test_)));
    return data;
  }

 private:
  const std::vector<std::string>& classes_;
  Part train_, test_;
  int64_t row_ = 0;
};

/// The first of the archives that can be had.
std::pair<const CatalogueFile*, std::vector<std::byte>> fetch_one(const SourceContext& context,
                                                                  const CatalogueEntry& entry) {
  std::string said;
  for (const CatalogueFile& file : entry.files) try {
      return {&file, fetch(entry, file, context.fetch)};
    } catch (const Error& e) {
      said += (said.empty() ? "" : "; ") + std::string(e.what());
    }
  throw Error(said);
}

Dataset make_bbc(const SourceContext& context, const CatalogueEntry& entry) {
  const auto [file, packed] = fetch_one(context, entry);
  Articles articles(entry);
  in_context(file->name, [&, &bytes = packed] {
    // Both archives hold the same files; here they come in one order.
    std::map<std::string, std::vector<std::byte>> members;
    if (is_gzip(bytes))
      read_tar(gunzip(bytes, most_bytes), [&](const std::string& name, std::span<const std::byte> content) {
        members[name] = {content.begin(), content.end()};
      });
    else
      for (ZipMember& member : read_zip(bytes, context.budget)) members[member.name] = std::move(member.bytes);
    for (const auto& [name, content] : members) articles.add(name, content);
  });
  Dataset data = std::move(articles).finish();
  if (context.fetch.log)
    for (const std::string& remark : remarks_on_texts(data)) context.fetch.log->note(remark);
  return data;
}

}  // namespace

extern const SourceType bbc_source;
const SourceType bbc_source{"bbc", "2,225 news articles as text, 5 classes; test: every fifth", false, make_bbc};

}  // namespace nn
