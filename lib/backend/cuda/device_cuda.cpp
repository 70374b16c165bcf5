// SPDX-License-Identifier: MIT
// A device by the CUDA runtime, 12.4 and later; linked statically, it needs no more than the driver.
#include <cuda_runtime.h>
#include <fmt/format.h>

#include <stdexcept>

#include "backend/cuda/device.h"
#include "backend/cuda/libraries/cublaslt.h"
#ifdef NN_HAVE_CUDNN
#include "backend/cuda/libraries/cudnn.h"
#endif
#include "base/error.h"

namespace nn::cuda {
namespace {

std::string version_text(int v) { return fmt::format("{}.{}", v / 1000, v % 1000 / 10); }

void check(cudaError_t status, const std::string& what) {
  if (status == cudaSuccess) return;
  cudaGetLastError();
  throw Error(fmt::format("device cuda: {}: {}", what, cudaGetErrorString(status)));
}

int attribute(cudaDeviceAttr which, int device) {
  int value = 0;
  return cudaDeviceGetAttribute(&value, which, device) == cudaSuccess ? value : 0;
}

class CudaDevice final : public Device {
 public:
  explicit CudaDevice(int number) {
    check(cudaSetDevice(number), "it cannot be used");
    cudaDeviceProp properties{};
    check(cudaGetDeviceProperties(&properties, number), "its properties");
    check(cudaStreamCreateWithFlags(&stream_, cudaStreamNonBlocking), "a stream");
    int driver = 0, runtime = 0;
    cudaDriverGetVersion(&driver);
    cudaRuntimeGetVersion(&runtime);
    facts_.name = fmt::format("{}, {} multiprocessors", properties.name, properties.multiProcessorCount);
    facts_.architecture = fmt::format("sm_{}{}", properties.major, properties.minor);
    facts_.libraries = {"CUDA " + version_text(runtime), "driver for CUDA " + version_text(driver)};
    // Two operations a multiply-add, 128 of them a clock (64 on 7.5, 8.0); double data rate.
    const bool half = properties.major * 10 + properties.minor == 80 || properties.major == 7;
    facts_.gflops = 2e-6 * (half ? 64 : 128) * properties.multiProcessorCount * attribute(cudaDevAttrClockRate, number);
    facts_.gbytes =
        2e-6 / 8 * attribute(cudaDevAttrMemoryClockRate, number) * attribute(cudaDevAttrGlobalMemoryBusWidth, number);
  }
  ~CudaDevice() override {
    for (const Recorded& r : recorded_)
      if (r.run) cudaGraphExecDestroy(r.run);
    forget_marks();
    cudaStreamDestroy(stream_);
  }
  const DeviceFacts& facts() const override { return facts_; }

  void* allocate(size_t bytes) override {
    void* p = nullptr;
    const cudaError_t status = cudaMalloc(&p, bytes);
    if (status == cudaErrorMemoryAllocation) {
      cudaGetLastError();
      out_of_memory(bytes, free_bytes());
    }
    check(status, "memory");
    return p;
  }
  void release(void* p) noexcept override { cudaFree(p); }
  void* allocate_pinned(size_t bytes) override {
    void* p = nullptr;
    check(cudaMallocHost(&p, bytes), "pinned memory of the host");
    return p;
  }
  void release_pinned(void* p) noexcept override { cudaFreeHost(p); }
  size_t free_bytes() override {
    size_t free = 0, total = 0;
    cudaMemGetInfo(&free, &total);
    return free;
  }

  void upload(void* to, const void* from, size_t bytes, bool) override {
    check(cudaMemcpyAsync(to, from, bytes, cudaMemcpyHostToDevice, stream_), "a copy to it");
  }
  void download(void* to, const void* from, size_t bytes) override {
    check(cudaMemcpyAsync(to, from, bytes, cudaMemcpyDeviceToHost, stream_), "a copy from it");
  }
  void fill_zero(void* p, size_t bytes) override { check(cudaMemsetAsync(p, 0, bytes, stream_), "a fill"); }
  void synchronize() override {
    check(cudaStreamSynchronize(stream_), fmt::format("a kernel failed (the last step launched: '{}')", step()));
  }

  void begin_record() override { check(cudaStreamBeginCapture(stream_, cudaStreamCaptureModeThreadLocal), "capture"); }
  int end_record() override {
    cudaGraph_t graph = nullptr;
    check(cudaStreamEndCapture(stream_, &graph), "capture");
    Recorded r;
    const cudaError_t counted = cudaGraphGetNodes(graph, nullptr, &r.nodes);
    const cudaError_t made = cudaGraphInstantiate(&r.run, graph, 0);
    cudaGraphDestroy(graph);
    check(counted, "a graph");
    check(made, "a graph");
    check(cudaGraphUpload(r.run, stream_), "a graph");
    recorded_.push_back(r);
    return static_cast<int>(recorded_.size()) - 1;
  }
  void forget(int recording) noexcept override {
    Recorded& r = recorded_[static_cast<size_t>(recording)];
    cudaGraphExecDestroy(r.run);
    r = {};
  }
  size_t launches_in(int recording) const override { return recorded_.at(static_cast<size_t>(recording)).nodes; }
  void replay(int recording) override {
    check(cudaGraphLaunch(recorded_.at(static_cast<size_t>(recording)).run, stream_), "a graph");
  }

  void launch(const void* kernel, const Launch& how, void** arguments, std::function<void()>) override {
    const auto as_dim = [](const Extent& e) { return dim3(e.x, e.y, e.z); };
    if (how.shared > 48 << 10)
      check(cudaFuncSetAttribute(kernel, cudaFuncAttributeMaxDynamicSharedMemorySize, static_cast<int>(how.shared)),
            fmt::format("{} bytes of shared memory for '{}'", how.shared, step()));
    cudaLaunchAttribute cooperative{};
    cooperative.id = cudaLaunchAttributeCooperative;
    cooperative.val.cooperative = 1;
    cudaLaunchConfig_t config{};
    config.gridDim = as_dim(how.grid);
    config.blockDim = as_dim(how.block);
    config.dynamicSmemBytes = how.shared;
    config.stream = stream_;
    config.attrs = &cooperative;
    config.numAttrs = how.cooperative ? 1 : 0;
    check(cudaLaunchKernelExC(&config, kernel, arguments), fmt::format("the kernel of '{}'", step()));
  }

  std::unique_ptr<Routine> gemm(const GemmRequest& request) override { return cublaslt_gemm(request, stream_); }
#ifdef NN_HAVE_CUDNN
  std::unique_ptr<Routine> conv(const ConvRequest& request) override { return cudnn_conv(request, stream_); }
#endif
  std::vector<std::string> opened_libraries() const override {
    std::vector<std::string> names;
    if (const std::string name = cublaslt_version(); !name.empty()) names.push_back(name);
#ifdef NN_HAVE_CUDNN
    if (const std::string name = cudnn_version(); !name.empty()) names.push_back(name);
#endif
    return names;
  }

  int mark() override {
    cudaEvent_t event = nullptr;
    check(cudaEventCreate(&event), "an event");
    marks_.push_back(event);
    check(cudaEventRecord(event, stream_), "an event");
    return static_cast<int>(marks_.size()) - 1;
  }
  double seconds(int from, int to) override {
    float milliseconds = 0;
    check(cudaEventSynchronize(marks_.at(static_cast<size_t>(to))), "an event");
    check(cudaEventElapsedTime(&milliseconds, marks_.at(static_cast<size_t>(from)), marks_.at(static_cast<size_t>(to))),
          "an event");
    return static_cast<double>(milliseconds) * 1e-3;
  }
  void forget_marks() override {
    for (const cudaEvent_t event : marks_) cudaEventDestroy(event);
    marks_.clear();
  }

 private:
  struct Recorded {
    cudaGraphExec_t run = nullptr;
    size_t nodes = 0;
  };
  DeviceFacts facts_;
  cudaStream_t stream_ = nullptr;
  std::vector<Recorded> recorded_;
  std::vector<cudaEvent_t> marks_;
};

}  // namespace

int device_count(std::string& why) {
  int count = 0, driver = 0, runtime = 0;
  cudaDriverGetVersion(&driver);
  cudaRuntimeGetVersion(&runtime);
  if (driver == 0) {  // of which the runtime says that it is too old
    why = "the NVIDIA driver is not installed or not running";
    return 0;
  }
  const cudaError_t status = cudaGetDeviceCount(&count);
  cudaGetLastError();
  if (status == cudaErrorInsufficientDriver || driver < runtime / 1000 * 1000)
    why = fmt::format("the NVIDIA driver serves CUDA {}, this build needs {}: install a newer driver",
                      version_text(driver), version_text(runtime));
  else if (status != cudaSuccess)
    why = cudaGetErrorString(status);
  else if (count == 0)
    why = "the NVIDIA driver shows no device";
  return why.empty() && status == cudaSuccess ? count : 0;
}

std::unique_ptr<Device> open_device(int number) { return std::make_unique<CudaDevice>(number); }

}  // namespace nn::cuda
