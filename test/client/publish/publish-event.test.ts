import { describe, expect, it } from 'vitest'
import { publishEvent } from '../../../src/client/publish/publish-event.js'
import type { Publisher } from '../../../src/client/publish/publisher.js'

/** A publisher whose hub is silent. */
function silent(isOpen: boolean) {
  const written: string[] = []
  let enter: () => unknown = () => undefined
  const publisher = {
    whenWindowOpen: (waiting: { enter(): void }) => {
      enter = () => waiting.enter()
      if (isOpen) enter()
    },
    write: (tag: string) => written.push(tag),
    wait: () => undefined,
  } as unknown as Publisher
  return { publisher, written, enter: () => enter() }
}

const options = { timeout: 20 }

describe('an event that is published with a time limit', () => {
  it('is not known to be stored if it was sent and the hub did not answer in time', async () => {
    const { publisher, written } = silent(true)
    await expect(publishEvent(publisher, 'a', 1, options, 'accepted')).rejects.toMatchObject({
      code: 'TCN_CLIENT_UNSETTLED',
    })
    expect(written).toEqual(['a'])
  })

  it('is not sent any more if it had to wait for others until then', async () => {
    const { publisher, written, enter } = silent(false)
    await expect(publishEvent(publisher, 'a', 1, options, 'accepted')).rejects.toMatchObject({
      code: 'TCN_CLIENT_TIMEOUT',
    })
    enter()
    expect(written).toEqual([])
  })
})
