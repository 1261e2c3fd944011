// Events that are fired through every hub all the time, and the comparison of what is stored with what was acknowledged.
import { connect } from '../../dist/client/index.js'

const PAUSE_MS = 5

/** Fires events through one hub, one after another, and remembers which of them were acknowledged. */
class Firing {
  acknowledged = []
  refused = []
  /** Why the hub could not store for the moment, as it said when it ended the connection. */
  suspensions = new Set()
  #isOver = false
  #done

  constructor(hub, name) {
    this.hub = hub
    this.tag = `demo/${name}/${hub.name}`
    this.#done = this.#fire()
  }

  async stop() {
    this.#isOver = true
    await this.#done
  }

  async #fire() {
    const client = await connect({
      address: this.hub.socket,
      producer: this.tag.replaceAll('/', '-'),
      onStatus: ({ status, code, reason }) => {
        if (status === 'reconnecting' && code === 'TCN_BUS_SUSPENDED') this.suspensions.add(reason)
      },
    })
    for (let n = 1; !this.#isOver; n++) {
      try {
        await client.publish(this.tag, { n }, { ack: 'durable' })
        this.acknowledged.push(n)
      } catch (error) {
        this.refused.push({ n, code: error.code })
      }
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS))
    }
    await client.close()
  }
}

export class Traffic {
  #firings

  /** `name`: another one each time, where the log stays. */
  constructor(hubs, name = 'events') {
    this.#firings = hubs.map((hub) => new Firing(hub, name))
  }

  get acknowledged() {
    return this.#firings.reduce((sum, { acknowledged }) => sum + acknowledged.length, 0)
  }

  /** Acknowledged events by hub. */
  get byHub() {
    return Object.fromEntries(this.#firings.map(({ hub, acknowledged }) => [hub.name, acknowledged.length]))
  }

  get refused() {
    return this.#firings.flatMap(({ hub, refused }) => refused.map((each) => ({ hub: hub.name, ...each })))
  }

  get suspensions() {
    return this.#firings.flatMap(({ hub, suspensions }) =>
      [...suspensions].map((reason) => ({ hub: hub.name, reason })),
    )
  }

  async stop() {
    await Promise.all(this.#firings.map((firing) => firing.stop()))
  }

  /** Reads the log through each hub. */
  async check(hubs) {
    const logs = await Promise.all(hubs.map(readLog))
    const counted = this.#firings.map(({ tag: own, acknowledged }) => {
      const numbers = logs[0].filter(({ tag }) => tag === own).map(({ n }) => n)
      const stored = new Set(numbers)
      const lost = acknowledged.filter((n) => !stored.has(n)).length
      const isOrdered = numbers.every((n, at) => at === 0 || n > numbers[at - 1])
      return { stored: numbers.length, lost, twice: numbers.length - stored.size, isOrdered }
    })
    const sum = (key) => counted.reduce((total, each) => total + each[key], 0)
    const [first, ...others] = logs.map((log) =>
      log.map(({ tag, n, seq }) => `${seq} ${tag} ${n}`).join('\n'),
    )
    return {
      acknowledged: this.acknowledged,
      refused: this.refused,
      stored: sum('stored'),
      lost: sum('lost'),
      twice: sum('twice'),
      inOrder: counted.every(({ isOrdered }) => isOrdered),
      sameOnEachHub: others.every((other) => other === first),
    }
  }
}

async function readLog({ socket }) {
  const client = await connect({ address: socket })
  const events = []
  for await (const { seq, tag, data } of client.read('demo/').events()) events.push({ seq, tag, n: data.n })
  await client.close()
  return events
}
