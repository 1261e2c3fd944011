import { POSITIONS } from '../event/range.js'
import { exitMeanings } from './exit-codes.js'

export interface Topic {
  name: string
  summary: string
  text: string
}

const formats = `Formats of events (--format):

  line    time, tag, source and a summary of the data: one line an event, never wider than the
          terminal. For people; the tag is coloured by its first two segments.
  json    one CloudEvent (JSON) a line. For programs: tocsin tail --format json | jq .data
  yaml    the same as one YAML document an event.
  raw     the body as it is stored: msgpack, one value after the other.
  frame   the whole frame as it travels: header, source, attributes, tag, body.

raw and frame are bytes; they are not written to a terminal.

  --fields time,tag,data.jid
          these fields only, separated by tabs; a missing one is empty.
  --template '{{.time}} {{.tag}} {{.data.retcode}}'
          a line of your own; {{json .data}} gives the value as JSON, \\t is a tab.

Fields: seq, cursor, time, tag, source, type, kind, size, data, data.<path>, and CloudEvents
attributes by their names. In a path a number names the element of a list, and a dot within a
key is written \\. (data.versions.python3\\.11).

Control characters in what others wrote are shown escaped (\\n, \\x1b) in line, --fields and
--template, so that every event is one line and cannot play with the terminal.

Reports (status, who, …) know line, json and yaml; times in them are µs since the epoch, spans µs,
sizes bytes.`

const range = `Positions in the log (--from, --to), the same for every command:

  start               the oldest event kept
  end                 the last event there is
  now                 the next event to come
  -10m                that long ago: s, m, h, d, w
  2026-11-20T06:00Z   a time (RFC 3339); seconds may be left out
  @4711               the event with this number, and on from it
  k3x9f2-4711         after the event with this cursor

tail begins at now unless --from says otherwise, and follows. read begins at start, and ends at
the end it saw when it began. A position that is not understood is an error that lists these:
${POSITIONS}.

A cursor that is too old, or of another log, gives a note about the gap on stderr, and what is
left from there on. --strict makes it an error (exit code 6).`

const filters = `Filters, the same for every command:

  salt/auth               tags that begin with this
  'salt/job/*/ret/*'      a glob over the whole tag: * ? [seq] [!seq]; * also crosses /
  a b                     one or the other
  'salt/job/*' '!*/prog/*'  the first, without the second
  '\\!x'                   a tag that begins with !

and a condition in CloudEvents SQL, which must be true as well (or alone, without a filter):

  --where "data.retcode <> 0"
  --where "EXISTS data.user AND data.user IN ('root', 'admin')"
  --where "type LIKE 'host.%' AND NOT (source LIKE '%/journal')"

A condition on what an event does not have fails, and the event does not match: ask EXISTS first.
NOT binds closely (write NOT (a = b)), and AND and OR bind alike, from left to right. Texts stand
in single quotes.

or one filter as JSON, for more than tags:

  '{"exact": {"data.retcode": 0}}'
  '{"all": [{"prefix": {"tag": "salt/"}}, {"not": {"exact": {"data.success": true}}}]}'

JSON knows exact, prefix, suffix, glob, regex, contains, kind and sql over tag, source, type,
CloudEvents attributes and data.<path>, joined by all, any and not. Quote filters, or the shell
reads them.

tocsin explain '<filter>' shows how a filter is read; with --event CURSOR also which part of
it does not match.`

function exitCodes(): string {
  const lines = exitMeanings.map(([code, meaning]) => `  ${String(code).padStart(3)}  ${meaning}`)
  return `Exit codes, the same for every command:\n\n${lines.join('\n')}`
}

/** Cheat sheets of `tocsin help <topic>`. */
export const topics: readonly Topic[] = [
  { name: 'filters', summary: 'how to say which events', text: filters },
  { name: 'range', summary: 'positions in the log: --from, --to', text: range },
  { name: 'formats', summary: 'how events are shown: --format, --fields, --template', text: formats },
  { name: 'exit-codes', summary: 'what the exit status means', text: exitCodes() },
]
