import { signal } from '@preact/signals'
import { connect } from 'tocsin/browser'
import { session, ticket } from './api.js'
import { type ConnectionState, report } from './connection.js'

/** A client that reads. */
export type Reader = Awaited<ReturnType<typeof connect>>
export type Batches = ReturnType<Reader['subscribe']>

const AGAIN_MS = 2000

let opening: Promise<Reader> | undefined
let timer = 0

/**
 * The client, over which events come as the frames of the log, and which reconnects by itself. All pages share it; each
 * subscription opens a connection of its own.
 */
export function hub(): Promise<Reader> {
  if (opening === undefined) {
    if (timer === 0) reportClient('connecting')
    clearTimeout(timer)
    const made = open()
    opening = made
    made.catch(() => opening === made && openAgain())
  }
  return opening
}

async function open(): Promise<Reader> {
  const client = await connect({
    ticket,
    name: 'console',
    onStatus({ status }) {
      if (status === 'connected') reportClient('connected')
      else if (status === 'reconnecting') reportClient('lost')
    },
  })
  reportClient('connected')
  return client
}

/** Opens it again later: everything that has failed continues with the new connection. */
function openAgain(): void {
  opening = undefined
  reportClient('lost')
  timer = window.setTimeout(() => {
    if (typeof session.peek() === 'object') void hub().catch(() => {})
  }, AGAIN_MS)
}

function reportClient(state: ConnectionState | undefined): void {
  report('client', state)
}

/** Counts the connections that were made for another login. */
export const renewals = signal(0)

/** The hub may have refused the connection for good when the login ended: what was open goes on with another one. */
export async function renew(): Promise<void> {
  await disconnect()
  renewals.value++
}

/** Closes the connection, for example after a logout. */
export async function disconnect(): Promise<void> {
  const client = opening
  opening = undefined
  clearTimeout(timer)
  timer = 0
  reportClient(undefined)
  report('list', undefined)
  await client?.then((each) => each.close()).catch(() => {})
}
