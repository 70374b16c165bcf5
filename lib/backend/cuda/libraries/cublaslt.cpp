// SPDX-License-Identifier: MIT
// cuBLASLt is column-major: a row-major M{r,c} is for it the matrix c x r with leading dimension c. So
//   forward          Y' {out,n}  = W'^T {out,in} X' {in,n}
//   input_gradient   dX'{in,n}   = W'   {in,out} dY'{out,n}
//   weight_gradient  dW'{in,out} = X'   {in,n}   dY'^T {n,out}
#include "backend/cuda/libraries/cublaslt.h"

#include <cublasLt.h>

#include "backend/cuda/libraries/library.h"
#include "base/error.h"

namespace nn::cuda {
namespace {

constexpr size_t most_workspace = 32 << 20;

struct Functions {
#define FUNCTIONS(DO)                      \
  DO(cublasLtCreate)                       \
  DO(cublasLtGetVersion)                   \
  DO(cublasLtMatmul)                       \
  DO(cublasLtMatmulAlgoGetHeuristic)       \
  DO(cublasLtMatmulDescCreate)             \
  DO(cublasLtMatmulDescDestroy)            \
  DO(cublasLtMatmulDescSetAttribute)       \
  DO(cublasLtMatmulPreferenceCreate)       \
  DO(cublasLtMatmulPreferenceDestroy)      \
  DO(cublasLtMatmulPreferenceSetAttribute) \
  DO(cublasLtMatrixLayoutCreate)           \
  DO(cublasLtMatrixLayoutDestroy)
#define MEMBER(name) decltype(&::name) name = nullptr;
  FUNCTIONS(MEMBER)
  cublasLtHandle_t handle = nullptr;
  bool usable = false;

  Functions() {
    Library library({"libcublasLt.so.13", "libcublasLt.so.12"});
#define FIND(name) library.find(name, #name);
    FUNCTIONS(FIND)
    usable = library.opened() && cublasLtCreate(&handle) == CUBLAS_STATUS_SUCCESS;
  }
#undef FUNCTIONS
#undef MEMBER
#undef FIND
};

bool asked = false;  // whether somebody has opened it
const Functions& lt() {
  static const Functions functions;
  asked = true;
  return functions;
}

void check(cublasStatus_t status, const char* what) {
  if (status != CUBLAS_STATUS_SUCCESS)
    throw Error(std::string("device cuda: cuBLASLt: ") + what + ": status " + std::to_string(status));
}

class Gemm final : public Routine {
 public:
  Gemm(const GemmRequest& r, cudaStream_t stream) : request_(r), stream_(stream) {
    const cublasComputeType_t sums = r.math == Math::tf32 ? CUBLAS_COMPUTE_32F_FAST_TF32 : CUBLAS_COMPUTE_32F;
    check(lt().cublasLtMatmulDescCreate(&product_, sums, CUDA_R_32F), "a product");
    const cublasOperation_t transposed = CUBLAS_OP_T;
    if (r.pass == Pass::forward) set(CUBLASLT_MATMUL_DESC_TRANSA, transposed);
    if (r.pass == Pass::weight_gradient) set(CUBLASLT_MATMUL_DESC_TRANSB, transposed);
    if (r.bias) set(CUBLASLT_MATMUL_DESC_EPILOGUE, CUBLASLT_EPILOGUE_BIAS);
    if (r.pass == Pass::weight_gradient) {
      layout(a_, r.rows, r.in), layout(b_, r.rows, r.out), layout(c_, r.out, r.in);
    } else {
      const bool forward = r.pass == Pass::forward;
      layout(a_, r.out, r.in), layout(b_, r.rows, forward ? r.in : r.out), layout(c_, r.rows, forward ? r.out : r.in);
    }
  }
  ~Gemm() override {
    for (const cublasLtMatrixLayout_t l : {a_, b_, c_})
      if (l) lt().cublasLtMatrixLayoutDestroy(l);
    if (product_) lt().cublasLtMatmulDescDestroy(product_);
  }
  Gemm(const Gemm&) = delete;
  Gemm& operator=(const Gemm&) = delete;

  /// Whether there is an algorithm.
  bool choose() {
    cublasLtMatmulPreference_t preference = nullptr;
    check(lt().cublasLtMatmulPreferenceCreate(&preference), "a preference");
    // Where k is cut, parts are floats in the workspace, summed in a step of their own: the same bits in every run.
    const uint32_t reductions = CUBLASLT_REDUCTION_SCHEME_COMPUTE_TYPE;
    lt().cublasLtMatmulPreferenceSetAttribute(preference, CUBLASLT_MATMUL_PREF_MAX_WORKSPACE_BYTES, &most_workspace,
                                              sizeof most_workspace);
    lt().cublasLtMatmulPreferenceSetAttribute(preference, CUBLASLT_MATMUL_PREF_REDUCTION_SCHEME_MASK, &reductions,
                                              sizeof reductions);
    cublasLtMatmulHeuristicResult_t result{};
    int found = 0;
    const cublasStatus_t status =
        lt().cublasLtMatmulAlgoGetHeuristic(lt().handle, product_, a_, b_, c_, c_, preference, 1, &result, &found);
    lt().cublasLtMatmulPreferenceDestroy(preference);
    algorithm_ = result.algo;
    workspace_ = result.workspaceSize;
    return status == CUBLAS_STATUS_SUCCESS && found > 0;
  }
  std::string name() const override { return "cuBLASLt"; }
  size_t workspace() const override { return workspace_; }

  void launch(const float* a, const float* b, float* c, const float* bias, bool add, void* workspace) const override {
    if (request_.bias) set(CUBLASLT_MATMUL_DESC_BIAS_POINTER, bias);
    const bool swapped = request_.pass != Pass::weight_gradient;
    const float one = 1, old = add ? 1.0F : 0.0F;
    check(lt().cublasLtMatmul(lt().handle, product_, &one, swapped ? b : a, a_, swapped ? a : b, b_, &old, c, c_, c, c_,
                              &algorithm_, workspace, workspace_, stream_),
          "a product");
  }

 private:
  template <class T>
  void set(cublasLtMatmulDescAttributes_t name, const T& value) const {
    check(lt().cublasLtMatmulDescSetAttribute(product_, name, &value, sizeof value), "a product");
  }
  /// Of the row-major matrix.
  static void layout(cublasLtMatrixLayout_t& to, int64_t rows, int64_t columns) {
    check(lt().cublasLtMatrixLayoutCreate(&to, CUDA_R_32F, static_cast<uint64_t>(columns), static_cast<uint64_t>(rows),
                                          columns),
          "a matrix");
  }
  GemmRequest request_;
  cudaStream_t stream_;
  cublasLtMatmulDesc_t product_ = nullptr;
  cublasLtMatrixLayout_t a_ = nullptr, b_ = nullptr, c_ = nullptr;
  cublasLtMatmulAlgo_t algorithm_{};
  size_t workspace_ = 0;
};

}  // namespace

std::unique_ptr<Routine> cublaslt_gemm(const GemmRequest& request, void* stream) {
  if (!lt().usable) return nullptr;
  auto gemm = std::make_unique<Gemm>(request, static_cast<cudaStream_t>(stream));
  if (!gemm->choose()) return nullptr;
  return gemm;
}

std::string cublaslt_version() {
  if (!asked || !lt().usable) return "";
  const size_t v = lt().cublasLtGetVersion();
  return "cuBLASLt " + std::to_string(v / 10000) + "." + std::to_string(v / 100 % 100) + "." + std::to_string(v % 100);
}

}  // namespace nn::cuda
