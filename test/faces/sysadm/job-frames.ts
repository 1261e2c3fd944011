import type { SysadmClient, SysadmFixture } from './fixture.js'

/** Sends a request of `rpc/dispatcher`. */
export const ask = (client: SysadmClient, args: unknown) =>
  client.ask(JSON.stringify({ namespace: 'rpc', name: 'dispatcher', id: 'd', args }))

export const event = (args: string) => `{"args":${args},"id":"","name":"dispatcher","namespace":"events"}`
const TIME = /"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d"/g
/** Replaces what differs between two runs. */
export const timeless = (text: string) => text.replaceAll(TIME, '"TIME"')

/** A client that is subscribed to the events of jobs. */
export async function watchJobs(fixture: SysadmFixture, args: unknown = 'dispatcher'): Promise<SysadmClient> {
  const client = await fixture.login()
  await client.ask(JSON.stringify({ namespace: 'events', name: 'subscribe', id: 's', args }))
  return client
}

/** The events of a job up to its end. */
export async function eventsOf(seen: SysadmClient, id: string): Promise<string[]> {
  const texts: string[] = []
  for (;;) {
    const text = await seen.next()
    if (!text.includes(JSON.stringify(id))) continue
    texts.push(timeless(text))
    if (text.includes('"state":"finished"')) return texts
  }
}
