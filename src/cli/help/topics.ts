import { exitMeanings } from './exit-codes.js'
import { hubTopics } from './hub-topics.js'
import type { Topic } from './topic.js'

const formats = `Formats of events (--format):

  line    Time, tag and a summary of the data: one line an event, never wider
          than the terminal. For people; red is a failure, yellow a warning.
          The source is named at the end where the tag does not say it.
  long    All of it in one line: time, cursor, tag, source, summary.
  json    One CloudEvent (JSON) a line. For programs: tocsin tail --format json | jq .data
  yaml    The same, as one YAML document an event.
  raw     The body as it is stored: msgpack, one value after the other.
  frame   The whole frame as it is transferred: header, source, attributes, tag, body.

raw and frame are bytes and are not written to a terminal.

  --fields time,tag,data.jid
          Only these fields, separated by tabs; a missing field is empty.
  --template '{{.time}} {{.tag}} {{.data.retcode}}'
          A line of your own. {{json .data}} prints the value as JSON, \\t is a tab.

--time writes times as short (06:31:07.123 by the clocks here, with a line for
each new day; usual on a terminal), local, utc (usual elsewhere), relative
(5m 2s ago) or delta (since the previous event). json and yaml are always in UTC.

Fields: seq, cursor, time, logtime, tag, source, type, kind, size, severity, host, data,
data.<path>, and the names of CloudEvents attributes. In a path, a number selects an element of a list, and a dot within a key
is written \\. (data.versions.python3\\.11).

With line, --fields and --template, control characters in events are shown escaped (\\n, \\x1b), so
that every event is one line and cannot control the terminal.

time is when the event happened, and logtime when this hub stored it: they
differ for events that were forwarded or imported. --show-cursor prints the
cursor of the last event on stderr.

Reports (status, who, …) can be line, json or yaml. Their times are µs since the epoch, their
durations µs and their sizes bytes.`

const positions = `Positions in the log, the same for every command and over HTTP:

  start               the oldest event that is kept
  end                 the last event
  now                 the next event to come
  end-20              the place before the last 20 events of the log
  -10m  1h30m  1.5h   that long ago: s, m, h, d, w; also 5min, 2 hours
  06:00               today at this time; also 06:00:30
  today  yesterday    their midnight; also yesterday 18:30
  2026-11-20          midnight of this day; also 2026-11-20 06:00
  2026-11-20T06:00Z   a time with its zone (RFC 3339)
  @4711               the event with this number
  tjl5lqq4qrko5-4711  after the event with this cursor

Times without a zone are those of this terminal (TZ); over HTTP those of
?tz=Europe/Berlin, or UTC. --since and --until are other words for --from
and --to.

A time as a position is the time at which the hub stored an event (its field
logtime). An event that was forwarded or imported happened earlier: its own
time is the field time, which all formats show and --where time tests.

On a terminal, tail shows the last 10 events and then follows; into a pipe or
a file it begins with the next event, so that a program that is started again
does not see old events as new ones. -n 20 shows the last 20 that match, and
--from any start. read begins at start, or with the last 20 with -n 20, and
ends at the end that the log had when it started; -r shows the newest first.

A command that names one event (diff, explain --event) takes its cursor,
@4711, end for the last event, or end-2 for the last but one.

For a cursor that is too old or belongs to another log, a note on stderr
reports the gap, and the command continues with the events that are left.
With --strict this is an error (exit code 6).`

const filters = `Filters, the same for every command:

  salt/auth                 tags that begin with this text
  'salt/job/*/ret/*'        a glob for the whole tag: * ? [seq] [!seq]; * also matches /
  a b                       either of the two
  'salt/job/*' '!*/prog/*'  the first, without the second
  '\\!x'                     a tag that begins with !
  'severity>=warning'       warnings and worse, whatever the tag; also --severity warning
  'host=web*'               events of these hosts; also --host 'web*'

and a condition in CloudEvents SQL, which must be met as well (or alone, without a filter):

  --where "data.retcode <> 0"
  --where "EXISTS data.user AND data.user IN ('root', 'admin')"
  --where "type LIKE 'host.%' AND NOT (source LIKE '%/journal')"

A condition on a field that the event does not have fails, and the event does not match: test with
EXISTS first. NOT binds tightly (write NOT (a = b)), while AND and OR have the same precedence and
are read from left to right. Text is written in single quotes.

or one filter as JSON, for more than tags:

  '{"exact": {"data.retcode": 0}}'
  '{"all": [{"prefix": {"tag": "salt/"}}, {"not": {"exact": {"data.ok": 0}}}]}'

JSON supports exact, prefix, suffix, glob, regex, contains, kind and sql on tag, source, type,
CloudEvents attributes and data.<path>, combined with all, any and not. Quote filters, so that the
shell does not interpret them.

tocsin explain '<filter>' shows how a filter is read; with --event CURSOR, also which part of
it does not match.`

function exitCodes(): string {
  const lines = exitMeanings.map(([code, meaning]) => `  ${String(code).padStart(3)}  ${meaning}`)
  return `Exit codes, the same for every command:\n\n${lines.join('\n')}`
}

/** The pages of `tocsin help <topic>`. */
export const topics: readonly Topic[] = [
  { name: 'filters', summary: 'how to select events', text: filters },
  { name: 'positions', summary: 'places in the log: --from, --to', text: positions },
  { name: 'formats', summary: 'how events are shown: --format, --fields, --template', text: formats },
  ...hubTopics,
  { name: 'exit-codes', summary: 'what the exit codes mean', text: exitCodes() },
]
