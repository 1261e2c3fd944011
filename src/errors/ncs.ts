import { area, entry } from './area.js'

export const ncsErrors = area('NSO and ConfD', {
  TCN_NCS_ARGUMENT: entry(
    400,
    'an argument is missing or wrong',
    'Correct the argument that the message names. AF_UNIX needs a path, AF_INET and AF_INET6 an ip and a port.',
  ),
  TCN_NCS_CONNECT: entry(
    503,
    'the hub cannot be reached for notifications',
    'Check the address, and that the hub is running. Make a new socket for another attempt.',
  ),
  TCN_NCS_CLOSED: entry(503, 'the notification socket is closed', 'Connect a new socket.'),
  TCN_NCS_ACK: entry(
    400,
    'there is nothing to answer with this id',
    'Pass the session or transaction of a notification that was read from the same socket.',
  ),
  TCN_NCS_NOTIFICATION: entry(
    400,
    'this is not a valid notification',
    'Correct the key that the message names; docs/reference/ncs.md lists the keys of every type.',
  ),
  TCN_NCS_STREAM: entry(
    404,
    'the hub has no stream of this name',
    'Take one that `streams.list` names, or add it under `streams` in `tocsin.yaml`.',
  ),
  TCN_NCS_STREAM_TIME: entry(
    400,
    'start or stop time of a stream is not possible',
    'Pass times with a zone: a start in the past, and a stop that is later than it. A stop time needs a start time.',
  ),
  TCN_NCS_XPATH: entry(
    400,
    'the XPath filter of a stream is not valid',
    'Correct the expression. It selects by the XML view of an event, which docs/guide/nso.md describes.',
  ),
  TCN_NCS_SESSION: entry(
    404,
    'there is no session with this id',
    'Pass the `usid` of a session that a notification has named, or 0.',
  ),
  TCN_NCS_TRANSACTION: entry(
    404,
    'no transaction waits with this id and session',
    'Pass `tctx` as it is in a COMMIT_DIFF of this hub that was not answered yet.',
  ),
  TCN_NCS_TRANSACTION_OVER: entry(
    410,
    'the transaction no longer waits',
    'Read its changes before you answer the COMMIT_DIFF, and within `limits.gateDeadline`. `tocsin config history` lists what was committed.',
  ),
  TCN_NCS_TIMEOUT: entry(
    408,
    'a subscriber did not answer a notification in time (EVENT_SOCKET_TIMEOUT)',
    'Answer each notification that waits, or raise `limits.gateDeadline`. The publisher has continued without the answer.',
  ),
  TCN_NCS_WRITE_BLOCK: entry(
    408,
    'a subscriber took nothing of what waited for it (EVENT_SOCKET_WRITE_BLOCK)',
    'Read notifications as they arrive, and do slow work elsewhere.',
  ),
})
