import { area, entry } from './area.js'

export const clientErrors = area('Client', {
  TCN_CLIENT_UNREACHABLE: entry(
    503,
    'no hub answers at this address',
    'Start a hub with `tocsin serve`, or name another with --socket or TOCSIN_URL.',
  ),
  TCN_CLIENT_SOCKET_DENIED: entry(
    403,
    'the socket of the hub belongs to another user',
    "Run the command as that user or with sudo. Or set TOCSIN_URL to the hub's HTTP address, and TOCSIN_TOKEN to a token, which that user makes with `tocsin token add NAME --see '*'`.",
  ),
  TCN_CLIENT_ADDRESS: entry(
    400,
    'the address of the hub is not valid',
    'Use the path of a unix socket, unix:<path>, tcp://, tls://, ws://, wss://, http:// or https://host:port.',
  ),
  TCN_CLIENT_TLS: entry(
    502,
    'the TLS connection to the hub failed',
    'Name the authority that signed the hub certificate with TOCSIN_CA. Check the host name and dates of the certificate, and that the hub accepts your client certificate.',
  ),
  TCN_CLIENT_CERTIFICATE: entry(
    400,
    'the client certificate, its key or the authority cannot be used',
    'Pass certificate, key and authority as the text of PEM files that belong together.',
  ),
  TCN_CLIENT_NO_TLS: entry(
    502,
    'the program at this address does not use TLS',
    'Use tcp:// in place of tls://, http:// in place of https://, or ws:// in place of wss://.',
  ),
  TCN_CLIENT_PATH_TOO_LONG: entry(
    400,
    'the path of the unix socket is too long for the system',
    'Choose a shorter path, such as one under /run, with --socket. The limit is 107 bytes.',
  ),
  TCN_CLIENT_CLOSED: entry(409, 'the client is closed', 'Connect again.'),
  TCN_CLIENT_FORKED: entry(
    409,
    'the client belongs to the process that made it',
    'Connect in each process, after the fork, with a producer name of its own.',
  ),
  TCN_CLIENT_TIMEOUT: entry(
    408,
    'no answer arrived in time',
    'Check the hub with `tocsin status`, or allow more time.',
  ),
  TCN_CLIENT_UNSETTLED: entry(
    504,
    'no acknowledgement arrived in time: it is not known whether the event is stored',
    'Do not publish the event again yourself: the client keeps it and sends it again under the same number, so that it is stored once. `drain()` of the TypeScript client waits for it, and so does the next `publish` of the Python client. `tocsin status` shows what keeps the hub from storing events.',
  ),
  TCN_CLIENT_ABORTED: entry(
    499,
    'the caller aborted',
    'Nothing needs fixing. Repeat the call without the signal if this was not intended.',
  ),
  TCN_CLIENT_WINDOW: entry(
    429,
    'too many events are not yet acknowledged',
    'Wait for `ready()` when `push()` returns false.',
  ),
  TCN_CLIENT_LOST: entry(
    500,
    'the hub crashed and lost events that it had accepted but not flushed to disk',
    'Send the events again. Publish with ack: "durable" what must survive a crash of the hub.',
  ),
})
