// SPDX-License-Identifier: MIT
#include "base/instances.h"

NN_INSTANCES()
