// SPDX-License-Identifier: MIT
// nn-fetch: a dataset by name, verified.
#include <cstdio>
#include <cstdlib>

#include "base/system/threads.h"
#include "cli/tool.h"
#include "data/fetch/fetch_progress.h"
#include "data/source.h"

namespace {

struct FetchToolOptions {
  std::string name, size = "60000,10000";
  uint64_t seed = 0;
  std::vector<std::string> mirrors;
  bool offline = false, list = false, cite = false;

  void declare(nn::OptionSet& set) {
    set.add("dataset", name, "NAME", "the dataset")
        .as_operand()
        .one_of(nn::names_of(nn::source_types()))
        .reads_file(nn::folders_of_dataset);
    set.flag("list", list, "list the datasets, and exit").brief_help().not_recorded();
    set.flag("cite", cite, "print license and citation of NAME, and exit").brief_help().not_recorded();
    set.flag("offline", offline, "use the cache and file:// mirrors only").brief_help();
    set.add("mirror", mirrors, "URL", "try URL/NAME/FILE first; may be given again; NN_MIRROR sets another")
        .brief_help()
        .reads_file([this](const std::string& value) { return nn::fetch_folders(name, value); });
    set.add("seed", seed, "N", "seed of generated data (glyphs)")
        .brief_help()
        .called("pytorch", "manual_seed")
        .called("keras", "set_random_seed")
        .also("random_state random_seed");
    set.add("size", size, "TRAIN,TEST", "numbers of samples of generated data (glyphs)").brief_help();
  }
};

nn::SourceContext context_of(const FetchToolOptions& o, nn::cli::Run& run, nn::FetchProgress& progress) {
  nn::SourceContext context;
  context.seed = o.seed;
  const nn::Spec size = nn::parse_spec("size," + o.size, ',');
  if (size.places.size() != 2 || !size.named.empty())
    throw nn::UsageError("--size: expected TRAIN,TEST, found '" + o.size + "'");
  nn::parse_value(size.places[0], context.train);
  nn::parse_value(size.places[1], context.test);
  context.threads = nn::usable_cpus();
  context.budget = run.budget();
  context.fetch.mirrors = o.mirrors;
  if (const char* mirror = std::getenv("NN_MIRROR"); mirror && *mirror) context.fetch.mirrors.emplace_back(mirror);
  context.fetch.offline = o.offline;
  if (const char* offline = std::getenv("NN_OFFLINE"); offline && *offline && !o.offline)
    nn::parse_value(offline, context.fetch.offline);
  context.fetch.log = &run.log();
  context.fetch.interrupted = [&run] { return run.interrupted(); };
  const std::string& when = run.common().progress;
  if (when == "never" || (when == "auto" && (!run.stderr_is_terminal() || run.log().level() < 0))) return context;
  context.fetch.progress = [&progress](const std::string& file, int64_t done, int64_t total) {
    progress.show_bytes(file, done, total);
  };
  context.progress = [&progress, &o](int64_t done, int64_t total) { progress.show_images(o.name, done, total); };
  return context;
}

nn::Exit work(nn::cli::Run& run, const FetchToolOptions& o) {
  if (o.list) return run.print(nn::list_sources()), nn::Exit::done;
  if (o.name.empty()) throw nn::UsageError("which dataset? nn-fetch --list shows them");
  const nn::SourceType& source = nn::find_in(nn::source_types(), o.name, "dataset");
  if (o.cite) return run.print(nn::citation(nn::read_catalogue(source.name))), nn::Exit::done;
  if (!source.generated && (run.options().given("seed") || run.options().given("size")))
    throw nn::UsageError("--seed and --size are for generated data; choose rows of " + o.name +
                         " with nn-prep --subset");
  nn::h5::OutFile out = run.output(nn::h5::OutFile::Content::binary);
  nn::FetchProgress progress;
  const nn::Dataset data = nn::make_source(o.name, context_of(o, run, progress));
  out.commit(nn::write_dataset(data, run.provenance(), !run.output_is_pipe()));
  return nn::Exit::done;
}

}  // namespace

int main(int argc, char** argv) {
  FetchToolOptions options;
  nn::cli::ToolInfo info;
  info.name = "nn-fetch";
  info.summary = "get a dataset by name, and verify it";
  info.synopsis = "[OPTION]... NAME";
  info.writes_h5 = info.has_progress = true;
  return nn::cli::run_tool(info, argc, argv, options, work);
}
