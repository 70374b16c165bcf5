// SPDX-License-Identifier: MIT
// Differences of two provenances.
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "h5/provenance.h"
#include "info/diff/diff.h"

namespace nn {
namespace {

std::string text_of(const Json& step, const std::string& key) {
  const Json* found = step.find(key);
  if (!found || found->is_null()) return "";
  return found->is_string() ? found->string() : found->dump();
}

/// The steps of each tool, oldest first, each with the name of the tool and a number where there are several.
std::vector<std::pair<std::string, Json>> named_steps(const h5::Reader& file) {
  std::vector<std::pair<std::string, Json>> steps;
  std::map<std::string, int> counts;
  const Json all = h5::Provenance::read(file).steps;
  for (size_t i = all.items().size(); i-- > 0;) {
    const std::string tool = text_of(all.items()[i], "tool");
    const int n = ++counts[tool];
    steps.emplace_back(n == 1 ? tool : fmt::format("{} ({})", tool, n), all.items()[i]);
  }
  return steps;
}

const Json* step_named(const std::vector<std::pair<std::string, Json>>& steps, const std::string& name) {
  const auto found = std::find_if(steps.begin(), steps.end(), [&](const auto& step) { return step.first == name; });
  return found == steps.end() ? nullptr : &found->second;
}

class Comparison {
 public:
  std::vector<Difference> found;

  void steps(const std::string& name, const Json& a, const Json& b) {
    options(name, a.find("options"), b.find("options"));
    for (const char* key : {"seed", "device", "isa"})
      if (text_of(a, key) != text_of(b, key) && !has_option(a, key)) texts("machine", name + " " + key, a, b, key);
    texts("version", name, a, b, "version");
    texts("libraries", name, a, b, "libraries");
    files(name, a.find("inputs"), b.find("inputs"), "digest");
    files(name, a.find("files"), b.find("files"), "sha256");
  }

 private:
  static bool has_option(const Json& step, const char* key) {
    const Json* options = step.find("options");
    return options && options->find(key);
  }

  void texts(const char* about, const std::string& what, const Json& a, const Json& b, const std::string& key) {
    if (text_of(a, key) != text_of(b, key)) found.push_back(two_texts(about, what, text_of(a, key), text_of(b, key)));
  }

  void options(const std::string& name, const Json* a, const Json* b) {
    std::vector<std::string> keys;
    for (const Json* one : {a, b})
      if (one && one->is_object())
        for (const auto& [key, value] : one->members())
          if (std::find(keys.begin(), keys.end(), key) == keys.end()) keys.push_back(key);
    const Json none = Json::object();
    for (const std::string& key : keys) texts("options", name + " --" + key, a ? *a : none, b ? *b : none, key);
  }

  void files(const std::string& name, const Json* a, const Json* b, const char* sum) {
    const size_t count = std::max(a ? a->items().size() : 0, b ? b->items().size() : 0);
    for (size_t i = 0; i < count; ++i) {
      const Json none = Json::object();
      const Json& one = a && i < a->items().size() ? a->items()[i] : none;
      const Json& other = b && i < b->items().size() ? b->items()[i] : none;
      const std::string x = text_of(one, sum), y = text_of(other, sum);
      if (x == y) continue;
      const auto shown = [](const Json& file, const std::string& digest) {
        return digest.empty() ? std::string("nothing") : text_of(file, "name") + " (" + digest.substr(0, 12) + "...)";
      };
      Difference d{"data", fmt::format("{} input {}", name, i + 1), shown(one, x) + ", " + shown(other, y),
                   Json::object()};
      d.values["a"] = x, d.values["b"] = y;
      found.push_back(d);
    }
  }
};

}  // namespace

std::vector<Difference> record_differences(const h5::Reader& a, const h5::Reader& b) {
  const auto steps_a = named_steps(a), steps_b = named_steps(b);
  Comparison comparison;
  for (const auto& [name, step] : steps_a) {
    if (const Json* other = step_named(steps_b, name))
      comparison.steps(name, step, *other);
    else
      comparison.found.push_back({"commands", name, "only the first was made with it", Json::object()});
  }
  for (const auto& [name, step] : steps_b)
    if (!step_named(steps_a, name))
      comparison.found.push_back({"commands", name, "only the second was made with it", Json::object()});
  return std::move(comparison.found);
}

}  // namespace nn
