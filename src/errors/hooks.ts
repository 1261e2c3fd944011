import { area, entry } from './area.js'

export const hookErrors = area('Webhooks', {
  TCN_HOOK_UNKNOWN: entry(
    404,
    'no webhook or OTLP source has this name',
    'Use the name of an entry of `sources.webhook` or `sources.otlp` in the configuration of the hub.',
  ),
  TCN_HOOK_CLOSED: entry(
    503,
    'the source that receives these requests does not run at present',
    'Send the request again later; `tocsin status` says why the source does not run.',
  ),
  TCN_HOOK_CREDENTIALS: entry(
    401,
    'the request has no valid token or signature',
    'Give the sender the secret of the source, and of a webhook the form of signature that its `signature` names.',
  ),
  TCN_HOOK_TIME: entry(
    401,
    'the time of a signed request is too far from the time of the hub',
    'Set the clocks of the sender and of the hub, or raise `tolerance` of the webhook.',
  ),
  TCN_HOOK_LIMIT: entry(
    429,
    'a source gets more requests than it accepts',
    'Send the request again after the time in the header `retry-after`, or raise `requests` of the source.',
  ),
})
