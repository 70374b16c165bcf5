// SPDX-License-Identifier: MIT
// hostile IN OUT [N SEED]: writes IN again with hashes and digest in order, its Nth field (a dataset or an attribute,
// from 0) with another size, type or values, chosen by SEED. Prints what it changed; with IN and OUT alone the number
// of fields.
#include <cmath>
#include <fstream>
#include <iostream>
#include <limits>
#include <optional>

#include "base/rng.h"
#include "h5/reading/reader.h"
#include "h5/writing/writer.h"

using namespace nn;
using namespace nn::h5;

namespace {

struct Field {
  std::string path, attribute;  ///< attribute empty: the dataset
};

/// Attributes that the writer makes itself.
bool made_by_writer(const std::string& name) {
  for (const char* own : {"nn_sha256", "nn_digest", "nn_kind", "nn_format", "nn_volatile", "CLASS", "NAME",
                          "DIMENSION_LIST", "REFERENCE_LIST"})
    if (name == own) return true;
  return name.starts_with("_Netcdf4") || name == "title" || name == "Conventions";
}

/// Every group, dataset and attribute in order; what cannot be read (text of variable length) is left out.
void walk(const Reader& in, const std::string& group, std::vector<Field>& fields) {
  for (const std::string& attribute : in.attributes(group))
    if (!made_by_writer(attribute)) fields.push_back({group, attribute});
  if (!in.is_group(group)) return fields.push_back({group, ""});
  for (const std::string& name : in.children(group)) walk(in, (group == "/" ? "" : group) + "/" + name, fields);
}

double odd_number(Philox& random) {
  static const double numbers[] = {0,
                                   -1,
                                   1,
                                   2,
                                   1e9,
                                   -1e9,
                                   1e300,
                                   -1e300,
                                   4294967296.0,
                                   9.3e18,
                                   -9.3e18,
                                   0.5,
                                   std::numeric_limits<double>::quiet_NaN(),
                                   std::numeric_limits<double>::infinity()};
  return numbers[random.below(std::size(numbers))];
}

std::string odd_text(const std::string& text, Philox& random) {
  switch (random.below(7)) {
    case 0:
      return "";
    case 1:
      return text + text;
    case 2:
      return text.substr(0, text.size() / 2);
    case 3:
      return "-1";
    case 4:
      return "99999999999999999999";
    case 5:
      return "../../nothing,x=1:2\n{[";
    default:
      return std::string(100000, 'a');
  }
}

/// As T, out of range where T has a range.
template <class T>
Array converted(const Array& from, const Shape& shape, Philox& random, bool odd) {
  const std::vector<double> values = from.to_double();
  std::vector<T> to(static_cast<size_t>(shape.count()));
  for (size_t i = 0; i < to.size(); ++i) {
    double v = values.empty() ? 0 : values[i % values.size()];
    if (odd && (i == 0 || random.below(4) == 0)) v = odd_number(random);
    if constexpr (std::is_integral_v<T>) {
      const double least = static_cast<double>(std::numeric_limits<T>::min()),
                   most = static_cast<double>(std::numeric_limits<T>::max());
      to[i] = !(v > least) ? std::numeric_limits<T>::min()
              : v >= most  ? std::numeric_limits<T>::max()
                           : static_cast<T>(v);
    } else {
      to[i] = static_cast<T>(v);
    }
  }
  return Array::of<T>(shape, std::span<const T>(to));
}

Array changed(const Array& a, Philox& random) {
  Shape shape = a.shape;
  Type type = a.type;
  const uint64_t how = random.below(3);
  if (how == 0) {
    static const Shape shapes[] = {{}, {0}, {1}, {1, 1}, {2, 3}, {1000}};
    shape = shapes[random.below(std::size(shapes))];
    if (a.shape.rank() > 0 && random.below(2)) {
      shape = a.shape;
      shape[0] = shape[0] + (random.below(2) ? 1 : -1);
      if (shape[0] < 0) shape[0] = 0;
    }
  } else if (how == 1) {
    type = static_cast<Type>(random.below(5));
  }
  switch (type) {
    case Type::u8:
      return converted<uint8_t>(a, shape, random, how == 2);
    case Type::i32:
      return converted<int32_t>(a, shape, random, how == 2);
    case Type::i64:
      return converted<int64_t>(a, shape, random, how == 2);
    case Type::f32:
      return converted<float>(a, shape, random, how == 2);
    default:
      return converted<double>(a, shape, random, how == 2);
  }
}

/// What work gives, or nothing when the attribute is of another type.
template <class Work>
auto if_it_is(Work work) -> decltype(work()) {
  try {
    return work();
  } catch (const Error&) {
    return std::nullopt;
  }
}

void copy_attribute(const Reader& in, Writer& out, const Field& f, Philox* random) {
  if (const auto text = if_it_is([&] { return in.text(f.path, f.attribute); }))
    return out.text(f.path, f.attribute, random ? odd_text(*text, *random) : *text);
  const auto values = if_it_is([&] { return in.values(f.path, f.attribute); });
  if (values && values->shape.rank() > 0)
    return out.values(f.path, f.attribute, random ? changed(*values, *random) : *values);
  const auto number = if_it_is([&] { return in.number(f.path, f.attribute); });
  if (!number) throw Error("neither text nor numbers");
  const double v = random ? odd_number(*random) : *number;
  if (values && values->type != Type::f64 && values->type != Type::f32 && v == std::floor(v) && std::fabs(v) < 9e18)
    return out.integer(f.path, f.attribute, static_cast<int64_t>(v));
  out.number(f.path, f.attribute, v);
}

}  // namespace

int main(int argc, char** argv) {
  const Reader in = Reader::open(argv[1]);
  std::vector<Field> fields;
  walk(in, "/", fields);
  const size_t wanted = argc > 3 ? std::stoul(argv[3]) : fields.size();
  Philox random(argc > 4 ? std::stoul(argv[4]) : 0, "hostile");
  Writer out(in.kind(), in.text("/", "title").value_or(""), false);
  // Datasets first: an attribute needs its place.
  for (const bool attributes : {false, true})
    for (size_t i = 0; i < fields.size(); ++i) {
      const Field& f = fields[i];
      if (f.attribute.empty() == attributes) continue;
      try {
        if (attributes) {
          copy_attribute(in, out, f, i == wanted ? &random : nullptr);
        } else {
          const Array values = in.read(f.path);
          out.dataset(f.path, i == wanted ? changed(values, random) : values,
                      {{}, false, in.number(f.path, "nn_volatile").value_or(0) != 0});
        }
        if (i == wanted) std::cout << f.path << ' ' << f.attribute << '\n';
      } catch (const Error& e) {
        if (i == wanted) std::cout << f.path << ' ' << f.attribute << " left as it is: " << e.what() << '\n';
      }
    }
  if (argc <= 3) std::cout << fields.size() << '\n';
  const std::vector<std::byte> bytes = out.finish();
  std::ofstream file(argv[2], std::ios::binary);
  file.write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
  return file ? 0 : 1;
}
