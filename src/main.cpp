// The program mullion-system-x86_64.
// SPDX-License-Identifier: Apache-2.0
#include "control/program.hpp"

int main(int argc, char** argv) { return mullion::control::run_program(argc, argv); }
