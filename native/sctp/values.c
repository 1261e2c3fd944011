/* Conversion of JavaScript values to C, and back. */
#include "sctp.h"

napi_value throw_type_error(napi_env env, const char *message) {
  napi_throw_type_error(env, NULL, message);
  return NULL;
}

napi_value number(napi_env env, int64_t value) {
  napi_value result = NULL;
  napi_create_int64(env, value, &result);
  return result;
}

napi_value result_of(napi_env env, ssize_t result) {
  return number(env, result < 0 ? -errno : result);
}

/* Strict, since napi_get_value_int32 converts NaN to 0 and 2^32 + 1 to 1. */
bool int_of(napi_env env, napi_value value, int *result) {
  double number_given;
  if (napi_get_value_double(env, value, &number_given) != napi_ok) return false;
  if (!(number_given >= INT32_MIN && number_given <= INT32_MAX)) return false;
  *result = (int)number_given;
  return *result == number_given;
}

/* Valid for one call, during which JavaScript cannot resize or detach the memory. */
bool bytes_of(napi_env env, napi_value value, struct bytes *bytes) {
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
