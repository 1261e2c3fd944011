import { type Client, connect } from '../../src/client/index.js'
import { type NotificationProducer, producer } from '../../src/protocols/ncs/client/producer.js'
import { NOTIF_COMMIT_DIFF } from '../../src/protocols/ncs/constants/events.js'
import { RUNNING } from '../../src/protocols/ncs/constants/library.js'
import type { NcsNotification } from '../../src/protocols/ncs/notifications/notification.js'
import { serveCalls } from '../harness/child.js'
import { micros } from '../harness/clock.js'

const uinfo = {
  username: 'admin',
  usid: 12,
  context: 'cli',
  proto: 2,
  addr: '192.0.2.7',
  af: 2 as const,
  port: 4022,
  logintime: 1_795_219_200,
  lmode: 0,
  flags: 0,
}

let hub: Client
let commits: NotificationProducer
let thandle = 0

/** Publishes commits one after the other, each when all of its answers have come. */
serveCalls({
  async start({ address }: { address: string }) {
    hub = await connect({ address })
    commits = producer(hub)
  },
  /** Returns how long each took, ms. Throws if an answer is missing. */
  async commit(times: number, answers: number) {
    const took: number[] = []
    for (let i = 0; i < times; i++) {
      const before = micros()
      const { acknowledged, missing } = await commits.publishNotification(nextCommit())
      took.push((micros() - before) / 1000)
      if (missing.length > 0 || acknowledged.length !== answers) throw new Error('an answer is missing')
    }
    return took
  },
})

function nextCommit(): NcsNotification {
  const tctx = { thandle: ++thandle, dbname: RUNNING, usid: 12 }
  return { type: NOTIF_COMMIT_DIFF, commit_diff: { database: RUNNING, flags: 0, uinfo, tctx } }
}
