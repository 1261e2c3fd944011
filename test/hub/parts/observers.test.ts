import { expect, it } from 'vitest'
import { hubConfig } from '../../../src/hub/config/index.js'
import { OpenObservers } from '../../../src/hub/parts/observers.js'
import type { ObservedHub } from '../../../src/observers/observed-hub.js'
import { defineObserver, type ObserverDefinition } from '../../../src/observers/observer.js'
import { ncsConfig } from '../../../src/protocols/ncs/config.js'
import { FakeRuntime } from '../../helpers/fake-runtime.js'

/** An observer that is wanted with `ncs.unix`, and notes what it is asked for. */
function observerNoting(notes: string[], fail = () => {}): ObserverDefinition {
  const definition = defineObserver({
    name: 'test',
    config: { ncs: ncsConfig },
    isWanted: ({ ncs }) => ncs.unix !== undefined,
    async open({ runtime }, { ncs }) {
      notes.push(`open ${ncs.keep}`)
      runtime.after(500, fail)
      return {
        change: ({ ncs }) => void notes.push(`change ${ncs.keep}`),
        stop: () => void notes.push('stop'),
        close: () => void notes.push('close'),
      }
    },
  })
  return definition as unknown as ObserverDefinition
}

function withObserver(notes: string[], fail?: () => void) {
  const runtime = new FakeRuntime()
  const host = { runtime } as unknown as ObservedHub
  return { runtime, observers: new OpenObservers(host, [observerNoting(notes, fail)]) }
}

const off = hubConfig.parse({})
const on = hubConfig.parse({ ncs: { unix: { path: '/run/ipc' } } })
const more = hubConfig.parse({ ncs: { unix: { path: '/run/ipc' }, keep: ['devel'] } })

it('an observer is opened when it is wanted, changes in place, and is closed when a change is final', async () => {
  const notes: string[] = []
  const { observers } = withObserver(notes)
  await observers.apply(off)
  expect(notes).toEqual([])
  await observers.apply(on)
  await observers.apply(on)
  await observers.apply(more)
  expect(notes).toEqual(['open ', 'change devel'])
  await observers.apply(off)
  observers.stop()
  expect(notes.splice(2)).toEqual(['stop'])
})

it('a change that is undone leaves the observer as it was', async () => {
  const notes: string[] = []
  const { observers } = withObserver(notes)
  await observers.apply(on)
  await observers.apply(off)
  await observers.apply(on)
  observers.settle()
  expect(notes).not.toContain('close')
  await observers.apply(off)
  observers.settle()
  observers.stop()
  expect(notes.at(-1)).toBe('close')
})

it('an observer that throws is closed and opened again after a pause', async () => {
  const notes: string[] = []
  let isBroken = true
  const { runtime, observers } = withObserver(notes, () => {
    if (isBroken) throw new Error('broken')
  })
  await observers.apply(on)
  await runtime.pass(500)
  expect(notes).toEqual(['open ', 'close'])
  isBroken = false
  await runtime.pass(1_000)
  expect(notes).toEqual(['open ', 'close', 'open '])
  observers.stop()
  expect(notes.at(-1)).toBe('stop')
})

it('an observer that could not be opened is opened by the next change that wants it', async () => {
  const notes: string[] = []
  const { runtime } = withObserver(notes)
  const definition = observerNoting(notes)
  let isBroken = true
  const open: ObserverDefinition['open'] = async (...given) => {
    if (isBroken) throw new Error('broken')
    return definition.open(...given)
  }
  const observers = new OpenObservers({ runtime } as unknown as ObservedHub, [{ ...definition, open }])
  await expect(observers.apply(on)).rejects.toThrow('broken')
  isBroken = false
  await observers.apply(on)
  expect(notes).toEqual(['open '])
  observers.stop()
})

it('an observer that is opened while the hub stops is closed', async () => {
  const notes: string[] = []
  const { observers } = withObserver(notes)
  const opened = observers.apply(on)
  observers.stop()
  await opened
  expect(notes).toEqual(['open ', 'close'])
})
