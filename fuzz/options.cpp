// SPDX-License-Identifier: MIT
// Specs (NAME,key=value,...) of every table that takes them; the first byte chooses table and framework.
#include "base/options.h"

#include "base/framework_rules.h"
#include "entry.h"
#include "layers/initializer.h"
#include "losses/loss.h"
#include "optim/optimizer.h"
#include "schedules/schedule.h"

using namespace nn;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  static const char* likes[] = {"pytorch", "keras", "keras-jax", "keras-torch"};
  const std::string_view text = fuzz::text_of(data + 1, size - 1);
  fuzz::refusals_are_fine([&] {
    const FrameworkRules like = like_named(likes[data[0] / 8 % std::size(likes)]);
    switch (data[0] % 5) {
      case 0: {
        const auto optimizer = make_optimizer(text, like);
        for (const int64_t step : {1, 2, 1000}) (void)optimizer->constants(step, optimizer->default_rate());
        break;
      }
      case 1: {
        const auto schedule = make_schedule(text, like);
        for (const int64_t epoch : {0, 1, 7}) (void)schedule->rate(0.1, {epoch, 10, epoch * 100, 1000});
        break;
      }
      case 2:
        (void)make_loss(text, like);
        break;
      case 3:
        (void)make_initializer(text, like.name);
        break;
      default:
        (void)parse_spec(text, data[0] & 8 ? ':' : ',');
    }
  });
  return 0;
}
