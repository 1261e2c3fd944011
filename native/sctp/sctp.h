/*
 * System calls on SCTP sockets for Node.js, and a poll handle: everything that JavaScript cannot do itself. The
 * meaning of the calls is defined in src/protocols/sctp/socket. A failed system call throws nothing: the result is
 * the negative errno.
 */
#pragma once
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

typedef struct descriptor descriptor;

/* One for each JavaScript thread. Freed with the last reference to it. */
typedef struct {
  size_t references;
  size_t closing;
  descriptor *open;
  napi_async_cleanup_hook_handle hook;
  bool ended;
} thread;

/* In separate memory: libuv needs it until the close is complete, and the descriptor may be collected before. */
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

struct bytes {
  uint8_t *data;
  size_t length;
};

/* values.c */
napi_value throw_type_error(napi_env env, const char *message);
napi_value number(napi_env env, int64_t value);
napi_value result_of(napi_env env, ssize_t result);
bool int_of(napi_env env, napi_value value, int *result);
bool bytes_of(napi_env env, napi_value value, struct bytes *bytes);

/* descriptor.c */
napi_status define_descriptor(napi_env env, const napi_property_descriptor *methods, size_t count, napi_value *class);
descriptor *arguments(napi_env env, napi_callback_info info, size_t wanted, napi_value *args);
napi_value get_fd(napi_env env, napi_callback_info info);
napi_value close_socket(napi_env env, napi_callback_info info);
void stop_polling(descriptor *self);

/* readiness.c */
napi_value poll_events(napi_env env, napi_callback_info info);
napi_value keep_alive(napi_env env, napi_callback_info info);

/* calls.c */
napi_value open_socket(napi_env env, napi_callback_info info);
napi_value bind_address(napi_env env, napi_callback_info info);
napi_value listen_for(napi_env env, napi_callback_info info);
napi_value accept_one(napi_env env, napi_callback_info info);
napi_value connect_address(napi_env env, napi_callback_info info);
napi_value connectx(napi_env env, napi_callback_info info);
napi_value get_option(napi_env env, napi_callback_info info);
napi_value set_option(napi_env env, napi_callback_info info);
napi_value socket_name(napi_env env, napi_callback_info info);
napi_value shut_down(napi_env env, napi_callback_info info);

/* messages.c */
napi_value receive(napi_env env, napi_callback_info info);
napi_value send_message(napi_env env, napi_callback_info info);
