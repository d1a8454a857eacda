// Opening pseudo-terminals and sockets on Linux.
// SPDX-License-Identifier: Apache-2.0
#include "chardev/backends.hpp"
#include "chardev/stream_chardev.hpp"
#include "chardev/sys/linux/fd_stream.hpp"

#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <termios.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>

namespace mullion {
namespace {

// Binds and listens, or connects; errno tells why not.
bool attach_socket(int fd, const sockaddr* address, socklen_t size, bool server) {
  if (!server) return connect(fd, address, size) == 0;
  const int on = 1;
  setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  return bind(fd, address, size) == 0 && listen(fd, 1) == 0;
}

Result<Fd> open_unix(const SocketChardevConfig& config) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (config.path.size() >= sizeof address.sun_path) {
    return failure("socket path '{}' is too long; at most {} characters", config.path, sizeof address.sun_path - 1);
  }
  std::memcpy(address.sun_path, config.path.c_str(), config.path.size());
  Fd fd{socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)};
  if (config.server) unlink(config.path.c_str());
  // SAFETY: the socket interface takes all addresses as sockaddr.
  if (!attach_socket(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address, config.server)) {
    return failure("cannot {} socket '{}': {}; {}", config.server ? "listen at" : "connect to", config.path,
                   std::strerror(errno), config.server ? "choose a folder that can be written" : "is its server running?");
  }
  return fd;
}

Result<Fd> open_tcp(const SocketChardevConfig& config) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  if (config.server) hints.ai_flags = AI_PASSIVE;
  addrinfo* list = nullptr;
  const std::string service = std::to_string(config.port);
  const char* node = config.address.empty() ? nullptr : config.address.c_str();
  if (const int why = getaddrinfo(node, service.c_str(), &hints, &list); why != 0) {
    return failure("cannot resolve '{}': {}; give an address", config.address, gai_strerror(why));
  }
  Fd fd;
  int error = 0;
  for (const addrinfo* a = list; a != nullptr; a = a->ai_next) {
    Fd candidate{socket(a->ai_family, a->ai_socktype | SOCK_CLOEXEC, a->ai_protocol)};
    if (candidate.valid() && attach_socket(candidate.get(), a->ai_addr, a->ai_addrlen, config.server)) {
      fd = std::move(candidate);
      break;
    }
    error = errno;
  }
  freeaddrinfo(list);
  if (!fd.valid()) {
    return failure("cannot {} {}:{}: {}; {}", config.server ? "listen at" : "connect to", config.address, config.port,
                   std::strerror(error), config.server ? "choose another port" : "is its server running?");
  }
  return fd;
}

}  // namespace

Result<std::unique_ptr<Chardev>> open_pty_chardev(ChardevHost& host, std::string& name) {
  Fd master{posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC | O_NONBLOCK)};
  char path[128] = {};
  if (!master.valid() || grantpt(master.get()) != 0 || unlockpt(master.get()) != 0 ||
      ptsname_r(master.get(), path, sizeof path) != 0) {
    return failure("cannot make a pseudo-terminal: {}; is /dev/pts mounted?", std::strerror(errno));
  }
  // Opened once and closed, the slave is raw and the master knows that nobody holds it.
  const Fd slave{open(path, O_RDWR | O_NOCTTY | O_CLOEXEC)};
  termios settings{};
  if (tcgetattr(slave.get(), &settings) == 0) {
    cfmakeraw(&settings);
    tcsetattr(slave.get(), TCSANOW, &settings);
  }
  name = path;
  return std::make_unique<StreamChardev>(host, std::make_unique<PtyStream>(std::move(master)), false);
}

Result<std::unique_ptr<Chardev>> open_socket_chardev(ChardevHost& host, const SocketChardevConfig& config) {
  auto fd = config.path.empty() ? open_tcp(config) : open_unix(config);
  if (!fd) return tl::unexpected(fd.error());
  Fd listener;
  Fd peer;
  if (!config.server) {
    peer = std::move(*fd);
  } else {
    if (config.wait) {
      peer = Fd{accept4(fd->get(), nullptr, nullptr, SOCK_CLOEXEC)};
      if (!peer.valid()) return failure("no client came to the socket: {}", std::strerror(errno));
    }
    listener = std::move(*fd);
  }
  auto stream = std::make_unique<SocketStream>(std::move(listener), std::move(peer), config.server ? config.path : "");
  return std::make_unique<StreamChardev>(host, std::move(stream), false);
}

}  // namespace mullion
