// SPDX-License-Identifier: MIT
#include "info/info_options.h"

#include "base/error.h"

namespace nn {

void InfoOptions::declare(OptionSet& set) {
  set.add("files", files, "FILE...", "files to describe; not given: standard input").as_operand().reads_file();
  for (const Aspect& aspect : aspects())
    if (*aspect.option) set.flag(aspect.option, chosen[aspect.option], aspect.help).brief = aspect.brief;
  if (Option* provenance = set.find("provenance"))
    provenance->says("summary describe",
                     "'nn-info FILE' prints a summary without an option; --layers and --plan print more");
  set.flag("plan", plan, "compile a model for --device, and print the steps").brief_help();
  set.add("batch", batch, "N", "samples per step, for --plan")
      .at_least(1)
      .called("batch_size")
      .also("batches minibatch mini_batch bs");
  set.flag("training", training, "plan a training step, for --plan");
  set.flag("digest", digest, "print the digest of each file's content, computed from all values").brief_help();
  set.flag("stored", stored, "with --digest: print the digest that is stored in the file");
  set.flag("check", check, "read everything, and compare it with the digest").brief_help();
  set.flag(
         "replay", replay,
         "print a shell script that rebuilds FILE by the commands that it records; its inputs are looked for by their "
         "digests in the folder of FILE, and among further FILEs")
      .brief_help();
  set.flag("makefile", makefile, "with --replay: print a makefile, one rule a file");
  set.flag(
      "verify", verify,
      "with --replay: run the commands in a temporary folder, and compare the digests; status 3 where one differs");
  set.flag("diff", diff, "tell in words what differs between two files; status 3 where their contents do").brief_help();
  set.add("format", format, "FORM",
          "format of the output; not given: by the suffix of -o, otherwise text, or tsv for --history")
      .one_of({"text", "tsv", "dot", "json"});
}

const Aspect& InfoOptions::aspect(const OptionSet& set) const {
  const Aspect* found = &aspects().front();
  int asked = plan + (digest || check) + replay + diff;
  for (const Aspect& aspect : aspects())
    if (*aspect.option && chosen.at(aspect.option)) found = &aspect, ++asked;
  if (asked > 1)
    throw UsageError(
        "one of --layers, --rules, --dot, --plan, --history, --provenance, --digest, --check, --replay and --diff at a "
        "time");
  for (const char* name : {"batch", "training", "device", "threads"})
    if (!plan && set.given(name)) throw UsageError(std::string("--") + name + " goes with --plan only");
  if (stored && !digest) throw UsageError("--stored goes with --digest");
  if ((makefile || verify) && !replay) throw UsageError("--makefile and --verify go with --replay");
  if (makefile && verify) throw UsageError("--makefile and --verify exclude each other");
  if (diff && set.given("format"))
    throw UsageError("--format does not go with --diff: it prints text, or with --json JSON");
  if ((plan || digest || check || replay) && (set.given("json") || set.given("format")))
    throw UsageError("--json and --format go with none of --plan, --digest, --check and --replay");
  return *found;
}

}  // namespace nn
