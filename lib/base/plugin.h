// SPDX-License-Identifier: MIT
// A plug-in from its text, "sgd,momentum=0.9": found in its table, made, given the defaults of a framework and its
// options, checked.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "base/error.h"
#include "base/options.h"
#include "base/registry.h"

namespace nn {

/// A plug-in and its options as they are set.
template <class T>
struct Configured {
  std::string name;
  std::unique_ptr<T> made;
  OptionSet options;

  T* operator->() const { return made.get(); }
  T& operator*() const { return *made; }
  operator std::unique_ptr<T>() && { return std::move(made); }
};

/// Declares the options under a framework's profile (empty: none), gives them the spec's values and checks these; what
/// the check finds is said of spec.name.
template <class T>
Configured<T> configure(std::unique_ptr<T> made, const Spec& spec, const std::string& framework = {}) {
  Configured<T> configured{spec.name, std::move(made), OptionSet(framework)};
  configured->options(configured.options);
  apply_spec(spec, configured.options);
  in_context(spec.name, [&] { configured->check(); });
  return configured;
}

/// kind: for messages, as "optimizer". Type has make(), whose product has options() and check().
template <class Type>
auto make_from_spec(Table<Type> table, const Spec& spec, std::string_view kind, const std::string& framework = {},
                    std::span<const Saying> sayings = {}) {
  return configure(find_in(table, spec.name, kind, sayings).make(), spec, framework);
}

}  // namespace nn
