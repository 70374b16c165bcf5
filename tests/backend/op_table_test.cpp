// SPDX-License-Identifier: MIT
// What the table of ops says, held to what ref does; what backends refuse; several outputs.
#include <limits>
#include <set>

#include "backend/random_graph.h"
#include "backend/ref/ops.h"
#include "base/error.h"
#include "catch.h"

using namespace nn;
using namespace nn::test;

namespace {

/// One op by itself in ref, with numbers in it.
class OneOp {
 public:
  OneOp(const Graph& graph, const Op& op, int64_t batch, Random& random)
      : runner_(ref::make_runner<double>(graph, op, sizes_of(batch), true)), start_(starts(batch)) {
    const ref::RunSizes sizes = sizes_of(batch);
    const auto numbers = [&](int64_t n) {
      std::vector<double> v(static_cast<size_t>(n));
      for (double& x : v) x = real(random, 0.1, 1.5);
      return v;
    };
    const auto count = [&](ValueId v) { return sizes.of(graph, v) * graph.value(v).shape.count(); };
    labels_.assign(static_cast<size_t>(batch), 0);
    words_.assign(static_cast<size_t>(ref::words_wanted(graph, op, sizes)), 0x80000000U);
    sample_loss_ = numbers(batch);
    for (const ValueId v : op.inputs) {
      x_.push_back(numbers(count(v)));
      dx_.emplace_back(x_.back().size());
    }
    for (const ParamId p : op.params) {
      params_.push_back(numbers(graph.params[static_cast<size_t>(p)].shape.count()));
      dparams_.emplace_back(params_.back().size());
    }
    y_ = numbers(count(op.output));
    dy_ = numbers(count(op.output));
    for (std::vector<double>& v : x_) data_.x.push_back(v.data());
    for (std::vector<double>& v : dx_) data_.dx.push_back(v.data());
    for (std::vector<double>& v : params_) data_.param.push_back(v.data());
    for (std::vector<double>& v : dparams_) data_.dparam.push_back(v.data());
    if (is_loss(op)) data_.dx.at(1) = nullptr;
    data_.y = y_.data();
    data_.dy = dy_.data();
    data_.words = words_.data();
    data_.labels = labels_.data();
    ids_.assign(static_cast<size_t>(sizes.rows), 1);
    data_.ids = ids_.data();
    data_.start = start_.data();
    data_.samples = traits_of(op.what).rows == Rows::each ? sizes.of(graph, op.inputs[0]) : batch;
    data_.sample_loss = sample_loss_.data();
    data_.loss = &loss_;
    runner_->forward(data_);
  }

  /// Those of inputs and parameters.
  std::vector<std::vector<double>> gradients() {
    for (auto* list : {&dx_, &dparams_})
      for (std::vector<double>& v : *list) std::fill(v.begin(), v.end(), 0.0);
    runner_->backward(data_);
    std::vector<std::vector<double>> all = dx_;
    all.insert(all.end(), dparams_.begin(), dparams_.end());
    return all;
  }
  void spoil_inputs() {
    for (std::vector<double>& v : x_) spoil(v);
    for (int32_t& label : labels_) label = -1;
    for (int32_t& id : ids_) id = -1;
  }
  void spoil_output() { spoil(y_); }

 private:
  /// Samples of 0, 1, 2, 0, 1, ... rows.
  static std::vector<int64_t> starts(int64_t batch) {
    std::vector<int64_t> start{0};
    for (int64_t i = 0; i < batch; ++i) start.push_back(start.back() + i % 3);
    return start;
  }
  static ref::RunSizes sizes_of(int64_t batch) { return {batch, starts(batch).back()}; }
  static void spoil(std::vector<double>& v) { std::fill(v.begin(), v.end(), std::numeric_limits<double>::quiet_NaN()); }
  std::unique_ptr<ref::OpRunner<double>> runner_;
  std::vector<std::vector<double>> x_, dx_, params_, dparams_;
  std::vector<double> y_, dy_, sample_loss_;
  std::vector<uint32_t> words_;
  std::vector<int32_t> labels_, ids_;
  std::vector<int64_t> start_;
  ref::OpData<double> data_;
  double loss_ = 0;
};

bool reads(const OpTraits& row, Reads what) {
  return (static_cast<unsigned>(row.gradient) & static_cast<unsigned>(what)) != 0;
}

/// A network of one dense layer, for what surrounds it.
struct Chain {
  GraphBuilder b;
  Graph graph = b.softmax_loss(b.matmul(b.input({4}), 3));
};

void check_refused(const Graph& graph, const std::string& layer, const std::string& kind, const std::string& why) {
  for (const char* device : {"ref", "cpu"}) {
    const auto backend = make_backend(device, 1);
    const auto memory = backend->allocate(graph, 0);
    const PlanOptions options{.batch = 2, .rows = graph.is_ragged() ? int64_t{6} : 0};
    CHECK_THROWS_WITH(backend->compile(graph, options, *memory),
                      Contains("layer '" + layer + "'") && Contains(std::string(device) + " cannot compute " + kind) &&
                          Contains(why));
  }
}

}  // namespace

TEST_CASE("a gradient reads only what the row of its op says", "[ops]") {
  Random random(3);
  for (const Example& e : examples(6))
    if (!e.large)
      for (const Op& op : e.graph.ops) {
        INFO(e.name << ", " << name_of(op));
        const OpTraits& row = traits_of(op.what);
        REQUIRE(row.inputs.holds(op.inputs.size()));
        OneOp one(e.graph, op, e.batch, random);
        const auto expected = one.gradients();
        if (!reads(row, Reads::inputs)) one.spoil_inputs();
        if (!reads(row, Reads::output)) one.spoil_output();
        CHECK(one.gradients() == expected);
      }
}

TEST_CASE("names of ops are different, and losses are those that compare with something", "[ops]") {
  std::set<std::string> names;
  for (const OpTraits& row : all_op_traits) {
    CHECK(names.insert(row.name).second);
    CHECK(row.is_loss() == (std::string(row.name).find("loss") != std::string::npos));
  }
}

TEST_CASE("backends refuse what they do not compute, by name of op and layer", "[ops]") {
  Chain it;
  GraphBuilder images;
  const ValueId rows = images.reshape(images.rows_input({4}, 3), {1, 2, 2});
  check_refused(images.mse(images.conv(rows, 1, 1, 1, 0)), "op2", "conv", "its input is ragged");
  GraphBuilder norm;
  check_refused(norm.mse(norm.batch_norm(norm.rows_input({4}, 3))), "op1", "batch_norm",
                "its input is ragged (a sample is any number of rows of 4): expected samples of one shape");
  GraphBuilder loss;
  check_refused(loss.mse(loss.matmul(loss.rows_input({4}, 3), 2)), "op2", "mse_loss", "its input is ragged");
  GraphBuilder fixed;
  check_refused(fixed.mse(fixed.segment_pool(fixed.input({4}), SegmentPool::Kind::mean)), "op1", "segment_pool",
                "its input is a sample of 4: expected rows");
  GraphBuilder dropped;
  const ValueId x0 = dropped.drop_samples(dropped.rows_input({4}, 3), 0.5);
  check_refused(dropped.mse(dropped.segment_pool(x0, SegmentPool::Kind::mean)), "op1", "dropout",
                "its samples are ragged, and it drops whole ones");

  Graph integers = it.graph;
  integers.values[static_cast<size_t>(integers.input())].type = ElementType::int32;
  check_refused(integers, "op1", "matmul", "its input is of type int32: expected float32");

  Graph bytes = it.graph;
  bytes.values[static_cast<size_t>(bytes.ops[0].output)].type = ElementType::uint8;
  check_refused(bytes, "op1", "matmul", "its output is of type uint8: expected float32");

  Graph labels = it.graph;
  labels.values[static_cast<size_t>(labels.find_input("labels")->value)].type = ElementType::float32;
  check_refused(labels, "op2", "softmax_loss", "its input is of type float32: expected int32");

  GraphBuilder two;
  const ValueId x = two.input({4});
  Graph second = two.mse(two.matmul(x, 4));
  second.ops[0].inputs = {second.add_input("other", {Shape{4}})};
  check_refused(second, "op1", "matmul", "it reads a second input of samples: expected 'input' alone");

  GraphBuilder self;
  const ValueId h = self.matmul(self.input({4}), 4);
  Graph computed = self.mse(self.matmul(h, 4));
  computed.ops.back().inputs[1] = h;
  check_refused(computed, "op3", "mse_loss", "what it compares with is computed");
}

namespace {

/// Loss, output and gradients of one step.
std::vector<std::vector<double>> one_step(Backend& backend, const Graph& graph, int64_t batch) {
  const auto memory = backend.allocate(graph, 0);
  fill_memory(*memory, 4);
  const auto plan = backend.compile(graph, {.batch = batch, .training = true, .input_gradient = true}, *memory);
  fill_inputs(*plan, graph, 4);
  plan->forward(nullptr);
  plan->backward();
  std::vector<std::vector<double>> all{{plan->loss()}, plan->value(graph.output()), plan->gradient(graph.input())};
  for (size_t p = 0; p < graph.params.size(); ++p) {
    all.emplace_back(static_cast<size_t>(graph.params[p].shape.count()));
    memory->read(Part::gradients, static_cast<ParamId>(p), all.back());
  }
  return all;
}

Graph rows_graph(const Shape& in, int64_t axis) {
  GraphBuilder b;
  const ValueId x = b.layer_norm(b.matmul_rows(b.input(in), 11), axis);
  return b.mse(b.matmul_rows(b.map(b.softmax(x, axis), "relu"), 5));
}

}  // namespace

TEST_CASE("the derivative of prelu at 0 is 0 or the slope, on every backend", "[ops]") {
  for (const char* device : {"ref", "cpu"})
    for (const int64_t axis : {0, 1})
      for (const bool flat : {false, true}) {
        INFO(device << ", axis " << axis << ", flat " << flat);
        GraphBuilder b;
        const Graph graph = b.mse(b.prelu(b.input({5}), axis, flat));
        const auto backend = make_backend(device, 1);
        const auto memory = backend->allocate(graph, 0);
        memory->write(Part::weights, 0, std::vector<double>(axis == 0 ? 1 : 5, 0.5));
        const auto plan = backend->compile(graph, {.batch = 1, .training = true, .input_gradient = true}, *memory);
        const std::vector<float> x{0, -1, 2, 0, -0.0F};
        std::copy(x.begin(), x.end(), plan->inputs().x.begin());
        for (float& target : plan->inputs().targets) target = -5;
        plan->forward(nullptr);
        plan->backward();
        const std::vector<double> dx = plan->gradient(graph.input());
        const double at_zero = flat ? 0 : 1;
        const double expected[] = {at_zero, 0.9, 2.8, at_zero, at_zero};  // dy = 2 (y + 5) / 5, times 1 or 0.5
        for (size_t i = 0; i < 5; ++i) CHECK(dx[i] == Approx(expected[i]));
      }
}

TEST_CASE("rows of a sample are what samples of their own are", "[ops]") {
  for (const char* device : {"ref", "cpu"}) {
    INFO(device);
    const auto backend = make_backend(device, 2);
    const auto rows = one_step(*backend, rows_graph({2, 3, 7}, 2), 4),
               samples = one_step(*backend, rows_graph({7}, 0), 24);
    REQUIRE(rows.size() == samples.size());
    for (size_t i = 0; i < rows.size(); ++i) {
      INFO("list " << i);
      REQUIRE(rows[i].size() == samples[i].size());
      for (size_t k = 0; k < rows[i].size(); ++k) CHECK(rows[i][k] == Approx(samples[i][k]).epsilon(1e-4).margin(1e-6));
    }
  }
}

TEST_CASE("cpu multiplies rows with the kernels of dense layers", "[ops]") {
  const Graph graph = rows_graph({3, 7}, 1);
  for (const Precision precision : {Precision::float32, Precision::bf16}) {
    const auto backend = make_backend("cpu", 2);
    const auto memory = backend->allocate(graph, 0);
    int dense = 0;
    for (const std::string& line :
         backend->compile(graph, {.batch = 4, .training = true, .precision = precision}, *memory)->describe()) {
      const bool is_matmul = line.find("matmul") != std::string::npos,
                 of_rows = line.find(" of rows") != std::string::npos;
      CHECK(is_matmul == of_rows);
      dense += of_rows;
    }
    CHECK(dense == 2);
  }
}

TEST_CASE("a graph may have several outputs, inside of what is otherwise one step too", "[ops]") {
  GraphBuilder b;
  const ValueId h = b.matmul(b.input({5}), 7), r = b.map(h, "relu");
  Graph graph = b.mse(b.matmul(r, 3));
  graph.outputs.push_back(h);
  graph.outputs.push_back(r);
  std::vector<std::vector<float>> expected;
  for (const char* device : {"ref", "cpu"}) {
    INFO(device);
    const auto backend = make_backend(device, 2);
    const auto memory = backend->allocate(graph, 0);
    fill_memory(*memory, 1);
    const auto plan = backend->compile(graph, {.batch = 6, .training = true}, *memory);
    fill_inputs(*plan, graph, 1);
    plan->forward(nullptr);
    plan->backward();
    CHECK(plan->output().data() == plan->output(0).data());
    for (size_t i = 0; i < 3; ++i) {
      const std::vector<float> found(plan->output(i).begin(), plan->output(i).end());
      CHECK(found.size() == static_cast<size_t>(6 * graph.value(graph.outputs[i]).shape.count()));
      if (expected.size() < 3)
        expected.push_back(found);
      else
        for (size_t k = 0; k < found.size(); ++k) CHECK(found[k] == Approx(expected[i][k]).epsilon(1e-4).margin(1e-5));
    }
  }
}
