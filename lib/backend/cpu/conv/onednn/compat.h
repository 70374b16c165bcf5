// SPDX-License-Identifier: MIT
// oneDNN 2.6 and 3.x behind one face: version 3 dropped the op descriptors between arguments and primitive descriptor.
// Only files of this folder include it.
#pragma once

#include <oneapi/dnnl/dnnl.hpp>

namespace nn::cpu::onednn {

struct ConvShape {
  dnnl::memory::desc src, weights, bias, dst;  ///< bias of no elements: none
  bool with_bias;
  dnnl::memory::dims strides, dilates, pad_before, pad_after;  ///< dilates: 0 for neighbouring cells
};

using Forward = dnnl::convolution_forward::primitive_desc;
using BackwardData = dnnl::convolution_backward_data::primitive_desc;
using BackwardWeights = dnnl::convolution_backward_weights::primitive_desc;

constexpr auto direct = dnnl::algorithm::convolution_direct;

#if DNNL_VERSION_MAJOR >= 3
inline Forward forward_of(const dnnl::engine& e, dnnl::prop_kind kind, const ConvShape& s,
                          const dnnl::primitive_attr& a) {
  if (s.with_bias)
    return Forward(e, kind, direct, s.src, s.weights, s.bias, s.dst, s.strides, s.dilates, s.pad_before, s.pad_after,
                   a);
  return Forward(e, kind, direct, s.src, s.weights, s.dst, s.strides, s.dilates, s.pad_before, s.pad_after, a);
}
inline BackwardData backward_data_of(const dnnl::engine& e, const ConvShape& s, const dnnl::primitive_attr& a,
                                     const Forward& hint) {
  return BackwardData(e, direct, s.src, s.weights, s.dst, s.strides, s.dilates, s.pad_before, s.pad_after, hint, a);
}
inline BackwardWeights backward_weights_of(const dnnl::engine& e, const ConvShape& s, const dnnl::primitive_attr& a,
                                           const Forward& hint) {
  if (s.with_bias)
    return BackwardWeights(e, direct, s.src, s.weights, s.bias, s.dst, s.strides, s.dilates, s.pad_before, s.pad_after,
                           hint, a);
  return BackwardWeights(e, direct, s.src, s.weights, s.dst, s.strides, s.dilates, s.pad_before, s.pad_after, hint, a);
}
#else
inline Forward forward_of(const dnnl::engine& e, dnnl::prop_kind kind, const ConvShape& s,
                          const dnnl::primitive_attr& a) {
  using D = dnnl::convolution_forward::desc;
  if (s.with_bias)
    return Forward(D(kind, direct, s.src, s.weights, s.bias, s.dst, s.strides, s.dilates, s.pad_before, s.pad_after), a,
                   e);
  return Forward(D(kind, direct, s.src, s.weights, s.dst, s.strides, s.dilates, s.pad_before, s.pad_after), a, e);
}
inline BackwardData backward_data_of(const dnnl::engine& e, const ConvShape& s, const dnnl::primitive_attr& a,
                                     const Forward& hint) {
  using D = dnnl::convolution_backward_data::desc;
  return BackwardData(D(direct, s.src, s.weights, s.dst, s.strides, s.dilates, s.pad_before, s.pad_after), a, e, hint);
}
inline BackwardWeights backward_weights_of(const dnnl::engine& e, const ConvShape& s, const dnnl::primitive_attr& a,
                                           const Forward& hint) {
  using D = dnnl::convolution_backward_weights::desc;
  if (s.with_bias)
    return BackwardWeights(D(direct, s.src, s.weights, s.bias, s.dst, s.strides, s.dilates, s.pad_before, s.pad_after),
                           a, e, hint);
  return BackwardWeights(D(direct, s.src, s.weights, s.dst, s.strides, s.dilates, s.pad_before, s.pad_after), a, e,
                         hint);
}
#endif

}  // namespace nn::cpu::onednn
