// SPDX-License-Identifier: MIT
#include "train/engine/class_weights.h"

#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "catch.h"

using namespace nn;

namespace {

/// A file of that text, gone afterwards.
class TextFile {
 public:
  explicit TextFile(const std::string& text)
      : path_(std::filesystem::temp_directory_path() / ("nn-weights-" + std::to_string(getpid()))) {
    std::ofstream(path_) << text;
  }
  ~TextFile() { std::filesystem::remove(path_); }
  std::string name() const { return path_.string(); }

 private:
  std::filesystem::path path_;
};

Split labelled(std::vector<int32_t> labels) {
  Split split;
  split.set("labels", labels);
  return split;
}

std::vector<double> of_file(const std::string& text, const std::vector<std::string>& names = {"cat", "dog", "0"}) {
  return class_weights(TextFile(text).name(), {}, names, 3);
}

}  // namespace

TEST_CASE("balanced weights make the classes count alike", "[class-weights]") {
  CHECK(class_weights("balanced", labelled({0, 0, 0, 1}), {}, 2) == std::vector<double>{4.0 / 6, 2});
  CHECK(class_weights("balanced", labelled({2, 2, 0, 0}), {}, 3) == std::vector<double>{1, 0, 1});
  // sklearn.utils.class_weight.compute_class_weight("balanced", classes=[0, 3], y=30 * [0] + 10 * [3])
  std::vector<int32_t> labels(30, 0);
  labels.resize(40, 3);
  CHECK(class_weights("balanced", labelled(labels), {}, 4) == std::vector<double>{40.0 / 60, 0, 0, 2});
}

TEST_CASE("weights as numbers", "[class-weights]") {
  CHECK(class_weights("1,0.5,2e1", {}, {}, 3) == std::vector<double>{1, 0.5, 20});
  CHECK_THROWS_WITH(class_weights("1,2", {}, {}, 3), Contains("expected 3 weights, one per class, found 2"));
  CHECK_THROWS_WITH(class_weights("1,-2,1", {}, {}, 3), Contains("from 0 up"));
  CHECK_THROWS_WITH(class_weights("1,,1", {}, {}, 3), Contains("found nothing"));
  CHECK_THROWS_WITH(class_weights("0,0,0", {}, {}, 3), Contains("all weights are 0"));
}

TEST_CASE("weights from a file, by name and by number", "[class-weights]") {
  CHECK(of_file("# rare ones count more\ncat\t1\n\ndog\t2.5\r\n2\t4\n") == std::vector<double>{1, 2.5, 4});
  CHECK(of_file("\xEF\xBB\xBF"
                "cat\t1\ndog\t2.5\n2\t4\n") == std::vector<double>{1, 2.5, 4});  // a byte order mark
  CHECK(of_file("0\t7\ncat\t1\n1\t2\n") == std::vector<double>{1, 2, 7});        // a name goes before a number
  CHECK(of_file("2\t1\n1\t2\n0\t3", {}) == std::vector<double>{3, 2, 1});
  CHECK_THROWS_WITH(of_file("cat\t1\ndgo\t2\n"),
                    Contains("line 2") && Contains("unknown class 'dgo'") && Contains("'cat', 'dog', '0'"));
  CHECK_THROWS_WITH(of_file("3\t1\n", {}), Contains("a number from 0 to 2"));
  CHECK_THROWS_WITH(of_file("cat 1\n"), Contains("line 1") && Contains("CLASS<TAB>WEIGHT"));
  CHECK_THROWS_WITH(of_file("cat\t1\ncat\t1\n"), Contains("already"));
  CHECK_THROWS_WITH(of_file("cat\tmuch\n"), Contains("expected a number"));
  CHECK_THROWS_WITH(of_file("cat\t-1\n"), Contains("from 0 up"));
  CHECK_THROWS_WITH(of_file("cat\t1\ndog\t1\n"), Contains("no weight for class '0'"));
  CHECK_THROWS_WITH(class_weights("balancd", {}, {}, 3), Contains("expected balanced"));
}
