import { capability } from '../../src/protocols/netconf/codec/hello.js'
import { BASE, NOTIFICATION, STREAMS } from '../../src/protocols/netconf/codec/namespaces.js'

const capabilities = [capability.base10, capability.base11, capability.notification]
  .map((uri) => `<capability>${uri}</capability>`)
  .join('')

/** The messages of a device with one stream, whose log is empty. */
export const hello = `<hello xmlns="${BASE}"><capabilities>${capabilities}</capabilities><session-id>1</session-id></hello>`

const created = '2026-11-27T00:00:00Z'
const streams = `<data><netconf xmlns="${STREAMS}"><streams><stream><name>NETCONF</name><replaySupport>true</replaySupport><replayLogCreationTime>${created}</replayLogCreationTime></stream></streams></netconf></data>`

/** The answers of a device to a request. */
export function replyTo(request: string): string[] {
  const id = /message-id="(\d+)"/.exec(request)?.[1] ?? ''
  const reply = (content: string) => `<rpc-reply xmlns="${BASE}" message-id="${id}">${content}</rpc-reply>`
  if (request.includes('<get>')) return [reply(streams)]
  if (!request.includes('create-subscription')) return [reply('<ok/>')]
  return [reply('<ok/>'), wrapped(`<replayComplete xmlns="${STREAMS}"/>`)]
}

/** A notification of 670 bytes, which differs from all others. */
export function notification(nth: number): string {
  const port = `GigabitEthernet0/0/${String(nth).padStart(9, '0')}`
  const text = wrapped(
    `<linkDown xmlns="urn:example:interfaces"><if-index>${nth % 1000}</if-index><if-name>${port}</if-name><admin-status>up</admin-status><oper-status>down</oper-status><last-change>2026-11-27T00:00:00Z</last-change><statistics><in-octets>183722</in-octets><out-octets>99182</out-octets><in-errors>0</in-errors></statistics><reason/></linkDown>`,
  )
  return text.replace('<reason/>', `<reason>${'x'.repeat(NOTIFICATION_BYTES - text.length - 8)}</reason>`)
}

const NOTIFICATION_BYTES = 670

function wrapped(content: string): string {
  return `<notification xmlns="${NOTIFICATION}"><eventTime>${created}</eventTime>${content}</notification>`
}
