/* The protocol's limit: one thread, epoll, no logic. Answers `continue` to every command (-r), or asks for no reply but the one at the end of
   the message, which no filter can do with less (the default).

   cc -O2 -o limit limit.c;  limit [-r] /path */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define NO_BODY 0x10u
#define NO_REPLIES 0x000FF080u /* SMFIP_NR_HDR, NR_CONN, NR_HELO, NR_MAIL, NR_RCPT, NR_DATA, NR_UNKN, NR_EOH, NR_BODY */

struct connection { int fd; size_t used; unsigned char in[131072]; };

static int replies_to_all;

static size_t answer(unsigned char command, const unsigned char *packet, unsigned char *out) {
  uint32_t words[3] = { htonl(6), htonl(0), htonl(NO_BODY | (replies_to_all ? 0 : NO_REPLIES)) };
  (void)packet;
  if (command == 'O') {
    memcpy(out, "\0\0\0\15O", 5);
    memcpy(out + 5, words, sizeof words);
    return 17;
  }
  if (command == 'D' || command == 'A' || command == 'Q' || command == 'K') return 0;
  if (command != 'E' && !replies_to_all) return 0;
  memcpy(out, "\0\0\0\1c", 5);
  return 5;
}

/* False when the connection is to be closed. */
static int serve(struct connection *c) {
  unsigned char out[8192];
  size_t taken = 0, length = 0;
  ssize_t got = read(c->fd, c->in + c->used, sizeof c->in - c->used);
  if (got <= 0) return got < 0 && (errno == EAGAIN || errno == EINTR);
  c->used += got;
  while (c->used - taken >= 5) {
    uint32_t size;
    memcpy(&size, c->in + taken, 4);
    size = ntohl(size);
    if (size == 0 || size > sizeof c->in - 4) return 0;
    if (c->used - taken < 4 + size) break;
    if (c->in[taken + 4] == 'Q') return 0;
    length += answer(c->in[taken + 4], c->in + taken + 5, out + length);
    taken += 4 + size;
    if (length > sizeof out - 32) break;
  }
  memmove(c->in, c->in + taken, c->used - taken);
  c->used -= taken;
  return length == 0 || write(c->fd, out, length) == (ssize_t)length;
}

int main(int argc, char **argv) {
  struct sockaddr_un address = { .sun_family = AF_UNIX };
  struct epoll_event events[64], interest = { .events = EPOLLIN };
  int listener, queue;
  replies_to_all = argc > 1 && !strcmp(argv[1], "-r");
  if (argc != 2 + replies_to_all) { fprintf(stderr, "usage: limit [-r] /path\n"); return 2; }
  signal(SIGPIPE, SIG_IGN);
  snprintf(address.sun_path, sizeof address.sun_path, "%s", argv[1 + replies_to_all]);
  unlink(address.sun_path);
  listener = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);
  queue = epoll_create1(0);
  if (bind(listener, (struct sockaddr *)&address, sizeof address) || listen(listener, 512)) { perror("limit"); return 1; }
  epoll_ctl(queue, EPOLL_CTL_ADD, listener, &interest);
  for (;;) {
    int n = epoll_wait(queue, events, 64, -1);
    for (int i = 0; i < n; i++) {
      struct connection *c = events[i].data.ptr;
      if (c == NULL) {
        int fd;
        while ((fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK)) >= 0) {
          struct epoll_event one = { .events = EPOLLIN };
          one.data.ptr = c = malloc(sizeof *c);
          c->fd = fd;
          c->used = 0;
          epoll_ctl(queue, EPOLL_CTL_ADD, fd, &one);
        }
      } else if (!serve(c)) {
        close(c->fd);
        free(c);
      }
    }
  }
}
