import { beforeAll, expect, it } from 'vitest'
import { faults } from './axe.js'
import { folderOfTypes } from './known-types.js'
import { openPage, openSite, page, publish, site } from './shared-console.js'

beforeAll(async () => {
  const folder = folderOfTypes(/^(salt\.job|sctp|sysadm)\./)
  await openSite({ config: { types: { folder } } })
})

async function openEvent(cursor: string): Promise<void> {
  await openPage({ path: `/view/events?event=${cursor}` })
  await page.getByRole('region', { name: /^Event / }).waitFor()
}

const panel = () => page.getByRole('tabpanel')
const items = () => panel().getByRole('listitem')
const state = (result: boolean, changes: object, comment: string, run: number) => ({
  name: comment,
  result,
  changes,
  comment,
  __run_num__: run,
})

it('a return of states is summarised, and shows what has changed or failed at first', async () => {
  const states = {
    'pkg_|-a_|-nginx_|-installed': state(true, { nginx: { old: '1', new: '2' } }, 'upgraded', 1),
    'service_|-b_|-nginx_|-running': state(false, {}, 'did not start <img src=x>', 2),
    'file_|-c_|-/etc/motd_|-managed': state(true, {}, 'is right', 3),
    'file_|-d_|-/etc/a_|-managed': state(true, { diff: '--- \n+++ \n@@ -1 +1 @@\n-old 1\n+new 2\n' }, 'd', 4),
  }
  await publish('salt/job/7/new', { jid: '7', fun: 'state.apply', minions: ['web1', 'web2'] })
  const cursor = await publish('salt/job/7/ret/web1', { jid: '7', id: 'web1', retcode: 2, return: states })
  await openEvent(cursor)
  await panel().getByRole('heading', { name: '1 failed 2 changed 1 ok' }).waitFor()
  await panel().getByText('did not start <img src=x>').first().waitFor()
  expect(await panel().getByText('is right').count()).toBe(0)
  expect(await panel().locator('del, ins').allTextContents()).toEqual(['1', '2', '-old 1\n', '+new 2\n'])
  await panel().getByRole('checkbox', { name: 'only changes' }).uncheck()
  await panel().getByText('is right').first().waitFor()
  expect(await faults(page)).toEqual([])
  // The time line knows who has not answered yet, and goes on.
  await panel().getByText('1 of 2 answered').waitFor()
  expect(await items().filter({ hasText: 'web2' }).textContent()).toContain('no answer yet')
  await publish('salt/job/7/ret/web2', { jid: '7', id: 'web2', retcode: 0, return: true })
  await panel().getByText('2 of 2 answered').waitFor()
  await items().filter({ hasText: 'web2' }).getByRole('button').click()
  await page.getByRole('region', { name: 'Event salt/job/7/ret/web2' }).waitFor()
})

it('a long time line shows its other rows when asked', async () => {
  const minions = Array.from({ length: 70 }, (_, n) => `web${n}`)
  const job = await publish('salt/job/8/new', { jid: '8', fun: 'test.ping', minions })
  await openEvent(job)
  await panel().getByRole('button', { name: '10 more' }).click()
  await expect.poll(() => items().count()).toBe(70)
  await panel().getByRole('button', { name: 'Show fewer' }).click()
  await expect.poll(() => items().count()).toBe(60)
  expect(await faults(page)).toEqual([])
  await page.context().close()
  const trace_id = 'b'.repeat(32)
  const timestamp = Date.now() * 1000
  await using client = await site.hub.connect()
  for (let n = 1; n <= 203; n++) {
    const span = { trace_id, span_id: String(n).padStart(16, '0'), type: 2, timestamp, duration: n }
    await client.publish(`ncs/progress/${n}`, span)
  }
  await openEvent(
    await publish('ncs/progress/204', { trace_id, span_id: 'f'.repeat(16), type: 1, timestamp }),
  )
  await panel().getByRole('button', { name: '4 more' }).click()
  await expect.poll(() => items().count()).toBe(204)
})

it('an association is shown with its states over time, without its messages', async () => {
  const notice = (association: number, names: object) => ({ association, platform: 'linux', names })
  const change = (sac_state: string) => ({ sn_type: 'SCTP_ASSOC_CHANGE', sac_state })
  const cursor = await publish('sctp/n/5/assoc_change', notice(5, change('SCTP_COMM_UP')))
  await publish('sctp/n/6/assoc_change', notice(6, change('SCTP_COMM_UP')))
  await publish('sctp/n/5/message', { association: 5, stream: 0, ppid: 0, unordered: false, data: 'x' })
  await publish('sctp/n/5/shutdown_event', notice(5, { sn_type: 'SCTP_SHUTDOWN_EVENT' }))
  await openEvent(cursor)
  await panel()
    .getByRole('img', { name: /^States over time: up for .*, closing now$/ })
    .waitFor()
  await publish('sctp/n/5/assoc_change', notice(5, change('SCTP_SHUTDOWN_COMP')))
  await panel()
    .getByRole('img', { name: /closing for .*, down now$/ })
    .waitFor()
  expect(await items().count()).toBe(3)
  expect(await faults(page)).toEqual([])
})

it('a trace is a tree of spans with their durations', async () => {
  const trace_id = '0af7651916cd43dd8448eb211c80319c'
  const at = Date.now() * 1000
  const span = (id: string, more: object) => ({ trace_id, span_id: id.repeat(16), ...more })
  const whole = span('a', { type: 1, timestamp: at, msg: 'commit' })
  await publish('ncs/progress/1', whole)
  const part = { type: 2, timestamp: at + 5000, duration: 4000, msg: 'validate', annotation: 'refused' }
  const cursor = await publish('ncs/progress/2', span('b', { ...part, parent_span_id: 'a'.repeat(16) }))
  await openEvent(cursor)
  await panel().getByText('2 spans').waitFor()
  expect(await faults(page)).toEqual([])
  expect(await items().allTextContents()).toEqual(['commitrunning', 'validate✕ 4.0ms'])
  await publish('ncs/progress/1', { ...whole, type: 2, timestamp: at + 8000, duration: 8000 })
  await expect.poll(() => items().allTextContents()).toEqual(['commit8.0ms', 'validate✕ 4.0ms'])
})

it('a job of SysAdm is shown with its output as it comes', async () => {
  const job = { process_id: 'j', state: 'running', cmd_list: ['pkg update', 'true'] }
  const tag = 'sysadm/dispatcher/j'
  const cursor = await publish(tag, { ...job, 'pkg update': 'Updating \u202e…\n' })
  await openEvent(cursor)
  const output = panel().getByRole('region', { name: 'Output of pkg update' })
  await output.getByText('Updating \\u{202e}…').waitFor()
  await publish(tag, { ...job, 'pkg update': 'done\n' })
  await output.getByText('done').waitFor()
  await publish(tag, {
    ...job,
    state: 'finished',
    'pkg update': 'all of it\n',
    'return_codes/pkg update': '3',
    time_started: '2026-11-20T04:50:52',
    time_finished: '2026-11-20T04:51:03',
  })
  await output.getByText('all of it').waitFor()
  await output.getByText('exit code 3').waitFor()
  await panel().getByRole('heading', { name: 'failed j' }).waitFor()
  await panel().getByText('2026-11-20 04:50:52 – 04:51:03').waitFor()
  expect(await faults(page)).toEqual([])
})
