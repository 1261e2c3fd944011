import { beforeAll, expect, it } from 'vitest'
import { button, client, dialog, page, startConfigured, written } from './configured-console.js'
import { add, changed, commit, conditionField, edit, field } from './entry-form.js'

beforeAll(() =>
  startConfigured(
    `rules:
  failed: { filter: work/, where: data.code > 0, groups: 40, fire: { tag: alert/failed } }
  touched:
    correlate:
      within: 5m
      conditions:
        - { name: ended, filter: work/, where: data.code > 0, by: data.at }
        - { name: last, filter: work/*/last, by: data.host }
    fire: { tag: alert/touched }
`,
    true,
  ),
)

async function apply(edit: { key: string; value?: unknown; delete?: boolean }): Promise<void> {
  await client.request('config.edit', { edits: [edit] })
  await client.request('config.commit')
}

const isFocused = (name: string) => field(name).evaluate((own) => own === own.ownerDocument.activeElement)

it('what somebody else has changed meanwhile is said, and nothing is done', async () => {
  await edit('failed')
  await field('where').fill('data.code > 7')
  await apply({ key: 'rules.failed.where', value: 'data.code > 5' })
  await add()
  await dialog().getByText('Somebody has changed this meanwhile').waitFor()
  expect(await changed()).toEqual([])
  expect(written()).toContain('data.code > 5')
})

it('a list that somebody else has changed meanwhile is shown as it is now, and their change stays', async () => {
  const list = 'rules.touched.correlate.conditions'
  await edit('touched')
  await conditionField('last', 'filter').fill('work/*/mine')
  await field('onceWithin').fill('7m')
  await apply({ key: `${list}[0].where`, value: 'data.code > 8' })
  await field('onceWithin').press('Enter')
  await dialog().getByText('except in correlate.conditions, where it would undo that change').waitFor()
  expect(await isFocused('onceWithin')).toBe(true)
  expect(await conditionField('ended', 'where').inputValue()).toBe('data.code > 8')
  expect(await conditionField('last', 'filter').inputValue()).toBe('work/*/last')
  expect(await field('onceWithin').inputValue()).toBe('7m')
  await conditionField('last', 'filter').fill('work/*/other')
  await add()
  await commit()
  const { values } = await client.request('config.get', { key: list })
  const now = new Map(values.map((each) => [each.key.slice(list.length), each.value]))
  expect(now.get('[0].where')).toBe('data.code > 8')
  expect(now.get('[1].filter')).toBe('work/*/other')
})

it('a refusal leaves the focus in a field that somebody else has changed', async () => {
  await edit('failed')
  await field('groups').fill('70')
  await apply({ key: 'rules.failed.groups', value: 41 })
  await field('groups').press('Enter')
  await dialog().getByText('Somebody has changed this meanwhile').waitFor()
  expect(await isFocused('groups')).toBe(true)
  expect(await field('groups').inputValue()).toBe('70')
})

it('the form of a source never changes another one that has its number now', async () => {
  const broker = (name: string) => ({ name, broker: '127.0.0.1:1883', topics: ['a/#'] })
  const brokers = ['gate', 'yard', 'roof'].map(broker)
  await apply({ key: 'sources.mqtt', value: brokers })
  await edit('mqtt/yard')
  await field('topics').fill('["b/#"]')
  await apply({ key: 'sources.mqtt[0]', delete: true })
  await add()
  await dialog().getByText('Somebody has changed this meanwhile').waitFor()
  expect(await field('name').inputValue()).toBe('yard')
  await apply({ key: 'sources.mqtt[0]', delete: true })
  await button('Remove').click()
  await dialog().getByText('Somebody has removed this meanwhile').waitFor()
  expect(await changed()).toEqual([])
  expect(await button('Remove').count()).toBe(0)
  expect(written()).toContain('name: roof')
})

it('an edit that comes between the last look and the click is not undone', async () => {
  await edit('failed')
  await field('where').fill('data.code > 7')
  let isFirst = true
  await page.route('**/v1/config.edit', async (route) => {
    if (isFirst) await apply({ key: 'rules.failed.groups', value: 50 })
    isFirst = false
    await route.continue()
  })
  await add()
  await dialog().getByText('Somebody has changed this meanwhile').waitFor()
  await page.unroute('**/v1/config.edit')
  expect(await changed()).toEqual([])
  expect(written()).toContain('groups: 50')
  expect(written()).not.toContain('data.code > 7')
  expect(await field('groups').inputValue()).toBe('50')
  await add()
  await commit()
  expect(written()).toContain('data.code > 7')
})
