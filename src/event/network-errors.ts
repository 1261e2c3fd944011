import { entry } from './error-entry.js'

/** Errors of connections: protocols, access, clients. */
export const networkErrors = {
  TCN_ACCESS_DENIED: entry(
    403,
    'the principal has no right to do this',
    'Ask for the right that the message names.',
  ),
  TCN_ACCESS_TOKEN: entry(401, 'the token is not known or has expired', 'Ask for a new token.'),
  TCN_ACCESS_TRIES: entry(
    429,
    'too many failed attempts came from this address',
    'Wait for the time named, then try again with the right token or password.',
  ),
  TCN_ACCESS_ISSUER: entry(
    503,
    'the issuer of the token does not answer as it should',
    'Try again later; on the hub, check the issuer under `oidc`.',
  ),
  TCN_TOKEN_UNKNOWN: entry(404, 'there is no token of this name', 'See `tocsin token list` for the names.'),
  TCN_TOKEN_CONFLICT: entry(
    409,
    'the token cannot be made beside what is there',
    'Choose another name, or rotate or revoke the token that has it.',
  ),
  TCN_TICKET_INVALID: entry(
    401,
    'the ticket is not of this hub, was used or has expired',
    'Ask for a new one: POST /v1/ticket.',
  ),
  TCN_WEBSOCKET_SUBPROTOCOL: entry(
    400,
    'none of the subprotocols offered is spoken here',
    'Offer tocsin.v1, tocsin.v1+json or cloudevents.json.',
  ),
  TCN_PROTOCOL_LENGTH: entry(
    400,
    'a record is longer or shorter than its op allows',
    'The peer is faulty; compare it with docs/reference/protocol.md.',
  ),
  TCN_PROTOCOL_OP: entry(
    400,
    'the op of a record is not known',
    'The peer speaks a newer protocol; both must agree on features in hello and welcome.',
  ),
  TCN_PROTOCOL_BODY: entry(
    400,
    'the map of a record is not valid',
    'The peer is faulty; compare it with docs/reference/protocol.md.',
  ),
  TCN_PROTOCOL_VERSION: entry(
    400,
    'the peer speaks another version of the protocol',
    'Use a client and a hub of matching versions.',
  ),
  TCN_PROTOCOL_ORDER: entry(
    400,
    'the record is not allowed at this point of the connection',
    'Say hello first, and wait for welcome.',
  ),
  TCN_PROTOCOL_HELLO_TIMEOUT: entry(
    408,
    'no hello came within 5 seconds',
    'Say hello as soon as the connection is open.',
  ),
  TCN_PROTOCOL_IDLE: entry(408, 'the peer did not answer a ping', 'Answer ping with pong.'),
  TCN_PROTOCOL_TOO_MANY: entry(
    429,
    'too many connections, requests or filters at once',
    'Close what is not needed, or raise the limit named.',
  ),
  TCN_HTTP_ROUTE: entry(
    404,
    'there is nothing under this path',
    'See /v1/openapi.json for the paths there are.',
  ),
  TCN_HTTP_METHOD: entry(405, 'this path does not take this method', 'See the header `allow` of the answer.'),
  TCN_HTTP_HOST: entry(
    421,
    'the header `host` does not name this hub',
    'Use the address that the hub listens on, or add the name to listen.http.hosts.',
  ),
  TCN_HTTP_ORIGIN: entry(
    403,
    'pages of this origin may not use the hub',
    'Add the origin to listen.http.origins if they may.',
  ),
  TCN_HTTP_QUERY: entry(400, 'the query is not what this path takes', 'See the parameter named.'),
  TCN_HTTP_HEADER: entry(400, 'a header of the request is not valid', 'See the header named.'),
  TCN_HTTP_BODY: entry(400, 'the body is not what this path takes', 'See what the answer says is wrong.'),
  TCN_HTTP_JSON: entry(400, 'the body is not valid JSON', 'See the position named.'),
  TCN_HTTP_MEDIA_TYPE: entry(415, 'this path does not take bodies of this type', 'See /v1/openapi.json.'),
  TCN_HTTP_NOT_ACCEPTABLE: entry(406, 'none of the accepted types can be given', 'See /v1/openapi.json.'),
  TCN_HTTP_TOO_LARGE: entry(
    413,
    'the body is larger than this path takes',
    'Send less at once, use application/x-ndjson, or raise limits.http.',
  ),
  TCN_HTTP_HEADERS: entry(431, 'the headers are too large or too many', 'Send fewer and shorter headers.'),
  TCN_HTTP_SYNTAX: entry(400, 'this is not an HTTP request', 'The sender is faulty.'),
  TCN_HTTP_TIMEOUT: entry(408, 'the request did not come in time', 'Send it faster, or in smaller parts.'),
  TCN_HTTP_TOO_MANY: entry(503, 'too many requests or connections at once', 'Try again later.'),
  TCN_HTTP_REPEAT: entry(
    409,
    'another request with this Idempotency-Key is under way, or had other events',
    'Wait for the first one, or take a new key for other events.',
  ),
  TCN_METHOD_UNKNOWN: entry(
    404,
    'there is no such method',
    'See docs/reference/protocol.md for the methods.',
  ),
  TCN_METHOD_PARAMS: entry(400, 'the parameters of the method are not valid', 'See the parameter named.'),
  TCN_METHOD_FAILED: entry(500, 'the method failed inside the hub', 'See the log of the hub.'),
  TCN_CLIENT_UNREACHABLE: entry(
    503,
    'no hub answers at this address',
    'Start one with `tocsin serve`, or name another with --socket or TOCSIN_URL.',
  ),
  TCN_CLIENT_ADDRESS: entry(
    400,
    'the address of the hub is not understood',
    'Give the path of a unix socket, unix:<path>, tcp://, tls://, ws://, wss://, http:// or https://host:port.',
  ),
  TCN_CLIENT_TLS: entry(
    502,
    'the certificate of the hub is not trusted, or the hub does not take ours',
    'Give who signed it with TOCSIN_CA, and check name and time of the certificate.',
  ),
  TCN_CLIENT_NO_TLS: entry(
    502,
    'what answers at this address speaks no TLS',
    'Name it with tcp:// in place of tls://, http:// in place of https:// or ws:// in place of wss://.',
  ),
  TCN_CLIENT_PATH_TOO_LONG: entry(
    400,
    'the path of the unix socket is longer than 107 bytes',
    'Choose a shorter folder, for example under /run or with --socket.',
  ),
  TCN_CLIENT_CLOSED: entry(409, 'the client is closed', 'Connect again.'),
  TCN_CLIENT_TIMEOUT: entry(408, 'no answer came in time', 'Check the hub, or allow more time.'),
  TCN_CLIENT_ABORTED: entry(
    499,
    'the caller gave up',
    'Nothing to do: the signal given by the caller fired.',
  ),
  TCN_CLIENT_WINDOW: entry(
    429,
    'too much is published and not yet acknowledged',
    'Wait for `ready()` when `push()` returns false.',
  ),
  TCN_CLIENT_LOST: entry(
    500,
    'the hub lost events in a crash that it had accepted and not yet flushed to the disk',
    'Send them again, and publish with ack: "durable" what must survive a crash of the hub.',
  ),
  TCN_TLS_FILES: entry(
    400,
    'the certificate of the hub or its key cannot be used',
    'Make one with `tocsin tls init`, or see `listen.tls`.',
  ),
  TCN_SOCKET_IN_USE: entry(
    409,
    'a living hub already listens on this socket',
    'Stop it, or choose another socket: --socket, or sockDir of a Salt bus.',
  ),
  TCN_SOCKET_FOLDER: entry(
    403,
    'the folder of the socket is not private to this user',
    'Give the folder to this user with mode 0700, or choose another.',
  ),
}
