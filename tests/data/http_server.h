// SPDX-License-Identifier: MIT
// A web server on 127.0.0.1 for one test: it gives each request to a function, which answers what it likes, wrong
// things too. Connections are served one after the other, in a thread.
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <functional>
#include <mutex>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

class HttpServer {
 public:
  /// One connection, after its request was read.
  class Connection {
   public:
    explicit Connection(int socket) : socket_(socket) {}
    /// False when the other side has closed.
    bool send(std::string_view text) const {
      while (!text.empty()) {
        const ssize_t n = ::send(socket_, text.data(), text.size(), MSG_NOSIGNAL);
        if (n <= 0) return false;
        text.remove_prefix(static_cast<size_t>(n));
      }
      return true;
    }
    void answer(const std::string& status, std::string_view body, const std::string& headers = "") const {
      send("HTTP/1.1 " + status + "\r\nConnection: close\r\nContent-Length: " + std::to_string(body.size()) + "\r\n" +
           headers + "\r\n");
      send(body);
    }
    void redirect(const std::string& to) const { answer("302 Found", "moved", "Location: " + to + "\r\n"); }

   private:
    int socket_;
  };
  using Handler = std::function<void(const std::string& path, const Connection& connection)>;

  HttpServer() {
    listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    auto* general = reinterpret_cast<sockaddr*>(&address);
    if (listener_ < 0 || ::bind(listener_, general, size) != 0 || ::listen(listener_, 64) != 0 ||
        ::getsockname(listener_, general, &size) != 0)
      throw std::runtime_error("no server on 127.0.0.1 can be had");
    port_ = ntohs(address.sin_port);
  }
  ~HttpServer() {
    stop();
    ::close(listener_);
  }
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;

  /// Connections made before this wait in the queue.
  void serve(Handler handler) {
    handler_ = std::move(handler);
    thread_ = std::thread([this] { loop(); });
  }
  /// Ends the last request: nothing of the handler runs any more.
  void stop() {
    stop_ = true;
    if (thread_.joinable()) thread_.join();
  }
  std::string url(const std::string& path = "") const { return "http://127.0.0.1:" + std::to_string(port_) + path; }
  std::vector<std::string> paths() const {
    const std::lock_guard guard(mutex_);
    return paths_;
  }

 private:
  void loop() {
    while (!stop_) {
      pollfd waiting{listener_, POLLIN, 0};
      if (::poll(&waiting, 1, 20) <= 0) continue;
      const int socket = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
      if (socket < 0) continue;
      const timeval patience{5, 0};
      ::setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
      ::setsockopt(socket, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
      if (const std::string path = read_request(socket); !path.empty()) {
        {
          const std::lock_guard guard(mutex_);
          paths_.push_back(path);
        }
        handler_(path, Connection(socket));
      }
      ::close(socket);
    }
  }
  static std::string read_request(int socket) {
    std::string text;
    char part[2000];
    while (text.find("\r\n\r\n") == text.npos) {
      const ssize_t n = ::recv(socket, part, sizeof part, 0);
      if (n <= 0) return "";
      text.append(part, static_cast<size_t>(n));
    }
    const size_t begin = text.find(' ') + 1;
    return text.substr(begin, text.find(' ', begin) - begin);
  }

  int listener_ = -1;
  uint16_t port_ = 0;
  std::atomic<bool> stop_{false};
  mutable std::mutex mutex_;
  std::vector<std::string> paths_;
  Handler handler_;
  std::thread thread_;
};
