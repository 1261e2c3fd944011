import { area, entry } from './area.js'

export const busErrors = area('Publishing, subscribing and consumers', {
  TCN_BUS_LAG: entry(
    409,
    'the subscriber fell too far behind and was closed',
    'Read faster, narrow the filter, or use the lag policy `catch-up`.',
  ),
  TCN_BUS_COST: entry(
    429,
    'the filters of this principal take too much processor time as events arrive',
    'Begin the filter with a tag prefix, or compare less of the body; `tocsin explain` shows what a filter costs. Events that are read from the log, as by `tocsin read`, do not count. An administrator may raise `limits.matchTime`.',
  ),
  TCN_BUS_GAP: entry(
    410,
    'events are missing at this point',
    'Run `tocsin gaps` to see which events are missing and why, and continue from the cursor in the message.',
  ),
  TCN_BUS_SUSPENDED: entry(
    503,
    'the hub cannot store events at the moment',
    'Send the event again after a pause, under the same producer and counter: it is stored once. The clients do so by themselves.',
  ),
  TCN_BUS_REFUSALS: entry(
    409,
    'too many events of this producer were refused to say which',
    'Update the client, or publish under another producer name.',
  ),
  TCN_BUS_PRODUCER_TAKEN_OVER: entry(
    409,
    'another connection publishes with the same producer name',
    'Give every publisher its own producer name.',
  ),
  TCN_BUS_COUNTER: entry(
    400,
    'the counter of a producer did not increase, or exceeds 2^53 - 1',
    'Increase the counter with every event of the producer.',
  ),
  TCN_BUS_CLOSED: entry(503, 'the hub is stopping', 'Connect again when the hub has restarted.'),
  TCN_CONSUMER_UNKNOWN: entry(
    404,
    'no consumer has this name',
    'Choose one of the names that `tocsin consumers list` prints.',
  ),
  TCN_CONSUMER_CONFLICT: entry(
    409,
    'the consumer exists with another filter',
    'Use the same filter or another name, or remove the consumer first.',
  ),
  TCN_CONSUMER_ELSEWHERE: entry(
    409,
    'another hub serves this consumer at present',
    'Connect to the hub that the message names. Clients that know the addresses of several hubs do so by themselves.',
  ),
  TCN_CONSUMER_DAMAGED: entry(
    500,
    'the stored position or filter of the consumer is damaged',
    'Remove it with `tocsin consumers remove`, and create it again with `--from` where its work ended.',
  ),
  TCN_CONSUMER_INVALID: entry(
    400,
    'the name or a setting of the consumer is not valid',
    'Correct the setting that the message names. Names are 1 to 128 letters, digits, dots, dashes and underscores.',
  ),
  TCN_CONSUMER_REQUIRED: entry(
    400,
    'only subscriptions of a durable consumer can acknowledge events',
    'Subscribe with the name of a durable consumer.',
  ),
  TCN_PARKED_UNKNOWN: entry(
    404,
    'there is no parked event with this id',
    'Choose one of the ids that `tocsin parked list` prints.',
  ),
  TCN_GATE_UNKNOWN: entry(
    400,
    'no gate waits for this answer',
    'Answer only gates that were announced to this subscriber.',
  ),
  TCN_GATE_TOO_MANY: entry(
    429,
    'too many events wait at gates',
    'Wait until gates of this principal are done and publish the event again, or give gates a shorter deadline.',
  ),
  TCN_GATE_LATE: entry(
    400,
    'a gate was announced after its event was sent',
    'Announce a gate before you send the event that it holds.',
  ),
})
