/* File descriptors that are closed with their object or their thread, whichever ends first. */
#include "sctp.h"

static const napi_type_tag descriptor_tag = {0x5a1de0b4c7f34e21, 0x9b0c6f2a77d14c03};

/* Drops references, including that of the running thread if it has ended and none of its descriptors is closing. */
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

/* The callback is referenced only while events are awaited, so that a forgotten socket can be collected. */
void stop_polling(descriptor *self) {
  if (self->events == 0) return;
  self->events = 0;
  uv_poll_stop(&self->polled->handle);
  napi_reference_unref(self->env, self->on_ready, NULL);
}

/* libuv allows the descriptor to be closed as soon as its poll is stopped. */
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

static void finalize(napi_env env, void *data, void *hint) {
  descriptor *self = data;
  (void)hint;
  close_descriptor(self);
  napi_delete_reference(env, self->on_ready);
  napi_async_destroy(env, self->context);
  release(self->owner, 1);
  free(self);
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
  /* The object keeps its callback alive, so that the weak reference lasts as long as the object. */
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

/* Returns the descriptor and the arguments of a call, or NULL after throwing. */
descriptor *arguments(napi_env env, napi_callback_info info, size_t wanted, napi_value *args) {
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

/* Returns the file descriptor, or -1 once it is closed. */
napi_value get_fd(napi_env env, napi_callback_info info) {
  descriptor *self = arguments(env, info, 0, NULL);
  return self == NULL ? NULL : number(env, self->fd);
}

napi_value close_socket(napi_env env, napi_callback_info info) {
  descriptor *self = arguments(env, info, 0, NULL);
  if (self != NULL) close_descriptor(self);
  return NULL;
}

/* Defines the class in this thread. */
napi_status define_descriptor(napi_env env, const napi_property_descriptor *methods, size_t count, napi_value *class) {
  thread *owner = calloc(1, sizeof *owner);
  if (owner == NULL) return napi_generic_failure;
  owner->references = 1;
  napi_status status = napi_add_async_cleanup_hook(env, on_thread_end, owner, &owner->hook);
  if (status != napi_ok) {
    free(owner);
    return status;
  }
  return napi_define_class(env, "Descriptor", NAPI_AUTO_LENGTH, construct, owner, count, methods, class);
}
