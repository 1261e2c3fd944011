import type { Benchmark } from '../harness/row.js'

/** Hosts of which a large hub hears. */
const HOSTS = 100_000

export const fleetHosts: Benchmark = {
  rows: [
    {
      name: 'fleet-hosts-memory',
      what: 'memory for the records of 100,000 hosts, each with four kinds of events',
      unit: 'MiB',
      judge: 'value-at-most',
      must: 40,
      aim: 25,
    },
    {
      name: 'fleet-hosts-event',
      what: 'processor time for an event of one of 100,000 hosts, which is taken after it was delivered',
      unit: 'µs',
      judge: 'value-at-most',
      must: 2,
      aim: 0.2,
    },
    {
      name: 'fleet-hosts-list',
      what: 'hosts.list of the worst 100 of 100,000',
      unit: 'ms',
      judge: 'value-at-most',
      must: 50,
      aim: 20,
    },
  ],
  async run(bench) {
    const keeper = await bench.child('host-keeper', {}, ['--expose-gc'])
    const events = bench.quick ? 400_000 : 2_000_000
    const { memory, micros } = await keeper.call<{ memory: number; micros: number }>('records', {
      hosts: HOSTS,
      events,
    })
    const list = await keeper.call<number>('list', { hosts: HOSTS, listed: 100 })
    return {
      'fleet-hosts-memory': { value: memory },
      'fleet-hosts-event': { value: micros },
      'fleet-hosts-list': { value: list },
    }
  },
}
