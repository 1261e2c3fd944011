import { area, entry } from './area.js'

export const edgeErrors = area('Edge hubs', {
  TCN_EDGE_UNSUPPORTED: entry(
    501,
    'the hub there does not accept edge hubs',
    'Install a newer version of Tocsin there.',
  ),
  TCN_EDGE_SELF: entry(
    409,
    'the upstream is this hub itself, or has the same log',
    'Correct `upstreams[].servers`. A hub never forwards to itself.',
  ),
  TCN_EDGE_AWAY: entry(
    503,
    'the edge hub is not connected',
    'Ask again when it is back: `tocsin status` shows since when it has been away.',
  ),
  TCN_EDGE_SILENT: entry(
    403,
    'the edge hub answers no questions',
    'Its own configuration decides that: give `upstreams[].answers.see` there the events that it may answer about.',
  ),
  TCN_EDGE_LATE: entry(
    504,
    'the edge hub has not answered in time',
    'Ask for a shorter range or with a narrower filter, or give it more time with `timeout`.',
  ),
  TCN_EDGE_UNKNOWN: entry(
    404,
    'no edge hub has this name',
    'Give the name of one that `tocsin status` shows, a pattern such as `web*` or a label such as `site=fra`.',
  ),
  TCN_EDGE_UP: entry(
    409,
    'the edge hub is connected',
    'Only one that is away can be forgotten. Stop its hub first, or take it off `upstreams` there.',
  ),
  TCN_EDGE_ANSWER: entry(
    502,
    'the edge hub has answered with something else',
    'It may be of another version. See its own log.',
  ),
  TCN_EDGE_NONE: entry(
    502,
    'no edge hub has answered',
    'The message names the first that has not, and why; `tocsin status` shows all edge hubs, and whether they answer questions.',
  ),
  TCN_EDGE_MISSING: entry(
    502,
    'some of the edge hubs that were asked have not answered',
    'The message names them, and why. Without `--strict`, the answers of the others are enough.',
  ),
  TCN_EDGE_CHOICE: entry(
    400,
    'this does not choose edge hubs',
    'Write names and patterns such as `web*,!web7`, or a label such as `site=fra`; `@here` is the hub that is asked.',
  ),
  TCN_EDGE_QUESTIONS: entry(429, 'too many questions to edge hubs are open', 'Wait for the others to end.'),
})
