import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { encode } from '../../../src/event/index.js'
import { root } from '../../e2e/hub-process.js'
import { pick } from '../mutations.js'
import { PASSWORD } from './fuzzed-hub.js'
import { http, jsonFrame, raw, salt, upgrade } from './piece.js'
import { oneOf, type Talk } from './talk.js'

interface Vector {
  socket: string
  hex: string
}
const recorded = (
  JSON.parse(readFileSync(join(root, 'test/vectors/salt-frames.json'), 'utf8')) as { frames: Vector[] }
).frames
const saltEvents = [
  [
    'salt/job/20261120101010101010/new',
    {
      jid: '20261120101010101010',
      tgt: '*',
      fun: 'test.ping',
      arg: [],
      minions: ['a', 'b'],
      _stamp: '2026-11-20T10:10:10.101010',
    },
  ],
  [
    'salt/job/20261120101010101010/ret/web1',
    {
      id: 'web1',
      jid: '20261120101010101010',
      retcode: 0,
      return: { 'file_|-a_|-b_|-managed': { result: true, changes: { diff: '+a' } } },
      success: true,
      fun: 'state.apply',
    },
  ],
  ['salt/auth', { act: 'pend', id: 'x', pub: '-----BEGIN', result: true }],
  ['salt/beacon/web1/load', { id: 'web1', '1m': 1.5 }],
  ['minion_start', 'text'],
] as const

/** What programs of Salt push to a master. */
export const saltPull: Talk = oneOf(
  recorded.filter(({ socket }) => socket === 'pull').map(({ hex }) => raw(Buffer.from(hex, 'hex'))),
  ...saltEvents.map(([tag, data]) => [salt(tag, data), salt(tag, data)]),
  [raw(Buffer.from(encode({ head: {}, body: 'fuzz\n\n\x80' })))],
)

/** Subscribers of Salt say nothing; they may. */
export const saltPub: Talk = oneOf([raw('')], [raw('hello'), salt('a', 1)])

const json = { 'content-type': 'application/json', accept: 'application/json' }
const login = { username: 'fuzz', password: PASSWORD, eauth: 'pam' }

export const saltRest: Talk = oneOf(
  [http({ method: 'POST', path: '/login', headers: json, body: login })],
  [
    http({
      method: 'POST',
      path: '/login',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: `username=fuzz&password=${encodeURIComponent(PASSWORD)}&eauth=pam`,
    }),
  ],
  [
    http({
      method: 'POST',
      path: '/login',
      headers: { 'content-type': 'application/x-yaml', accept: 'application/x-yaml' },
      body: 'username: fuzz\npassword: x\neauth: [pam, {a: &b c, d: *b}]\n',
    }),
  ],
  [http({ method: 'POST', path: '/hook/a/b?c=d', headers: json, body: { a: { b: [1] } } })],
  [http({ method: 'POST', path: '/hook', headers: { 'content-type': 'text/plain' }, body: 'text' })],
  [
    http({
      method: 'POST',
      path: '/',
      headers: { ...json, 'x-auth-token': 'abc' },
      body: [{ client: 'local', tgt: '*', fun: 'test.ping' }],
    }),
  ],
  [http({ method: 'GET', path: '/events?token=abc', headers: { cookie: 'session_id=abc' } })],
  [http({ method: 'POST', path: '/token', headers: json, body: [login] })],
  [http({ method: 'GET', path: '/minions/a', headers: { accept: 'text/html, application/x-yaml;q=0.5' } })],
  [http({ method: 'POST', path: '/logout', headers: json, body: {} })],
  [upgrade('/ws/abc?format_events=1'), jsonFrame('websocket client ready')],
)

const sysadmMessages = [
  { namespace: 'rpc', name: 'identify', id: '1', args: {} },
  { namespace: 'rpc', name: 'query', id: '2', args: {} },
  { namespace: 'rpc', name: 'auth', id: '3', args: { username: 'fuzz', password: 'wrong' } },
  { namespace: 'rpc', name: 'auth_token', id: '4', args: { token: 'abc' } },
  { namespace: 'rpc', name: 'auth_ssl', id: '5', args: { action: 'request', md5_key: 'abc' } },
  { namespace: 'rpc', name: 'auth_ssl', id: '6', args: { action: 'response', encrypted_string: 'AAAA' } },
  { namespace: 'rpc', name: 'settings', id: '7', args: { action: 'list_ssl_certs' } },
  {
    namespace: 'rpc',
    name: 'logs',
    id: '8',
    args: { action: 'read_log', log: 'all', start_time: '2026', end_time: '' },
  },
  { namespace: 'rpc', name: 'dispatcher', id: '9', args: { action: 'run', '1': ['echo a', 'echo b'] } },
  { namespace: 'rpc', name: 'dispatcher', id: '10', args: { action: 'list' } },
  {
    namespace: 'events',
    name: 'subscribe',
    id: '11',
    args: ['dispatcher', 'life-preserver', 'system-state', 'logs'],
  },
  { namespace: 'events', name: 'unsubscribe', id: '12', args: ['dispatcher'] },
  { namespace: 'sysadm', name: 'systemmanager', id: '13', args: { action: 'memorystats' } },
]
const sysadmLogin = {
  namespace: 'rpc',
  name: 'auth',
  id: 'in',
  args: { username: 'fuzz', password: PASSWORD },
}

export const sysadm: Talk = (random) => [
  upgrade('/'),
  // Passwords cost time by design.
  ...(random(20) === 0 ? [jsonFrame(sysadmLogin)] : []),
  ...Array.from({ length: 1 + random(4) }, () => jsonFrame(pick(sysadmMessages, random))),
]

export const sysadmRest: Talk = (random) => {
  const { namespace, name, args } = pick(sysadmMessages, random)
  const credentials = Buffer.from(random(20) === 0 ? `fuzz:${PASSWORD}` : 'fuzz').toString('base64')
  return [
    http({
      method: pick(['GET', 'POST', 'PUT'], random),
      path: `/${namespace}/${name}`,
      headers: { authorization: `Basic ${credentials}`, 'content-type': 'application/json' },
      body: args,
    }),
  ]
}
