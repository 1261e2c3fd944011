import { area, entry } from './area.js'

export const saltErrors = area('Salt', {
  TCN_SALT_FRAME: entry(
    400,
    'the bytes received are not a frame of a Salt event bus',
    'Send `{"head": {}, "body": <bytes>}` as msgpack, as docs/guide/salt.md describes.',
  ),
  TCN_SALT_TAG: entry(400, 'the tag of a Salt event is not text', 'Pass the tag as a string.'),
  TCN_SALT_NOT_SUBSCRIBED: entry(
    400,
    'there is no subscription to this tag',
    'Subscribe to the tag before you unsubscribe from it.',
  ),
  TCN_SALT_DATA: entry(400, 'the data of a Salt event is not a map', 'Pass the data as an object or a Map.'),
  TCN_SALT_CONFIG: entry(
    400,
    'a Salt configuration file is not valid',
    'Correct the file that the message names. `salt-call --local config.items` shows how Salt reads it.',
  ),
  TCN_SALT_CLOSED: entry(
    503,
    'the connection to the Salt event bus is closed',
    'Check that the Salt daemon or the hub in its place is running, and that this user may open the socket.',
  ),
  TCN_SALT_IN_USE: entry(
    409,
    'this SaltEvent is already waiting for an event',
    'Await each call before the next, or create a SaltEvent for each reader.',
  ),
  TCN_SALT_FUNCTION: entry(
    501,
    'the Caller cannot run this function with these arguments',
    'Call event.send, event.fire or event.fire_master. Everything else needs Salt itself.',
  ),
  TCN_SALT_MASTER: entry(
    501,
    'this needs a Salt master, and Tocsin is only its event bus',
    'Set `rest.upstream` to the address of a real salt-api. The hub forwards these requests to it.',
  ),
  TCN_SALT_EAUTH_FILE: entry(
    500,
    'the file of an eauth backend cannot be read',
    'Check that the file named in `rest.eauth` exists and that the user of the hub can read it.',
  ),
  TCN_SALT_UPSTREAM: entry(
    502,
    'the upstream salt-api gave no usable answer',
    'Check that the upstream salt-api is running and that `rest.upstream` is its address.',
  ),
  TCN_SALT_UPSTREAM_TIMEOUT: entry(
    504,
    'the upstream salt-api took too long',
    'Start the job with an asynchronous client, or raise `rest.upstream.timeout`.',
  ),
})
