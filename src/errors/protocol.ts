import { area, entry } from './area.js'

export const protocolErrors = area('Native protocol and methods', {
  TCN_PROTOCOL_LENGTH: entry(
    400,
    'a record is longer or shorter than its op allows',
    'Fix the peer. docs/reference/protocol.md gives the length of each record.',
  ),
  TCN_PROTOCOL_OP: entry(
    400,
    'the op of a record is unknown',
    'Use only ops that both sides support: `hello` and `welcome` announce the features.',
  ),
  TCN_PROTOCOL_BODY: entry(
    400,
    'the map of a record is not valid',
    'Fix the peer. docs/reference/protocol.md describes the map of each record.',
  ),
  TCN_PROTOCOL_VERSION: entry(
    400,
    'the peer uses another version of the protocol',
    'Use matching versions of client and hub.',
  ),
  TCN_PROTOCOL_ORDER: entry(
    400,
    'the record is not allowed at this point of the connection',
    'Send `hello` first, and wait for `welcome`.',
  ),
  TCN_PROTOCOL_HELLO_TIMEOUT: entry(
    408,
    'no `hello` arrived within 5 seconds',
    'Send `hello` as soon as the connection is open.',
  ),
  TCN_PROTOCOL_IDLE: entry(408, 'the peer did not answer a ping', 'Answer each `ping` with `pong`.'),
  TCN_PROTOCOL_TOO_MANY: entry(
    429,
    'there are too many connections, requests or filters at once',
    'Close those that are no longer needed, or raise the limit on the hub (`limits`).',
  ),
  TCN_METHOD_UNKNOWN: entry(
    404,
    'there is no method of this name',
    'Use one of the methods in docs/reference/protocol.md, and check that the hub is recent enough.',
  ),
  TCN_METHOD_PARAMS: entry(
    400,
    'the parameters of the method are not valid',
    'Correct the parameter that the message names.',
  ),
  TCN_METHOD_FAILED: entry(
    500,
    'the method failed inside the hub',
    'Look for the cause in the journal of the hub, and report it if it is a defect.',
  ),
})
