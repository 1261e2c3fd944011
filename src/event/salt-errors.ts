import { entry } from './error-entry.js'

/** Errors of Salt's event bus and of the library for it. */
export const saltErrors = {
  TCN_SALT_FRAME: entry(
    400,
    'what came is no frame of a Salt event bus',
    'Send `{"head": {}, "body": <bytes>}` as msgpack; see docs/guide/salt.md.',
  ),
  TCN_SALT_TAG: entry(400, 'the tag of a Salt event is not text', 'Give the tag as a string.'),
  TCN_SALT_DATA: entry(400, 'the data of a Salt event is not a map', 'Give the data as an object or a Map.'),
  TCN_SALT_CONFIG: entry(
    400,
    'a configuration file of Salt is not valid',
    'See file and reason named; `salt-call --local config.items` says how Salt reads it.',
  ),
  TCN_SALT_CLOSED: entry(
    503,
    'the connection to the Salt event bus is closed',
    'See whether the daemon runs, or the hub in its place, and whether this user may open the socket.',
  ),
  TCN_SALT_IN_USE: entry(
    409,
    'this SaltEvent is already waiting for an event',
    'Await one call before the next, or make a SaltEvent for each reader.',
  ),
  TCN_SALT_FUNCTION: entry(
    501,
    'the Caller cannot run this function, or not with this argument',
    'Call event.send, event.fire or event.fire_master; others need Salt itself.',
  ),
}
