// The program mullion-system-x86_64.
// SPDX-License-Identifier: Apache-2.0
int main() { return 0; }
