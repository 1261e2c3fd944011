/*
 * Both ends of the row sctp-1-1 in C, with the calls that libuv and the addon make:
 *   sctp-peer receive PORT  prints the messages per second of each association, from its first to its last message
 *   sctp-peer send PORT     for each number of seconds on stdin: connects, sends for that time, shuts down
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

/* Copies of constants and types from <linux/sctp.h>. */
enum { IPPROTO = 132, NODELAY = 3, RECVRCVINFO = 32, EVENT = 127, SNDINFO = 2, SHUTDOWN_EVENT = 0x8005, NOTIFICATION = 0x8000 };
struct event { int32_t association; uint16_t type; uint8_t on; };
struct send_info { uint16_t stream, flags; uint32_t ppid, context; int32_t association; };

enum { BYTES = 200, EOF_FLAG = 0x200, RECEIVE_BUFFER = 4 * 1024 * 1024 };

static void require(int result, const char *what) {
  if (result >= 0) return;
  perror(what);
  exit(1);
}

static double seconds(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static struct sockaddr_in loopback(int port) {
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

static int open_socket(void) {
  int fd = socket(AF_INET, SOCK_SEQPACKET | SOCK_NONBLOCK | SOCK_CLOEXEC, IPPROTO);
  int yes = 1;
  struct event shutdown_event = {0, SHUTDOWN_EVENT, 1};
  require(fd, "socket");
  require(setsockopt(fd, IPPROTO, RECVRCVINFO, &yes, sizeof yes), "SCTP_RECVRCVINFO");
  require(setsockopt(fd, IPPROTO, EVENT, &shutdown_event, sizeof shutdown_event), "SCTP_EVENT");
  return fd;
}

static int poll_of(int fd, uint32_t events) {
  int poller = epoll_create1(EPOLL_CLOEXEC);
  struct epoll_event event = {.events = events};
  require(poller, "epoll_create1");
  require(epoll_ctl(poller, EPOLL_CTL_ADD, fd, &event), "epoll_ctl");
  return poller;
}

static void await(int poller) {
  struct epoll_event event;
  while (epoll_wait(poller, &event, 1, -1) < 0 && errno == EINTR);
}

static void receive(int port) {
  static uint8_t data[65536], control[256];
  struct sockaddr_in address = loopback(port);
  int fd = open_socket();
  int room = RECEIVE_BUFFER;
  require(setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &room, sizeof room), "SO_RCVBUF");
  require(bind(fd, (struct sockaddr *)&address, sizeof address), "bind");
  require(listen(fd, 8), "listen");
  int poller = poll_of(fd, EPOLLIN);
  puts("ready");
  double first = 0, last = 0;
  for (long count = 0;;) {
    struct sockaddr_storage from;
    struct iovec vector = {data, sizeof data};
    struct msghdr message = {.msg_name = &from, .msg_namelen = sizeof from, .msg_iov = &vector, .msg_iovlen = 1,
                             .msg_control = control, .msg_controllen = sizeof control};
    ssize_t bytes = recvmsg(fd, &message, 0);
    if (bytes < 0 && errno == EAGAIN) await(poller);
    else if (bytes < 0) require(-1, "recvmsg");
    else if (message.msg_flags & NOTIFICATION) {
      last = seconds();
      printf("%f\n", (double)(count - 1) / (last - first));
      count = 0;
    } else if (bytes == BYTES && count++ == 0) first = seconds();
  }
}

static void send_one(int fd, int poller, const void *data, size_t bytes, struct send_info info) {
  _Alignas(8) uint8_t control[CMSG_SPACE(sizeof info)] = {0};
  struct iovec vector = {(void *)(uintptr_t)data, bytes};
  struct msghdr message = {.msg_iov = &vector, .msg_iovlen = 1, .msg_control = control,
                           .msg_controllen = sizeof control};
  struct cmsghdr *header = CMSG_FIRSTHDR(&message);
  header->cmsg_level = IPPROTO;
  header->cmsg_type = SNDINFO;
  header->cmsg_len = CMSG_LEN(sizeof info);
  memcpy(CMSG_DATA(header), &info, sizeof info);
  while (sendmsg(fd, &message, MSG_NOSIGNAL) < 0) {
    if (errno != EAGAIN) require(-1, "sendmsg");
    await(poller);
  }
}

/* Returns the id of the association. */
static int32_t connect_to(int fd, int port) {
  struct sockaddr_in address = loopback(port);
  struct { int32_t association, bytes; void *first; } value = {0, sizeof address, &address};
  socklen_t length = sizeof value;
  if (getsockopt(fd, IPPROTO, 111, &value, &length) < 0 && errno != EINPROGRESS) require(-1, "connectx");
  return value.association;
}

static void send_for(int port, double duration) {
  uint8_t data[BYTES] = {0};
  int fd = open_socket();
  int yes = 1;
  require(setsockopt(fd, IPPROTO, NODELAY, &yes, sizeof yes), "SCTP_NODELAY");
  struct send_info info = {.stream = 1, .ppid = htonl(60), .association = connect_to(fd, port)};
  int poller = poll_of(fd, EPOLLOUT);
  double end = seconds() + duration;
  while (seconds() < end)
    for (int i = 0; i < 64; i++) send_one(fd, poller, data, sizeof data, info);
  info.flags = EOF_FLAG;
  send_one(fd, poller, data, 0, info);
  close(poller);
  close(fd);
}

int main(int count, char **args) {
  setvbuf(stdout, NULL, _IOLBF, 0);
  if (count == 3 && strcmp(args[1], "receive") == 0) receive(atoi(args[2]));
  if (count != 3 || strcmp(args[1], "send") != 0) return 2;
  puts("ready");
  for (double duration; scanf("%lf", &duration) == 1; puts("sent")) send_for(atoi(args[2]), duration);
  return 0;
}
