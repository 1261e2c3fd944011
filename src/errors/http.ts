import { area, entry } from './area.js'

export const httpErrors = area('HTTP and WebSocket', {
  TCN_WEBSOCKET_SUBPROTOCOL: entry(
    400,
    'the hub supports none of the offered subprotocols',
    'Offer tocsin.v1, tocsin.v1+json or cloudevents.json.',
  ),
  TCN_WEBSOCKET_MESSAGE: entry(
    400,
    'a WebSocket message is text where bytes are expected, or the other way round',
    'Send binary messages with tocsin.v1, and text with tocsin.v1+json and cloudevents.json.',
  ),
  TCN_HTTP_ROUTE: entry(404, 'there is nothing at this path', 'Use one of the paths in /v1/openapi.json.'),
  TCN_HTTP_UPGRADE: entry(
    426,
    'this path only accepts WebSocket connections',
    'Open the path with a WebSocket client (ws:// or wss://).',
  ),
  TCN_HTTP_METHOD: entry(
    405,
    'this path does not support this method',
    'Use a method that the header `allow` of the response lists.',
  ),
  TCN_HTTP_HOST: entry(
    421,
    'the header `host` does not name this hub',
    'Use the address that the hub listens on, or add the name to `listen.http.hosts`.',
  ),
  TCN_HTTP_ORIGIN: entry(
    403,
    'pages of this origin may not use the hub',
    'To allow them, add the origin to `listen.http.origins`.',
  ),
  TCN_HTTP_QUERY: entry(400, 'the query is not valid', 'Correct the parameter that the message names.'),
  TCN_HTTP_URL_TOO_LONG: entry(
    414,
    'the URL is too long',
    'Shorten the query, for example by sending the filter in a request body.',
  ),
  TCN_HTTP_HEADER: entry(
    400,
    'a header of the request is not valid',
    'Correct the header that the message names.',
  ),
  TCN_HTTP_HEADERS: entry(431, 'the headers are too large or too many', 'Send fewer and shorter headers.'),
  TCN_HTTP_BODY: entry(
    400,
    'the body is not valid for this path',
    'Correct what the message names. /v1/openapi.json describes the body.',
  ),
  TCN_HTTP_JSON: entry(
    400,
    'the body is not valid JSON',
    'Correct the JSON at the position that the message gives.',
  ),
  TCN_HTTP_MEDIA_TYPE: entry(
    415,
    'this path does not accept bodies of this type',
    'Send the body with a media type that /v1/openapi.json lists for the path, and without compression.',
  ),
  TCN_HTTP_NOT_ACCEPTABLE: entry(
    406,
    'none of the accepted media types is available',
    'Accept a media type that /v1/openapi.json lists for the path.',
  ),
  TCN_HTTP_TOO_LARGE: entry(
    413,
    'the body is larger than this path accepts',
    'Send less at once, use application/x-ndjson, or raise `limits.http`.',
  ),
  TCN_HTTP_SYNTAX: entry(
    400,
    'the bytes received are not an HTTP request',
    'Fix the client: it must send HTTP/1.1, over TLS if the listener uses it.',
  ),
  TCN_HTTP_PIPELINING: entry(
    400,
    'a stream cannot follow another request on a pipelined connection',
    'Open a separate connection for each stream.',
  ),
  TCN_HTTP_TIMEOUT: entry(
    408,
    'the request did not arrive in time',
    'Send the request faster, or in smaller parts.',
  ),
  TCN_HTTP_TOO_MANY: entry(503, 'there are too many requests or connections at once', 'Try again later.'),
  TCN_HTTP_REPEAT: entry(
    409,
    'another request with this Idempotency-Key is in progress',
    'Wait for the first request, then repeat yours.',
  ),
  TCN_HTTP_KEY_REUSED: entry(
    409,
    'this Idempotency-Key was used for other events',
    'Use a new Idempotency-Key for each new request.',
  ),
})
