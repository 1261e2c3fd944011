import { describe, expect, it } from 'vitest'
import { Fleet } from '../../../../src/cli/commands/demo/fleet.js'

const events = (seed: number, hosts: number, count: number) => {
  const fleet = new Fleet(seed, hosts)
  return Array.from({ length: count }, () => fleet.next())
}

describe('the fleet of the demo', () => {
  it('tells the same for the same seed, and something else for another', () => {
    expect(events(7, 50, 2000)).toEqual(events(7, 50, 2000))
    expect(events(7, 50, 100)).not.toEqual(events(8, 50, 100))
  })

  it('has every kind of event, also the bad ones', () => {
    const tags = events(1, 50, 5000).map(({ tag, data }) => `${tag} ${JSON.stringify(data)}`)
    for (const part of [
      /^log\/.*"severity":"critical"/,
      /^deploy\/.*\/failed /,
      /^net\/.*\/down /,
      /^salt\/job\/\d{20}\/ret\/.*"retcode":2/,
      /^sctp\/.*SCTP_COMM_LOST/,
    ])
      expect(
        tags.some((tag) => part.test(tag)),
        String(part),
      ).toBe(true)
  })

  it('has as many hosts as asked for, each with a name of its own', () => {
    expect(new Set(new Fleet(1, 500).hosts).size).toBe(500)
    expect(events(1, 1, 1000)).toHaveLength(1000)
  })
})
