// Building and running of the configured machine.
// SPDX-License-Identifier: Apache-2.0
#include "control/machine_run.hpp"

namespace mullion::control {

Result<int> run_machine(VmConfig const&, Messages const&) {
  return failure("this version parses the command line but does not run machines yet");
}

}  // namespace mullion::control
