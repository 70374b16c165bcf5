// SPDX-License-Identifier: MIT
// Tiny BERT and MPNet with the weights of transformers: hidden states, pooled outputs, gradients and losses are those
// that the libraries computed in float64 (../shared/fixtures/documents).
#include <cmath>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <map>

#include "backend/backend.h"
#include "backend/relative.h"
#include "catch.h"
#include "formats/models/safetensors.h"
#include "h5/reading/foreign.h"
#include "model/network.h"
#include "paths.h"

using namespace nn;

namespace {

/// What differs between the two.
struct Encoder {
  const char* name;
  const char *embed, *attention, *eps;
  const char *query, *key, *value, *out, *norm;  ///< names below encoder.layer.N.
  double hidden;                                 ///< tolerance of hidden states in float32
};
const Encoder bert{"tiny-bert",
                   "embed:64,vocabulary=512,positions=64,types=2",
                   "attention:4",
                   "1e-12",
                   "attention.self.query",
                   "attention.self.key",
                   "attention.self.value",
                   "attention.output.dense",
                   "attention.output.LayerNorm",
                   1e-5};
const Encoder mpnet{"tiny-mpnet",
                    "embed:64,vocabulary=512,positions=66,first=2",
                    "attention:4,relative=32",
                    "1e-5",
                    "attention.attn.q",
                    "attention.attn.k",
                    "attention.attn.v",
                    "attention.attn.o",
                    "attention.LayerNorm",
                    2e-5};

std::string folder() { return nn_test::data_folder() + "/fixtures/documents"; }

std::vector<std::byte> read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  REQUIRE_FALSE(text.empty());
  std::vector<std::byte> bytes(text.size());
  std::memcpy(bytes.data(), text.data(), text.size());
  return bytes;
}

std::string layers_of(const Encoder& e, const std::string& behind) {
  const std::string norm = std::string(" layernorm:eps=") + e.eps;
  return std::string("tokens:64 ") + e.embed + norm + " 2*( res( " + e.attention + " )" + norm +
         " res( dense:256 gelu dense:64 )" + norm + " ) " + behind;
}

/// Tensors of a file by name, joined where ours are one.
class Tensors {
 public:
  explicit Tensors(const Encoder& e) : e_(e) {
    const auto bytes = read_file(folder() + "/" + e.name + "/model.safetensors");
    for (ForeignTensor& t : parse_safetensors(bytes, {}).tensors) tensors_[t.name] = {t.values.begin(), t.values.end()};
  }
  void add(const std::string& name, const std::vector<double>& values) { tensors_[name] = values; }
  void add(const h5::ForeignFile& file, const std::string& group, const std::string& prefix = "") {
    for (const std::string& name : file.children(group))
      tensors_[prefix + name] = doubles(*file.find(group + "/" + name));
  }
  /// Of a parameter of ours: "attention1", "in_proj_weight".
  std::vector<double> of(const Param& p) const {
    const size_t digits = p.layer.find_first_of("0123456789");
    const std::string kind = p.layer.substr(0, digits);
    const int number = std::stoi(p.layer.substr(digits));
    if (kind == "embed") return at("embeddings." + p.name);
    if (p.name == "relative_attention_bias.weight") return at("encoder." + p.name);
    if (kind == "layernorm" && number == 1) return at("embeddings.LayerNorm." + p.name);
    if (kind == "dense" && number > 4) return at(number == 5 ? "head.0." + p.name : "head.2." + p.name);
    const int layer = kind == "attention" ? number - 1 : kind == "dense" ? (number - 1) / 2 : (number - 2) / 2;
    const std::string in = "encoder.layer." + std::to_string(layer) + ".";
    if (kind == "layernorm") return at(in + (number % 2 == 0 ? e_.norm : "output.LayerNorm") + "." + p.name);
    if (kind == "dense") return at(in + (number % 2 == 1 ? "intermediate.dense." : "output.dense.") + p.name);
    const std::string last = p.name.substr(p.name.find_last_of("_.") + 1);  // weight or bias
    if (p.name.starts_with("out_proj")) return at(in + e_.out + "." + last);
    std::vector<double> all;
    for (const char* part : {e_.query, e_.key, e_.value}) {
      const auto one = at(in + part + "." + last);
      all.insert(all.end(), one.begin(), one.end());
    }
    return all;
  }
  static std::vector<double> doubles(const h5::ForeignObject& object) {
    const auto count = static_cast<size_t>(object.shape.count());
    std::vector<double> values(count);
    for (size_t i = 0; i < count; ++i) {
      if (object.kind == h5::ForeignObject::Kind::int64)
        values[i] = static_cast<double>(reinterpret_cast<const int64_t*>(object.values.data())[i]);
      else
        values[i] = reinterpret_cast<const double*>(object.values.data())[i];
    }
    return values;
  }

 private:
  std::vector<double> at(const std::string& name) const {
    const auto found = tensors_.find(name);
    if (found == tensors_.end()) throw Error("no tensor " + name);
    return found->second;
  }
  const Encoder& e_;
  std::map<std::string, std::vector<double>> tensors_;
};

h5::ForeignFile file_of(const Encoder& e, const std::string& name) {
  const std::string path = folder() + "/" + e.name + "/" + name;
  return h5::read_foreign_file(read_file(path), path, {});
}
std::vector<double> values_in(const h5::ForeignFile& file, const std::string& path) {
  const h5::ForeignObject* object = file.find(path);
  REQUIRE(object);
  return Tensors::doubles(*object);
}

constexpr size_t texts = 6, length = 48, width = 64;

/// The six texts without their padding.
void fill(Plan& plan, const h5::ForeignFile& expected) {
  const auto ids = values_in(expected, "/input/input_ids"), mask = values_in(expected, "/input/attention_mask");
  const Plan::Inputs in = plan.inputs();
  size_t row = 0;
  for (size_t t = 0; t < texts; ++t) {
    for (size_t i = 0; i < length; ++i)
      if (mask[t * length + i] != 0) in.ids[row++] = static_cast<int32_t>(ids[t * length + i]);
    in.start[t + 1] = static_cast<int64_t>(row);
  }
}

ValueId last_of(const Graph& graph, const std::string& layer) {
  ValueId v = -1;
  for (const Op& op : graph.ops)
    if (op.layer == layer) v = op.output;
  REQUIRE(v >= 0);
  return v;
}

void check_hidden(const Encoder& e, const char* device, double hidden_tolerance, double tolerance) {
  INFO(e.name << " on " << device);
  const h5::ForeignFile expected = file_of(e, "expected.h5");
  const Tensors tensors(e);
  for (const char* pool : {"mean", "cls"}) {
    Graph graph = Network(layers_of(e, std::string("pool:") + pool + " l2norm"), {48}).lower();
    graph.outputs = {last_of(graph, "layernorm1"), last_of(graph, "layernorm3"), last_of(graph, "layernorm5"),
                     last_of(graph, "pool1"), last_of(graph, "l2norm1")};
    const auto backend = make_backend(device, 2);
    const auto memory = backend->allocate(graph, 0);
    for (size_t p = 0; p < graph.params.size(); ++p)
      memory->write(Part::weights, static_cast<ParamId>(p), tensors.of(graph.params[p]));
    const auto plan = backend->compile(graph, {.batch = texts, .rows = 200}, *memory);
    fill(*plan, expected);
    plan->forward(nullptr);
    const auto hidden = values_in(expected, "/hidden"), pooled = values_in(expected, std::string("/") + pool),
               unit = values_in(expected, std::string("/") + pool + "_normalized");
    const auto start = plan->inputs().start;
    const auto found = [&](size_t output) { return plan->value(graph.outputs[output]); };
    double worst = 0, worst_pooled = 0, worst_unit = 0;
    for (size_t layer = 0; layer < 3; ++layer) {
      const std::vector<double> rows = found(layer);
      REQUIRE(rows.size() == static_cast<size_t>(start[texts]) * width);
      for (size_t t = 0; t < texts; ++t)
        for (auto r = static_cast<size_t>(start[t]); r < static_cast<size_t>(start[t + 1]); ++r)
          for (size_t i = 0; i < width; ++i) {
            const size_t at = ((layer * texts + t) * length + r - static_cast<size_t>(start[t])) * width + i;
            worst = std::max(worst, std::fabs(rows[r * width + i] - hidden[at]));
          }
    }
    for (size_t i = 0; i < pooled.size(); ++i) {
      worst_pooled = std::max(worst_pooled, std::fabs(found(3)[i] - pooled[i]));
      worst_unit = std::max(worst_unit, std::fabs(found(4)[i] - unit[i]));
    }
    INFO("hidden " << worst << ", pooled " << worst_pooled << ", of length 1 " << worst_unit);
    CHECK(worst <= hidden_tolerance);
    CHECK(worst_pooled <= hidden_tolerance);
    CHECK(worst_unit <= tolerance);
  }
}

/// Adam with a rate of 1e-3 at step t from 1, as formula/updates.h takes it.
std::vector<double> adam(int t) {
  const double first = 1 - std::pow(0.9, t), second = 1 - std::pow(0.999, t);
  return {0, 1, 0.1, 0.999, 0.001, 1e-3 / first, 1 / std::sqrt(second), 1e-8};
}

bool is_trained(const std::string& which, const std::string& layer) {
  if (which == "all" || layer == "dense5" || layer == "dense6") return true;
  const bool last =
      layer == "attention2" || layer == "dense3" || layer == "dense4" || layer == "layernorm4" || layer == "layernorm5";
  return which == "last" && last;
}

void check_training(const Encoder& e, const char* device, double first, double sixth, double gradients) {
  const h5::ForeignFile expected = file_of(e, "expected.h5"), training = file_of(e, "training.h5");
  Tensors tensors(e);
  tensors.add(training, "/start", "head.");
  for (const std::string which : {"all", "last", "head"}) {
    INFO(e.name << " on " << device << ", " << which);
    Graph graph = Network(layers_of(e, "pool:mean dense:32 relu dense:5"), {48}).lower();
    for (Param& p : graph.params) p.trainable = is_trained(which, p.layer);
    graph.add_loss(SoftmaxLoss{0, {}});
    const auto backend = make_backend(device, 2);
    const auto memory = backend->allocate(graph, 2);
    for (size_t p = 0; p < graph.params.size(); ++p)
      memory->write(Part::weights, static_cast<ParamId>(p), tensors.of(graph.params[p]));
    const auto plan = backend->compile(graph, {.batch = texts, .rows = 130, .training = true}, *memory);
    fill(*plan, expected);
    const auto labels = values_in(training, "/label"), losses = values_in(training, "/" + which + "/loss");
    for (size_t i = 0; i < texts; ++i) plan->inputs().labels[i] = static_cast<int32_t>(labels[i]);
    for (int step = 1; step <= 6; ++step) {
      plan->forward(nullptr);
      INFO("step " << step << ": loss " << plan->loss() << ", expected " << losses[static_cast<size_t>(step - 1)]);
      const double expected_loss = losses[static_cast<size_t>(step - 1)];
      CHECK(std::fabs(plan->loss() - expected_loss) <= (step == 1 ? first : sixth) * expected_loss);
      plan->backward();
      if (step == 1 && which == "all") {
        Tensors truth(e);
        truth.add(training, "/all/gradient");
        double largest = 0;
        for (const Param& p : graph.params)
          for (const double g : truth.of(p)) largest = std::max(largest, std::fabs(g));
        for (size_t p = 0; p < graph.params.size(); ++p) {
          INFO("gradient of " << graph.params[p].path());
          const auto wanted = truth.of(graph.params[p]);
          std::vector<double> found(wanted.size());
          memory->read(Part::gradients, static_cast<ParamId>(p), found);
          double worst = 0;
          for (size_t i = 0; i < wanted.size(); ++i) worst = std::max(worst, std::fabs(found[i] - wanted[i]));
          CHECK(worst <= gradients * largest);
        }
      }
      memory->update("adam", adam(step));
    }
  }
}

}  // namespace

TEST_CASE("encoders: hidden states and outputs are those of transformers", "[needs-document-fixtures]") {
  if (!std::filesystem::exists(folder())) NN_SKIP("no " + folder());
  for (const Encoder* e : {&bert, &mpnet}) {
    check_hidden(*e, "ref", 1e-11, 1e-11);
    check_hidden(*e, "cpu", e->hidden, 1e-6);
  }
}

TEST_CASE("encoders: gradients and losses of fine-tuning are theirs", "[needs-document-fixtures]") {
  if (!std::filesystem::exists(folder())) NN_SKIP("no " + folder());
  for (const Encoder* e : {&bert, &mpnet}) {
    check_training(*e, "ref", 1e-9, 1e-9, 1e-9);
    check_training(*e, "cpu", 1e-6, 1e-4, 2e-5);
  }
}

TEST_CASE("encoders: relative distances fall into MPNet's buckets", "[needs-document-fixtures]") {
  if (!std::filesystem::exists(folder())) NN_SKIP("no " + folder());
  const h5::ForeignFile expected = file_of(mpnet, "expected.h5");
  const auto distance = values_in(expected, "/relative_bucket/distance"),
             bucket = values_in(expected, "/relative_bucket/bucket");
  REQUIRE(distance.size() == 1041);
  for (size_t i = 0; i < distance.size(); ++i) {
    INFO("distance " << distance[i]);
    CHECK(relative_bucket(static_cast<int64_t>(distance[i]), 32) == static_cast<int64_t>(bucket[i]));
  }
}
