/* Notifies JavaScript when a descriptor can be read or written. */
#include "sctp.h"

static void on_poll(uv_poll_t *handle, int status, int events) {
  descriptor *self = ((poller *)handle->data)->target;
  napi_handle_scope scope;
  napi_value callback = NULL, global, args[2], error;
  bool pending = false;
  if (self == NULL) return;
  napi_env env = self->env;
  napi_open_handle_scope(env, &scope);
  napi_get_reference_value(env, self->on_ready, &callback);
  /* After an error, libuv has stopped the poll by itself. */
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

/* poll(events): UV_READABLE | UV_WRITABLE; 0 stops polling. */
napi_value poll_events(napi_env env, napi_callback_info info) {
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
napi_value keep_alive(napi_env env, napi_callback_info info) {
  napi_value args[1];
  bool yes;
  descriptor *self = arguments(env, info, 1, args);
  if (self == NULL) return NULL;
  if (napi_get_value_bool(env, args[0], &yes) != napi_ok) return throw_type_error(env, "keepAlive(boolean)");
  if (self->polled != NULL && yes) uv_ref((uv_handle_t *)&self->polled->handle);
  if (self->polled != NULL && !yes) uv_unref((uv_handle_t *)&self->polled->handle);
  return NULL;
}
