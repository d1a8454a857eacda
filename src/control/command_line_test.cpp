// Whole command lines: what they become, and how they are refused.
// SPDX-License-Identifier: Apache-2.0
#include "control/command_line.hpp"

#include <sstream>

#include <gtest/gtest.h>

namespace mullion::control {
namespace {

// Splits at spaces; enough for the lines below.
CommandLine parse(std::string const& line) {
  std::istringstream in { line };
  std::vector<std::string> arguments;
  for (std::string word; in >> word;) arguments.push_back(word);
  return parse_command_line("mullion", arguments);
}

VmConfig accepted(std::string const& line) {
  auto out = parse(line);
  EXPECT_EQ(out.kind, CommandLine::Kind::run) << line << "\n" << out.text;
  return out.config;
}

std::string refused(std::string const& line) {
  auto const out = parse(line);
  EXPECT_EQ(out.kind, CommandLine::Kind::fail) << line;
  return out.text;
}

std::string printed(std::string const& line) {
  auto const out = parse(line);
  EXPECT_EQ(out.kind, CommandLine::Kind::print) << line << "\n" << out.text;
  return out.text;
}

TEST(CommandLine, nothing_given_is_a_pc_with_128_mib) {
  auto const config = accepted("");
  EXPECT_EQ(config.machine.kind, MachineKind::pc);
  EXPECT_EQ(config.memory_bytes, 128ull << 20);
  EXPECT_EQ(config.accelerator, "soft");
  EXPECT_EQ(config.cpu, "qemu64");
  EXPECT_EQ(config.serials.size(), 1u);
}

TEST(CommandLine, one_and_two_dashes_are_equal) {
  EXPECT_EQ(accepted("--m 64 -S").memory_bytes, 64ull << 20);
  EXPECT_TRUE(accepted("--S").start_paused);
}

TEST(CommandLine, memory_forms) {
  EXPECT_EQ(accepted("-m 512").memory_bytes, 512ull << 20);
  EXPECT_EQ(accepted("-m 1G").memory_bytes, 1ull << 30);
  EXPECT_EQ(accepted("-m size=256M").memory_bytes, 256ull << 20);
  EXPECT_EQ(accepted("-m size=256,maxmem=256M").memory_bytes, 256ull << 20);
  EXPECT_NE(refused("-m 0").find("mullion: -m 0: a machine needs memory"), std::string::npos);
  EXPECT_NE(refused("-m lots").find("'lots' is not a size"), std::string::npos);
  refused("-m 17179869184G");
  refused("-m 16384P");
  refused("-m 1G,maxmem=2G");
  refused("-m 1G,slots=2");
}

TEST(CommandLine, accelerator_names_and_lists) {
  EXPECT_EQ(accepted("-accel soft").accelerator, "soft");
  EXPECT_EQ(accepted("-accel tcg,thread=single").accelerator, "soft");
  EXPECT_EQ(accepted("-accel tcg").warnings.size(), 1u) << "only the hint about the display";
  EXPECT_EQ(accepted("-machine pc,accel=kvm:tcg").accelerator, "soft");
  EXPECT_EQ(accepted("-accel kvm -accel tcg -display none").warnings.size(), 1u);
  EXPECT_NE(refused("-accel kvm").find("use -accel soft"), std::string::npos);
  EXPECT_NE(refused("-enable-kvm").find("-enable-kvm: accelerator 'kvm' cannot be used"), std::string::npos);
  EXPECT_NE(refused("-accel hvf").find("macOS"), std::string::npos);
  EXPECT_NE(refused("-accel sof").find("nearest known is 'soft'"), std::string::npos);
  EXPECT_NE(refused("-accel soft -machine accel=soft").find("exclude each other"), std::string::npos);
  EXPECT_NE(refused("-accel soft,thraed=single").find("nearest known is 'thread'"), std::string::npos);
  EXPECT_NE(refused("-accel soft,thread=double").find("thread=double"), std::string::npos);
}

TEST(CommandLine, machines_and_their_properties) {
  EXPECT_EQ(accepted("-machine none -nodefaults").machine.kind, MachineKind::none);
  EXPECT_EQ(accepted("-M pc-i440fx-7.2").machine.kind, MachineKind::pc);
  EXPECT_EQ(accepted("-machine type=pc,usb=off,dump-guest-core=off").machine.kind, MachineKind::pc);
  EXPECT_FALSE(accepted("-machine hpet=off").machine.hpet);
  EXPECT_FALSE(accepted("-no-hpet").machine.hpet);
  EXPECT_FALSE(accepted("-no-acpi").machine.acpi);
  EXPECT_TRUE(accepted("-machine acpi=auto").machine.acpi);
  EXPECT_NE(refused("-machine q35").find("machine 'q35' is not supported yet"), std::string::npos);
  EXPECT_NE(refused("-machine pcc").find("nearest known is 'pc'"), std::string::npos);
  EXPECT_NE(refused("-machine pc,hept=off").find("nearest known is 'hpet'"), std::string::npos);
  EXPECT_NE(refused("-machine pc,usb=on").find("not supported yet"), std::string::npos);
}

TEST(CommandLine, one_cpu_only) {
  EXPECT_EQ(accepted("-smp 1,sockets=1,cores=1,threads=1").cpus, 1u);
  EXPECT_NE(refused("-smp 2").find("not supported yet"), std::string::npos);
  EXPECT_NE(refused("-smp cores=2").find("not supported yet"), std::string::npos);
  EXPECT_NE(refused("-smp 1,maxcpus=4").find("not supported yet"), std::string::npos);
  EXPECT_NE(refused("-smp 0").find("at least 1"), std::string::npos);
  refused("-smp sockets=65536,cores=65536,threads=65536");
}

TEST(CommandLine, cpu_text_goes_through) {
  EXPECT_EQ(accepted("-cpu max,la57=off,+avx2,-sse4a").cpu, "max,la57=off,+avx2,-sse4a");
}

TEST(CommandLine, cpu_models_and_features_are_checked) {
  EXPECT_NE(refused("-cpu nonsense").find("mullion: -cpu nonsense: "), std::string::npos);
  EXPECT_NE(refused("-cpu max,+avxx").find("did you mean 'avx'"), std::string::npos);
  EXPECT_NE(refused("-cpu host").find("max"), std::string::npos);
  EXPECT_NE(printed("-cpu help").find("qemu64"), std::string::npos);
}

TEST(CommandLine, a_model_that_was_not_asked_for_gives_no_warning) {
  EXPECT_TRUE(accepted("-display none").warnings.empty());
}

TEST(CommandLine, serial_ports_in_order) {
  auto const config = accepted("-display none -serial mon:stdio -serial file:out.txt -serial null -serial none");
  ASSERT_EQ(config.serials.size(), 3u);
  EXPECT_EQ(config.chardevs[0].backend, ChardevConfig::Backend::stdio);
  EXPECT_TRUE(config.chardevs[0].mux);
  EXPECT_EQ(config.chardevs[1].path, "out.txt");
  EXPECT_EQ(config.chardevs[2].backend, ChardevConfig::Backend::null);
  auto const plain = accepted("-serial stdio");
  EXPECT_FALSE(plain.chardevs[0].mux);
  EXPECT_TRUE(plain.chardevs[0].signal);
}

TEST(CommandLine, serial_to_a_unix_socket_in_both_spellings) {
  for (auto const* line : { "-serial unix:/run/x,server,nowait", "-serial unix:/run/x,server=on,wait=off" }) {
    auto const config = accepted(line);
    EXPECT_EQ(config.chardevs[0].path, "/run/x");
    EXPECT_TRUE(config.chardevs[0].server);
    EXPECT_FALSE(config.chardevs[0].wait);
  }
}

TEST(CommandLine, serial_to_a_tcp_socket) {
  auto const config = accepted("-serial tcp:127.0.0.1:4444,server,nowait -serial tcp::4445");
  EXPECT_EQ(config.chardevs.at(0).address, "127.0.0.1");
  EXPECT_EQ(config.chardevs.at(0).port, 4444);
  EXPECT_TRUE(config.chardevs.at(0).server);
  EXPECT_EQ(config.chardevs.at(1).address, "localhost");
  refused("-serial tcp:host");
}

TEST(CommandLine, nographic_is_a_multiplexed_terminal_unless_told_otherwise) {
  EXPECT_TRUE(accepted("-nographic").chardevs.at(0).mux);
  EXPECT_TRUE(accepted("-nographic -nodefaults").serials.empty());
  EXPECT_EQ(accepted("-nographic -serial file:x").chardevs.at(0).backend, ChardevConfig::Backend::file);
  EXPECT_TRUE(accepted("-nographic -serial none").serials.empty());
}

TEST(CommandLine, chardevs_are_found_by_id_in_any_order) {
  auto const config = accepted("-serial chardev:c -chardev file,id=c,path=x,append=on");
  EXPECT_EQ(config.serials.at(0), "c");
  EXPECT_TRUE(config.chardevs.at(0).append);
  EXPECT_NE(refused("-serial chardev:c").find("there is no -chardev with id 'c'"), std::string::npos);
  EXPECT_NE(refused("-chardev null,id=a -chardev null,id=a").find("already taken"), std::string::npos);
  EXPECT_NE(refused("-chardev null").find("needs an id"), std::string::npos);
  EXPECT_NE(refused("-chardev nul,id=a").find("nearest known is 'null'"), std::string::npos);
  EXPECT_NE(refused("-chardev file,id=a").find("needs a path"), std::string::npos);
  EXPECT_NE(refused("-chardev socket,id=a,fd=3").find("'fd' of a socket is not supported yet"), std::string::npos);
  EXPECT_NE(refused("-chardev null,id=a,logfile=x").find("logfile=x is not supported yet"), std::string::npos);
}

TEST(CommandLine, standard_input_belongs_to_one) {
  EXPECT_NE(refused("-serial stdio -serial stdio").find("already used"), std::string::npos);
  EXPECT_NE(refused("-serial mon:stdio -chardev stdio,id=x").find("already used"), std::string::npos);
}

TEST(CommandLine, a_chardev_has_one_user) {
  EXPECT_NE(refused("-chardev null,id=a -serial chardev:a -serial chardev:a").find("more than one device"),
            std::string::npos);
  EXPECT_NE(refused("-chardev null,id=a,mux=on").find("stdio only"), std::string::npos);
  accepted("-chardev stdio,id=a,mux=on -serial chardev:a");
}

TEST(CommandLine, each_serial_port_is_there_once) {
  EXPECT_NE(refused("-serial stdio -device isa-serial,index=0").find("COM1 is already there"), std::string::npos);
  EXPECT_NE(refused("-device isa-serial,index=2 -device isa-serial,index=2").find("COM3"), std::string::npos);
  accepted("-device isa-serial -device isa-serial,index=3 -device isa-serial");
  refused("-device isa-serial -device isa-serial -device isa-serial -device isa-serial");
  accepted("-nodefaults -device isa-serial -device isa-serial -device isa-serial -device isa-serial");
}

TEST(CommandLine, sockets_are_unix_or_tcp) {
  auto const config = accepted("-chardev socket,id=a,host=127.0.0.1,port=4444,server=on,wait=off");
  EXPECT_EQ(config.chardevs.at(0).address, "127.0.0.1");
  EXPECT_EQ(config.chardevs.at(0).port, 4444);
  refused("-chardev socket,id=a,host=x,port=1,path=y");
  refused("-chardev socket,id=a,host=x");
  refused("-chardev socket,id=a");
  refused("-chardev socket,id=a,host=x,port=65536");
}

TEST(CommandLine, devices_become_typed_configurations) {
  auto const config = accepted(
      "-device isa-debug-exit,iobase=0xf4,iosize=0x04 -device pc-testdev -device pci-testdev,addr=06.0");
  ASSERT_EQ(config.devices.size(), 3u);
  auto const* exit = std::get_if<IsaDebugExitConfig>(&config.devices[0].device);
  ASSERT_NE(exit, nullptr);
  EXPECT_EQ(exit->iobase, 0xf4);
  EXPECT_EQ(exit->iosize, 4);
  EXPECT_TRUE(std::holds_alternative<PcTestdevConfig>(config.devices[1].device));
  EXPECT_EQ(std::get<PciTestdevConfig>(config.devices[2].device).slot, 6);
}

TEST(CommandLine, device_as_a_json_object) {
  auto const config = accepted(
      R"(-chardev null,id=c -device {"driver":"isa-serial","chardev":"c","id":"serial9","index":1})");
  auto const& serial = std::get<IsaSerialConfig>(config.devices.at(0).device);
  EXPECT_EQ(serial.chardev, "c");
  EXPECT_EQ(serial.index, 1);
  EXPECT_FALSE(serial.irq);
  EXPECT_EQ(config.devices[0].id, "serial9");
}

TEST(CommandLine, device_refusals_name_what_is_wrong) {
  EXPECT_NE(refused("-device isa-debug-exti").find("nearest known is 'isa-debug-exit'"), std::string::npos);
  EXPECT_NE(refused("-device virtio-net").find("device 'virtio-net' is not supported yet"), std::string::npos);
  EXPECT_NE(refused("-device isa-debug-exit,iobas=1").find("nearest known is 'iobase'"), std::string::npos);
  EXPECT_NE(refused("-device isa-debug-exit,iobase=0x10000").find("iobase"), std::string::npos);
  EXPECT_NE(refused("-device isa-debugcon,chardev=x").find("no -chardev with id 'x'"), std::string::npos);
  EXPECT_NE(refused("-device pc-testdev,id=a -device pc-testdev,id=a").find("already taken"), std::string::npos);
  EXPECT_NE(refused("-device pc-testdev,id=1a").find("'id' starts with a letter"), std::string::npos);
  EXPECT_NE(refused("-device iobase=1").find("names no device"), std::string::npos);
}

TEST(CommandLine, globals_set_defaults_and_unknown_ones_only_warn) {
  auto const config = accepted("-display none -global isa-debug-exit.iobase=0xf4 -device isa-debug-exit");
  EXPECT_EQ(std::get<IsaDebugExitConfig>(config.devices.at(0).device).iobase, 0xf4);
  EXPECT_TRUE(config.warnings.empty());
  EXPECT_EQ(accepted("-display none -global kvm-pit.lost_tick_policy=discard").warnings.size(), 1u);
  EXPECT_EQ(accepted("-display none -global virtio-blk-pci.scsi=off").warnings.size(), 1u);
  refused("-global isa-debug-exit.nothing=1 -device isa-debug-exit");
  refused("-global nonsense");
}

TEST(CommandLine, unknown_option_names_the_nearest) {
  EXPECT_EQ(refused("-kernle x"), "mullion: -kernle: unknown option; the nearest known is 'kernel'\n");
  EXPECT_EQ(refused("-kernel"), "mullion: -kernel: requires an argument\n");
  EXPECT_NE(refused("disk.img").find("disk images are not supported yet"), std::string::npos);
}

TEST(CommandLine, contradictions_are_refused) {
  EXPECT_NE(refused("-initrd x").find("only of use with -kernel"), std::string::npos);
  EXPECT_NE(refused("-append x").find("only of use with -kernel"), std::string::npos);
  EXPECT_NE(refused("-bios none").find("add -kernel"), std::string::npos);
  EXPECT_TRUE(accepted("-bios none -kernel x").boot.without_firmware);
  EXPECT_NE(refused("-machine none -kernel x -nodefaults").find("boots nothing"), std::string::npos);
}

TEST(CommandLine, options_of_qemu_that_are_missing_are_named) {
  for (auto const* line : { "-drive file=x", "-netdev user,id=n", "-object rng-random,id=r", "-s", "-daemonize",
                            "-qmp stdio", "-monitor stdio", "-vga std", "-display gtk", "-vnc :0", "-snapshot" }) {
    EXPECT_NE(refused(line).find("supported yet"), std::string::npos) << line;
  }
  for (auto const* line : { "-net none", "-nic none", "-monitor none", "-qmp none", "-vga none", "-parallel none",
                            "-vnc none", "-sandbox off", "-overcommit mem-lock=off", "-msg timestamp=on" }) {
    accepted(line);
  }
}

TEST(CommandLine, actions_on_shutdown_and_reboot) {
  EXPECT_EQ(accepted("-no-reboot").action.reboot, ActionConfig::Reboot::shutdown);
  EXPECT_EQ(accepted("-no-shutdown").action.shutdown, ActionConfig::Shutdown::pause);
  auto const config = accepted("-action reboot=shutdown,shutdown=pause,panic=exit-failure");
  EXPECT_EQ(config.action.reboot, ActionConfig::Reboot::shutdown);
  EXPECT_EQ(config.action.shutdown, ActionConfig::Shutdown::pause);
  refused("-action reboot=dance");
}

TEST(CommandLine, clock_base) {
  EXPECT_EQ(accepted("-rtc base=utc,driftfix=slew").rtc.base, RtcConfig::Base::utc);
  EXPECT_EQ(accepted("-rtc localtime").rtc.base, RtcConfig::Base::localtime);
  EXPECT_EQ(accepted("-rtc base=1970-01-02").rtc.fixed_unix_seconds, 86400);
  accepted("-rtc clock=vm");
  refused("-rtc base=noon");
}

TEST(CommandLine, boot_order) {
  auto const config = accepted("-boot d,menu=on,splash-time=500,strict=on");
  EXPECT_EQ(config.boot.order, "d");
  EXPECT_TRUE(config.boot.menu);
  EXPECT_EQ(config.boot.splash_time_ms, 500u);
  refused("-boot order=dd");
  refused("-boot order=9");
  refused("-boot once=d");
}

TEST(CommandLine, log_items_are_checked_at_once) {
  auto const config = accepted("-d int,cpu_reset,trace:serial* -D log.txt -trace enable=x");
  EXPECT_EQ(config.log.items, "int,cpu_reset");
  EXPECT_EQ(config.log.file, "log.txt");
  EXPECT_EQ(config.log.trace, (std::vector<std::string> { "serial*", "x" }));
  EXPECT_NE(refused("-d out_asm").find("not supported yet"), std::string::npos);
  EXPECT_NE(refused("-d in_asn").find("nearest known is 'in_asm'"), std::string::npos);
}

TEST(CommandLine, help_forms_print_and_end) {
  EXPECT_NE(printed("-help").find("usage: mullion"), std::string::npos);
  EXPECT_NE(printed("-display none -help").find("usage: mullion"), std::string::npos);
  EXPECT_TRUE(printed("--version -nonsense").starts_with("QEMU emulator version 7.2.0"));
  EXPECT_NE(printed("-machine help").find("\npc  "), std::string::npos);
  EXPECT_NE(printed("-machine ?").find("\nnone  "), std::string::npos);
  EXPECT_NE(printed("-machine pc,help").find("hpet=<bool>"), std::string::npos);
  EXPECT_NE(printed("-accel help").find("\ntcg\n"), std::string::npos);
  EXPECT_NE(printed("-machine accel=kvm:tcg -device ?").find("name \"isa-debug-exit\", bus ISA"), std::string::npos);
  EXPECT_NE(printed("-device isa-debug-exit,help").find("iobase=<uint32>"), std::string::npos);
  EXPECT_NE(printed("-chardev help").find("\nfile "), std::string::npos);
  EXPECT_NE(printed("-d help").find("\nin_asm "), std::string::npos);
  printed("-trace help");
  printed("-display help");
  printed("-L help");
  refused("-device nonsense,help");
  refused("-device help -nonsense");
}

// Command lines of existing clients: each is accepted, or the option that is missing is named.
TEST(Clients, libvirt_probe_lacks_qmp) {
  auto const text = refused(
      "-S -no-user-config -nodefaults -nographic -machine none,accel=kvm:tcg "
      "-qmp unix:DIR/qmp.monitor,server=on,wait=off -pidfile DIR/qmp.pid -daemonize");
  EXPECT_EQ(text.find("mullion: -qmp unix:DIR/qmp.monitor,server=on,wait=off: the monitor is not supported yet"), 0u);
}

TEST(Clients, libvirt_probe_without_qmp_is_accepted) {
  accepted("-S -no-user-config -nodefaults -nographic -machine none,accel=kvm:tcg -pidfile DIR/qmp.pid");
}

TEST(Clients, libvirt_smallest_domain_lacks_objects) {
  auto const text = refused(
      R"(-name guest=N,debug-threads=on -S -object {"qom-type":"secret","id":"masterKey0"} -machine pc-i440fx-7.2 )");
  EXPECT_TRUE(text.starts_with(
      R"(mullion: -object {"qom-type":"secret","id":"masterKey0"}: making objects is not supported yet)"));
}

TEST(Clients, libvirt_smallest_domain_without_objects_monitor_audio_and_sandbox) {
  auto const config = accepted(
      "-name guest=N,debug-threads=on -S -machine pc-i440fx-7.2,usb=off,dump-guest-core=off -accel tcg -cpu qemu64 "
      "-m 256 -overcommit mem-lock=off -smp 1,sockets=1,cores=1,threads=1 -uuid 11111111-2222-3333-4444-555555555555 "
      "-display none -no-user-config -nodefaults -rtc base=utc -no-shutdown -no-acpi -boot strict=on -kernel K "
      "-initrd I -append A -chardev pty,id=charserial0 "
      R"(-device {"driver":"isa-serial","chardev":"charserial0","id":"serial0","index":0} -msg timestamp=on)");
  EXPECT_EQ(config.name, "N");
  EXPECT_EQ(config.memory_bytes, 256ull << 20);
  EXPECT_TRUE(config.timestamp_messages);
  for (auto const& warning : config.warnings) EXPECT_TRUE(warning.starts_with("-cpu qemu64")) << warning;
}

TEST(Clients, virt_install_on_q35_lacks_the_machine) {
  EXPECT_NE(refused("-name guest=x -machine pc-q35-7.2,usb=off -accel tcg").find("'pc-q35-7.2' is not supported yet"),
            std::string::npos);
}

TEST(Clients, virt_install_globals_only_warn) {
  accepted("-global ICH9-LPC.disable_s3=1 -global kvm-pit.lost_tick_policy=delay -no-hpet -rtc base=utc,driftfix=slew");
  accepted("-global PIIX4_PM.disable_s3=1");
}

TEST(Clients, libguestfs_appliance_lacks_objects) {
  auto const text = refused(
      "-global virtio-blk-pci.scsi=off -no-user-config -nodefaults -display none -machine accel=tcg,graphics=off "
      "-cpu max,la57=off -m 1280 -no-reboot -rtc driftfix=slew -no-hpet -global kvm-pit.lost_tick_policy=discard "
      "-kernel K -initrd I -object rng-random,filename=/dev/urandom,id=rng0 -device virtio-rng-pci,rng=rng0");
  EXPECT_EQ(text.find("mullion: -object rng-random"), 0u) << text;
}

TEST(Clients, libguestfs_appliance_without_devices_is_accepted) {
  accepted(
      "-global virtio-blk-pci.scsi=off -no-user-config -nodefaults -display none -machine accel=tcg,graphics=off "
      "-cpu max,la57=off -m 1280 -no-reboot -rtc driftfix=slew -no-hpet -global kvm-pit.lost_tick_policy=discard "
      "-kernel K -initrd I -serial stdio -append A");
}

TEST(Clients, debvm_run_lacks_q35) {
  auto const text = refused(
      "-machine type=q35,accel=kvm:tcg -cpu host -smp 2 -nographic -no-user-config -name x -m 1G -kernel K -initrd I");
  EXPECT_EQ(text.find("mullion: -machine type=q35,accel=kvm:tcg: machine 'q35' is not supported yet"), 0u);
}

}  // namespace
}  // namespace mullion::control
