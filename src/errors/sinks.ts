import { area, entry } from './area.js'

export const sinkErrors = area('Sinks', {
  TCN_SINK_UNKNOWN: entry(
    404,
    'there is no such sink',
    'List the sinks with `tocsin sinks list`. They are configured in `sinks`.',
  ),
  TCN_SINK_FAILED: entry(
    502,
    'the destination of a sink has not taken the event',
    'The message says what it answered, or why it cannot be reached. Try again with `tocsin sinks test <name>`.',
  ),
})
