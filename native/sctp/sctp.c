#include "sctp.h"

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
  napi_value class, socket_function;
  if (define_descriptor(env, methods, sizeof methods / sizeof *methods, &class) != napi_ok ||
      napi_set_named_property(env, exports, "Descriptor", class) != napi_ok ||
      napi_create_function(env, "socket", NAPI_AUTO_LENGTH, open_socket, NULL, &socket_function) != napi_ok ||
      napi_set_named_property(env, exports, "socket", socket_function) != napi_ok) {
    napi_fatal_error("sctp", NAPI_AUTO_LENGTH, "the addon cannot be set up", NAPI_AUTO_LENGTH);
  }
  return exports;
}
