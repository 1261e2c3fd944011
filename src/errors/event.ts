import { area, entry } from './area.js'

export const eventErrors = area('Events and frames', {
  TCN_FRAME_TOO_LARGE: entry(
    413,
    'the frame is larger than this listener accepts',
    'Send a smaller event, or raise `limits.frame` on the hub. Hubs that share a log take only what fits into `max_payload` of the NATS servers: raise that too.',
  ),
  TCN_FRAME_LENGTH: entry(
    400,
    'a length in the frame does not match the bytes received',
    'Fix the sender. docs/reference/protocol.md describes the format.',
  ),
  TCN_FRAME_FLAGS: entry(400, 'the frame sets a flag that publishers may not set', 'Publish with flags 0.'),
  TCN_FRAME_SEPARATOR: entry(
    400,
    'the two line feeds between tag and body are missing',
    'Fix the sender. docs/reference/protocol.md describes the format.',
  ),
  TCN_TAG_EMPTY: entry(400, 'the tag is empty', 'Give the event a tag.'),
  TCN_TAG_TOO_LONG: entry(
    400,
    'the tag is longer than the hub allows',
    'Shorten the tag and put the details in the body, or raise `limits.tag` of the hub (1024 bytes).',
  ),
  TCN_TAG_CONTROL: entry(
    400,
    'the tag contains a control character',
    'Percent-encode names from elsewhere with `tagSegment()` before you use them in a tag.',
  ),
  TCN_TAG_UTF8: entry(
    400,
    'the tag is not valid UTF-8',
    'Encode the tag as UTF-8. `tagSegment()` makes any name usable in a tag.',
  ),
  TCN_TAG_RESERVED: entry(
    403,
    'tags under `hub` are reserved for the hub',
    'Choose another first segment for the tag.',
  ),
  TCN_TYPE_RESERVED: entry(
    403,
    'types that begin with `hub.` are reserved for the hub',
    'Choose another type, or publish with the right `produce`.',
  ),
  TCN_ORIGIN_UTF8: entry(400, 'the source is not valid UTF-8', 'Send the source as UTF-8 text.'),
  TCN_ORIGIN_TOO_LONG: entry(400, 'the source is longer than 255 bytes', 'Shorten the source.'),
  TCN_ORIGIN_FOREIGN: entry(
    403,
    'the source does not begin with a prefix that belongs to this principal',
    'Use the source that `welcome` gives, or grant the principal the right `produce`.',
  ),
  TCN_KIND_RESERVED: entry(
    403,
    'a kind other than 0 requires the right `produce`',
    'Publish with kind 0, or grant the principal the right `produce`.',
  ),
  TCN_ATTRIBUTES_INVALID: entry(
    400,
    'the attributes are not a map from text to text, integers or booleans',
    'Send only CloudEvents context attributes.',
  ),
  TCN_ATTRIBUTES_TOO_LARGE: entry(
    400,
    'the attributes are larger than 8 KiB',
    'Move the content to the body.',
  ),
  TCN_BODY_INVALID: entry(400, 'the body is not valid msgpack', 'Encode the body with a msgpack library.'),
  TCN_BODY_UNSUPPORTED: entry(
    400,
    'the data contains a value that cannot be part of a body',
    'Remove functions, symbols, integers of more than 64 bits and getters with side effects from the data.',
  ),
  TCN_BODY_DEPTH: entry(
    400,
    'the body is nested deeper than the hub allows',
    'Flatten the body, or raise `limits.bodyDepth` of the hub (64 levels).',
  ),
  TCN_BODY_TRAILING: entry(400, 'extra bytes follow the body', 'Send exactly one msgpack value as the body.'),
  TCN_CURSOR_INVALID: entry(
    400,
    'the cursor does not have the form <epoch>-<seq>',
    'Use the cursor of an event, or one from `live` or `position`.',
  ),
  TCN_CURSOR_FOREIGN: entry(400, 'the cursor belongs to another log', 'Use a cursor of this hub, or a time.'),
  TCN_RANGE_INVALID: entry(
    400,
    'the position or range is not valid',
    'Use start, end, now, -1h, 06:00, today, an RFC 3339 time, end-20, @<seq> or a cursor.',
  ),
  TCN_CLOUDEVENT_INVALID: entry(
    400,
    'the CloudEvent is not valid',
    'Correct the attribute that the message names; the CloudEvents 1.0 specification defines it.',
  ),
  TCN_TYPE_INVALID: entry(
    400,
    'the definition of an event type is not valid',
    'Correct the part of the definition that the message names.',
  ),
  TCN_TYPE_FILE: entry(
    400,
    'a file of event types cannot be used',
    'Correct the file or folder that the message names, then run `tocsin reload`.',
  ),
  TCN_TYPE_UNKNOWN: entry(
    404,
    'no event type has this name',
    'Choose one of the names that GET /v1/types lists.',
  ),
})
