import type { Topic } from './topic.js'

const sql = `Conditions in CloudEvents SQL (--where), everywhere that a filter can be given:

  data.retcode <> 0                      a number; also = < <= > >=
  data.user IN ('root', 'admin')         one of several; also NOT IN
  tag LIKE 'salt/job/%'                  % is any text, _ one character; also NOT LIKE
  EXISTS data.user AND data.user = 'a'   the event has the field
  data.time >= '2026-11-21T14:00:00Z'    RFC 3339 texts are compared as times
  data.'memory-used' > 4000000000.0      a name with other characters, a large number
  severity >= 'warning'                  a warning, or worse
  host = 'web1' AND severity = 'err'     whatever the event is of
  LENGTH(data.text) > 80                 functions, see below

Names: tag, source, type, id, time, kind, cursor, severity, host, every other
attribute of the event, and data.<path>; keys of maps, and numbers for elements of lists.

Operators: = <> != < <= > >=  IN  LIKE  NOT AND OR XOR  EXISTS  + - * / %
Functions: LENGTH CONCAT CONCAT_WS LOWER UPPER TRIM LEFT RIGHT SUBSTRING ABS
INT STRING BOOL IS_INT IS_BOOL

A condition fails, and the event does not match, if a field is missing:
data.x <> 1 matches no event without data.x. NOT binds tightly: write
NOT (a = b). AND, OR and XOR have the same precedence, from left to right.

In the shell, put the condition in double quotes, and text in it in single
quotes. tocsin explain --where "…" shows how it was read and what it costs;
with --event CURSOR, which part of it does not match.`

const sources = `Sources turn what happens on a host into events. They are configured in
tocsin.yaml under \`sources\`; \`system\` is on from the beginning:

  sources:
    system: { disks: { mounts: [/, /srv] } }
    journal: true                        the journal of systemd
    syslog: { edge: { udp: ':5514' } }   messages of other machines
    files:
      - { name: nginx, lines: /var/log/nginx/access.log, parse: access }

  tocsin config check       find errors, with line and key
  tocsin config edit        change the file, and let the hub take it over
  tocsin status             state of every source
  tocsin doctor             why one is down, and what to do
  tocsin gaps list          what a source has missed
  tocsin parked list --consumer source.files.nginx
                            items that could not be processed

A source that fails is started again with growing pauses; its state is an event,
hub/source/<name>. docs/guide/sources.md describes all of them.`

const parsing = `Sources of text (files, exec, journal, syslog) read fields from lines with parse,
and change them with transform:

  sources:
    files:
      - name: messages
        lines: [/var/log/messages]
        parse:                        tried in order; the first one that
          - { as: json, program: app }    understands a line reads it
          - { as: keyvalue, program: kernel, types: { LEN: int } }
          - syslog
        transform:
          - rename: { data.fields.usr: data.fields.user }
          - lookup: { field: data.fields.user, file: /etc/users.csv,
                      into: data.fields.team }
          - mask: { field: data.message, pattern: 'pw=\\S+', with: 'pw=***' }
          - drop: [data.fields.debug]

  json  logfmt  access  syslog  cef   formats without settings
  cri  docker                         files of containers; then [cri, json]
  csv                                 columns: [a, b], or header: true
  keyvalue                            separator: ';', equals: ':'
  pattern: '^(?<level>\\w+) (?<msg>.*)'   a regular expression with named groups
  types: { ms: int }                  also number, bool, time, text

  tocsin parse app.log                which formats understand the lines
  tocsin parse app.csv --as '{ as: csv, header: true, types: { ms: int } }'
  tocsin parse app.log --like files/messages --config tocsin.yaml --strict

A line that no format understands stays text in data.line, and a value that
cannot be converted stays text; tocsin status counts both.
docs/guide/parsing.md describes all of it.`

const rules = `Rules say what events lead to: another event, a delivery by a sink, or a job.
They are configured in tocsin.yaml on the machine of the hub:

  rules:
    login-attack:
      filter: sshd/failed            events, in any spelling of filters
      where: data.user <> 'backup'   and a condition in SQL
      by: [data.host, data.address]  each host and address by itself
      after: { count: 5, within: 1m }
      onceWithin: 1h
      fire: { tag: "alert/login/\${data.host}" }
  ruleKits: [auth, disk]             ready rules
  alertRoutes: [{ to: pager }]       the sinks that hear of alerts

  tocsin rules              how often each rule has matched and acted
  tocsin rules library      the ready rules, by kits
  tocsin rules test tocsin.yaml --from -1d
                            what the rules of a file would have done
  tocsin rules test tests.yaml
                            tests with expected results, for CI
  tocsin alerts             what is wrong now; silences

unlessFollowedBy: { filter: …, within: 2h } acts if something does not come.
correlate: { within: 5m, conditions: [ … ] } acts if there is an event for each
of several conditions, from whichever sources.
A rule acts on each event once, also after a crash of the hub.
docs/guide/rules.md and docs/guide/alerts.md describe all keys.`

const consumers = `A durable consumer is a name under which the hub remembers what is done.
Programs that connect under the name share its events.

  tocsin consumers add billing order/    events from now on; --from for earlier ones
  tocsin consumers list                  who is behind, and how far
  tocsin consumers show billing          what waits for an acknowledgement
  tocsin consumers seek billing -1h      work on the last hour again
  tocsin parked list --consumer billing  events that could not be processed
  tocsin tail --consumer billing         take its events; one counts as done
                                         when it is printed
  tocsin consumers remove billing

In a program: subscribe(filter, { consumer: 'billing' }), then ack(event),
ack(event, 'retry') or ack(event, 'park', { reason }). An event that is not
acknowledged within 30 seconds is delivered again; after 10 deliveries it is
parked. Everything may come twice: make sure that this does no harm.`

const tokens = `Tokens prove over HTTP, WebSocket and TCP who a program is. Over the unix socket
of your own hub none is needed.

  export TOKEN=$(tocsin token add me --see '*' --publish demo/)
                            a token with rights; it is shown once
  tocsin token add prometheus --monitor --output /etc/prometheus/tocsin.token
                            into a file that only you can read
  tocsin token add laptop --principal ops --expires 30d
                            for a principal of tocsin.yaml
  tocsin token list         who has which rights, and when each was used
  tocsin token rotate me --grace 1h
                            a new one; the old one is valid for an hour
  tocsin token remove me    at once; open connections end

Rights: --see, --publish, --produce, --gate take '*', a tag prefix that ends
in /, or a filter in JSON; --consume a consumer, --run a program; --monitor,
--admin and --all need no value. Nobody gives rights that they do not have.

Programs find a token in TOCSIN_TOKEN; people keep addresses and tokens in
contexts: tocsin context add. docs/guide/access.md describes passwords, OpenID
Connect and certificates.`

/** Topics about parts of the hub. */
export const hubTopics: readonly Topic[] = [
  { name: 'sql', title: 'Conditions in SQL', summary: 'conditions: --where', text: sql },
  { name: 'sources', summary: 'how events come in', text: sources },
  { name: 'parsing', title: 'Fields of text', summary: 'how text becomes fields', text: parsing },
  { name: 'rules', summary: 'what events lead to, and alerts', text: rules },
  { name: 'consumers', summary: 'how programs share work', text: consumers },
  { name: 'tokens', summary: 'who may do what', text: tokens },
]
