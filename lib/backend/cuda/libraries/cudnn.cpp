// SPDX-License-Identifier: MIT
#include "backend/cuda/libraries/cudnn.h"

#include <cudnn.h>

#include <algorithm>
#include <array>
#include <utility>

#include "backend/cuda/libraries/library.h"
#include "base/error.h"

namespace nn::cuda {
namespace {

struct Functions {
#define FUNCTIONS(DO)               \
  DO(cudnnCreate)                   \
  DO(cudnnSetStream)                \
  DO(cudnnGetVersion)               \
  DO(cudnnGetErrorString)           \
  DO(cudnnBackendCreateDescriptor)  \
  DO(cudnnBackendDestroyDescriptor) \
  DO(cudnnBackendSetAttribute)      \
  DO(cudnnBackendGetAttribute)      \
  DO(cudnnBackendFinalize)          \
  DO(cudnnBackendExecute)
#define MEMBER(name) decltype(&::name) name = nullptr;
  FUNCTIONS(MEMBER)
  bool usable = false;
  Functions() {
    Library library({"libcudnn.so.9"});
#define FIND(name) library.find(name, #name);
    FUNCTIONS(FIND)
    usable = library.opened();
  }
#undef FUNCTIONS
#undef MEMBER
#undef FIND
};

bool asked = false;
const Functions& dnn() {
  static const Functions functions;
  asked = true;
  return functions;
}

void check(cudnnStatus_t status, const char* what) {
  if (status != CUDNN_STATUS_SUCCESS)
    throw Error(std::string("device cuda: cuDNN: ") + what + ": " + dnn().cudnnGetErrorString(status));
}

/// One of the descriptors of cuDNN.
class Descriptor {
 public:
  explicit Descriptor(cudnnBackendDescriptorType_t type) {
    check(dnn().cudnnBackendCreateDescriptor(type, &d_), "a descriptor");
  }
  ~Descriptor() {
    if (d_) dnn().cudnnBackendDestroyDescriptor(d_);
  }
  Descriptor(Descriptor&& o) noexcept : d_(std::exchange(o.d_, nullptr)) {}
  Descriptor& operator=(Descriptor&& o) noexcept { return std::swap(d_, o.d_), *this; }

  cudnnBackendDescriptor_t get() const { return d_; }
  Descriptor& set(cudnnBackendAttributeName_t name, cudnnBackendAttributeType_t type, int64_t count,
                  const void* values) {
    check(dnn().cudnnBackendSetAttribute(d_, name, type, count, values), "an attribute");
    return *this;
  }
  Descriptor& set(cudnnBackendAttributeName_t name, int64_t v) { return set(name, CUDNN_TYPE_INT64, 1, &v); }
  Descriptor& set(cudnnBackendAttributeName_t name, const Descriptor& d) {
    return set(name, CUDNN_TYPE_BACKEND_DESCRIPTOR, 1, &d.d_);
  }
  template <class T>
  std::vector<T> list(cudnnBackendAttributeName_t name, cudnnBackendAttributeType_t type, size_t most) const {
    std::vector<T> v(most);
    int64_t count = 0;
    check(dnn().cudnnBackendGetAttribute(d_, name, type, static_cast<int64_t>(most), &count, v.data()), "an attribute");
    v.resize(std::min(most, static_cast<size_t>(count)));
    return v;
  }
  bool finalize() { return dnn().cudnnBackendFinalize(d_) == CUDNN_STATUS_SUCCESS; }
  void finalize(const char* what) { check(dnn().cudnnBackendFinalize(d_), what); }

 private:
  cudnnBackendDescriptor_t d_ = nullptr;
};

constexpr int64_t x_id = 'x', w_id = 'w', y_id = 'y';
constexpr cudnnDataType_t floats = CUDNN_DATA_FLOAT;

Descriptor tensor(int64_t id, const std::array<int64_t, 4>& dims) {
  const int64_t strides[4] = {dims[1] * dims[2] * dims[3], dims[2] * dims[3], dims[3], 1};
  Descriptor d(CUDNN_BACKEND_TENSOR_DESCRIPTOR);
  d.set(CUDNN_ATTR_TENSOR_UNIQUE_ID, id);
  d.set(CUDNN_ATTR_TENSOR_DATA_TYPE, CUDNN_TYPE_DATA_TYPE, 1, &floats);
  d.set(CUDNN_ATTR_TENSOR_BYTE_ALIGNMENT, 4);  // parameters begin at 64 bytes, samples of odd sizes need not
  d.set(CUDNN_ATTR_TENSOR_DIMENSIONS, CUDNN_TYPE_INT64, 4, dims.data());
  d.set(CUDNN_ATTR_TENSOR_STRIDES, CUDNN_TYPE_INT64, 4, strides);
  d.finalize("a tensor");
  return d;
}

struct PassNames {
  cudnnBackendDescriptorType_t type;
  cudnnBackendAttributeName_t alpha, beta, conv, w, x, y;
};
PassNames names_of(Pass pass) {
  if (pass == Pass::forward)
    return {CUDNN_BACKEND_OPERATION_CONVOLUTION_FORWARD_DESCRIPTOR,
            CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_ALPHA,
            CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_BETA,
            CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_CONV_DESC,
            CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_W,
            CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_X,
            CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_Y};
  if (pass == Pass::input_gradient)
    return {CUDNN_BACKEND_OPERATION_CONVOLUTION_BACKWARD_DATA_DESCRIPTOR,
            CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_DATA_ALPHA,
            CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_DATA_BETA,
            CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_DATA_CONV_DESC,
            CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_DATA_W,
            CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_DATA_DX,
            CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_DATA_DY};
  return {CUDNN_BACKEND_OPERATION_CONVOLUTION_BACKWARD_FILTER_DESCRIPTOR,
          CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_FILTER_ALPHA,
          CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_FILTER_BETA,
          CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_FILTER_CONV_DESC,
          CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_FILTER_DW,
          CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_FILTER_X,
          CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_FILTER_DY};
}

Descriptor graph_of(const ConvRequest& r, cudnnHandle_t handle) {
  const Descriptor x = tensor(x_id, {r.n, r.c, r.h, r.w}), w = tensor(w_id, {r.k, r.c, r.kernel_h, r.kernel_w}),
                   y = tensor(y_id, {r.n, r.k, r.p, r.q});
  Descriptor conv(CUDNN_BACKEND_CONVOLUTION_DESCRIPTOR);
  const cudnnConvolutionMode_t mode = CUDNN_CROSS_CORRELATION;
  const int64_t before[2] = {r.pad_top, r.pad_left}, behind[2] = {r.pad_bottom, r.pad_right},
                strides[2] = {r.stride_h, r.stride_w}, dilations[2] = {r.dilation_h, r.dilation_w};
  conv.set(CUDNN_ATTR_CONVOLUTION_SPATIAL_DIMS, 2);
  conv.set(CUDNN_ATTR_CONVOLUTION_COMP_TYPE, CUDNN_TYPE_DATA_TYPE, 1, &floats);
  conv.set(CUDNN_ATTR_CONVOLUTION_CONV_MODE, CUDNN_TYPE_CONVOLUTION_MODE, 1, &mode);
  conv.set(CUDNN_ATTR_CONVOLUTION_PRE_PADDINGS, CUDNN_TYPE_INT64, 2, before);
  conv.set(CUDNN_ATTR_CONVOLUTION_POST_PADDINGS, CUDNN_TYPE_INT64, 2, behind);
  conv.set(CUDNN_ATTR_CONVOLUTION_FILTER_STRIDES, CUDNN_TYPE_INT64, 2, strides);
  conv.set(CUDNN_ATTR_CONVOLUTION_DILATIONS, CUDNN_TYPE_INT64, 2, dilations);
  conv.finalize("a convolution");
  const PassNames n = names_of(r.pass);
  const float one = 1, zero = 0;
  Descriptor op(n.type);
  op.set(n.alpha, CUDNN_TYPE_FLOAT, 1, &one).set(n.beta, CUDNN_TYPE_FLOAT, 1, &zero);
  op.set(n.conv, conv).set(n.w, w).set(n.x, x).set(n.y, y).finalize("an operation");
  Descriptor graph(CUDNN_BACKEND_OPERATIONGRAPH_DESCRIPTOR);
  graph.set(CUDNN_ATTR_OPERATIONGRAPH_OPS, op);
  if (handle) graph.set(CUDNN_ATTR_OPERATIONGRAPH_HANDLE, CUDNN_TYPE_HANDLE, 1, &handle);
  graph.finalize("a graph");
  return graph;
}

/// Engine configurations in the order of cuDNN's heuristics.
std::vector<Descriptor> configurations(const Descriptor& graph, const Descriptor* device, cudnnBackendHeurMode_t mode) {
  Descriptor heuristic(CUDNN_BACKEND_ENGINEHEUR_DESCRIPTOR);
  heuristic.set(CUDNN_ATTR_ENGINEHEUR_OPERATION_GRAPH, graph);
  heuristic.set(CUDNN_ATTR_ENGINEHEUR_MODE, CUDNN_TYPE_HEUR_MODE, 1, &mode);
#if CUDNN_VERSION >= 90800
  if (device) heuristic.set(CUDNN_ATTR_ENGINEHEUR_DEVICEPROP, *device);
#endif
  std::vector<Descriptor> configs;
  if (!heuristic.finalize()) return configs;
  int64_t count = 0;
  const auto results = [&](int64_t most, void* to) {
    check(dnn().cudnnBackendGetAttribute(heuristic.get(), CUDNN_ATTR_ENGINEHEUR_RESULTS, CUDNN_TYPE_BACKEND_DESCRIPTOR,
                                         most, &count, to),
          "heuristics");
  };
  results(0, nullptr);
  std::vector<cudnnBackendDescriptor_t> raw;
  for (int64_t i = 0; i < count; ++i) {
    configs.emplace_back(CUDNN_BACKEND_ENGINECFG_DESCRIPTOR);
    raw.push_back(configs.back().get());
  }
  results(count, raw.data());
  configs.erase(configs.begin() + static_cast<std::ptrdiff_t>(std::min(configs.size(), static_cast<size_t>(count))),
                configs.end());
  return configs;
}

struct Found {
  CudnnChoice choice;
  Descriptor plan;
};

/// Whether an engine may be used: the same bits in every run, and no more rounding than the request allows.
bool allowed(const std::vector<cudnnBackendNumericalNote_t>& notes, const ConvRequest& r) {
  const auto has = [&](cudnnBackendNumericalNote_t n) {
    return std::find(notes.begin(), notes.end(), n) != notes.end();
  };
  if (has(CUDNN_NUMERICAL_NOTE_NONDETERMINISTIC) || has(CUDNN_NUMERICAL_NOTE_REDUCED_PRECISION_REDUCTION)) return false;
  if (r.exact && (has(CUDNN_NUMERICAL_NOTE_WINOGRAD) || has(CUDNN_NUMERICAL_NOTE_FFT))) return false;
  return r.math == Math::tf32 ||
         (!has(CUDNN_NUMERICAL_NOTE_TENSOR_CORE) && !has(CUDNN_NUMERICAL_NOTE_DOWN_CONVERT_INPUTS));
}

std::vector<Found> plans_of(const ConvRequest& r, cudnnHandle_t handle, const Descriptor* device, size_t most) {
  const Descriptor graph = graph_of(r, handle);
  std::vector<Found> found;
  for (const cudnnBackendHeurMode_t mode : {CUDNN_HEUR_MODE_A, CUDNN_HEUR_MODE_FALLBACK})
    for (const Descriptor& config : configurations(graph, device, mode)) {
      if (found.size() == most) return found;
      Descriptor engine(CUDNN_BACKEND_ENGINE_DESCRIPTOR);
      cudnnBackendDescriptor_t raw = engine.get();
      int64_t got = 0;
      check(dnn().cudnnBackendGetAttribute(config.get(), CUDNN_ATTR_ENGINECFG_ENGINE, CUDNN_TYPE_BACKEND_DESCRIPTOR, 1,
                                           &got, &raw),
            "an engine");
      const auto notes = engine.list<cudnnBackendNumericalNote_t>(
          CUDNN_ATTR_ENGINE_NUMERICAL_NOTE, CUDNN_TYPE_NUMERICAL_NOTE, CUDNN_NUMERICAL_NOTE_TYPE_COUNT);
      if (!allowed(notes, r)) continue;
      Descriptor plan(CUDNN_BACKEND_EXECUTION_PLAN_DESCRIPTOR);
      if (handle) plan.set(CUDNN_ATTR_EXECUTION_PLAN_HANDLE, CUDNN_TYPE_HANDLE, 1, &handle);
#if CUDNN_VERSION >= 90800
      if (device) plan.set(CUDNN_ATTR_EXECUTION_PLAN_DEVICEPROP, *device);
#endif
      plan.set(CUDNN_ATTR_EXECUTION_PLAN_ENGINE_CONFIG, config);
      if (!plan.finalize()) continue;  // heuristics name configurations that cannot be built
      CudnnChoice choice;
      choice.engine = engine.list<int64_t>(CUDNN_ATTR_ENGINE_GLOBAL_INDEX, CUDNN_TYPE_INT64, 1).at(0);
      choice.workspace = plan.list<int64_t>(CUDNN_ATTR_EXECUTION_PLAN_WORKSPACE_SIZE, CUDNN_TYPE_INT64, 1).at(0);
      choice.tensor_cores = std::find(notes.begin(), notes.end(), CUDNN_NUMERICAL_NOTE_TENSOR_CORE) != notes.end();
      found.push_back({choice, std::move(plan)});
    }
  return found;
}

class Conv final : public Routine {
 public:
  Conv(cudnnHandle_t handle, Found found) : handle_(handle), found_(std::move(found)) {}
  std::string name() const override { return "cuDNN"; }
  size_t workspace() const override { return static_cast<size_t>(found_.choice.workspace); }
  void launch(const float* x, const float* w, float* y, const float*, bool, void* workspace) const override {
    Descriptor pack(CUDNN_BACKEND_VARIANT_PACK_DESCRIPTOR);
    const void* pointers[3] = {x, w, y};
    const int64_t ids[3] = {x_id, w_id, y_id};
    pack.set(CUDNN_ATTR_VARIANT_PACK_DATA_POINTERS, CUDNN_TYPE_VOID_PTR, 3, pointers);
    pack.set(CUDNN_ATTR_VARIANT_PACK_UNIQUE_IDS, CUDNN_TYPE_INT64, 3, ids);
    pack.set(CUDNN_ATTR_VARIANT_PACK_WORKSPACE, CUDNN_TYPE_VOID_PTR, 1, &workspace);
    pack.finalize("arguments");
    check(dnn().cudnnBackendExecute(handle_, found_.plan.get(), pack.get()), "a convolution");
  }

 private:
  cudnnHandle_t handle_;
  Found found_;
};

}  // namespace

std::unique_ptr<Routine> cudnn_conv(const ConvRequest& request, void* stream) {
  if (!dnn().usable) return nullptr;
  static cudnnHandle_t handle = nullptr;  // of the process; it may serve one stream after another
  if (!handle && dnn().cudnnCreate(&handle) != CUDNN_STATUS_SUCCESS) return nullptr;
  check(dnn().cudnnSetStream(handle, static_cast<cudaStream_t>(stream)), "a stream");
  std::vector<Found> found = plans_of(request, handle, nullptr, 1);
  if (found.empty()) return nullptr;
  return std::make_unique<Conv>(handle, std::move(found[0]));
}

std::string cudnn_version() {
  if (!asked || !dnn().usable) return "";
  const size_t v = dnn().cudnnGetVersion();
  return "cuDNN " + std::to_string(v / 10000) + "." + std::to_string(v / 100 % 100) + "." + std::to_string(v % 100);
}

bool cudnn_plans_without_device() {
#if CUDNN_VERSION >= 90800
  return dnn().usable && dnn().cudnnGetVersion() >= 90800;
#else
  return false;
#endif
}

std::vector<CudnnChoice> cudnn_choices(const ConvRequest& request, const std::string& device_json) {
  std::vector<CudnnChoice> choices;
#if CUDNN_VERSION >= 90800
  Descriptor device(CUDNN_BACKEND_DEVICEPROP_DESCRIPTOR);
  device.set(CUDNN_ATTR_DEVICEPROP_JSON_REPRESENTATION, CUDNN_TYPE_CHAR, static_cast<int64_t>(device_json.size()),
             device_json.data());
  device.finalize("a device's properties");
  for (const Found& f : plans_of(request, nullptr, &device, 8)) choices.push_back(f.choice);
#else
  (void)request, (void)device_json;
#endif
  return choices;
}

}  // namespace nn::cuda
