/*
 * A filter on Sendmail's libmilter with the rules of DifferentialTests: what a name says is what it answers.
 *   gcc -O2 -o differential differential.c -lmilter -lpthread; ./differential unix:/tmp/d.sock
 */
#include <stdio.h>
#include <string.h>
#include <netinet/in.h>
#include <arpa/inet.h>
#include <libmilter/mfapi.h>

static sfsistat answer(SMFICTX *ctx, const char *word, size_t length)
{
  if (length == 6 && memcmp(word, "reject", 6) == 0) {
    smfi_setreply(ctx, "550", "5.7.1", "no %% never");
    return SMFIS_REJECT;
  }
  if (length == 8 && memcmp(word, "tempfail", 8) == 0) {
    smfi_setreply(ctx, "450", "4.7.1", "later");
    return SMFIS_TEMPFAIL;
  }
  if (length == 6 && memcmp(word, "accept", 6) == 0) return SMFIS_ACCEPT;
  if (length == 7 && memcmp(word, "discard", 7) == 0) return SMFIS_DISCARD;
  return SMFIS_CONTINUE;
}

/* <reject@example.jp> */
static sfsistat user(SMFICTX *ctx, char **args)
{
  const char *at = args[0] == NULL ? NULL : strchr(args[0], '@');
  return at == NULL || args[0][0] != '<' ? SMFIS_CONTINUE : answer(ctx, args[0] + 1, (size_t)(at - args[0] - 1));
}

static sfsistat on_connect(SMFICTX *ctx, char *host, _SOCK_ADDR *address)
{
  char text[INET_ADDRSTRLEN] = "";
  (void)host;
  if (address != NULL && address->sa_family == AF_INET) inet_ntop(AF_INET, &((struct sockaddr_in *)address)->sin_addr, text, sizeof text);
  return strcmp(text, "192.0.2.2") == 0 ? answer(ctx, "reject", 6) : strcmp(text, "192.0.2.3") == 0 ? SMFIS_ACCEPT : SMFIS_CONTINUE;
}

static sfsistat on_helo(SMFICTX *ctx, char *name) { return answer(ctx, name, strlen(name)); }
static sfsistat on_mail(SMFICTX *ctx, char **args) { return user(ctx, args); }
static sfsistat on_rcpt(SMFICTX *ctx, char **args) { return user(ctx, args); }
static sfsistat on_data(SMFICTX *ctx) { (void)ctx; return SMFIS_CONTINUE; }
static sfsistat on_unknown(SMFICTX *ctx, const char *line) { (void)ctx; (void)line; return SMFIS_CONTINUE; }
static sfsistat on_header(SMFICTX *ctx, char *name, char *value) { (void)name; return answer(ctx, value, strlen(value)); }
static sfsistat on_eoh(SMFICTX *ctx) { (void)ctx; return SMFIS_CONTINUE; }
static sfsistat on_body(SMFICTX *ctx, unsigned char *bytes, size_t length) { (void)ctx; (void)bytes; (void)length; return SMFIS_CONTINUE; }

static sfsistat on_eom(SMFICTX *ctx)
{
  smfi_addheader(ctx, "X-Seen", "yes");
  return SMFIS_CONTINUE;
}

static sfsistat on_abort(SMFICTX *ctx) { (void)ctx; return SMFIS_CONTINUE; }
static sfsistat on_close(SMFICTX *ctx) { (void)ctx; return SMFIS_CONTINUE; }

int main(int count, char **args)
{
  struct smfiDesc filter = {
    .xxfi_name = "differential", .xxfi_version = SMFI_VERSION, .xxfi_flags = SMFIF_ADDHDRS,
    .xxfi_connect = on_connect, .xxfi_helo = on_helo, .xxfi_envfrom = on_mail, .xxfi_envrcpt = on_rcpt, .xxfi_header = on_header,
    .xxfi_eoh = on_eoh, .xxfi_body = on_body, .xxfi_eom = on_eom, .xxfi_abort = on_abort, .xxfi_close = on_close,
    .xxfi_unknown = on_unknown, .xxfi_data = on_data,
  };
  if (count != 2) {
    fprintf(stderr, "usage: differential SOCKET\n");
    return 2;
  }
  smfi_setconn(args[1]);
  return smfi_register(filter) == MI_SUCCESS && smfi_opensocket(0) == MI_SUCCESS ? smfi_main() : 1;
}
