import { signal } from '@preact/signals'
import { type Client, connect } from 'tocsin/browser'
import { ticket } from './api.js'

/** The connection to the hub, over which events come as the frames of the log. */
export const connection = signal<'connecting' | 'connected' | 'lost'>('connecting')

let opening: Promise<Client> | undefined

/** The client, which reconnects by itself. All pages share it; each subscription opens a connection of its own. */
export function hub(): Promise<Client> {
  opening ??= open().catch((error) => {
    opening = undefined
    throw error
  })
  return opening
}

async function open(): Promise<Client> {
  connection.value = 'connecting'
  const client = await connect({
    ticket,
    name: 'console',
    onStatus({ status }) {
      if (status === 'connected') connection.value = 'connected'
      else if (status === 'reconnecting') connection.value = 'lost'
    },
  }).catch((error) => {
    connection.value = 'lost'
    throw error
  })
  connection.value = 'connected'
  return client
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
  await client?.then((each) => each.close()).catch(() => {})
}
