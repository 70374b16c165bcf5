// SPDX-License-Identifier: MIT
// Initialisers scaled by the fans of the layer: variance = scale / fan.
// Names follow their framework: glorot_, he_ and lecun_ are Keras' (normals truncated at two deviations and widened to
// keep the variance), xavier_ and kaiming_ are PyTorch's (plain normals). The uniform forms agree.
#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "layers/initializer.h"

namespace nn {
namespace {

enum class Fan { in, out, average };
enum class Form { uniform, normal, truncated };

double fan_of(const Param& param, Fan fan) {
  const double in = static_cast<double>(param.fan_in), out = static_cast<double>(param.fan_out);
  return std::max(1.0, fan == Fan::in ? in : fan == Fan::out ? out : (in + out) / 2);
}

/// Keras' VarianceScaling, in the order of its operations.
void draw_scaled(Form form, double variance, Draws& draws, std::span<double> w) {
  const double limit = std::sqrt(3 * variance), deviation = std::sqrt(variance);
  if (form == Form::uniform) draws.uniform(-limit, limit, w);
  if (form == Form::normal) draws.normal(0, deviation, w);
  if (form == Form::truncated) draws.truncated(deviation / truncated_deviation, w);
}

/// torch.nn.init's uniform and normal forms of one deviation.
void draw_deviation(Form form, double deviation, Draws& draws, std::span<double> w) {
  const double bound = std::sqrt(3.0) * deviation;
  form == Form::normal ? draws.normal(0, deviation, w) : draws.uniform(-bound, bound, w);
}

class Scaled final : public Initializer {
 public:
  Scaled(double scale, Fan fan, Form form) : scale_(scale), fan_(fan), form_(form) {}
  bool needs_fans() const override { return true; }
  void fill(const Param& param, Draws& draws, std::span<double> w) const override {
    draw_scaled(form_, scale_ / fan_of(param, fan_), draws, w);
  }

 private:
  double scale_;
  Fan fan_;
  Form form_;
};

class Xavier final : public Initializer {
 public:
  explicit Xavier(Form form) : form_(form) {}
  void options(OptionSet& set) override {
    set.add("gain", gain_, "X", "factor of the standard deviation")
        .by_place()
        .called("pytorch", "gain")
        .called("keras", "scale, gain");
  }
  bool needs_fans() const override { return true; }
  void fill(const Param& param, Draws& draws, std::span<double> w) const override {
    draw_deviation(form_, gain_ * std::sqrt(2.0 / static_cast<double>(param.fan_in + param.fan_out)), draws, w);
  }

 private:
  Form form_;
  double gain_ = 1;
};

/// PyTorch's kaiming_*: gain^2 = 2 / (1 + a^2), a the slope of the leaky relu behind the layer.
class Kaiming final : public Initializer {
 public:
  explicit Kaiming(Form form) : form_(form) {}
  void options(OptionSet& set) override {
    set.add("a", slope_, "SLOPE", "slope below 0 of the activation that follows")
        .by_place()
        .called("pytorch", "a")
        .called("keras", "scale");
    set.add("mode", mode_, "FAN", "scale by the number of inputs (fan_in) or of outputs (fan_out)")
        .one_of({"fan_in", "fan_out"})
        .called("mode");
  }
  bool needs_fans() const override { return true; }
  void fill(const Param& param, Draws& draws, std::span<double> w) const override {
    const double fan = fan_of(param, mode_ == "fan_out" ? Fan::out : Fan::in);
    const double deviation = std::sqrt(2.0 / (1 + slope_ * slope_)) / std::sqrt(fan);
    draw_deviation(form_, deviation, draws, w);
  }

 private:
  Form form_;
  double slope_ = 0;
  std::string mode_ = "fan_in";
};

/// What PyTorch gives to biases: uniform within 1/sqrt(fan in of the weight).
class FanInUniform final : public Initializer {
 public:
  bool needs_fans() const override { return true; }
  void fill(const Param& param, Draws& draws, std::span<double> w) const override {
    const double bound = 1 / std::sqrt(fan_of(param, Fan::in));
    draws.uniform(-bound, bound, w);
  }
};

template <int scale, Fan fan, Form form>
std::unique_ptr<Initializer> scaled() {
  return std::make_unique<Scaled>(scale, fan, form);
}
template <Form form>
std::unique_ptr<Initializer> xavier() {
  return std::make_unique<Xavier>(form);
}
template <Form form>
std::unique_ptr<Initializer> kaiming() {
  return std::make_unique<Kaiming>(form);
}

}  // namespace

#define INITIALIZER(name, summary, known_as, ...)  \
  extern const InitializerType name##_initializer; \
  const InitializerType name##_initializer { #name, summary, __VA_ARGS__, known_as }
INITIALIZER(glorot_uniform, "uniform, variance 2/(fan in + fan out)", (KnownAs{"xavier_uniform_", "GlorotUniform"}),
            scaled<1, Fan::average, Form::uniform>);
INITIALIZER(glorot_normal, "truncated normal, variance 2/(fan in + fan out), as Keras",
            (KnownAs{"-", "GlorotNormal",
                     "drawn as trunc_normal_ within two deviations; PyTorch's own is xavier_normal"}),
            scaled<1, Fan::average, Form::truncated>);
INITIALIZER(xavier_uniform, "uniform, variance gain^2 2/(fan in + fan out)",
            (KnownAs{"xavier_uniform_", "VarianceScaling"}), xavier<Form::uniform>);
INITIALIZER(xavier_normal, "normal, variance gain^2 2/(fan in + fan out), as PyTorch",
            (KnownAs{"xavier_normal_", "VarianceScaling(untruncated_normal)"}), xavier<Form::normal>);
INITIALIZER(he_uniform, "uniform, variance 2/(fan in)", (KnownAs{"kaiming_uniform_", "HeUniform", "", "he he_init"}),
            scaled<2, Fan::in, Form::uniform>);
INITIALIZER(he_normal, "truncated normal, variance 2/(fan in), as Keras",
            (KnownAs{"-", "HeNormal", "drawn as trunc_normal_ within two deviations; PyTorch's own is kaiming_normal",
                     "he he_init"}),
            scaled<2, Fan::in, Form::truncated>);
INITIALIZER(kaiming_uniform, "uniform, variance 2/((1 + a^2) fan in), as PyTorch",
            (KnownAs{"kaiming_uniform_", "VarianceScaling"}), kaiming<Form::uniform>);
INITIALIZER(kaiming_normal, "normal, variance 2/((1 + a^2) fan in), as PyTorch",
            (KnownAs{"kaiming_normal_", "VarianceScaling(untruncated_normal)"}), kaiming<Form::normal>);
INITIALIZER(lecun_uniform, "uniform, variance 1/(fan in)",
            (KnownAs{"kaiming_uniform_(nonlinearity=linear)", "LecunUniform"}), scaled<1, Fan::in, Form::uniform>);
INITIALIZER(lecun_normal, "truncated normal, variance 1/(fan in), as Keras",
            (KnownAs{"-", "LecunNormal", "drawn as trunc_normal_ within two deviations"}),
            scaled<1, Fan::in, Form::truncated>);
INITIALIZER(fan_in_uniform, "uniform within 1/sqrt(fan in): PyTorch's biases",
            (KnownAs{"(that of biases)", "VarianceScaling(1/3)"}),
            []() -> std::unique_ptr<Initializer> { return std::make_unique<FanInUniform>(); });
#undef INITIALIZER

}  // namespace nn
