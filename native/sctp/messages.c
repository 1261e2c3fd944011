/* Sending and receiving of messages, with their addresses and control messages. */
#include "sctp.h"

/* The caller writes control messages in their 64-bit layout. */
_Static_assert(sizeof(size_t) == 8 && sizeof(struct cmsghdr) == 16, "this addon is for 64-bit systems");

/* Everything that accompanies the data of a message, in a buffer that JavaScript and C share. */
struct header {
  int32_t flags;
  int32_t address_bytes;
  int32_t control_bytes;
  int32_t reserved;
  uint8_t address[128];
  uint8_t control[256];
};

/* Returns the header, which is used in place and must therefore have the layout of C. */
static struct header *header_of(napi_env env, napi_value value) {
  struct bytes bytes;
  if (!bytes_of(env, value, &bytes)) return NULL;
  if (bytes.length < sizeof(struct header) || (uintptr_t)bytes.data % _Alignof(struct cmsghdr) != 0) {
    throw_type_error(env, "the header is too short or not aligned");
    return NULL;
  }
  return (struct header *)(void *)bytes.data;
}

/* recvmsg(data, header): returns the number of bytes received; the header contains the rest. */
napi_value receive(napi_env env, napi_callback_info info) {
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
  /* The kernel reports the full length of an address that it had to truncate. */
  if (message.msg_namelen > sizeof header->address) message.msg_namelen = sizeof header->address;
  header->address_bytes = result < 0 ? 0 : (int32_t)message.msg_namelen;
  header->control_bytes = result < 0 ? 0 : (int32_t)message.msg_controllen;
  return result_of(env, result);
}

/* sendmsg(data, header): sends to the address and with the control messages in the header. */
napi_value send_message(napi_env env, napi_callback_info info) {
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
