import { catalogue, TocsinError } from '../../../src/errors/tocsin-error.js'
import { finished } from '../../../src/incremental/steps.js'
import { readXml, type XmlElement, xmlText } from '../../../src/protocols/netconf/codec/xml.js'
import { errorText, readRequest, replyText } from '../../../src/protocols/netconf/server/rpc.js'
import { stateText } from '../../../src/protocols/netconf/server/state.js'
import {
  readCreate,
  readEstablish,
  readModify,
} from '../../../src/protocols/netconf/server/subscription-request.js'
import { filterOfPath, selected, subtreeXPath } from '../../../src/protocols/netconf/server/subtree.js'
import { fuzz } from '../target.js'

const NOW = 1_795_780_800_000_000
const BASE = 'urn:ietf:params:xml:ns:netconf:base:1.0'
const rpc = (content: string) => `<nc:rpc xmlns:nc="${BASE}" message-id="1">${content}</nc:rpc>`

const requests = [
  rpc(
    '<create-subscription xmlns="urn:ietf:params:xml:ns:netconf:notification:1.0"><stream>NETCONF</stream><filter type="xpath" select="/a[b=1]"/><startTime>2026-11-27T10:00:00Z</startTime><stopTime>2026-11-27T11:00:00Z</stopTime></create-subscription>',
  ),
  rpc(
    '<establish-subscription xmlns="urn:ietf:params:xml:ns:yang:ietf-subscribed-notifications"><stream>a</stream><stream-subtree-filter><a x="1"><b>it\'s</b><c/></a></stream-subtree-filter><encoding>encode-xml</encoding></establish-subscription>',
  ),
  rpc(
    '<modify-subscription xmlns="urn:ietf:params:xml:ns:yang:ietf-subscribed-notifications"><id>22</id><stop-time>2026-11-28T10:00:00Z</stop-time></modify-subscription>',
  ),
  rpc(
    '<nc:get><nc:filter><streams xmlns="urn:ietf:params:xml:ns:yang:ietf-subscribed-notifications"><stream><name>a</name><description/></stream></streams></nc:filter></nc:get>',
  ),
  rpc('<nc:get><nc:filter type="xpath" select="/netconf/streams/stream[name=\'a\']"/></nc:get>'),
]

const data = finished(
  readXml(Buffer.from(`<data>${stateText([{ name: 'a', replay: true, since: NOW }], [])}</data>`)),
).children

const readers: readonly ((operation: XmlElement) => unknown)[] = [
  (operation) => readCreate(operation, NOW),
  (operation) => readEstablish(operation, NOW),
  (operation) => readModify(operation, NOW),
  (operation) => subtreeXPath(operation.children[0] ?? operation),
  (operation) => whole(selected(data, operation.children[0]?.children ?? [])),
  (operation) => whole(selected(data, filterOfPath(operation.children[0]?.attributes[0]?.value ?? ''))),
]

/** The messages that are sent are XML again. */
function whole(elements: readonly XmlElement[]): void {
  finished(readXml(Buffer.from(`<data>${elements.map((each) => xmlText(each, BASE)).join('')}</data>`)))
}

/** A refusal is an answer that a client can read. */
function refused(error: unknown): void {
  if (!TocsinError.is(error) || !(error.code in catalogue) || !error.code.startsWith('TCN_NETCONF_'))
    throw error
  finished(readXml(Buffer.from(replyText(undefined, errorText(error)))))
}

/** Each request is read by everything that reads one, or refused. */
fuzz({
  name: 'netconf-requests',
  seeds: requests,
  run(input) {
    try {
      const { operation, attributes } = readRequest(finished(readXml(Buffer.from(input))))
      finished(readXml(Buffer.from(replyText({ attributes }, '<ok/>'))))
      for (const read of readers) {
        try {
          read(operation)
        } catch (error) {
          refused(error)
        }
      }
    } catch (error) {
      refused(error)
    }
  },
})
