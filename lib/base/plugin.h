// SPDX-License-Identifier: MIT
// A plug-in from its text, "sgd,momentum=0.9": found in its table, made, given its options, checked.
#pragma once

#include <string_view>
#include <utility>

#include "base/error.h"
#include "base/options.h"
#include "base/registry.h"

namespace nn {

/// An entry of a table with make(), whose product has options() and check().
template <class Type>
using Made = decltype(std::declval<const Type&>().make());

template <class T>
void set_options(T& made, const Spec& spec) {
  OptionSet set;
  made.options(set);
  apply_spec(spec, set);
}

/// Gives the spec's values to what was just made, and checks them; what the check finds is said of spec.name.
template <class T>
void configure(T& made, const Spec& spec) {
  set_options(made, spec);
  in_context(spec.name, [&] { made.check(); });
}

/// kind: for messages, as "optimizer". prepare: called with the new object before its options are declared, as for the
/// defaults of a framework.
template <class Type, class Prepare>
Made<Type> make_from_spec(Table<Type> table, const Spec& spec, std::string_view kind, Prepare prepare) {
  Made<Type> made = find_in(table, spec.name, kind).make();
  prepare(*made);
  configure(*made, spec);
  return made;
}

template <class Type>
Made<Type> make_from_spec(Table<Type> table, const Spec& spec, std::string_view kind) {
  return make_from_spec(table, spec, kind, [](auto&) {});
}

}  // namespace nn
