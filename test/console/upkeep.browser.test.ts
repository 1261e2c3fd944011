import { beforeAll, describe, expect, it } from 'vitest'
import type { LogInfo } from '../../src/methods/contract/index.js'
import { damageLog } from '../helpers/damage-log.js'
import { temporaryFolder } from '../helpers/temporary-folder.js'
import { dialog, panel } from './page-parts.js'
import { openBus, openSite, page, site, tokenOf } from './shared-console.js'

const data = temporaryFolder('upkeep')

beforeAll(() =>
  openSite({
    data,
    config: {
      log: { segment: { bytes: '1MiB' }, compression: 'off', retention: { count: 1000 } },
      principals: { otto: { monitor: true } },
    },
  }),
)

async function publish(count: number, word = 'x'): Promise<void> {
  await using client = await site.hub.connect()
  for (let n = 1; n <= count; n++) {
    if (!client.push('work/n', `${word} ${n}`.padEnd(1000))) await client.ready()
    // A segment ends between two commits.
    if (n % 500 === 0) await client.drain({ ack: 'durable' })
  }
  await client.drain({ ack: 'durable' })
}

const button = (name: string) => panel('Log').getByRole('button', { name })
const closeReport = () => dialog().locator('.choices').getByRole('button', { name: 'Close' }).click()

describe('the work on the log', () => {
  it('compacts only when the reader agrees to what is deleted, and says what that was', async () => {
    await publish(3000)
    await openBus()
    const before = await site.manage<LogInfo>('log.info', {})
    await button('Compact').click()
    await dialog()
      .getByText(/over the limits of the retention \(.*1,000 events\)/)
      .waitFor()
    await dialog().getByRole('button', { name: 'Cancel' }).click()
    expect((await site.manage<LogInfo>('log.info', {})).first).toBe(before.first)
    await button('Compact').click()
    await dialog().getByRole('button', { name: 'Delete' }).click()
    const deleted = await dialog()
      .getByText(/^Deleted @\d+ to @\d+\.$/)
      .textContent()
    const { first } = await site.manage<LogInfo>('log.info', {})
    expect(first).toBeGreaterThan(before.first)
    expect(deleted).toBe(`Deleted @${before.first} to @${first - 1}.`)
    await closeReport()
    await button('Compact').click()
    await dialog().getByRole('button', { name: 'Delete' }).click()
    await dialog().getByText('Nothing was deleted').waitFor()
  })

  it('verifies every chunk, and lists those that are damaged with what to do', async () => {
    await publish(10)
    await openBus()
    await button('Verify').click()
    await dialog().getByRole('button', { name: 'Verify' }).click()
    await dialog()
      .getByText(/^[\d,]+ events in [\d,]+ chunks?, .*: no damage found\.$/)
      .waitFor()
    await closeReport()
    await publish(1, 'NEEDLE')
    damageLog(data, 'NEEDLE')
    await button('Verify').click()
    await dialog().getByRole('button', { name: 'Verify' }).click()
    await dialog()
      .getByText(/^1 of [\d,]+ chunks? damaged\.$/)
      .waitFor()
    await dialog()
      .getByText(/^\S+ @\d+ to @\d+: .+\(TCN_\w+\)$/)
      .waitFor()
    await dialog().getByText('tocsin log repair').waitFor()
  })

  it('says why it cannot be done', async () => {
    await openBus()
    await page.route('**/v1/log.compact', (route) =>
      route.fulfill({ status: 409, json: { code: 'TCN_X', detail: 'another compaction runs' } }),
    )
    await button('Compact').click()
    await dialog().getByRole('button', { name: 'Delete' }).click()
    await dialog().getByText('It did not work: another compaction runs').waitFor()
  })
})

it('a principal that may only look has no button for it', async () => {
  await openBus(await tokenOf('otto'))
  await panel('Log').getByText('segments', { exact: true }).waitFor()
  expect(await panel('Log').getByRole('button').count()).toBe(0)
})
