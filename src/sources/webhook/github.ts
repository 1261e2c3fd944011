import type { IncomingHttpHeaders } from 'node:http'
import type { SeverityName } from '../../event/severity.js'
import { tagSegment } from '../../event/tag.js'
import type { WebhookGithub } from '../../types/host/webhook.js'
import { given } from '../given.js'
import type { MadeEvents } from './made-events.js'
import {
  fieldsOf,
  type JsonObject,
  type JsonReading,
  type Payload,
  textAt,
  timeAt,
  unknownBody,
  valueAt,
  wholeOf,
} from './payload.js'

const MAX_MESSAGE = 300
const MAX_DELIVERY = 128

/** Makes an event of a request of GitHub, whatever it is about: a new kind of event needs no new version. */
export function* githubEvents(
  headers: IncomingHttpHeaders,
  received: Payload,
  reading: JsonReading,
): Generator<undefined, MadeEvents> {
  const name = headers['x-github-event']
  if (typeof name !== 'string' || !/^\w{1,64}$/.test(name))
    throw unknownBody('the request has no header X-GitHub-Event')
  const content = contentOf(received)
  const payload = yield* fieldsOf(content, new Set([...KEYS, subjects[name] ?? name]), reading)
  if (payload === undefined) throw unknownBody('the body is no object of JSON, as GitHub sends it')
  const repository = textAt(payload, 'repository', 'full_name')
  const organization = textAt(payload, 'organization', 'login')
  const subject = subjectOf(name, payload)
  const data: WebhookGithub = {
    event: name,
    ...given({
      action: textAt(payload, 'action'),
      repository,
      organization,
      sender: textAt(payload, 'sender', 'login'),
      time: timeAt(subject, 'updated_at') ?? timeAt(payload, 'head_commit', 'timestamp'),
      url: textAt(subject, 'html_url') ?? textAt(payload, 'compare'),
      delivery: textAt(headers, 'x-github-delivery')?.slice(0, MAX_DELIVERY),
    }),
    severity: severityOf(name, payload),
    message: messageOf(name, payload).slice(0, MAX_MESSAGE),
    payload: (yield* wholeOf(content, reading)) as JsonObject,
  }
  const [owner, short] = repository?.split('/', 2) ?? [organization ?? '-', '-']
  return { events: [{ path: `github/${tagSegment(owner)}/${tagSegment(short)}/${name}`, data }] }
}

/** The keys that are read of a payload, besides its subject. */
const KEYS = [
  'action',
  'compare',
  'description',
  'head_commit',
  'organization',
  'ref',
  'repository',
  'sender',
  'state',
]

/** GitHub sends JSON, or a form with the JSON in a field. */
function contentOf(payload: Payload): Payload {
  const written = textAt(payload.plain, 'payload')
  return written === undefined ? payload : { ...payload, json: Buffer.from(written) }
}

/** Fields that hold what an event is about, where they have not the name of the event. */
const subjects: Readonly<Record<string, string>> = {
  issues: 'issue',
  issue_comment: 'issue',
  pull_request_review: 'pull_request',
  pull_request_review_comment: 'pull_request',
  pull_request_review_thread: 'pull_request',
  discussion_comment: 'discussion',
  branch_protection_rule: 'rule',
  code_scanning_alert: 'alert',
  dependabot_alert: 'alert',
  secret_scanning_alert: 'alert',
  repository_vulnerability_alert: 'alert',
  fork: 'forkee',
}

function subjectOf(name: string, payload: JsonObject): unknown {
  return payload[subjects[name] ?? name]
}

/** Such as `pull_request opened #2: Update the README` or `push to refs/heads/main: Fix the build`. */
function messageOf(name: string, payload: JsonObject): string {
  const subject = subjectOf(name, payload)
  const number = valueAt(subject, 'number')
  const result = resultOf(name, payload)
  const place = textAt(payload, 'ref')
  const head = [
    name,
    textAt(payload, 'action'),
    typeof number === 'number' ? `#${number}` : undefined,
    place && `to ${place}`,
    result && `(${result})`,
  ]
  const title =
    titleOf(subject) ?? textAt(payload, 'head_commit', 'message') ?? textAt(payload, 'description')
  const what = head.filter((each) => each !== undefined).join(' ')
  return title === undefined ? what : `${what}: ${title.split('\n', 1)[0]}`
}

function titleOf(subject: unknown): string | undefined {
  const names = ['title', 'display_title', 'name', 'tag_name', 'summary', 'full_name', 'description']
  const advisory = valueAt(subject, 'security_advisory')
  return (
    names.map((each) => textAt(subject, each)).find((each) => each !== undefined) ??
    textAt(advisory, 'summary')
  )
}

function resultOf(name: string, payload: JsonObject): string | undefined {
  const subject = subjectOf(name, payload)
  if (name === 'status') return textAt(payload, 'state')
  return (
    textAt(subject, 'conclusion') ?? (name === 'deployment_status' ? textAt(subject, 'state') : undefined)
  )
}

const results: ReadonlyMap<string, SeverityName> = new Map([
  ['failure', 'err'],
  ['error', 'err'],
  ['timed_out', 'err'],
  ['startup_failure', 'err'],
  ['action_required', 'warning'],
  ['cancelled', 'warning'],
])

const dangers: ReadonlyMap<string, SeverityName> = new Map([
  ['critical', 'crit'],
  ['high', 'err'],
  ['medium', 'warning'],
  ['moderate', 'warning'],
  ['low', 'notice'],
])

/** Returns the severity: of a check by its result, of a new security alert by its danger. */
function severityOf(name: string, payload: JsonObject): SeverityName {
  const result = resultOf(name, payload)
  if (result !== undefined) return results.get(result) ?? 'info'
  const isAlert = name.endsWith('_alert') || name === 'security_advisory'
  if (!isAlert || /^(fixed|dismissed|resolved|closed|withdrawn)/.test(textAt(payload, 'action') ?? ''))
    return 'info'
  const subject = subjectOf(name, payload)
  const danger =
    textAt(subject, 'severity') ??
    textAt(subject, 'security_advisory', 'severity') ??
    textAt(subject, 'rule', 'security_severity_level')
  return dangers.get(danger ?? '') ?? 'warning'
}
