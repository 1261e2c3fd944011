/** Events as Salt fires them, without `_stamp`. */
export interface Sample {
  tag: string
  type: string
  data: Record<string, unknown>
}

const JID = '20261120044233603103'
const started = {
  id: 'web1',
  cmd: '_minion_event',
  pretag: null,
  data: 'Minion web1 started at Fri Nov 20 04:42:33 2026',
}
const failed = {
  jid: JID,
  id: 'web1',
  success: false,
  return: 'Error: pkg.installed',
  fun: 'state.sls',
  retcode: 2,
  name: 'nginx',
  result: false,
}
const machine = { name: 'vm1', provider: 'ec2', profile: 'small' }
const beacon = { data: { '2m': 0.5, id: 'web1' } }

function sample(type: string, tag: string, data: Record<string, unknown> = {}): Sample {
  return { tag, type: `salt.${type}`, data }
}

const jobs = [
  sample('job.announced', JID, { minions: ['web1'] }),
  sample('job.announced', `${JID}_4711`, { minions: [] }),
  sample('job.new', `salt/job/${JID}/new`, {
    jid: JID,
    tgt_type: 'glob',
    tgt: '*',
    user: 'root',
    fun: 'test.ping',
    arg: [],
    minions: ['web1'],
    missing: [],
  }),
  sample('job.new', `salt/job/${JID}/new`, {
    jid: JID,
    tgt_type: 'list',
    tgt: ['web1', 'web2'],
    fun: ['test.ping', 'cmd.run'],
    arg: [[], ['true', { __kwarg__: true, cwd: '/' }]],
    minions: ['web1', 'web2'],
  }),
  sample('job.ret', `salt/job/${JID}/ret/web1`, {
    cmd: '_return',
    id: 'web1',
    success: true,
    return: true,
    retcode: 0,
    jid: JID,
    fun: 'test.ping',
    fun_args: [],
  }),
  sample('job.ret', `salt/job/${JID}/ret/web1`, {
    id: 'web1',
    jid: JID,
    fun: 'state.apply',
    fun_args: ['nginx', { test: true }],
    return: { 'pkg_|-nginx_|-nginx_|-installed': { result: true, changes: {} } },
    retcode: 0,
    success: true,
    out: 'highstate',
    schedule: 'hourly',
    metadata: { ticket: 7 },
    tgt: '*',
    tgt_type: 'glob',
    arg: [],
  }),
  sample('job.prog', `salt/job/${JID}/prog/web1/0`, {
    id: 'web1',
    tag: `salt/job/${JID}/prog/web1/0`,
    cmd: '_minion_event',
    data: { len: 3, ret: { name: 'nginx', result: true, __run_num__: 0 } },
  }),
  sample('job.prog', `salt/job/${JID}/prog/web1/1`, { id: 'web1', data: { return: 'an item' } }),
  sample('state_result', `salt/state_result/${JID}/web1/nginx`, {
    id: 'web1',
    data: { ret: { result: true } },
  }),
  sample('state_result', `salt/state_result/${JID}/web1//etc/nginx/nginx.conf`, { data: { ret: {} } }),
  sample('job.state_failed', `salt/job/${JID}/sub/web1/error/state.sls`, failed),
  sample('job.error', `salt/job/${JID}/error`, {
    jid: JID,
    error: { name: 'AuthorizationError', message: 'Authorization error occurred.' },
  }),
  sample('job.publish', `salt/job/${JID}/publish`, { jid: JID, fun: 'test.ping', __peer_id: 'master2' }),
]

const runnersAndWheel = [
  sample('run.new', `salt/run/${JID}/new`, {
    fun: 'runner.manage.up',
    jid: JID,
    user: 'sudo_admin',
    fun_args: [{ arg1: 5, tag: 'my/react' }],
  }),
  sample('run.ret', `salt/run/${JID}/ret`, {
    fun: 'runner.manage.up',
    jid: JID,
    user: 'root',
    fun_args: [],
    return: ['web1'],
    success: true,
    retcode: 0,
  }),
  sample('run.progress', `salt/run/${JID}/progress`, { data: { step: 1 }, outputter: 'pprint' }),
  sample('run.progress', `salt/run/${JID}/progress`, { message: 'half done' }),
  sample('run.args', `salt/run/${JID}/args`, { name: 'step', type: 'state', tgt: '*', args: {} }),
  sample('wheel.new', `salt/wheel/${JID}/new`, {
    fun: 'wheel.key.accept',
    jid: JID,
    tag: `salt/wheel/${JID}`,
    user: 'root',
  }),
  sample('wheel.ret', `salt/wheel/${JID}/ret`, {
    fun: 'wheel.key.accept',
    jid: JID,
    tag: `salt/wheel/${JID}`,
    user: 'root',
    return: { minions: ['web1'] },
    success: true,
  }),
]

const master = [
  sample('auth', 'salt/auth', { id: 'web1', act: 'accept', pub: '-----BEGIN PUBLIC KEY-----', result: true }),
  sample('auth', 'salt/auth', { id: 'web1', result: false }),
  sample('minion.start', 'salt/minion/web1/start', {
    ...started,
    tag: 'salt/minion/web1/start',
    grains: { os: 'Debian' },
  }),
  sample('minion.start', 'minion_start', { ...started, tag: 'minion_start' }),
  sample('syndic.start', 'salt/syndic/syndic1/start', started),
  sample('syndic.start', 'syndic_start', started),
  sample('key', 'salt/key', { id: 'web1', act: 'delete', result: true }),
  sample('key.rotated', 'key', { rotate_aes_key: true }),
  sample('presence.present', 'salt/presence/present', { present: ['web1'] }),
  sample('presence.change', 'salt/presence/change', { new: ['web2'], lost: [] }),
  sample('minion.refreshed', 'minion/refresh/web1', { 'Minion data cache refresh': 'web1' }),
  sample('fileserver.update', 'salt/fileserver/roots/update', { changed: true, backend: 'roots', files: {} }),
  sample('fileserver.update', 'salt/fileserver/gitfs/update', { changed: false, backend: 'gitfs' }),
  sample('queue.process', 'salt/queue/updates/process', {
    items: ['web1'],
    backend: 'sqlite',
    queue: 'updates',
  }),
  sample('beacon', 'salt/beacon/web1/load/', beacon),
  sample('beacon', 'salt/beacon/web1/inotify//etc/passwd', {
    data: { path: '/etc/passwd', change: 'IN_MODIFY', id: 'web1' },
    tag: 'salt/beacon/web1/inotify//etc/passwd',
  }),
  sample('beacon', 'salt/beacon/web1/ps', { error: 'psutil is missing', data: {}, id: 'web1' }),
  sample('netapi.hook', 'salt/netapi/hook', { body: '{}', post: {}, headers: { Host: 'salt' } }),
  sample('netapi.hook', 'salt/netapi/hook/deploy/web', {
    post: { version: 7 },
    get: {},
    headers: { 'Content-Type': 'application/json' },
  }),
  sample('stats', 'salt/stats/MWorker-0', {
    time: 60.1,
    worker: 'MWorker-0',
    stats: { _return: { mean: 0.01, runs: 7 } },
  }),
  sample('event_listen.start', 'salt/event_listen/start'),
  sample('event.exit', 'salt/event/exit'),
  sample('reactors.manage', 'salt/reactors/manage/add', { key: 'secret', event: 'a/*', reactors: [] }),
  sample('reactors.manage', 'salt/reactors/manage/leader/value', { result: true }),
  sample('cluster.peer', 'cluster/peer/master2', { sig: new Uint8Array([0, 255]) }),
  sample('cluster.event', 'cluster/event/master2/salt/job/1/new', { data: new Uint8Array([0, 255]) }),
  sample('syndic.event', 'syndic/syndic1/my/tag', { a: 1 }),
  sample('error', '_salt_error', { message: 'no', name: 'SaltError', args: [] }),
]

const cloud = [
  sample('cloud.creating', 'salt/cloud/vm1/creating', {
    event: 'starting create',
    ...machine,
    driver: 'ec2',
  }),
  sample('cloud.deploying', 'salt/cloud/vm1/deploying', { name: 'vm1', kwargs: { host: '10.0.0.1' } }),
  sample('cloud.requesting', 'salt/cloud/vm1/requesting', { location: 'eu', kwargs: { ImageId: 'a' } }),
  sample('cloud.requesting', 'salt/cloud/vm1/requesting/failed', { event: 'request failed' }),
  sample('cloud.querying', 'salt/cloud/vm1/querying', { instance_id: 'i-1' }),
  sample('cloud.tagging', 'salt/cloud/vm1/tagging', { event: 'setting tags', tags: { Name: 'vm1' } }),
  sample('cloud.waiting', 'salt/cloud/vm1/waiting_for_ssh', { ip_address: '10.0.0.1' }),
  sample('cloud.waiting', 'salt/cloud/vm1/waiting_for_spot', { event: 'waiting' }),
  sample('cloud.script', 'salt/cloud/vm1/deploy_script', { event: 'executing deploy script' }),
  sample('cloud.script', 'salt/cloud/vm1/deploy_windows', { event: 'executing deploy script' }),
  sample('cloud.created', 'salt/cloud/vm1/created', {
    event: 'created instance',
    ...machine,
    instance_id: 'i-1',
  }),
  sample('cloud.destroying', 'salt/cloud/vm1/destroying', { name: 'vm1', instance_id: 'i-1' }),
  sample('cloud.destroyed', 'salt/cloud/vm1/destroyed', { name: 'vm1', instance_id: 4711 }),
  sample('cloud.action', 'salt/cloud/vm1/attaching_volumes', { event: 'attaching volumes' }),
  sample('cloud.action', 'salt/cloud/disk/creating', { event: 'create disk', name: 'disk1' }),
  sample('cloud.action', 'salt/cloud/vm1/cache_node_diff', {}),
]

const minion = [
  sample('auth.creds', 'salt/auth/creds', { key: ['/etc/salt/pki', 'web1'], creds: { aes: 'secret' } }),
  sample('minion.fire_master', 'fire_master', {
    tag: 'to/master',
    data: { d: 1 },
    events: null,
    pretag: null,
  }),
  sample('minion.request', '__master_req_channel_payload/5e0a/tcp://10.0.0.1:4506', { cmd: '_return' }),
  sample('minion.reply', '__master_req_channel_return/5e0a', { ret: true }),
  sample('minion.schedule_return', '__schedule_return', { jid: JID, fun: 'test.ping', id: 'web1' }),
  sample('minion.beacons_return', '__beacons_return', { beacons: [{ tag: 'a', data: {} }] }),
  sample('minion.master', '__master_connected', { master: 'salt1' }),
  sample('minion.master', '__master_disconnected', { master: 'salt1' }),
  sample('minion.master', '__master_failback', { master: 'salt1' }),
  sample('minion.master', '__master_alive_salt1', { master: 'salt1' }),
  ...['module', 'pillar', 'beacons', 'matchers', 'grains'].map((what) =>
    sample('minion.refresh', `${what}_refresh`, { force_refresh: false }),
  ),
  sample('minion.manage_schedule', 'manage_schedule', { func: 'add', name: 'hourly', schedule: {} }),
  sample('minion.manage_beacons', 'manage_beacons', { func: 'list', name: null }),
  sample('minion.environ_setenv', 'environ_setenv', { environ: { A: '1' }, false_unsets: false }),
  sample('minion.mine', '_minion_mine', { cmd: '_mine', data: {}, id: 'web1' }),
  sample('minion.schedule_done', '/salt/minion/minion_schedule_add_complete', {
    complete: true,
    schedule: { hourly: {} },
  }),
  sample('minion.schedule_done', '/salt/minion/minion_schedule_saved', { complete: true }),
  sample('minion.beacons_done', '/salt/minion/minion_beacons_list_complete', { complete: true, beacons: {} }),
  sample('minion.beacons_done', '/salt/minion/minion_beacon_add_complete', { complete: true, beacons: {} }),
  sample('minion.refresh_done', '/salt/minion/minion_pillar_refresh_complete', { complete: true }),
  sample('minion.refresh_done', '/salt/minion/minion_mod_refresh_complete', { complete: true }),
]

export const samples: Sample[] = [...jobs, ...runnersAndWheel, ...master, ...cloud, ...minion]
