import { area, entry } from './area.js'

export const ncsErrors = area('NSO and ConfD', {
  TCN_NCS_NOTIFICATION: entry(
    400,
    'this is not a valid notification',
    'Correct the key that the message names; docs/reference/ncs.md lists the keys of every type.',
  ),
  TCN_NCS_STREAM: entry(
    404,
    'the hub has no stream of this name',
    'Subscribe to other types of notifications, or filter events by their tags with `tocsin tail`.',
  ),
  TCN_NCS_TIMEOUT: entry(
    408,
    'a subscriber did not answer a notification in time (EVENT_SOCKET_TIMEOUT)',
    'Answer each notification that waits, or raise `limits.gateDeadline`. What waited has gone on without the answer.',
  ),
  TCN_NCS_WRITE_BLOCK: entry(
    408,
    'a subscriber took nothing of what waited for it (EVENT_SOCKET_WRITE_BLOCK)',
    'Read notifications as they arrive, and do slow work elsewhere.',
  ),
})
