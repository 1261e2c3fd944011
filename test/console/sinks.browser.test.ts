import { beforeAll, beforeEach, expect, it } from 'vitest'
import type { SinkInfo } from '../../src/methods/contract/index.js'
import { Receiver } from '../sinks/receiver.js'
import { panel } from './page-parts.js'
import { openBus, openSite, page, publish, site, tokenOf } from './shared-console.js'

let receiver: Receiver

beforeAll(async () => {
  receiver = await Receiver.start()
  await openSite({
    config: {
      principals: { otto: { monitor: true } },
      sinks: {
        hook: {
          type: 'webhook',
          url: receiver.url,
          filter: 'work/',
          retry: { pause: '60s', maxPause: '60s' },
        },
      },
    },
  })
  // Runs after the console is closed.
  return () => receiver[Symbol.asyncDispose]()
})

beforeEach(() => {
  receiver.answer = 204
  receiver.got.length = 0
})

async function open(as?: string): Promise<void> {
  await openBus(as)
  await sinks().getByText('hook', { exact: true }).waitFor()
}

const sinks = () => panel('Sinks')
const button = (name: string) => sinks().getByRole('button', { name })
const sink = async () => (await site.manage<{ sinks: SinkInfo[] }>('sinks.list', {})).sinks[0]

it('a test sends one event to the destination, and what that answers is shown', async () => {
  await open()
  await button('Test').click()
  await page.getByText(/^hook has delivered a test event in /).waitFor()
  expect(receiver.subjects).toEqual(['hub/sink/hook'])
  receiver.answer = 403
  await button('Test').click()
  const answer = page.getByText('hook: HTTP 403')
  await answer.waitFor()
  // It is seen wherever the page is scrolled to, until the reader closes it.
  const { y, height } = (await answer.boundingBox())!
  expect(y).toBeGreaterThan(0)
  expect(y + height).toBeLessThan(page.viewportSize()!.height)
  await page.getByRole('button', { name: 'Close' }).click()
  await answer.waitFor({ state: 'detached' })
})

it('a pause holds the events back until the sink may go on', async () => {
  await open()
  await button('Pause').click()
  await page.getByText('hook is paused; its events wait in the log.').waitFor()
  expect((await sink()).state).toBe('paused')
  await button('Resume').click()
  await page.getByText('hook goes on where it stopped.').waitFor()
  await expect.poll(async () => (await sink()).state).toBe('up')
})

it('a sink that waits says when it tries again, and tries at once when asked', async () => {
  receiver.answer = 503
  await open()
  await publish('work/1', {})
  await sinks()
    .getByText(/^retrying: HTTP 503, next try in /)
    .waitFor()
  receiver.answer = 204
  await button('Try now').click()
  await page.getByText('hook tries again.').waitFor()
  await expect.poll(() => receiver.subjects).toEqual(['work/1', 'work/1'])
  await expect.poll(async () => (await sink()).delivered).toBe(1)
})

it('a principal that may only look has no button', async () => {
  await open(await tokenOf('otto'))
  expect(await sinks().getByRole('button').count()).toBe(0)
})
