import type { Locator } from 'playwright-core'
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest'
import { Receiver } from '../sinks/receiver.js'
import { faultsInLooks } from './axe.js'
import {
  button,
  client,
  dialog,
  openAs,
  openPath,
  page,
  panel,
  rowOf,
  startConfigured,
  written,
} from './configured-console.js'
import { add, changed, commit, conditionField, edit, field } from './entry-form.js'

let receiver: Receiver

beforeAll(async () => {
  receiver = await Receiver.start()
  await startConfigured(
    `principals: { ann: { admin: true, monitor: true } }
jobs: { programs: [/bin/true] }
rules:
  failed: { filter: work/, where: data.code > 0, fire: { tag: alert/failed } }
  runs: { filter: work/, job: [/bin/true] }
  touched:
    correlate:
      within: 5m
      conditions:
        - { name: begun, filter: work/*/begun, by: data.host }
        - { name: ended, filter: work/, where: data.code > 0, by: data.at }
    fire: { tag: alert/touched }
sinks:
  hook: { type: webhook, url: ${receiver.url}/key, headers: { X-Key: kept-secret }, filter: alert/ }
  kept: { type: file, path: /tmp/tocsin-kept.log, filter: alert/ }
`,
    true,
  )
  for (const code of [0, 1, 2]) await client.publish('work/web1/done', { code })
})

afterEach(() => page.setViewportSize({ width: 1280, height: 900 }))
afterAll(() => receiver[Symbol.asyncDispose]())

const beyondDialog = () =>
  dialog().evaluate(({ firstElementChild: box }) => box!.scrollWidth - box!.clientWidth)

it('a rule is changed with its schema, tried on the past, and committed for confirmation', async () => {
  await edit('failed')
  expect(await field('fire.tag').inputValue()).toBe('alert/failed')
  await dialog().getByText('SQL condition that they must match too').first().waitFor()
  expect(await faultsInLooks(page, '.sheet')).toEqual([])
  await field('where').fill('data.code > 1\nAND data.code < 9')
  await button('Try it on the last day').click()
  await dialog().getByText('1 event matched. The latest:').waitFor()
  await dialog().getByText('more keys').click()
  await field('groups').fill('many')
  await add()
  await dialog().getByText('rules.failed.groups').waitFor()
  // What was refused is not left behind, with a lock.
  await expect.poll(changed).toEqual([])
  await field('groups').fill('100')
  await add()
  await commit()
  expect(written()).toContain('data.code > 1')
  expect(written()).toContain('groups: 100')
  await edit('failed')
  expect(await field('where').inputValue()).toBe('data.code > 1\nAND data.code < 9')
})

it('a condition that cannot be tried says so', async () => {
  await edit('touched')
  await conditionField('begun', 'filter').fill('')
  await conditionField('ended', 'name').fill('begun')
  await button('Try it on the last day').click()
  await dialog().getByRole('heading', { name: 'begun, in the last day' }).waitFor()
  await dialog().getByText('begun: it has no filter or where, and lines cannot be tried here.').waitFor()
})

it('the conditions of a rule about several are changed one by one, by keys alone', async () => {
  await edit('touched')
  const conditions = dialog().getByRole('group', { name: 'correlate.conditions' })
  expect(await conditionField('begun', 'by').inputValue()).toBe('data.host')
  expect(await conditionField('ended', 'where').inputValue()).toBe('data.code > 0')
  await conditions.getByText('Fields of these events that have what those in').first().waitFor()
  expect(await faultsInLooks(page, '.sheet')).toEqual([])
  for (const width of [360, 768, 2560]) {
    await page.setViewportSize({ width, height: 900 })
    expect(await beyondDialog(), String(width)).toBe(0)
  }
  await conditionField('ended', 'where').fill('data.code > 1')
  await button('Try it on the last day').click()
  await dialog().getByRole('heading', { name: 'begun, in the last day' }).waitFor()
  await dialog().getByText('1 event matched. The latest:').waitFor()
  await button('Add one to correlate.conditions').focus()
  await page.keyboard.press('Enter')
  await expect
    .poll(() => conditionField('3', 'name').evaluate((own) => own === own.ownerDocument.activeElement))
    .toBe(true)
  await page.keyboard.type('last')
  await add()
  await dialog().getByText('rules.touched.correlate.conditions[2]').waitFor()
  await expect.poll(changed).toEqual([])
  await conditionField('last', 'filter').fill('work/*/last')
  await conditionField('last', 'by').fill('["data.host"]')
  await button('Remove begun from correlate.conditions').focus()
  await page.keyboard.press('Enter')
  expect(await conditions.getByRole('group', { name: 'begun', exact: true }).count()).toBe(0)
  await expect
    .poll(() => page.evaluate('document.activeElement.textContent'))
    .toBe('Add one to correlate.conditions')
  await add()
  await commit()
  const { values } = await client.request('config.get', { key: 'rules.touched.correlate.conditions' })
  expect(values.map(({ key, value }) => [key.slice('rules.touched.correlate.'.length), value])).toEqual([
    ['conditions[0].name', 'ended'],
    ['conditions[0].filter', 'work/'],
    ['conditions[0].where', 'data.code > 1'],
    ['conditions[0].by', 'data.at'],
    ['conditions[1].name', 'last'],
    ['conditions[1].filter', 'work/*/last'],
    ['conditions[1].by', ['data.host']],
  ])
})

it('all of what is confirmed can be read on a narrow screen', async () => {
  const isCut = (own: Element) => own.scrollWidth > own.clientWidth
  const keyIn = (part: Locator) =>
    part.getByRole('cell').filter({ hasText: 'rules.touched.onceWithin' }).first()
  await edit('touched')
  await field('onceWithin').fill('5m')
  await add()
  await panel('Candidate').waitFor()
  await page.setViewportSize({ width: 360, height: 740 })
  expect(await keyIn(panel('Candidate')).evaluate(isCut)).toBe(false)
  await page.getByRole('button', { name: 'Commit …' }).click()
  expect(await keyIn(dialog()).evaluate(isCut)).toBe(false)
  await button('Commit').click()
  const notice = page.locator('.notice.waiting')
  await notice.waitFor()
  for (const each of [notice, ...(await notice.getByRole('button').all())])
    expect(await each.evaluate(isCut)).toBe(false)
  await page.getByRole('button', { name: 'Confirm', exact: true }).click()
  await page.getByText(/^Commit \d+ is final/).waitFor()
})

it('a new rule gets conditions without JSON', async () => {
  await openPath('/view/bus')
  await page.getByRole('button', { name: 'Add a rule …' }).click()
  await field('Name').fill('pair')
  await dialog().getByText('more keys').click()
  await field('correlate.within').fill('1m')
  for (const name of ['one', 'two']) {
    await button('Add one to correlate.conditions').click()
    await dialog().locator(':is(input, textarea):focus').waitFor()
    await page.keyboard.type(name)
    await dialog()
      .getByRole('group', { name, exact: true })
      .getByLabel('filter', { exact: true })
      .fill(`${name}/`)
  }
  await field('fire.tag').fill('alert/pair')
  await add()
  await commit()
  expect(written()).toMatch(/pair:[\s\S]*name: one\s+filter: one\/[\s\S]*name: two/)
})

it('a rule with a job says why nothing of it is changed here before anything is typed', async () => {
  await edit('runs')
  await dialog().getByText('changed in the file').first().waitFor()
  expect(await dialog().locator(':is(input, select, textarea):enabled').count()).toBe(0)
  expect(await button('Add to the candidate').isDisabled()).toBe(true)
  expect(await button('Remove').isDisabled()).toBe(true)
  expect(await faultsInLooks(page, '.sheet')).toEqual([])
})

it('a sink of files is shown, and stays with the machine', async () => {
  await edit('kept')
  expect(await field('path').inputValue()).toBe('/tmp/tocsin-kept.log')
  expect(await dialog().locator(':is(input, select, textarea):enabled').count()).toBe(0)
})

it('secrets are not shown, are kept, and are asked for again when they would be sent elsewhere', async () => {
  await edit('hook')
  expect(await field('headers').inputValue()).toBe('{"X-Key":"***"}')
  expect(await field('url').inputValue()).toBe(`${new URL(receiver.url).origin}/***`)
  expect(await page.content()).not.toContain('kept-secret')
  await dialog().getByText('a secret that is set and not shown').first().waitFor()
  await dialog().getByText('more keys').click()
  expect(await field('bearerFile').isDisabled()).toBe(true)
  await dialog().getByText('It names a file or folder of the machine of the hub').first().waitFor()
  await button('Show what it sends now').click()
  await dialog().getByText('X-Key: ***').waitFor()
  await field('url').fill(`${receiver.url}/other`)
  await dialog().getByText('so it must be given again: headers').waitFor()
  await add()
  await dialog().getByText('sinks.hook.headers.X-Key would be sent elsewhere than before').waitFor()
  expect(await changed()).toEqual([])
  await field('headers').fill('{"X-Key":"again"}')
  await field('filter').fill('alert/now/')
  await add()
  await commit()
  expect(written()).toContain('X-Key: again')
  await edit('hook')
  await field('filter').fill('alert/')
  await add()
  await commit()
  expect(written()).toMatch(/X-Key: again[\s\S]*filter: alert\/\s/)
})

it('an entry is added and removed, by keys alone', async () => {
  await openPath('/view/bus')
  await page.getByRole('button', { name: 'Add a source …' }).focus()
  await page.keyboard.press('Enter')
  await field('Type').selectOption('files')
  await dialog().getByText('All of this works with files').waitFor()
  await field('Type').selectOption('mqtt')
  await field('name').fill('hall')
  await field('broker').fill('127.0.0.1:1883')
  await field('topics').fill('["rooms/#"]')
  await page.keyboard.press('Enter')
  await rowOf('Candidate', 'sources.mqtt[0].broker').getByText('hall', { exact: true }).waitFor()
  await commit()
  expect(written()).toContain('rooms/#')
  await openPath('/view/bus')
  await page.getByRole('button', { name: 'Add a sink …' }).click()
  await field('Type').selectOption('webhook')
  await field('Name').fill('hook')
  await field('url').fill('http://127.0.0.1:9/')
  await add()
  await dialog().getByText('There is one of the name hook already.').waitFor()
  await field('Name').fill('second')
  await add()
  await commit()
  await edit('second')
  await button('Remove').click()
  await commit()
  expect(written()).not.toContain('second')
})

it('a source whose new name came with a mistake is still the one of the form', async () => {
  const broker = (name: string) => ({ name, broker: '127.0.0.1:1883', topics: ['a/#'] })
  await client.request('config.edit', {
    edits: [{ key: 'sources.mqtt', value: ['gate', 'yard'].map(broker) }],
  })
  await client.request('config.commit')
  await edit('failed')
  await field('where').fill('data.code > 6')
  await add()
  await panel('Candidate').waitFor()
  await edit('mqtt/yard')
  await field('name').fill('gate')
  await add()
  await dialog().getByText('There is one of the name mqtt/gate already.').waitFor()
  await field('name').fill('barn')
  await field('broker').fill('no address')
  await add()
  await dialog().getByText('sources.mqtt[1].broker').waitFor()
  await field('broker').fill('127.0.0.1:1884')
  await add()
  await commit()
  expect(written()).toMatch(/name: gate[\s\S]*name: barn[\s\S]*1884/)
  expect(written()).not.toContain('yard')
})

it('an alert of a rule gives way to an event', async () => {
  const alert = { severity: 'error', endsAfter: '1h' }
  await client.request('config.edit', {
    edits: [{ key: 'rules.turning', value: { filter: 'work/', after: { count: 3, within: '1m' }, alert } }],
  })
  await client.request('config.commit')
  await edit('turning')
  for (const name of ['after.count', 'after.within', 'alert.endsAfter']) await field(name).fill('')
  await field('alert.severity').selectOption('')
  await field('fire.tag').fill('alert/turned')
  await add()
  await commit()
  expect(written()).toMatch(/turning:\s*\{?\s*filter: work\/,?\s*fire:\s*\{?\s*tag: alert\/turned/)
})

it('an entry that stands before one with the secret of a file is removed', async () => {
  const login = { user: 'me', passwordFile: '/etc/hostname' }
  const brokers = ['gate', 'yard'].map((name) => ({ name, broker: '127.0.0.1:1883', topics: ['a/#'] }))
  await client.request('config.edit', {
    edits: [{ key: 'sources.mqtt', value: [brokers[0], { ...brokers[1], ...login }] }],
  })
  await client.request('config.commit')
  await edit('mqtt/yard')
  expect(await button('Remove').isDisabled()).toBe(true)
  await edit('mqtt/gate')
  await button('Remove').click()
  await commit()
  expect(written()).not.toContain('name: gate')
  expect(written()).toContain('passwordFile: /etc/hostname')
})

it('only the owner of the hub is offered it', async () => {
  const { token } = await client.request('tokens.add', { name: 'ann', principal: 'ann' })
  const other = await openAs(token, '/view/bus')
  await other.getByRole('region', { name: 'Rules', exact: true }).getByText('failed').first().waitFor()
  expect(await other.getByRole('button', { name: /^(Edit|Add a)/ }).count()).toBe(0)
  await rowOf('Rules', 'failed').first().isVisible()
})
