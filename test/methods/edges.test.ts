import { describe, expect, it } from 'vitest'
import type { OwnEvent } from '../../src/bus/api.js'
import { Edges } from '../../src/methods/edges.js'

function opened() {
  const clock = { time: 1_800_000_000_000_000 }
  const events: OwnEvent[] = []
  const edges = new Edges({ now: () => clock.time }, (event) => events.push(event) > 0)
  return { clock, events, edges }
}

const login = (name: string) => ({ name, principal: 'p', address: 'tcp://192.0.2.7:1', usid: 7 })

describe('the edge hubs of a core', () => {
  it('are listed with their events, also those of earlier connections', () => {
    const { edges } = opened()
    edges.attach(login('a'), () => 5).detach()
    edges.attach(login('a'), () => 2)
    expect(edges.list()).toEqual([expect.objectContaining({ name: 'a', state: 'up', events: 7 })])
  })

  it('stay up when a lost connection ends after the new one has begun', () => {
    const { edges, events } = opened()
    const lost = edges.attach(login('a'), () => 5)
    edges.attach(login('a'), () => 2)
    lost.detach()
    expect(edges.list()).toEqual([expect.objectContaining({ state: 'up', events: 7 })])
    expect(events.map(({ data }) => (data as { state: string }).state)).toEqual(['up', 'up'])
  })

  it('have no negative lag when the clock goes back', () => {
    const { edges, clock } = opened()
    edges.attach(login('a'), () => 0).lag(3, clock.time)
    clock.time -= 3600e6
    const lag = [...edges.samples()].find(({ name }) => name === 'tocsin_edge_lag_seconds')
    expect(lag?.value).toBe(0)
  })

  it('have one event for all numbers of a gap', () => {
    const { edges, events } = opened()
    const counter = { stream: 'p/edge:a', counter: 9 }
    const said = { reason: 'skipped', to: 9 }
    const nothing = () => undefined
    const edge = edges.attach(login('a'), () => 0)
    edge.gap({ ...said, from: 5 }, counter, nothing, nothing)
    edge.gap({ ...said, from: 0 }, counter, nothing, nothing)
    expect(events.slice(1).map(({ counter }) => counter)).toEqual([{ ...counter, first: 5 }, counter])
  })

  it('are forgotten, the oldest first, when more than 100,000 have come and gone', () => {
    const { edges } = opened()
    edges.attach(login('stays'), () => 0)
    for (let n = 0; n < 100_003; n++) edges.attach(login(`e${n}`), () => 0).detach()
    expect(edges.counts()).toEqual({ up: 1, down: 99_999 })
  })

  it('are listed, of thousands, if they are down or behind', () => {
    const { edges, clock } = opened()
    for (let n = 0; n < 3000; n++) {
      const edge = edges.attach(login(`e${n}`), () => 0)
      if (n % 100 === 7) edge.detach()
      else if (n % 100 === 8) edge.lag(n, clock.time)
    }
    const listed = edges.list()
    expect(listed).toHaveLength(1000)
    expect(listed.slice(0, 30).every(({ state }) => state === 'down')).toBe(true)
    expect(listed.slice(30, 32).map(({ name }) => name)).toEqual(['e2908', 'e2808'])
    expect([...edges.samples()].filter(({ name }) => name === 'tocsin_edge_up')).toHaveLength(1000)
  })
})
