/* A filter as people write it with C libmilter: counts a client's and a sender's messages in a sliding minute and refuses above a limit.
   With -a it accepts everything without counting. It has no body callback, so that no body is sent.

   cc -O2 -o sliding sliding.c -lmilter -lpthread;  sliding [-a] unix:/path */
#include <libmilter/mfapi.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <arpa/inet.h>

#define WINDOW 60
#define LIMIT 1000000
#define SLOTS (1 << 17)

/* One key's messages by second, in a ring of a window's length. */
struct count { char *key; time_t last; unsigned sum; unsigned short by_second[WINDOW]; struct count *next; };
struct session { char client[INET6_ADDRSTRLEN]; char *sender; };

static struct count *table[SLOTS];
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static unsigned hit(const char *kind, const char *key, time_t now) {
  char name[512];
  unsigned hash = 5381;
  struct count *c;
  snprintf(name, sizeof name, "%s:%s", kind, key);
  for (const char *p = name; *p; p++) hash = hash * 33 ^ (unsigned char)*p;
  for (c = table[hash % SLOTS]; c && strcmp(c->key, name); c = c->next);
  if (!c) {
    c = calloc(1, sizeof *c);
    c->key = strdup(name);
    c->last = now;
    c->next = table[hash % SLOTS];
    table[hash % SLOTS] = c;
  }
  for (time_t gone = 0; c->last < now && gone < WINDOW; gone++) {
    c->last++;
    c->sum -= c->by_second[c->last % WINDOW];
    c->by_second[c->last % WINDOW] = 0;
  }
  c->last = now;
  c->by_second[now % WINDOW]++;
  return ++c->sum;
}

static sfsistat on_connect(SMFICTX *ctx, char *host, _SOCK_ADDR *address) {
  struct session *s = calloc(1, sizeof *s);
  (void)host;
  if (address && address->sa_family == AF_INET)
    inet_ntop(AF_INET, &((struct sockaddr_in *)address)->sin_addr, s->client, sizeof s->client);
  else if (address && address->sa_family == AF_INET6)
    inet_ntop(AF_INET6, &((struct sockaddr_in6 *)address)->sin6_addr, s->client, sizeof s->client);
  smfi_setpriv(ctx, s);
  return SMFIS_CONTINUE;
}

static sfsistat on_helo(SMFICTX *ctx, char *name) { (void)ctx; (void)name; return SMFIS_CONTINUE; }

static sfsistat on_mail(SMFICTX *ctx, char **argv) {
  struct session *s = smfi_getpriv(ctx);
  free(s->sender);
  s->sender = strdup(argv[0]);
  return SMFIS_CONTINUE;
}

static sfsistat on_rcpt(SMFICTX *ctx, char **argv) {
  struct session *s = smfi_getpriv(ctx);
  unsigned client, sender;
  time_t now = time(NULL);
  (void)argv;
  pthread_mutex_lock(&lock);
  client = hit("client", s->client, now);
  sender = hit("sender", s->sender, now);
  pthread_mutex_unlock(&lock);
  if (client <= LIMIT && sender <= LIMIT) return SMFIS_CONTINUE;
  smfi_setreply(ctx, "451", "4.7.1", "Too much mail");
  return SMFIS_TEMPFAIL;
}

static sfsistat on_header(SMFICTX *ctx, char *name, char *value) { (void)ctx; (void)name; (void)value; return SMFIS_CONTINUE; }
static sfsistat on_eom(SMFICTX *ctx) { (void)ctx; return SMFIS_CONTINUE; }

static sfsistat on_close(SMFICTX *ctx) {
  struct session *s = smfi_getpriv(ctx);
  if (s) { free(s->sender); free(s); smfi_setpriv(ctx, NULL); }
  return SMFIS_CONTINUE;
}

static sfsistat accept_mail(SMFICTX *ctx, char **argv) { (void)ctx; (void)argv; return SMFIS_CONTINUE; }

int main(int argc, char **argv) {
  int accepts_all = argc > 1 && !strcmp(argv[1], "-a");
  struct smfiDesc filter = { "sliding", SMFI_VERSION, 0, on_connect, on_helo, on_mail, on_rcpt, on_header, NULL, NULL, on_eom, NULL, on_close, NULL, NULL, NULL };
  if (argc != 2 + accepts_all) { fprintf(stderr, "usage: sliding [-a] unix:/path\n"); return 2; }
  if (accepts_all) {
    filter.xxfi_envfrom = accept_mail;
    filter.xxfi_envrcpt = accept_mail;
  }
  if (smfi_setconn(argv[1 + accepts_all]) == MI_FAILURE || smfi_register(filter) == MI_FAILURE) { fprintf(stderr, "sliding: cannot start\n"); return 1; }
  return smfi_main();
}
