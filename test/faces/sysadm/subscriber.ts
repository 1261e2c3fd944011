import type { SysadmClient, SysadmFixture } from './fixture.js'

/** Requests and answers of clients that subscribe to events. */

export const request = (name: string, args: unknown, id = 's1') =>
  JSON.stringify({ namespace: 'events', name, id, args })

/** Everything that has arrived when the answer to one more request does. */
export async function settled(client: SysadmClient): Promise<string[]> {
  client.send('{"namespace":"rpc","name":"query","id":"mark","args":""}')
  const texts: string[] = []
  for (let text = await client.next(); !text.includes('"id":"mark"'); text = await client.next())
    texts.push(text)
  return texts
}

/** Publishes an event that everybody receives who is subscribed to the dispatcher, and waits until `seen` has it. */
export async function publishTo(fixture: SysadmFixture, seen: SysadmClient, id: string): Promise<void> {
  fixture.publish(`sysadm/dispatcher/${id}`, { process_id: id, state: 'running' })
  for (let text = await seen.next(); !text.includes(`"${id}"`); ) text = await seen.next()
}
