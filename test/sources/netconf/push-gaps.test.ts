import fc from 'fast-check'
import { expect, it } from 'vitest'
import { act, type Step, step, World, world } from './replay-world.js'

const SUBSCRIBED = 'urn:ietf:params:xml:ns:yang:ietf-subscribed-notifications'

it('gaps of pushes do not overlap, however soon the connection is lost again', () =>
  world(
    async (made) => {
      await made.pass(60_000)
      for (let nth = 0; nth < 2; nth++) {
        made.drop()
        await made.up()
      }
      expect(made.gaps).toHaveLength(2)
      expect(made.overlaps).toEqual([])
    },
    0,
    true,
    true,
    ['links'],
  ))

it('gaps of pushes do not overlap while what was missed of the stream still comes', () =>
  world(
    async (made) => {
      made.emit(1)
      await made.pass(60_000)
      made.device.answers.set('establish-subscription', `<id xmlns="${SUBSCRIBED}">5</id>`)
      for (let nth = 0; nth < 2; nth++) {
        made.drop()
        await made.settle()
        await made.pass(20_000)
        expect(made.status.state).toBe('up')
        await made.pass(1_000)
      }
      expect(made.gaps).toHaveLength(2)
      expect(made.overlaps).toEqual([])
    },
    0,
    true,
    true,
    ['links'],
  ))

it('the gap of a device that has forgotten its stream is the one of its pushes too', () =>
  world(
    async (made) => {
      made.emit(1)
      await made.pass(60_000)
      made.device.restart()
      await made.up()
      expect(made.gaps).toEqual(['the device has not kept all notifications that were missed'])
    },
    0,
    true,
    true,
    ['links'],
  ))

it('whatever happens, gaps of a device with pushes do not overlap', { timeout: 300_000 }, async () => {
  // Gaps that wait for the hub are joined by their reasons.
  const waits = (each: Step) => each.do === 'fill' || each.do === 'empty'
  const steps = fc.array(
    step.filter((each) => !waits(each)),
    { maxLength: 30 },
  )
  await fc.assert(
    fc.asyncProperty(steps, async (given) => {
      const made = new World(0, true, true, ['links'])
      await made.start()
      for (const next of given) await act(made, next)
      made.isReachable = true
      await made.up()
      await made.close()
      expect(made.overlaps).toEqual([])
    }),
    { numRuns: 100 },
  )
})
