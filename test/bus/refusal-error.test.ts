import { expect, it } from 'vitest'
import type { FrameParts, TocsinError } from '../../src/event/index.js'
import { TestBus, TestPublisher } from './fixture.js'

class Listener extends TestPublisher {
  readonly errors: TocsinError[] = []

  override refused(_counter: number, error: TocsinError): void {
    this.errors.push(error)
  }
}

async function publisher(): Promise<Listener> {
  const hub = await TestBus.open({ grants: { ci: { source: 'host/web1', publish: ['demo/', 'hub/'] } } })
  return new Listener(hub, { as: 'ci', producer: 'ci' })
}

async function refusal(parts: Partial<FrameParts>): Promise<TocsinError> {
  const ci = await publisher()
  ci.send(parts)
  return ci.errors[0]
}

it('a refusal names the missing right and what needs it', async () => {
  expect(await refusal({ tag: 'other/x' })).toMatchObject({
    code: 'TCN_ACCESS_DENIED',
    message: 'the tag "other/x" requires the right "publish"',
    details: { counter: 1, right: 'publish', tag: 'other/x' },
  })
  expect(await refusal({ tag: 'hub/x' })).toMatchObject({
    code: 'TCN_TAG_RESERVED',
    message: 'the tag "hub/x", which belongs to the hub, requires the right "produce"',
    details: { counter: 1, right: 'produce', tag: 'hub/x' },
  })
  expect(await refusal({ tag: 'demo/x', source: 'host/\x1b[2J' })).toMatchObject({
    code: 'TCN_ORIGIN_FOREIGN',
    message: 'the source "host/\\u001b[2J", which this principal does not own, requires the right "produce"',
    details: { counter: 1, right: 'produce', source: 'host/\x1b[2J' },
  })
  expect(await refusal({ tag: 'demo/x', kind: 7 })).toMatchObject({
    code: 'TCN_KIND_RESERVED',
    message: 'the kind 7 requires the right "produce"',
    details: { counter: 1, right: 'produce', kind: 7 },
  })
})

it('a refusal shows only the beginning of a long tag, in whole characters', async () => {
  const { message, details } = await refusal({ tag: `other/${'🔔'.repeat(200)}` })
  expect(details.tag).toBe(`other/${'🔔'.repeat(122)}…`)
  expect(message).toContain(`"${details.tag}"`)
})

it('a refusal for any other reason only gives the counter', async () => {
  expect(await refusal({ tag: 'other/\n' })).toMatchObject({
    code: 'TCN_TAG_CONTROL',
    message: 'the tag contains a control character',
    details: { counter: 1 },
  })
})

it('a repeated event is refused with the same error', async () => {
  const ci = await publisher()
  const frame = ci.frame({ tag: 'other/x' })
  ci.sendBytes(frame)
  ci.send({ tag: 'demo/x' })
  expect(ci.api.refusals?.after(0)).toEqual([{ first: 1, last: 1, code: 'TCN_ACCESS_DENIED' }])
  expect(ci.api.refusalOf(frame, 0)).toEqual(ci.errors[0])
})

it('a refusal has no stack, which would take longer than all else about it, and leaves other errors theirs', async () => {
  const { stackTraceLimit } = Error
  expect((await refusal({ tag: 'other/x' })).stack).not.toContain('\n    at ')
  expect(Error.stackTraceLimit).toBe(stackTraceLimit)
})
