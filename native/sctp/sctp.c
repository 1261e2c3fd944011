/*
 * System calls on SCTP sockets for Node.js, and a poll handle: all that JavaScript cannot do by itself.
 * What the calls mean is decided in src/faces/sctp/socket. Nothing here throws for a failed system call:
 * the result is the negative errno.
 */
#define _GNU_SOURCE
#define NAPI_VERSION 8
#include <errno.h>
#include <node_api.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/types.h>
#include <unistd.h>
#include <uv.h>

/* Own copies from <linux/sctp.h>, so that its headers need not be installed. */
enum { SOL_OF_SCTP = 132, GET_CONNECTX = 111 };
struct addresses {
  int32_t association;
  int32_t bytes;
  void *first;
};

/* The caller writes control messages as they stand in 64-bit memory. */
_Static_assert(sizeof(size_t) == 8 && sizeof(struct cmsghdr) == 16, "this addon is for 64-bit systems");

/* What goes with a message beside its data; a buffer that JavaScript and C share. */
struct header {
  int32_t flags;
  int32_t address_bytes;
  int32_t control_bytes;
  int32_t reserved;
  uint8_t address[128];
  uint8_t control[256];
};

typedef struct descriptor descriptor;

/* One for each thread of JavaScript. Freed with the last that refers to it. */
typedef struct {
  size_t references;
  size_t closing;
  descriptor *open;
  napi_async_cleanup_hook_handle hook;
  bool ended;
} thread;

/* Its own memory: libuv needs it until the close is through, the descriptor may be collected before. */
typedef struct {
  uv_poll_t handle;
  thread *owner;
  descriptor *target;
} poller;

struct descriptor {
  int fd;
  int events;
  napi_env env;
  napi_ref on_ready;
  napi_async_context context;
  poller *polled;
  thread *owner;
  descriptor *previous;
  descriptor *next;
};

static const napi_type_tag descriptor_tag = {0x5a1de0b4c7f34e21, 0x9b0c6f2a77d14c03};

static napi_value throw_type_error(napi_env env, const char *message) {
  napi_throw_type_error(env, NULL, message);
  return NULL;
}

static napi_value number(napi_env env, int64_t value) {
  napi_value result = NULL;
  napi_create_int64(env, value, &result);
  return result;
}

static napi_value result_of(napi_env env, ssize_t result) {
  return number(env, result < 0 ? -errno : result);
}

/* ---- threads ---- */

/* Drops references; the one of the running thread too once it has ended and nothing of it is closing. */
static void release(thread *owner, size_t references) {
  if (owner->ended && owner->closing == 0 && owner->hook != NULL) {
    napi_remove_async_cleanup_hook(owner->hook);
    owner->hook = NULL;
    references++;
  }
  owner->references -= references;
  if (owner->references == 0) free(owner);
}

static void unlink_descriptor(descriptor *self) {
  if (self->previous != NULL) self->previous->next = self->next;
  else if (self->owner->open == self) self->owner->open = self->next;
  if (self->next != NULL) self->next->previous = self->previous;
  self->previous = self->next = NULL;
}

static void on_poll_closed(uv_handle_t *handle) {
  poller *polled = handle->data;
  thread *owner = polled->owner;
  free(polled);
  owner->closing--;
  release(owner, 1);
}

/* The callback is held while events are awaited, and only then: a forgotten socket can be collected. */
static void stop_polling(descriptor *self) {
  if (self->events == 0) return;
  self->events = 0;
  uv_poll_stop(&self->polled->handle);
  napi_reference_unref(self->env, self->on_ready, NULL);
}

/* libuv allows to close the descriptor as soon as its poll is stopped. */
static void close_descriptor(descriptor *self) {
  if (self->fd < 0) return;
  stop_polling(self);
  if (self->polled != NULL) {
    self->polled->target = NULL;
    self->owner->closing++;
    uv_close((uv_handle_t *)&self->polled->handle, on_poll_closed);
    self->polled = NULL;
  }
  unlink_descriptor(self);
  close(self->fd);
  self->fd = -1;
}

static void on_thread_end(napi_async_cleanup_hook_handle hook, void *data) {
  thread *owner = data;
  (void)hook;
  owner->ended = true;
  while (owner->open != NULL) close_descriptor(owner->open);
  release(owner, 0);
}

/* ---- descriptors ---- */

static void finalize(napi_env env, void *data, void *hint) {
  descriptor *self = data;
  (void)hint;
  close_descriptor(self);
  napi_delete_reference(env, self->on_ready);
  napi_async_destroy(env, self->context);
  release(self->owner, 1);
  free(self);
}

/* napi_get_value_int32 makes 0 of NaN and 1 of 2^32 + 1. */
static bool int_of(napi_env env, napi_value value, int *result) {
  double number_given;
  if (napi_get_value_double(env, value, &number_given) != napi_ok) return false;
  if (!(number_given >= INT32_MIN && number_given <= INT32_MAX)) return false;
  *result = (int)number_given;
  return *result == number_given;
}

/* new Descriptor(fd, onReady) takes over a file descriptor. */
static napi_value construct(napi_env env, napi_callback_info info) {
  size_t count = 2;
  napi_value args[2], this, target = NULL, name;
  napi_valuetype type = napi_undefined;
  thread *owner;
  int fd;
  napi_get_cb_info(env, info, &count, args, &this, (void **)&owner);
  napi_get_new_target(env, info, &target);
  napi_typeof(env, args[1], &type);
  if (target == NULL || !int_of(env, args[0], &fd) || fd < 0 || type != napi_function) {
    return throw_type_error(env, "new Descriptor(fd, onReady)");
  }
  if (owner->ended) return throw_type_error(env, "the thread has ended");
  descriptor *self = calloc(1, sizeof *self);
  if (self == NULL) return throw_type_error(env, "out of memory");
  self->fd = fd;
  self->env = env;
  self->owner = owner;
  napi_create_string_utf8(env, "SctpSocket", NAPI_AUTO_LENGTH, &name);
  /* The object holds its callback, so that the weak reference lasts as long as it does. */
  if (napi_set_named_property(env, this, "onReady", args[1]) != napi_ok ||
      napi_create_reference(env, args[1], 0, &self->on_ready) != napi_ok ||
      napi_async_init(env, NULL, name, &self->context) != napi_ok ||
      napi_wrap(env, this, self, finalize, NULL, NULL) != napi_ok ||
      napi_type_tag_object(env, this, &descriptor_tag) != napi_ok) {
    napi_fatal_error("sctp", NAPI_AUTO_LENGTH, "a descriptor cannot be made", NAPI_AUTO_LENGTH);
  }
  owner->references++;
  self->next = owner->open;
  if (owner->open != NULL) owner->open->previous = self;
  owner->open = self;
  return this;
}

/* Its descriptor and its arguments; NULL after it has thrown. */
static descriptor *arguments(napi_env env, napi_callback_info info, size_t wanted, napi_value *args) {
  size_t count = wanted;
  napi_value this;
  bool tagged = false;
  descriptor *self = NULL;
  napi_get_cb_info(env, info, &count, args, &this, NULL);
  if (napi_check_object_type_tag(env, this, &descriptor_tag, &tagged) != napi_ok || !tagged ||
      napi_unwrap(env, this, (void **)&self) != napi_ok) {
    throw_type_error(env, "not a Descriptor");
    return NULL;
  }
  if (count < wanted) {
    throw_type_error(env, "an argument is missing");
    return NULL;
  }
  return self;
}

struct bytes {
  uint8_t *data;
  size_t length;
};

/* Good for one call: JavaScript cannot resize or detach the memory before that is through. */
static bool bytes_of(napi_env env, napi_value value, struct bytes *bytes) {
  napi_typedarray_type type;
  bool is_array = false;
  void *data = NULL;
  if (napi_is_typedarray(env, value, &is_array) != napi_ok || !is_array ||
      napi_get_typedarray_info(env, value, &type, &bytes->length, &data, NULL, NULL) != napi_ok ||
      type != napi_uint8_array) {
    throw_type_error(env, "a Uint8Array is needed");
    return false;
  }
  if (bytes->length > INT32_MAX) {
    throw_type_error(env, "a Uint8Array is too long");
    return false;
  }
  bytes->data = data;
  return true;
}

/* It is read in place, so it must lie as C lays it out. */
static struct header *header_of(napi_env env, napi_value value) {
  struct bytes bytes;
  if (!bytes_of(env, value, &bytes)) return NULL;
  if (bytes.length < sizeof(struct header) || (uintptr_t)bytes.data % _Alignof(struct cmsghdr) != 0) {
    throw_type_error(env, "the header is too short or not aligned");
    return NULL;
  }
  return (struct header *)(void *)bytes.data;
}

/* ---- readiness ---- */

static void on_poll(uv_poll_t *handle, int status, int events) {
  descriptor *self = ((poller *)handle->data)->target;
  napi_handle_scope scope;
  napi_value callback = NULL, global, args[2], error;
  bool pending = false;
  if (self == NULL) return;
  napi_env env = self->env;
  napi_open_handle_scope(env, &scope);
  napi_get_reference_value(env, self->on_ready, &callback);
  /* After an error libuv has stopped the poll by itself. */
  if (status < 0) stop_polling(self);
  napi_get_global(env, &global);
  napi_create_int32(env, status, &args[0]);
  napi_create_int32(env, events, &args[1]);
  if (callback != NULL) napi_make_callback(env, self->context, global, callback, 2, args, NULL);
  napi_is_exception_pending(env, &pending);
  if (pending && napi_get_and_clear_last_exception(env, &error) == napi_ok) napi_fatal_exception(env, error);
  napi_close_handle_scope(env, scope);
}

static int start_polling(descriptor *self, int events) {
  if (self->polled == NULL) {
    uv_loop_t *loop;
    poller *polled = calloc(1, sizeof *polled);
    if (polled == NULL) return -ENOMEM;
    if (napi_get_uv_event_loop(self->env, &loop) != napi_ok) {
      free(polled);
      return -EINVAL;
    }
    int status = uv_poll_init(loop, &polled->handle, self->fd);
    if (status != 0) {
      free(polled);
      return status;
    }
    polled->handle.data = polled;
    polled->owner = self->owner;
    polled->target = self;
    self->owner->references++;
    self->polled = polled;
  }
  int status = uv_poll_start(&self->polled->handle, events, on_poll);
  if (status != 0) return status;
  if (self->events == 0) napi_reference_ref(self->env, self->on_ready, NULL);
  self->events = events;
  return 0;
}

/* poll(events): UV_READABLE | UV_WRITABLE; 0 ends it. */
static napi_value poll_events(napi_env env, napi_callback_info info) {
  napi_value args[1];
  int events;
  descriptor *self = arguments(env, info, 1, args);
  if (self == NULL) return NULL;
  if (!int_of(env, args[0], &events)) return throw_type_error(env, "poll(events)");
  if (self->fd < 0) return number(env, -EBADF);
  if (events == 0) {
    stop_polling(self);
    return number(env, 0);
  }
  return number(env, start_polling(self, events & (UV_READABLE | UV_WRITABLE)));
}

/* keepAlive(yes): whether a poll keeps the program running. */
static napi_value keep_alive(napi_env env, napi_callback_info info) {
  napi_value args[1];
  bool yes;
  descriptor *self = arguments(env, info, 1, args);
  if (self == NULL) return NULL;
  if (napi_get_value_bool(env, args[0], &yes) != napi_ok) return throw_type_error(env, "keepAlive(boolean)");
  if (self->polled != NULL && yes) uv_ref((uv_handle_t *)&self->polled->handle);
  if (self->polled != NULL && !yes) uv_unref((uv_handle_t *)&self->polled->handle);
  return NULL;
}

/* ---- system calls ---- */

static napi_value open_socket(napi_env env, napi_callback_info info) {
  size_t count = 3;
  napi_value args[3];
  int family, type, protocol;
  napi_get_cb_info(env, info, &count, args, NULL, NULL);
  if (!int_of(env, args[0], &family) || !int_of(env, args[1], &type) || !int_of(env, args[2], &protocol)) {
    return throw_type_error(env, "socket(family, type, protocol)");
  }
  return result_of(env, socket(family, type | SOCK_NONBLOCK | SOCK_CLOEXEC, protocol));
}

static napi_value bind_address(napi_env env, napi_callback_info info) {
  napi_value args[1];
  struct bytes address;
  descriptor *self = arguments(env, info, 1, args);
  if (self == NULL || !bytes_of(env, args[0], &address)) return NULL;
  return result_of(env, bind(self->fd, (struct sockaddr *)(void *)address.data, (socklen_t)address.length));
}

static napi_value listen_for(napi_env env, napi_callback_info info) {
  napi_value args[1];
  int backlog;
  descriptor *self = arguments(env, info, 1, args);
  if (self == NULL) return NULL;
  if (!int_of(env, args[0], &backlog)) return throw_type_error(env, "listen(backlog)");
  return result_of(env, listen(self->fd, backlog));
}

/* accept(): a file descriptor. */
static napi_value accept_one(napi_env env, napi_callback_info info) {
  descriptor *self = arguments(env, info, 0, NULL);
  if (self == NULL) return NULL;
  return result_of(env, accept4(self->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC));
}

static napi_value connect_address(napi_env env, napi_callback_info info) {
  napi_value args[1];
  struct bytes address;
  descriptor *self = arguments(env, info, 1, args);
  if (self == NULL || !bytes_of(env, args[0], &address)) return NULL;
  return result_of(env, connect(self->fd, (struct sockaddr *)(void *)address.data, (socklen_t)address.length));
}

/* connectx(addresses, id): the id of the association is written even while the connection is in progress. */
static napi_value connectx(napi_env env, napi_callback_info info) {
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

/* getsockopt(level, option, value): how many bytes of the value were written. */
static napi_value get_option(napi_env env, napi_callback_info info) {
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

static napi_value set_option(napi_env env, napi_callback_info info) {
  napi_value args[3];
  int level, option;
  struct bytes value;
  descriptor *self = arguments(env, info, 3, args);
  if (self == NULL) return NULL;
  if (!int_of(env, args[0], &level) || !int_of(env, args[1], &option)) return throw_type_error(env, "setsockopt");
  if (!bytes_of(env, args[2], &value)) return NULL;
  return result_of(env, setsockopt(self->fd, level, option, value.data, (socklen_t)value.length));
}

/* sockname(peer, address): how many bytes of the address were written. */
static napi_value socket_name(napi_env env, napi_callback_info info) {
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

/* recvmsg(data, header): how many bytes came; the header tells the rest. */
static napi_value receive(napi_env env, napi_callback_info info) {
  napi_value args[2];
  struct bytes data;
  struct header *header;
  descriptor *self = arguments(env, info, 2, args);
  if (self == NULL || !bytes_of(env, args[0], &data) || (header = header_of(env, args[1])) == NULL) return NULL;
  struct iovec vector = {data.data, data.length};
  struct msghdr message = {
      .msg_name = header->address,
      .msg_namelen = sizeof header->address,
      .msg_iov = &vector,
      .msg_iovlen = 1,
      .msg_control = header->control,
      .msg_controllen = sizeof header->control,
  };
  ssize_t result = recvmsg(self->fd, &message, 0);
  header->flags = message.msg_flags;
  /* The kernel tells how long an address is that it had to cut off. */
  if (message.msg_namelen > sizeof header->address) message.msg_namelen = sizeof header->address;
  header->address_bytes = result < 0 ? 0 : (int32_t)message.msg_namelen;
  header->control_bytes = result < 0 ? 0 : (int32_t)message.msg_controllen;
  return result_of(env, result);
}

/* sendmsg(data, header): to the address and with the control messages that the header has. */
static napi_value send_message(napi_env env, napi_callback_info info) {
  napi_value args[2];
  struct bytes data;
  struct header *header;
  descriptor *self = arguments(env, info, 2, args);
  if (self == NULL || !bytes_of(env, args[0], &data) || (header = header_of(env, args[1])) == NULL) return NULL;
  /* Read once: the memory may be shared with another thread. */
  int32_t address_bytes = *(volatile int32_t *)&header->address_bytes;
  int32_t control_bytes = *(volatile int32_t *)&header->control_bytes;
  if (address_bytes < 0 || (size_t)address_bytes > sizeof header->address || control_bytes < 0 ||
      (size_t)control_bytes > sizeof header->control) {
    return throw_type_error(env, "a length in the header is too large");
  }
  struct iovec vector = {data.data, data.length};
  struct msghdr message = {
      .msg_name = address_bytes > 0 ? header->address : NULL,
      .msg_namelen = (socklen_t)address_bytes,
      .msg_iov = &vector,
      .msg_iovlen = 1,
      .msg_control = control_bytes > 0 ? header->control : NULL,
      .msg_controllen = (size_t)control_bytes,
  };
  return result_of(env, sendmsg(self->fd, &message, header->flags | MSG_NOSIGNAL));
}

static napi_value shut_down(napi_env env, napi_callback_info info) {
  napi_value args[1];
  int how;
  descriptor *self = arguments(env, info, 1, args);
  if (self == NULL) return NULL;
  if (!int_of(env, args[0], &how)) return throw_type_error(env, "shutdown(how)");
  return result_of(env, shutdown(self->fd, how));
}

static napi_value close_socket(napi_env env, napi_callback_info info) {
  descriptor *self = arguments(env, info, 0, NULL);
  if (self != NULL) close_descriptor(self);
  return NULL;
}

/* The file descriptor, -1 once it is closed. */
static napi_value get_fd(napi_env env, napi_callback_info info) {
  descriptor *self = arguments(env, info, 0, NULL);
  return self == NULL ? NULL : number(env, self->fd);
}

#define METHOD(name, function) {name, NULL, function, NULL, NULL, NULL, napi_default_method, NULL}

NAPI_MODULE_INIT() {
  napi_property_descriptor methods[] = {
      METHOD("poll", poll_events),
      METHOD("keepAlive", keep_alive),
      METHOD("bind", bind_address),
      METHOD("listen", listen_for),
      METHOD("accept", accept_one),
      METHOD("connect", connect_address),
      METHOD("connectx", connectx),
      METHOD("getsockopt", get_option),
      METHOD("setsockopt", set_option),
      METHOD("sockname", socket_name),
      METHOD("recvmsg", receive),
      METHOD("sendmsg", send_message),
      METHOD("shutdown", shut_down),
      METHOD("close", close_socket),
      {"fd", NULL, NULL, get_fd, NULL, NULL, napi_default, NULL},
  };
  thread *owner = calloc(1, sizeof *owner);
  if (owner == NULL) return throw_type_error(env, "out of memory");
  owner->references = 1;
  napi_value class, socket_function;
  if (napi_add_async_cleanup_hook(env, on_thread_end, owner, &owner->hook) != napi_ok ||
      napi_define_class(env, "Descriptor", NAPI_AUTO_LENGTH, construct, owner, sizeof methods / sizeof *methods,
                        methods, &class) != napi_ok ||
      napi_set_named_property(env, exports, "Descriptor", class) != napi_ok ||
      napi_create_function(env, "socket", NAPI_AUTO_LENGTH, open_socket, NULL, &socket_function) != napi_ok ||
      napi_set_named_property(env, exports, "socket", socket_function) != napi_ok) {
    napi_fatal_error("sctp", NAPI_AUTO_LENGTH, "the addon cannot be set up", NAPI_AUTO_LENGTH);
  }
  return exports;
}
