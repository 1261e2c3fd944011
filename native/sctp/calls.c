/* System calls on a descriptor, except those for messages. */
#include "sctp.h"

/* Copies from <linux/sctp.h>, so that its headers need not be installed. */
enum { SOL_OF_SCTP = 132, GET_CONNECTX = 111 };
struct addresses {
  int32_t association;
  int32_t bytes;
  void *first;
};

napi_value open_socket(napi_env env, napi_callback_info info) {
  size_t count = 3;
  napi_value args[3];
  int family, type, protocol;
  napi_get_cb_info(env, info, &count, args, NULL, NULL);
  if (!int_of(env, args[0], &family) || !int_of(env, args[1], &type) || !int_of(env, args[2], &protocol)) {
    return throw_type_error(env, "socket(family, type, protocol)");
  }
  return result_of(env, socket(family, type | SOCK_NONBLOCK | SOCK_CLOEXEC, protocol));
}

napi_value bind_address(napi_env env, napi_callback_info info) {
  napi_value args[1];
  struct bytes address;
  descriptor *self = arguments(env, info, 1, args);
  if (self == NULL || !bytes_of(env, args[0], &address)) return NULL;
  return result_of(env, bind(self->fd, (struct sockaddr *)(void *)address.data, (socklen_t)address.length));
}

napi_value listen_for(napi_env env, napi_callback_info info) {
  napi_value args[1];
  int backlog;
  descriptor *self = arguments(env, info, 1, args);
  if (self == NULL) return NULL;
  if (!int_of(env, args[0], &backlog)) return throw_type_error(env, "listen(backlog)");
  return result_of(env, listen(self->fd, backlog));
}

/* accept(): returns a file descriptor. */
napi_value accept_one(napi_env env, napi_callback_info info) {
  descriptor *self = arguments(env, info, 0, NULL);
  if (self == NULL) return NULL;
  return result_of(env, accept4(self->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC));
}

napi_value connect_address(napi_env env, napi_callback_info info) {
  napi_value args[1];
  struct bytes address;
  descriptor *self = arguments(env, info, 1, args);
  if (self == NULL || !bytes_of(env, args[0], &address)) return NULL;
  return result_of(env, connect(self->fd, (struct sockaddr *)(void *)address.data, (socklen_t)address.length));
}

/* connectx(addresses, id): the id of the association is written even while the connection is in progress. */
napi_value connectx(napi_env env, napi_callback_info info) {
  napi_value args[2];
  struct bytes list, id;
  descriptor *self = arguments(env, info, 2, args);
  if (self == NULL || !bytes_of(env, args[0], &list) || !bytes_of(env, args[1], &id)) return NULL;
  if (id.length < sizeof(int32_t)) return throw_type_error(env, "connectx(addresses, id)");
  struct addresses value = {0, (int32_t)list.length, list.data};
  socklen_t length = sizeof value;
  int result = getsockopt(self->fd, SOL_OF_SCTP, GET_CONNECTX, &value, &length);
  int error = errno;
  memcpy(id.data, &value.association, sizeof value.association);
  errno = error;
  return result_of(env, result);
}

/* getsockopt(level, option, value): returns the number of bytes written to the value. */
napi_value get_option(napi_env env, napi_callback_info info) {
  napi_value args[3];
  int level, option;
  struct bytes value;
  descriptor *self = arguments(env, info, 3, args);
  if (self == NULL) return NULL;
  if (!int_of(env, args[0], &level) || !int_of(env, args[1], &option)) return throw_type_error(env, "getsockopt");
  if (!bytes_of(env, args[2], &value)) return NULL;
  socklen_t length = (socklen_t)value.length;
  int result = getsockopt(self->fd, level, option, value.data, &length);
  return result_of(env, result < 0 ? -1 : (ssize_t)length);
}

napi_value set_option(napi_env env, napi_callback_info info) {
  napi_value args[3];
  int level, option;
  struct bytes value;
  descriptor *self = arguments(env, info, 3, args);
  if (self == NULL) return NULL;
  if (!int_of(env, args[0], &level) || !int_of(env, args[1], &option)) return throw_type_error(env, "setsockopt");
  if (!bytes_of(env, args[2], &value)) return NULL;
  return result_of(env, setsockopt(self->fd, level, option, value.data, (socklen_t)value.length));
}

/* sockname(peer, address): returns the number of bytes written to the address. */
napi_value socket_name(napi_env env, napi_callback_info info) {
  napi_value args[2];
  bool peer;
  struct bytes address;
  descriptor *self = arguments(env, info, 2, args);
  if (self == NULL) return NULL;
  if (napi_get_value_bool(env, args[0], &peer) != napi_ok) return throw_type_error(env, "sockname(peer, address)");
  if (!bytes_of(env, args[1], &address)) return NULL;
  socklen_t length = (socklen_t)address.length;
  struct sockaddr *name = (struct sockaddr *)(void *)address.data;
  int result = peer ? getpeername(self->fd, name, &length) : getsockname(self->fd, name, &length);
  return result_of(env, result < 0 ? -1 : (ssize_t)length);
}

napi_value shut_down(napi_env env, napi_callback_info info) {
  napi_value args[1];
  int how;
  descriptor *self = arguments(env, info, 1, args);
  if (self == NULL) return NULL;
  if (!int_of(env, args[0], &how)) return throw_type_error(env, "shutdown(how)");
  return result_of(env, shutdown(self->fd, how));
}
