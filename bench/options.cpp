// SPDX-License-Identifier: MIT
#include "options.h"

#include <fmt/format.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <sstream>

#include "base/system/version.h"

namespace nn::bench {

void BenchOptions::declare(OptionSet& set) {
  if (const char* folder = std::getenv("NN_DATA"); folder && *folder) data = folder;
  set.add("net", net, "NET", "what is timed").brief_help().one_of(names_of(nets()));
  set.add("data", data, "DIR", "folder of mnist/ and fashion-mnist/ (NN_DATA sets it), or glyphs: pictures drawn here")
      .brief_help();
  set.add("precision", precision, "f32|bf16", "arithmetic, if nn-train has the choice")
      .brief_help()
      .one_of({"f32", "bf16"});
  set.add("steps", steps, "N", "steps of one repetition").brief_help();
  set.add("seconds", seconds, "S", "steps for about S seconds a repetition instead").brief_help();
  set.add("repeat", repeat, "R", "repetitions").brief_help();
  set.flag("epoch", epoch, "time one whole epoch too").brief_help();
  set.flag("interactive", interactive, "obey lines of standard input: repeat, epoch, quit").brief_help();
  set.add("batch", batch, "N", "samples a step").brief_help();
  set.add("width", width, "X", "hidden units and channels times X").brief_help();
  set.add("samples", samples, "X", "samples times X").brief_help();
  set.add("tiles", tiles, "N", "as nn-train --tiles").brief_help();
  set.flag("exact", exact, "as nn-train --exact, if it has it");
  set.flag("evaluate", evaluate, "time evaluation of the test images instead of training").brief_help();
  set.flag("profile", profile, "print where the time of the steps went, as nn-train --profile").brief_help();
  set.flag("machine", machine, "print processor, libraries and measured peaks, and end").brief_help();
  set.flag("now", now, "print what the machine does just now, GF/s: multiply-adds and products of bf16, and end")
      .brief_help();
  set.flag("work", work, "print the direct arithmetic of one step in millions of operations, and end").brief_help();
}

const Net& BenchOptions::chosen() const {
  if (net.empty()) throw UsageError("--net: which network? " + fmt::format("{}", fmt::join(names_of(nets()), ", ")));
  return find_in(nets(), net, "net");
}

TrainOptions BenchOptions::training() const {
  if (!(width > 0 && std::isfinite(width)))
    throw UsageError(fmt::format("--width: expected a positive number, found {}", width));
  TrainOptions o;
  o.model = layers_of(chosen(), width);
  o.batch = batch_size();
  o.epochs = 1;
  o.validation = "none";
  o.tiles = tiles;
  OptionSet set;
  o.declare(set);
  if (precision != "f32") {
    if (!set.find("precision")) throw UsageError("--precision " + precision + ": this nn-train computes in f32 only");
    set.set_option("precision", precision);
  }
  if (exact) {
    if (!set.find("exact")) throw UsageError("--exact: this nn-train has no such option");
    set.set_option("exact", "true");
  }
  return o;
}

std::string BenchOptions::row_start(int threads) const {
  return fmt::format("nn-tools\t{}\t{}\t{}\t{}\t{}", version(), exact ? precision + "-exact" : precision, net,
                     batch_size(), threads);
}

double seconds_since_start() {
  std::ifstream stat("/proc/self/stat"), uptime("/proc/uptime");
  const std::string text((std::istreambuf_iterator<char>(stat)), {});
  // After the command's name in brackets: field 22 is the start in clock ticks since boot (proc(5)).
  std::istringstream fields(text.substr(text.rfind(')') + 1));
  std::string field;
  for (int i = 0; i < 20; ++i) fields >> field;
  double now = 0;
  uptime >> now;
  return now - std::strtod(field.c_str(), nullptr) / static_cast<double>(sysconf(_SC_CLK_TCK));
}

double peak_rss_mb() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<double>(usage.ru_maxrss) / 1024;
}

double now_seconds() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  const size_t n = values.size();
  return n == 0 ? std::nan("") : (values[(n - 1) / 2] + values[n / 2]) / 2;
}

}  // namespace nn::bench
