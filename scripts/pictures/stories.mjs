/** The stories that the pictures show in full. Each resolves with the cursor of the event to open. */
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { connect as dial } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import { connect } from '../../dist/client/index.js'
import { encode } from '../../dist/event/index.js'
import { joinBody } from '../../dist/protocols/salt/codec/body.js'
import { encodeFrame } from '../../dist/protocols/salt/codec/frame.js'
import { masterSockets } from '../../dist/protocols/salt/codec/sockets.js'

const MINIONS = ['web1', 'web2', 'web3', 'web4', 'db1', 'db2', 'cache1', 'cache2', 'edge1']
const FAILING = 'web3'
const SILENT = 'edge1'

/** The last event that matches. */
async function cursorOf(client, tag, sql) {
  const condition = sql === undefined ? [] : [{ sql }]
  let found
  for await (const { cursor } of client
    .read({ all: [{ glob: { tag } }, ...condition] }, { from: '-1m' })
    .events())
    found = cursor
  return found
}

/** A highstate on some minions, with one state that fails, by Salt's own wire. */
export async function saltJob({ client, salt }) {
  const socket = dial(masterSockets(salt).pull)
  await once(socket, 'connect')
  const send = (tag, data) => socket.write(encodeFrame(joinBody(tag, encode(data))))
  const jid = new Date().toISOString().replace(/\D/g, '').padEnd(20, '0')
  const job = { jid, fun: 'state.apply', arg: [], tgt: '*', tgt_type: 'glob', user: 'root' }
  send(`salt/job/${jid}/new`, { ...job, minions: MINIONS, _stamp: stamp() })
  for (const id of MINIONS.filter((minion) => minion !== SILENT)) {
    await pause(180 + Math.random() * 500)
    const failed = id === FAILING
    const answer = { jid, id, cmd: '_return', fun: 'state.apply', fun_args: [], success: !failed }
    send(`salt/job/${jid}/ret/${id}`, {
      ...answer,
      retcode: failed ? 2 : 0,
      return: highstate(failed),
      _stamp: stamp(),
    })
  }
  await new Promise((sent) => socket.end(sent))
  await pause(300)
  return cursorOf(client, `salt/job/${jid}/ret/${FAILING}`)
}

const stamp = () => new Date().toISOString().replace('Z', '000')

function highstate(failed) {
  const states = {}
  let number = 0
  const state = (kind, name, fun, result, comment, changes = {}) => {
    states[`${kind}_|-${name}_|-${name}_|-${fun}`] = {
      __id__: name,
      __run_num__: number,
      __sls__: 'web.nginx',
      changes,
      comment,
      duration: 4 + ((number++ * 37) % 160),
      name,
      result,
      start_time: new Date().toISOString().slice(11, -1),
    }
  }
  const upgrade = { nginx: { old: '1.26.2-1', new: '1.26.3-1' } }
  state('pkg', 'nginx', 'installed', true, 'The following packages were upgraded: nginx', upgrade)
  const diff = '--- \n+++ \n@@ -3,1 +3,1 @@\n-worker_connections 512;\n+worker_connections 4096;\n'
  state('file', '/etc/nginx/nginx.conf', 'managed', true, 'File /etc/nginx/nginx.conf updated', { diff })
  if (failed) {
    state('cmd', 'nginx -t', 'run', false, 'Command "nginx -t" run', {
      pid: 20417,
      retcode: 1,
      stdout: '',
      stderr: 'nginx: [emerg] unknown directive "worker_conections" in /etc/nginx/conf.d/limits.conf:3',
    })
    state('service', 'nginx', 'running', false, 'One or more requisite failed: web.nginx.nginx -t')
  } else state('service', 'nginx', 'running', true, 'Service restarted', { nginx: true })
  for (const name of ['/etc/motd', '/etc/ssh/sshd_config', '/etc/hosts', '/etc/chrony/chrony.conf'])
    state('file', name, 'managed', true, `File ${name} is in the correct state`)
  for (const name of ['openssh-server', 'chrony', 'rsyslog', 'curl', 'ca-certificates'])
    state('pkg', name, 'installed', true, 'All specified packages are already installed')
  return states
}

/** Notifications that a kernel has sent, as its bytes: an association comes up, loses a path, and shuts down. */
export async function sctp({ client }) {
  const { vectors } = JSON.parse(
    readFileSync(new URL('../../test/vectors/sctp-linux.json', import.meta.url), 'utf8'),
  )
  const of = (id) => vectors.filter((vector) => vector.id.startsWith(`${id}/`))
  const publish = (vector) =>
    client.request('sctp.publish', {
      source: 'n2',
      platform: 'linux',
      endian: 'little',
      notifications: [Buffer.from(vector.hex, 'hex').toString('base64')],
    })
  const stories = [
    'basic_v4_seqpacket/server',
    'simultaneous_shutdown/server',
    'send_failed_peer_abort/client',
  ]
  for (const vector of stories.flatMap(of)) {
    await publish(vector)
    await pause(350)
  }
  const cursors = (state) => cursorOf(client, 'sctp/n2/*/assoc_change', `data.names.sac_state = '${state}'`)
  return { association: await cursors('SCTP_COMM_UP'), diff: await cursors('SCTP_SHUTDOWN_COMP') }
}

/** Progress of a transaction of NSO, as its notifications tell it. */
export async function spans({ client }) {
  const trace_id = randomBytes(16).toString('hex')
  const start = Date.now() * 1000
  const ids = new Map()
  const idOf = (name) => ids.get(name) ?? ids.set(name, randomBytes(8).toString('hex')).get(name)
  const span = (msg, parent, from, duration, annotation) => ({
    type: 2,
    timestamp: start + from + duration,
    duration,
    trace_id,
    span_id: idOf(msg),
    ...(parent && { parent_span_id: idOf(parent) }),
    msg,
    tid: 2417,
    usid: 91,
    datastore: 1,
    ...(annotation && { annotation }),
  })
  const steps = [
    span('grabbing transaction lock', 'applying transaction', 1200, 3400),
    span('run transforms and transaction hooks', 'creating rollback checkpoint', 9800, 42000),
    span('service create: /l3vpn{volvo}', 'run transforms and transaction hooks', 12_400, 31_000),
    span('creating rollback checkpoint', 'applying transaction', 5200, 52_000),
    span('validate phase', 'applying transaction', 58_000, 21_000),
    span('write-start phase', 'applying transaction', 80_000, 14_000),
    span('push configuration to ce0', 'prepare phase', 97_000, 88_000),
    span('push configuration to pe1', 'prepare phase', 98_000, 131_000, 'connection refused'),
    span('prepare phase', 'applying transaction', 95_000, 138_000),
    span('abort phase', 'applying transaction', 234_000, 17_000),
    span('applying transaction', undefined, 0, 256_000),
  ]
  let cursor
  for (const step of steps)
    ({ cursor } = await client.publish('ncs/progress/2', step, { source: 'ncs/nso1' }))
  return cursor
}

/** A job of SysAdm, with the output of its commands. */
export async function sysadmJob({ client }) {
  const id = 'sysadm_update_runupdates-{7d1e}'
  const job = { process_id: id, cmd_list: ['pkg update -f', 'pkg upgrade -y'], time_started: stamp() }
  const publish = (more) =>
    client.publish(`sysadm/dispatcher/${id}`, { ...job, ...more }, { source: 'sysadm/nas1' })
  const update =
    'Updating FreeBSD repository catalogue...\nFetching meta.conf: 100%    163 B   0.2kB/s    00:01\nFetching packagesite.pkg: 100%    7 MiB   7.2MB/s    00:01\nProcessing entries: 100%\nFreeBSD repository update completed. 34012 packages processed.\nAll repositories are up to date.\n'
  const upgrade =
    'Checking for upgrades (14 candidates): 100%\nProcessing candidates (14 candidates): 100%\nThe following 3 package(s) will be affected (of 0 checked):\n\nInstalled packages to be UPGRADED:\n\tcurl: 8.9.1 -> 8.10.1\n\tgit: 2.46.0 -> 2.46.2\n\tnginx: 1.26.2,3 -> 1.26.3,3\n\nNumber of packages to be upgraded: 3\n[1/3] Upgrading curl from 8.9.1 to 8.10.1...\n[2/3] Upgrading git from 2.46.0 to 2.46.2...\n[3/3] Upgrading nginx from 1.26.2,3 to 1.26.3,3...\npkg: POST-INSTALL script failed\n'
  await publish({ state: 'running', current_cmd: 'pkg update -f', 'pkg update -f': update })
  const { cursor } = await publish({
    state: 'finished',
    'pkg update -f': update,
    'pkg upgrade -y': upgrade,
    'return_codes/pkg update -f': '0',
    'return_codes/pkg upgrade -y': '3',
    time_finished: stamp(),
  })
  return cursor
}

/** Durable consumers with different lags. */
export async function consumers({ client }) {
  await client.request('consumers.create', { name: 'billing', filters: 'deploy/', from: '-20m' })
  await client.request('consumers.create', { name: 'audit', filters: ['salt/', 'alert/'], from: '-25m' })
  await client.request('tokens.add', { name: 'grafana', principal: 'grafana' })
  await client.request('tokens.add', { name: 'shop-ci', principal: 'shop' })
  const query = 'filter=salt/job/*/ret/*&where=data.retcode+<>+0'
  await client.request('views.save', { name: 'failed jobs', query, shared: true }).catch(() => {})
}

/** Two events that a consumer could not process. */
export async function parked({ socket }) {
  const client = await connect({ address: socket, name: 'billing-worker' })
  const subscription = client.subscribe('deploy/', { consumer: 'billing', from: '-20m' })
  let seen = 0
  for await (const event of subscription.events()) {
    const isBad = event.tag.endsWith('/failed')
    if (isBad) subscription.ack(event, 'park', { reason: 'no price for this version' })
    else subscription.ack(event)
    if (isBad) seen++
    if (seen === 2) break
  }
  await pause(500)
  await client.close()
}

/** Programs that follow, one of which is slow. */
export async function listeners({ socket }) {
  const names = { 'tail:ann@web1': 'salt/', 'loki-shipper': '*', 'shop-dashboard': 'deploy/shop/' }
  const clients = []
  for (const [name, filter] of Object.entries(names)) {
    const client = await connect({ address: socket, name })
    const subscription = client.subscribe(filter)
    void (async () => {
      for await (const _ of subscription.events()) if (name === 'loki-shipper') await pause(2000)
    })().catch(() => {})
    clients.push(client)
  }
  return clients
}
