// SPDX-License-Identifier: MIT
// The functions of cuBLASLt that libraries/cublaslt.cpp calls, on the processor, by the library's own documented
// meaning: what is tested without a GPU is the very file that talks to the real one.
#include <cublasLt.h>

#include <cstring>
#include <vector>

namespace {
struct Desc {
  cublasOperation_t ta = CUBLAS_OP_N, tb = CUBLAS_OP_N;
  cublasLtEpilogue_t epilogue = CUBLASLT_EPILOGUE_DEFAULT;
  const float* bias = nullptr;
};
struct Layout {
  cudaDataType_t type;
  uint64_t rows, columns;
  int64_t ld;
};
struct Preference {
  uint64_t workspace = 0;
  uint32_t reductions = 0;
};

float value(const void* p, const Layout& l, uint64_t r, uint64_t c) {
  const uint64_t i = r + c * static_cast<uint64_t>(l.ld);
  if (l.type == CUDA_R_32F) return static_cast<const float*>(p)[i];
  const uint32_t bits = static_cast<uint32_t>(static_cast<const uint16_t*>(p)[i]) << 16;
  float f;
  std::memcpy(&f, &bits, 4);
  return f;
}
template <class T>
T& as(void* p) {
  return *static_cast<T*>(p);
}
template <class To, class From>
To cast(From p) {
  return reinterpret_cast<To>(p);
}
}  // namespace

extern "C" {
cublasStatus_t cublasLtCreate(cublasLtHandle_t* h) {
  return *h = cast<cublasLtHandle_t>(new int), CUBLAS_STATUS_SUCCESS;
}
size_t cublasLtGetVersion() { return 130100; }
cublasStatus_t cublasLtDestroy(cublasLtHandle_t h) { return delete cast<int*>(h), CUBLAS_STATUS_SUCCESS; }
const char* cublasLtGetStatusString(cublasStatus_t s) {
  return s == CUBLAS_STATUS_INVALID_VALUE ? "an unsupported value" : "failed";
}
cublasStatus_t cublasLtMatmulDescCreate(cublasLtMatmulDesc_t* d, cublasComputeType_t, cudaDataType_t) {
  return *d = cast<cublasLtMatmulDesc_t>(new Desc), CUBLAS_STATUS_SUCCESS;
}
cublasStatus_t cublasLtMatmulDescDestroy(cublasLtMatmulDesc_t d) {
  return delete cast<Desc*>(d), CUBLAS_STATUS_SUCCESS;
}
cublasStatus_t cublasLtMatmulDescSetAttribute(cublasLtMatmulDesc_t d, cublasLtMatmulDescAttributes_t name,
                                              const void* v, size_t n) {
  Desc& desc = *cast<Desc*>(d);
  if (name == CUBLASLT_MATMUL_DESC_TRANSA)
    std::memcpy(&desc.ta, v, n);
  else if (name == CUBLASLT_MATMUL_DESC_TRANSB)
    std::memcpy(&desc.tb, v, n);
  else if (name == CUBLASLT_MATMUL_DESC_EPILOGUE)
    std::memcpy(&desc.epilogue, v, n);
  else if (name == CUBLASLT_MATMUL_DESC_BIAS_POINTER)
    std::memcpy(&desc.bias, v, n);
  else
    return CUBLAS_STATUS_INVALID_VALUE;
  return CUBLAS_STATUS_SUCCESS;
}
cublasStatus_t cublasLtMatrixLayoutCreate(cublasLtMatrixLayout_t* l, cudaDataType_t t, uint64_t rows, uint64_t columns,
                                          int64_t ld) {
  if (ld < static_cast<int64_t>(rows)) return CUBLAS_STATUS_INVALID_VALUE;
  return *l = cast<cublasLtMatrixLayout_t>(new Layout{t, rows, columns, ld}), CUBLAS_STATUS_SUCCESS;
}
cublasStatus_t cublasLtMatrixLayoutDestroy(cublasLtMatrixLayout_t l) {
  return delete cast<Layout*>(l), CUBLAS_STATUS_SUCCESS;
}
cublasStatus_t cublasLtMatmulPreferenceCreate(cublasLtMatmulPreference_t* p) {
  return *p = cast<cublasLtMatmulPreference_t>(new Preference), CUBLAS_STATUS_SUCCESS;
}
cublasStatus_t cublasLtMatmulPreferenceDestroy(cublasLtMatmulPreference_t p) {
  return delete cast<Preference*>(p), CUBLAS_STATUS_SUCCESS;
}
cublasStatus_t cublasLtMatmulPreferenceSetAttribute(cublasLtMatmulPreference_t p,
                                                    cublasLtMatmulPreferenceAttributes_t name, const void* v,
                                                    size_t n) {
  if (name == CUBLASLT_MATMUL_PREF_MAX_WORKSPACE_BYTES)
    std::memcpy(&cast<Preference*>(p)->workspace, v, n);
  else if (name == CUBLASLT_MATMUL_PREF_REDUCTION_SCHEME_MASK)
    std::memcpy(&cast<Preference*>(p)->reductions, v, n);
  else
    return CUBLAS_STATUS_INVALID_VALUE;
  return CUBLAS_STATUS_SUCCESS;
}
cublasStatus_t cublasLtMatmulAlgoGetHeuristic(cublasLtHandle_t, cublasLtMatmulDesc_t, cublasLtMatrixLayout_t,
                                              cublasLtMatrixLayout_t, cublasLtMatrixLayout_t, cublasLtMatrixLayout_t,
                                              cublasLtMatmulPreference_t p, int, cublasLtMatmulHeuristicResult_t* r,
                                              int* found) {
  *r = {};
  r->workspaceSize = cast<Preference*>(p)->workspace / 2;  // some, so that a plan must give it
  return *found = 1, CUBLAS_STATUS_SUCCESS;
}
cublasStatus_t cublasLtMatmul(cublasLtHandle_t, cublasLtMatmulDesc_t d, const void* alpha, const void* A,
                              cublasLtMatrixLayout_t la, const void* B, cublasLtMatrixLayout_t lb, const void* beta,
                              const void*, cublasLtMatrixLayout_t, void* D, cublasLtMatrixLayout_t lc,
                              const cublasLtMatmulAlgo_t*, void* workspace, size_t size, cudaStream_t) {
  const Desc& desc = *cast<Desc*>(d);
  const Layout &a = *cast<Layout*>(la), &b = *cast<Layout*>(lb), &c = *cast<Layout*>(lc);
  const bool ta = desc.ta == CUBLAS_OP_T, tb = desc.tb == CUBLAS_OP_T;
  const uint64_t m = ta ? a.columns : a.rows, k = ta ? a.rows : a.columns, k2 = tb ? b.columns : b.rows,
                 n = tb ? b.rows : b.columns;
  if (k != k2 || m != c.rows || n != c.columns || *static_cast<const float*>(alpha) != 1 ||
      (*static_cast<const float*>(beta) != 0 && *static_cast<const float*>(beta) != 1) || c.type != CUDA_R_32F ||
      (size && !workspace))
    return CUBLAS_STATUS_INVALID_VALUE;
  if (size) std::memset(workspace, 0xFF, size);
  for (uint64_t j = 0; j < n; ++j)
    for (uint64_t i = 0; i < m; ++i) {
      float sum = 0;
      for (uint64_t l = 0; l < k; ++l) sum += value(A, a, ta ? l : i, ta ? i : l) * value(B, b, tb ? j : l, tb ? l : j);
      float& to = static_cast<float*>(D)[i + j * static_cast<uint64_t>(c.ld)];
      to = sum + (desc.epilogue == CUBLASLT_EPILOGUE_BIAS ? desc.bias[i] : 0) +
           (*static_cast<const float*>(beta) == 1 ? to : 0);
    }
  return CUBLAS_STATUS_SUCCESS;
}
}
